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
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Births, heartbeats and reports of nodes, and the signed list that says what each of them shall run. */
public final class Nodes {
    public static final String ONLINE = "online";
    public static final String OFFLINE = "offline";
    public static final String LOST = "lost";
    public static final String UNKNOWN = "unknown";

    private static final Duration STATE_EXPIRY = Duration.ofMinutes(5);
    private static final int MISSED_HEARTBEATS = 3;
    /** Births asked for in one step after a start, so that a fleet does not answer all at once. */
    private static final int REBIRTHS_PER_STEP = 50;

    private final Settings settings;
    private final Releases releases;
    /** When this controller began to listen; presence is not known from before. */
    private long listeningSinceMillis;
    /** Nodes of unknown presence up to this id have been asked for a birth. */
    private String askedUpTo = "";
    /** Heartbeat period in which unanswered lists were last sent again; sending too often does no harm. */
    private long resendRound = -1;

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
        tx.update(node);

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
                tx.delete(row);
            }
        }
        slots(tx, node, birth.slots(), birth.appliedVersion(), birth.boot(), 0);
        emptyOthers(tx, node, birth);
        sendDesired(tx, effects, node, nowMillis);
        effects.hint(node.tenant, "node", node.node);
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
        tx.update(node);
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
        tx.update(node);
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
        for (NodeRow node :
                tx.find(Query.of(NodeRow.class).equal("status", ONLINE).less("lastSeenAt", nowMillis - silence))) {
            node.status = LOST;
            tx.update(node);
            effects.hint(node.tenant, "node", node.node);
        }
        if (nowMillis - listeningSinceMillis > silence) {
            for (NodeRow node : tx.find(Query.of(NodeRow.class).equal("status", UNKNOWN))) {
                node.status = LOST;
                tx.update(node);
                effects.hint(node.tenant, "node", node.node);
            }
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
        // A list that a node has not answered is sent again at the pace of its heartbeat: messages may be lost.
        long round = nowMillis / settings.heartbeat().toMillis();
        if (round == resendRound) {
            return;
        }
        resendRound = round;
        for (NodeRow node : tx.find(Query.of(NodeRow.class).equal("status", ONLINE))) {
            if (node.appliedVersion < node.desiredVersion
                    && node.bornAt + settings.heartbeat().toMillis() < nowMillis) {
                sendDesired(tx, effects, node, nowMillis);
            }
        }
    }

    /** A controller that starts knows of no node whether it is there. */
    public void forgetPresence(Tx tx, long nowMillis) {
        listeningSinceMillis = nowMillis;
        for (NodeRow node : tx.find(Query.of(NodeRow.class).in("status", List.of(ONLINE, LOST)))) {
            node.status = UNKNOWN;
            tx.update(node);
        }
    }

    /**
     * Sets what one slot shall run, and makes a new desired version of its node when that changes anything.
     *
     * @return false when the node's list, or what its tenant has released, would grow beyond what a document holds; nothing
     *     changed then
     */
    public boolean desire(Tx tx, Effects effects, NodeRow node, DeviceRow device, DesiredSlot wanted) {
        SlotRow slot = slot(tx, node, device.device, wanted.slot());
        if (wanted.digest().value().equals(slot.desiredDigest) && !slot.reportedState.equals("failed")) {
            return true; // One that failed is asked for anew, so that its next answer belongs to this request.
        }
        if (!releases.hasRoom(tx, wanted, node.tenant)) {
            return false;
        }
        if (!wanted.digest().value().equals(slot.desiredDigest)) {
            slot.previousDigest = slot.desiredDigest;
        }
        slot.desiredModel = wanted.model();
        slot.desiredVersion = wanted.version();
        slot.desiredVariant = wanted.variant();
        slot.desiredDigest = wanted.digest().value();
        slot.desiredBytes = wanted.bytes();
        slot.desiredSince = node.desiredVersion + 1;
        List<SlotRow> slots = new ArrayList<>(tx.find(Query.of(SlotRow.class).equal("nodeId", node.id)));
        slots.removeIf(row -> row.id.equals(slot.id));
        slots.add(slot);
        try {
            list(node, node.desiredVersion + 1, slots).encode();
        } catch (IllegalArgumentException tooLong) {
            return false;
        }
        tx.update(slot);
        node.desiredVersion++;
        tx.update(node);
        return true;
    }

    /**
     * Takes back what one slot shall run: {@code before} is asked for again, or nothing when there was nothing or no room
     * for it. A slot of which something else is desired by now stays as it is.
     *
     * @return true when the node has a new list
     */
    public boolean withdraw(
            Tx tx, NodeRow node, String device, String slotName, Digest digest, Optional<DesiredSlot> before) {
        SlotRow slot = tx.get(SlotRow.class, slotId(node, device, slotName)).orElse(null);
        Optional<DesiredSlot> back = before.filter(wanted -> releases.hasRoom(tx, wanted, node.tenant));
        if (slot == null
                || !digest.value().equals(slot.desiredDigest)
                || back.filter(wanted -> wanted.digest().equals(digest)).isPresent()) {
            return false;
        }
        slot.previousDigest = slot.desiredDigest;
        slot.desiredModel = back.map(DesiredSlot::model).orElse(null);
        slot.desiredVersion = back.map(DesiredSlot::version).orElse(null);
        slot.desiredVariant = back.map(DesiredSlot::variant).orElse(null);
        slot.desiredDigest = back.map(wanted -> wanted.digest().value()).orElse(null);
        slot.desiredBytes = back.map(DesiredSlot::bytes).orElse(0L);
        node.desiredVersion++;
        slot.desiredSince = node.desiredVersion;
        tx.update(slot);
        tx.update(node);
        return true;
    }

    /** Sends each node that is there its current list. */
    public void sendAll(Tx tx, Effects effects, long nowMillis) {
        for (NodeRow node : tx.find(Query.of(NodeRow.class).equal("status", ONLINE))) {
            sendDesired(tx, effects, node, nowMillis);
        }
    }

    /** Sends a node its current list, when it has one, with what proves it. */
    public void sendDesired(Tx tx, Effects effects, NodeRow node, long nowMillis) {
        if (node.desiredVersion == 0) {
            return;
        }
        DesiredList list =
                list(node, node.desiredVersion, tx.find(Query.of(SlotRow.class).equal("nodeId", node.id)));
        releases.release(tx, node.tenant, list.slots(), nowMillis);
        SignedList signed = releases.director().sign(list);
        effects.send(
                new Topic(address(node), Topic.Kind.DOWN_DESIRED),
                new Desired(
                                list.version(),
                                signed.payload(),
                                signed.keyId(),
                                signed.signature(),
                                releases.current(tx, node.tenant, nowMillis))
                        .encode(),
                STATE_EXPIRY);
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
            row.bornAt = nowMillis;
            tx.insertIfAbsent(row);
        }
    }

    private static DesiredList list(NodeRow node, long version, List<SlotRow> slots) {
        List<DesiredSlot> desired = new ArrayList<>();
        for (SlotRow slot : slots) {
            @Nullable String model = slot.desiredModel;
            @Nullable String modelVersion = slot.desiredVersion;
            @Nullable String variant = slot.desiredVariant;
            @Nullable String digest = slot.desiredDigest;
            if (model != null && modelVersion != null && variant != null && digest != null) {
                desired.add(new DesiredSlot(
                        slot.device, slot.slot, model, modelVersion, variant, new Digest(digest), slot.desiredBytes));
            }
        }
        desired.sort(java.util.Comparator.comparing(DesiredSlot::device).thenComparing(DesiredSlot::slot));
        return new DesiredList(node.tenant, node.node, version, desired);
    }

    /** Takes what a device says of its slots; a birth, with sequence 0, says nothing that a report of its boot has not. */
    private static void slots(Tx tx, NodeRow node, List<SlotReport> reports, long version, String boot, long sequence) {
        for (SlotReport report : reports) {
            if (tx.get(SlotRow.class, slotId(node, report.device(), report.slot()))
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
        birth.slots().forEach(slot -> named.add(slotId(node, slot.device(), slot.slot())));
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

    private static String slotId(NodeRow node, String device, String slot) {
        return node.id + "/" + device + "/" + slot;
    }

    private static SlotRow slot(Tx tx, NodeRow node, String device, String slot) {
        String id = slotId(node, device, slot);
        return tx.get(SlotRow.class, id).orElseGet(() -> {
            SlotRow row = new SlotRow();
            row.id = id;
            row.tenant = node.tenant;
            row.nodeId = node.id;
            row.deviceId = node.id + "/" + device;
            row.device = device;
            row.slot = slot;
            row.reportedState = "empty";
            tx.insert(row);
            return row;
        });
    }
}
