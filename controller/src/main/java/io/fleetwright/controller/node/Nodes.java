package io.fleetwright.controller.node;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** Births, heartbeats and reports of nodes, and the signed list that says what each of them shall run. */
public final class Nodes {
    public static final String ONLINE = "online";
    public static final String OFFLINE = "offline";
    public static final String LOST = "lost";
    public static final String UNKNOWN = "unknown";
    /** Its keys are refused for good. */
    public static final String REVOKED = "revoked";

    private static final Duration STATE_EXPIRY = Duration.ofMinutes(5);
    private static final int MISSED_HEARTBEATS = 3;
    /** Births asked for in one step after a start, so that a fleet does not answer all at once. */
    private static final int REBIRTHS_PER_STEP = 50;
    /** Nodes marked lost in one step, for each reason. */
    private static final int LOST_PER_STEP = 2000;
    /** Names of metrics of all boots of a node: of 32 boots at least, more than gates count restarts. */
    static final int METRIC_ROWS_PER_NODE_MAX = 32 * Limits.METRICS_PER_NODE_MAX;
    /** Nodes whose lists are made together. */
    private static final int SENT_AT_ONCE = 500;

    /** Heartbeats after which a list is sent again rarely, and how rarely. */
    private static final int OFTEN = 8;

    private static final int RARELY = 12;
    /** How long ago a boot of the past is taken to have begun, since its clock may have been wrong: it is no restart of now. */
    private static final long PAST_MILLIS = Duration.ofDays(1).toMillis();

    private final Settings settings;
    private final Releases releases;
    private final Heartbeats heartbeats = new Heartbeats();
    /** When this controller began to listen; presence is not known from before. */
    private long listeningSinceMillis;
    /** Nodes of unknown presence up to this id have been asked for a birth. */
    private String askedUpTo = "";
    /** Heartbeat period in which unanswered lists were last sent again; sending too often does no harm. */
    private long resendRound = -1;
    /** Of that round: it is not over, and how far it has come. */
    private boolean resendAll;

    private String resentUpTo = "";

    public Nodes(Settings settings, Releases releases) {
        this.settings = settings;
        this.releases = releases;
    }

    /** A node said who it is: rows follow, and it gets its current list again. */
    public void birth(Tx tx, Effects effects, NodeRow node, Birth birth, long nowMillis) {
        metrics(tx, node, birth, nowMillis);
        if (birth.past() || birth.boot().equals(node.boot) && birth.connection() < node.connection) {
            return;
        }
        node.status = ONLINE;
        node.boot = birth.boot();
        node.connection = birth.connection();
        node.bornAt = nowMillis;
        node.lastSeenAt = nowMillis;
        node.agentVersion = birth.agentVersion();
        node.kernels = birth.kernels();
        node.operators = String.join(",", birth.operators());
        node.appliedVersion = Math.max(node.appliedVersion, birth.appliedVersion());
        NodeLink.put(node, birth.link());
        node.sensors = NodeSensors.text(birth.sensors());
        node.transforms = String.join(",", birth.transforms());
        node.orderTransforms = String.join(",", birth.orderTransforms());
        node.timing = birth.timing();
        PeerAddress peer = birth.peer();
        node.peer = peer == null ? null : peer.text();
        node.noteAnswer();
        tx.update(node);
        heartbeats.here(effects, node);

        Set<String> present = new HashSet<>();
        for (Birth.Device device : birth.devices()) {
            DeviceRow row = new DeviceRow();
            row.id = node.id + "/" + device.device();
            row.tenant = node.tenant;
            row.nodeId = node.id;
            row.node = node.node;
            row.device = device.device();
            row.deviceClass = device.deviceClass().wireName();
            row.driver = device.driver();
            row.profile = device.profile();
            row.modelled = device.modelled();
            row.memoryBytes = device.memoryBytes();
            if (!tx.insertIfAbsent(row)) {
                tx.update(row);
            }
            present.add(row.id);
        }
        for (DeviceRow row : tx.find(Query.of(DeviceRow.class).equal("nodeId", node.id))) {
            if (!present.contains(row.id)) {
                tx.deleteAll(Query.of(OperatorTimesRow.class).equal("deviceId", row.id));
                tx.delete(row);
            }
        }
        slots(tx, node, birth.slots(), birth.appliedVersion(), birth.boot(), 0);
        emptyOthers(tx, node, birth);
        sendDesired(tx, effects, List.of(node), nowMillis);
        effects.hint(node.tenant, "node", node.node);
    }

    /**
     * Takes a heartbeat that changes nothing but when the node was last seen, outside all transactions; its row follows within the
     * time after which a node counts as lost.
     *
     * @return false for a status that says more, or may; {@link #status} takes that
     */
    public boolean isHereStill(NodeAddress node, Status status, long nowMillis) {
        return heartbeats.take(node.toString(), status, nowMillis);
    }

    /** When a node was last heard, Unix milliseconds; its row may say less by the time after which one counts as lost. */
    public long lastSeenAt(NodeRow node) {
        return heartbeats.lastSeenAt(node);
    }

    /** A node leaves the fleet. */
    public void leave(Effects effects, NodeRow node) {
        heartbeats.gone(effects, node);
    }

    /** A heartbeat, a last will or a goodbye; one of an older connection changes nothing. */
    public void status(Tx tx, Effects effects, NodeRow node, Status status, long nowMillis) {
        if (!status.boot().equals(node.boot)) {
            if (status.state() == Status.State.ONLINE) {
                askForBirth(effects, node, nowMillis);
            }
            return;
        }
        if (status.connection() < node.connection) {
            return;
        }
        if (status.connection() > node.connection && status.state() == Status.State.ONLINE) {
            askForBirth(effects, node, nowMillis);
        }
        String before = node.status;
        node.status = switch (status.state()) {
            case ONLINE -> ONLINE;
            case LOST -> LOST;
            case STOPPED -> OFFLINE;
        };
        node.lastSeenAt = nowMillis;
        node.noteAnswer();
        tx.update(node);
        if (node.status.equals(ONLINE)) {
            heartbeats.here(effects, node);
        } else {
            heartbeats.gone(effects, node);
        }
        if (!before.equals(node.status)) {
            effects.hint(node.tenant, "node", node.node);
        }
    }

    /** What became of a desired version: the newest report of the present boot. */
    public void reported(Tx tx, Effects effects, NodeRow node, Reported reported, long nowMillis) {
        node.lastSeenAt = nowMillis;
        if (reported.settled()) {
            node.appliedVersion = Math.max(node.appliedVersion, reported.version());
        }
        Reported.Refused refused = reported.refused();
        // One of another version than the newest says nothing of what the node is to run now, whoever sent it.
        if (refused != null && (refused.version() == 0 || refused.version() == node.desiredVersion)) {
            node.refusedVersion = node.desiredVersion;
            node.refusedReason = refused.reason();
        } else {
            node.refusedVersion = 0;
            node.refusedReason = null;
        }
        node.noteAnswer();
        tx.update(node);
        if (node.status.equals(ONLINE)) {
            heartbeats.here(effects, node);
        }
        slots(
                tx,
                node,
                reported.slots(),
                reported.version(),
                reported.stamp().boot(),
                reported.stamp().sequence());
        effects.hint(node.tenant, "node", node.node);
    }

    /** Marks silent nodes lost, and asks nodes that this controller has not heard of since its start for a birth. */
    public void step(Tx tx, Effects effects, long nowMillis) {
        long silence = settings.heartbeat().toMillis() * MISSED_HEARTBEATS;
        lose(
                tx,
                effects,
                Query.of(NodeRow.class).equal("status", ONLINE).less("lastSeenAt", nowMillis - silence),
                nowMillis - silence);
        if (nowMillis - listeningSinceMillis > silence) {
            lose(tx, effects, Query.of(NodeRow.class).equal("status", UNKNOWN), Long.MAX_VALUE);
        } else {
            for (NodeRow node : tx.find(Query.of(NodeRow.class)
                    .equal("status", UNKNOWN)
                    .greater("id", askedUpTo)
                    .ascending("id")
                    .limit(REBIRTHS_PER_STEP))) {
                askForBirth(effects, node, nowMillis);
                askedUpTo = node.id;
            }
        }
        resend(tx, effects, nowMillis);
    }

    /** Marks nodes lost that were last heard before a time; of those that were heard since the rows learn when. */
    private void lose(Tx tx, Effects effects, Query<NodeRow> silent, long beforeMillis) {
        List<NodeRow> nodes = tx.find(silent.limit(LOST_PER_STEP));
        for (NodeRow node : nodes) {
            node.lastSeenAt = heartbeats.lastSeenAt(node);
            if (node.lastSeenAt < beforeMillis) {
                node.status = LOST;
                heartbeats.gone(effects, node);
                effects.hint(node.tenant, "node", node.node);
            }
        }
        tx.updateAll(nodes);
    }

    /** A list that a node has not answered is sent again, since messages may be lost; ever more rarely, see {@link #isDue}. */
    private void resend(Tx tx, Effects effects, long nowMillis) {
        long round = nowMillis / settings.heartbeat().toMillis();
        if (!resendAll && round != resendRound) { // A pass that takes longer than a heartbeat is not begun anew.
            resendRound = round;
            resendAll = true;
        }
        if (!resendAll) {
            return;
        }
        List<NodeRow> unanswered = tx.find(Query.of(NodeRow.class)
                .equal("behind", true)
                .equal("status", ONLINE)
                .greater("id", resentUpTo)
                .ascending("id")
                .limit(SENT_AT_ONCE));
        sendDesired(
                tx,
                effects,
                unanswered.stream().filter(node -> isDue(node, nowMillis)).toList(),
                nowMillis);
        resendAll = unanswered.size() == SENT_AT_ONCE;
        resentUpTo = resendAll ? unanswered.getLast().id : "";
    }

    /**
     * After 1, 2, 4 and 8 heartbeats without an answer, and then after every {@value #RARELY}th: a large fleet takes a while to
     * answer, and what was sent again meanwhile would only make it longer.
     */
    private boolean isDue(NodeRow node, long nowMillis) {
        long waited = nowMillis - Math.max(node.desiredAt, node.bornAt);
        long beats = waited / settings.heartbeat().toMillis();
        return beats > 0 && (beats <= OFTEN && Long.bitCount(beats) == 1 || beats % RARELY == 0);
    }

    /** A controller that starts knows of no node whether it is there. */
    public void forgetPresence(Tx tx, long nowMillis) {
        listeningSinceMillis = nowMillis;
        heartbeats.clear();
        for (String status : List.of(ONLINE, LOST)) {
            List<NodeRow> known;
            do {
                known = tx.find(Query.of(NodeRow.class).equal("status", status).limit(LOST_PER_STEP));
                known.forEach(node -> node.status = UNKNOWN);
                tx.updateAll(known);
            } while (known.size() == LOST_PER_STEP);
        }
    }

    /** Changes to what these nodes shall run. */
    public DesiredChanges changes(Tx tx, Collection<String> nodeIds) {
        return new DesiredChanges(tx, releases, nodeIds);
    }

    /** Sends each node that is there its current list. */
    public void sendAll(Tx tx, Effects effects, long nowMillis) {
        String after = "";
        List<NodeRow> page;
        do {
            page = tx.find(Query.of(NodeRow.class)
                    .equal("status", ONLINE)
                    .greater("id", after)
                    .ascending("id")
                    .limit(SENT_AT_ONCE));
            sendDesired(tx, effects, page, nowMillis);
            after = page.isEmpty() ? after : page.getLast().id;
        } while (page.size() == SENT_AT_ONCE);
    }

    private void sendDesired(Tx tx, Effects effects, List<NodeRow> nodes, long nowMillis) {
        List<String> ids = nodes.stream().map(row -> row.id).toList();
        changes(tx, ids).send(effects, ids, nowMillis);
    }

    /** Sends nodes their current lists, those that have one, with what proves them. */
    static void send(
            Tx tx,
            Effects effects,
            Releases releases,
            List<NodeRow> nodes,
            Function<NodeRow, Collection<SlotRow>> slots,
            long nowMillis) {
        Map<String, List<DesiredList>> lists = new LinkedHashMap<>();
        for (NodeRow node : nodes) {
            if (node.desiredVersion > 0) {
                List<DesiredSlot> desired = slots.apply(node).stream()
                        .flatMap(slot -> slot.desired().stream())
                        .toList();
                lists.computeIfAbsent(node.tenant, _ -> new ArrayList<>())
                        .add(list(node, node.desiredVersion, desired));
            }
        }
        lists.forEach((tenant, ofTenant) -> {
            Map<String, DesiredSlot> named = new LinkedHashMap<>();
            ofTenant.forEach(list -> list.slots().forEach(slot -> named.putIfAbsent(bytesOf(slot), slot)));
            releases.release(tx, tenant, named.values(), nowMillis);
            named.replaceAll((_, slot) -> releases.asReleased(tx, tenant, slot));
            Desired.Release release = releases.current(tx, tenant, nowMillis);
            SigningKey director = releases.director();
            List<byte[]> signed = ofTenant.parallelStream()
                    .map(list -> signed(director, asReleased(list, named), release))
                    .toList();
            for (int i = 0; i < signed.size(); i++) {
                NodeAddress address = new NodeAddress(tenant, ofTenant.get(i).node());
                effects.send(new Topic(address, Topic.Kind.DOWN_DESIRED), signed.get(i), STATE_EXPIRY);
            }
        });
    }

    private static String bytesOf(DesiredSlot slot) {
        return slot.model() + "/" + slot.digest().value();
    }

    private static DesiredList asReleased(DesiredList list, Map<String, DesiredSlot> released) {
        return new DesiredList(
                list.tenant(),
                list.node(),
                list.version(),
                list.slots().stream()
                        .map(slot -> {
                            DesiredSlot name = Objects.requireNonNull(released.get(bytesOf(slot)));
                            return slot.named(name.version(), name.variant());
                        })
                        .toList());
    }

    private static byte[] signed(SigningKey director, DesiredList list, Desired.Release release) {
        SignedList signed = director.sign(list);
        return new Desired(list.version(), signed.payload(), signed.keyId(), signed.signature(), release).encode();
    }

    public static NodeAddress address(NodeRow node) {
        return new NodeAddress(node.tenant, node.node);
    }

    /** Asks a node to say again who it is; asking twice does no harm. */
    public void askForBirth(Effects effects, NodeRow node, long nowMillis) {
        effects.send(
                new Topic(address(node), Topic.Kind.DOWN_COMMAND),
                new Command("birth-" + nowMillis, Command.Kind.REBIRTH, null).encode(),
                STATE_EXPIRY);
    }

    /** Names stay for as long as frames of their boot may arrive. */
    private static void metrics(Tx tx, NodeRow node, Birth birth, long nowMillis) {
        makeRoom(tx, node, birth);
        for (Birth.Metric metric : birth.metrics()) {
            MetricRow row = new MetricRow();
            row.id = "%s#%s#%d".formatted(node.id, birth.boot(), metric.alias());
            row.tenant = node.tenant;
            row.nodeId = node.id;
            row.boot = birth.boot();
            row.alias = metric.alias();
            row.device = metric.device();
            row.metric = metric.metric();
            row.unit = metric.unit();
            row.modelled = metric.modelled();
            row.method = metric.method() == null ? null : metric.method().wireName();
            row.bornAt = birth.past() ? nowMillis - PAST_MILLIS : nowMillis;
            tx.insertIfAbsent(row);
        }
    }

    /** A node that names ever new boots must not fill the table: its oldest boots lose their names. */
    private static void makeRoom(Tx tx, NodeRow node, Birth birth) {
        long beyond = tx.count(Query.of(MetricRow.class).equal("nodeId", node.id))
                + birth.metrics().size()
                - METRIC_ROWS_PER_NODE_MAX;
        if (beyond <= 0) {
            return;
        }
        Set<String> boots = new HashSet<>();
        tx.find(Query.of(MetricRow.class)
                        .equal("nodeId", node.id)
                        .ascending("bornAt")
                        .limit(Math.toIntExact(beyond)))
                .forEach(row -> boots.add(row.boot));
        boots.remove(birth.boot());
        boots.remove(node.boot);
        boots.forEach(boot ->
                tx.deleteAll(Query.of(MetricRow.class).equal("nodeId", node.id).equal("boot", boot)));
    }

    static DesiredList list(NodeRow node, long version, Collection<DesiredSlot> slots) {
        return new DesiredList(
                node.tenant,
                node.node,
                version,
                slots.stream()
                        .sorted(Comparator.comparing(DesiredSlot::device).thenComparing(DesiredSlot::slot))
                        .toList());
    }

    /** Takes what a device says of its slots; a birth, with sequence 0, says nothing that a report of its boot has not. */
    private static void slots(Tx tx, NodeRow node, List<SlotReport> reports, long version, String boot, long sequence) {
        for (SlotReport report : reports) {
            if (tx.get(SlotRow.class, SlotRow.id(node, report.device(), report.slot()))
                            .isEmpty()
                    && tx.count(Query.of(SlotRow.class).equal("nodeId", node.id)) >= Limits.SLOTS_PER_NODE_MAX) {
                continue; // A node that names ever new slots must not fill the table.
            }
            SlotRow row = slot(tx, node, report.device(), report.slot());
            if (boot.equals(row.reportedBoot) && sequence <= row.reportedSequence) {
                continue;
            }
            row.reportedBoot = boot;
            row.reportedSequence = sequence;
            row.reportedDigest = report.digest();
            row.reportedState = report.state().name().toLowerCase(Locale.ROOT);
            row.reportedReason = report.reason();
            row.reportedVersion = version;
            tx.update(row);
        }
    }

    /** A birth names every slot: what it does not name holds nothing, whatever an earlier boot has said. */
    private static void emptyOthers(Tx tx, NodeRow node, Birth birth) {
        Set<String> named = new HashSet<>();
        birth.slots().forEach(slot -> named.add(SlotRow.id(node, slot.device(), slot.slot())));
        for (SlotRow row : tx.find(Query.of(SlotRow.class).equal("nodeId", node.id))) {
            if (!named.contains(row.id)
                    && row.reportedDigest != null
                    && !birth.boot().equals(row.reportedBoot)) {
                row.reportedDigest = null;
                row.reportedState = "empty";
                row.reportedReason = null;
                row.reportedBoot = birth.boot();
                row.reportedSequence = 0;
                tx.update(row);
            }
        }
    }

    private static SlotRow slot(Tx tx, NodeRow node, String device, String slot) {
        return tx.get(SlotRow.class, SlotRow.id(node, device, slot)).orElseGet(() -> {
            SlotRow row = SlotRow.empty(node, device, slot);
            tx.insert(row);
            return row;
        });
    }
}
