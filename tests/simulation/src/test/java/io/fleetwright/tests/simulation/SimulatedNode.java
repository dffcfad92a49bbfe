package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.AgentCore;
import io.fleetwright.agent.core.AgentSettings;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.release.DocumentRow;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.set.Role;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One node of a history: its agent, which starts anew after every crash, its disk, its clock, and its link to the broker. */
final class SimulatedNode {
    private static final long DAY_MILLIS = 24 * 3_600_000L;

    private final History history;
    private final Timeline time;
    private final Weather weather;
    private final SplittableRandom random;
    private final Sabotage sabotage;
    private final Controllers controllers;
    private final MessageChecks messages;
    private final NodeAddress address;
    private final DeviceProfile profile;
    private final CrashingDevice disk;
    private final BoardChecks board;
    /** How wrong the board's clock is. */
    private final long skewMillis;

    private @Nullable AgentCore core;
    /** Starts of the agent. */
    private int life;

    private boolean connected;
    /** Connections since the beginning. */
    private int connection;

    private byte[] will = new byte[0];
    private long wakeScheduled = Long.MAX_VALUE;
    /** What this board dies of has been switched on, and that is about to happen. */
    private boolean dying;

    /** Of a disk that writes it again. */
    private byte @Nullable [] firstTimestamp;

    private int crashes;

    SimulatedNode(
            History history,
            Controllers controllers,
            MessageChecks messages,
            String name,
            DeviceProfile profile,
            long skewMillisMax) {
        this.history = history;
        this.time = history.time();
        this.weather = history.weather();
        this.random = history.random();
        this.sabotage = history.sabotage();
        this.controllers = controllers;
        this.messages = messages;
        this.address = new NodeAddress(History.TENANT, name);
        this.profile = profile;
        this.disk = new CrashingDevice(() -> weather.happens(weather.faults().agentCrash()), this::written);
        this.skewMillis = history.focus() == History.Focus.ROLLOUTS
                ? random.nextLong(-skewMillisMax, skewMillisMax) + (sabotage == Sabotage.SLOW_CLOCK ? DAY_MILLIS : 0)
                : 0;
        this.board = new BoardChecks(history.seed(), address, disk, () -> time.now() + skewMillis, Published.KEYS);
    }

    NodeAddress address() {
        return address;
    }

    int crashes() {
        return crashes;
    }

    void enrol() {
        history.store().transact(tx -> {
            NodeRow row = new NodeRow();
            row.id = address.toString();
            row.tenant = History.TENANT;
            row.node = address.node();
            row.status = Nodes.OFFLINE;
            row.createdAt = time.now();
            row.lastSeenAt = time.now();
            tx.insert(row);
            return true;
        });
    }

    // The agent.

    void start() {
        life++;
        int mine = life;
        wakeScheduled = Long.MAX_VALUE;
        try {
            AgentCore started = new AgentCore(
                    AgentSettings.defaults(address, Published.KEYS.root(1).orElseThrow(), "0.1.0"),
                    new AgentCore.Seams(
                            () -> Instant.ofEpochMilli(
                                    time.now() + skewMillis - (sabotage == Sabotage.SLOW_CLOCK ? 2 * DAY_MILLIS : 0)),
                            () -> Instant.ofEpochMilli(time.now()),
                            random.split(),
                            this::send,
                            disk,
                            source(mine),
                            host(mine),
                            List.of(new EmulatedDriver(profile.id(), profile)),
                            null,
                            (_, _) -> {},
                            Sensors.NONE,
                            PeerSender.NONE,
                            OutputSink.NONE));
            core = started;
            board.started(started);
            die();
        } catch (Crash crash) {
            crashed();
            return;
        } catch (BlockDeviceException impossible) {
            throw new AssertionError("seed %d: the disk could not be read".formatted(history.seed()), impossible);
        }
        time.at(weather.isStormy() ? 50 + random.nextLong(2000) : 10, () -> connect(mine));
    }

    /** The agent runs and is connected soon. */
    void recover() {
        if (core == null) {
            start();
        } else if (!connected) {
            connect(life);
        }
    }

    private void on(Consumer<AgentCore> action) {
        AgentCore running = core;
        if (running == null) {
            return;
        }
        try {
            action.accept(running);
        } catch (Crash crash) {
            crashed();
            return;
        }
        wake();
    }

    private void wake() {
        AgentCore running = core;
        if (running == null) {
            return;
        }
        long next = Math.max(time.now() + 1, running.wakeAtMillis());
        if (next >= wakeScheduled && wakeScheduled > time.now()) {
            return;
        }
        wakeScheduled = next;
        int mine = life;
        time.at(next - time.now(), () -> {
            if (life == mine && time.now() >= wakeScheduled) {
                wakeScheduled = Long.MAX_VALUE;
                on(AgentCore::step);
            }
        });
    }

    private void crashed() {
        crashes++;
        weather.count("agent crashes");
        core = null;
        if (sabotage == Sabotage.FORGETFUL_DISK) {
            disk.list("artifact/").forEach(item -> disk.spoil(item.name(), null));
        }
        board.powerCut();
        boolean was = connected;
        connected = false;
        if (was) {
            sendWill();
        }
        int mine = life;
        time.at(200 + random.nextLong(4000), () -> {
            if (life == mine && core == null) {
                start();
            }
        });
    }

    /** Only on trial: what ran well before is there to fall back to. */
    private void die() {
        boolean dies = history.focus() == History.Focus.ROLLOUTS
                && address.node().charAt(address.node().length() - 1) % 2 == 1
                && board.onTrial().stream().anyMatch(Published::isKiller);
        if (!dies || dying) {
            return;
        }
        dying = true;
        time.at(500 + random.nextLong(5_000), () -> {
            dying = false;
            if (core != null && !board.onTrial().isEmpty()) {
                weather.count("agents killed by a version");
                crashed();
            }
        });
    }

    // Its link.

    private void connect(int expectedLife) {
        AgentCore running = core;
        if (life != expectedLife || running == null || connected || !controllers.isThere()) {
            if (life == expectedLife && running != null && !connected) {
                time.at(1000, () -> connect(expectedLife));
            }
            return;
        }
        connected = true;
        connection++;
        will = running.lastWill();
        on(AgentCore::connected);
        if (weather.happens(weather.faults().linkBreak())) {
            int broken = connection;
            time.at(1000 + random.nextLong(20_000), () -> {
                if (connected && connection == broken) {
                    weather.count("broken links");
                    disconnect("link broke");
                }
            });
        }
    }

    void disconnect(String why) {
        if (!connected) {
            return;
        }
        connected = false;
        sendWill();
        on(running -> running.disconnected(why));
        int mine = life;
        time.at(200 + random.nextLong(3000), () -> connect(mine));
    }

    private void sendWill() {
        byte[] lastWill = will;
        weather.travel(() ->
                controllers.on(running -> running.message(new Topic(address, Topic.Kind.UP_STATUS).text(), lastWill)));
    }

    private boolean send(Topic topic, byte[] payload, Duration expiry) {
        if (!connected) {
            return false;
        }
        if (topic.kind() == Topic.Kind.UP_TELEMETRY) {
            messages.sent(address, payload);
        }
        history.checks().said(board, topic, payload);
        weather.travel(() -> controllers.on(running -> {
            String refused = running.message(topic.text(), payload);
            assertThat(refused)
                    .as("seed %d: a sound message was dropped", history.seed())
                    .isNull();
        }));
        return true;
    }

    /** A message from the controller, which the broker takes whether the node is there or not. */
    void tell(Topic topic, byte[] payload) {
        if (!connected) {
            return;
        }
        int sentOn = connection;
        byte[] sent = payload;
        if (topic.kind() == Topic.Kind.DOWN_DESIRED) {
            if (sabotage == Sabotage.DEAF_NODE && address.node().equals("n-0")) {
                return;
            }
            sent = sabotage == Sabotage.TWO_DIRECTORS ? otherList(payload) : payload;
            board.sent(sent, targets());
        }
        byte[] arriving = sent;
        weather.travel(() -> {
            if (connected && connection == sentOn) {
                if (topic.kind() == Topic.Kind.DOWN_ACK) {
                    messages.acknowledged(address, payload);
                }
                on(running -> running.message(topic.text(), arriving));
            }
        });
    }

    private Optional<byte[]> targets() {
        return history.store()
                .transact(tx -> tx.get(DocumentRow.class, History.TENANT + "/targets/glyphs"))
                .map(row -> row.content);
    }

    /** What the controller sent, or, every other time, an empty list of that version. */
    private byte[] otherList(byte[] payload) {
        try {
            Desired desired = Desired.decode(payload);
            if (random.nextBoolean()) {
                return payload;
            }
            SignedList other = Published.KEYS
                    .key(Role.DIRECTOR)
                    .sign(new DesiredList(History.TENANT, address.node(), desired.version(), List.of()));
            return new Desired(desired.version(), other.payload(), other.keyId(), other.signature(), desired.release())
                    .encode();
        } catch (MalformedMessageException wrong) {
            throw new AssertionError(wrong);
        }
    }

    // Its disk, its driver, and where artifacts come from.

    private void written(String name) {
        if (sabotage == Sabotage.ROTTEN_DISK && name.startsWith("artifact/")) {
            byte[] bytes = disk.read(name).orElseThrow();
            bytes[bytes.length / 2] ^= 1;
            disk.spoil(name, bytes);
        }
        if (sabotage == Sabotage.NO_WAY_BACK && name.equals("slots")) {
            disk.list("trust/").stream()
                    .filter(item -> item.name().endsWith("/targets-glyphs"))
                    .forEach(item -> disk.spoil(item.name(), withoutWayBack(item.name())));
        }
        board.written(name);
        if (name.equals("slots")) {
            die();
        }
        if (sabotage == Sabotage.LATE_WRITE && name.endsWith("/timestamp")) {
            firstTimestamp = firstTimestamp == null ? disk.read(name).orElseThrow() : firstTimestamp;
            disk.spoil(name, firstTimestamp);
            board.written(name);
        }
    }

    private byte[] withoutWayBack(String name) {
        byte[] document = disk.read(name).orElseThrow();
        return new String(document, StandardCharsets.ISO_8859_1)
                .replaceFirst("\ndowngrade-to [0-9]+", "\ndowngrade-to 99")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** An artifact, or a document of the signing set as it is now. */
    private byte @Nullable [] published(String digest) {
        byte[] artifact = Published.ARTIFACTS.get(digest);
        return artifact != null
                ? artifact
                : history.store()
                        .transact(tx -> new Releases(Published.KEYS).document(tx, History.TENANT, digest))
                        .orElse(null);
    }

    private ArtifactSource source(int mine) {
        return (digest, _, done) -> {
            byte[] good = published(digest.value());
            time.at(20 + random.nextLong(800), () -> {
                if (life != mine) {
                    return;
                }
                if (good == null || weather.happens(weather.faults().loss())) {
                    weather.count("failed fetches");
                    on(_ -> done.accept(new ArtifactSource.Fetched.Failed("fetch-failed", true)));
                } else {
                    byte[] bytes = good.clone();
                    if (weather.happens(weather.faults().duplication())) {
                        bytes[random.nextInt(bytes.length)] ^= 1;
                        weather.count("damaged fetches");
                    }
                    on(_ -> done.accept(new ArtifactSource.Fetched.Bytes(bytes)));
                }
            });
        };
    }

    private DriverHost host(int mine) {
        return new DriverHost() {
            @Override
            public <T> void run(String device, Supplier<T> work, Consumer<T> done) {
                T value = work.get();
                time.at(1 + random.nextLong(10), () -> {
                    if (life == mine) {
                        on(_ -> done.accept(value));
                    }
                });
            }
        };
    }

    // What must hold.

    /** Everything that it had to tell has been told and acknowledged. */
    boolean isQuiet() {
        AgentCore running = core;
        return running != null
                && running.unacknowledged(Stream.RESULT) == 0
                && running.unacknowledged(Stream.REPORTED) == 0;
    }

    /** @param rollouts all, the oldest first */
    void atTheEnd(List<RolloutRow> rollouts) {
        AgentCore running = Objects.requireNonNull(core);
        for (SlotReport slot : running.slots()) {
            if (slot.digest() != null) {
                assertThat(Published.ARTIFACTS)
                        .as("seed %d: only published bytes run on %s", history.seed(), address)
                        .containsKey(slot.digest());
            }
        }
        TargetRow last = null;
        for (RolloutRow rollout : rollouts) {
            last = history.store()
                    .transact(tx ->
                            tx.get(TargetRow.class, "%s/%s/%s".formatted(rollout.id, address.node(), profile.id())))
                    .filter(target -> target.startedAt > 0)
                    .orElse(last);
        }
        if (last != null) {
            runsWhatItsRolloutSays(running, last);
        }
        for (Stream stream : Stream.values()) {
            assertThat(running.unacknowledged(stream))
                    .as("seed %d: %s of %s left on the agent", history.seed(), stream, address)
                    .isLessThanOrEqualTo(stream == Stream.TELEMETRY ? 2 : 0);
        }
    }

    private void runsWhatItsRolloutSays(AgentCore running, TargetRow last) {
        if (last.state.equals("withdrawn") && !Objects.equals(last.digest, last.previousDigest)) {
            assertThat(running.slots())
                    .as("seed %d: %s runs nothing that was taken back", history.seed(), address)
                    .noneMatch(slot ->
                            slot.state() == SlotReport.State.ACTIVE && Objects.equals(slot.digest(), last.digest));
        }
        if (last.state.equals("succeeded")) {
            assertThat(running.slots())
                    .as("seed %d: %s runs what its last rollout says it runs", history.seed(), address)
                    .anyMatch(slot ->
                            slot.state() == SlotReport.State.ACTIVE && Objects.equals(slot.digest(), last.digest)
                                    || slot.state() == SlotReport.State.FAILED
                                            && Published.isKiller(String.valueOf(last.digest)));
        }
    }
}
