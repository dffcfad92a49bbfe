package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Births, heartbeats, acknowledgements and the spool. */
class LinkTest {
    private final World world;

    LinkTest() throws Exception {
        world = new World();
    }

    @Test
    void theBirthNamesTheKernelsOfTheRuntime() throws Exception {
        world.kernels = "vector-512";
        world.restart(false);
        world.connect();
        Birth birth = world.births().getLast();
        assertThat(birth.kernels()).isEqualTo("vector-512");
        assertThat(birth.timing()).startsWith("vector-512/");
    }

    @Test
    void theBirthComesFirstAndNamesDevicesAndMetrics() {
        world.pass(Duration.ofSeconds(30));
        assertThat(world.sent).isEmpty();
        world.connect();
        assertThat(world.kinds().getFirst()).isEqualTo(Topic.Kind.UP_BIRTH);
        Birth birth = world.births().getFirst();
        assertThat(birth.past()).isFalse();
        assertThat(birth.connection()).isEqualTo(1);
        assertThat(birth.devices()).extracting(Birth.Device::device).containsExactly("cpu0", "mcu0");
        assertThat(birth.metrics())
                .filteredOn(metric -> metric.metric().equals("inference.energy"))
                .extracting(Birth.Metric::device)
                .containsExactly("mcu0");
        assertThat(birth.metrics()).extracting(Birth.Metric::alias).doesNotHaveDuplicates();
    }

    @Test
    void nothingIsSentBeforeTheBirthHasGone() {
        world.core().connected();
        world.sent.clear();
        world.disconnect();
        world.core().connected();
        world.pass(Duration.ofSeconds(20));
        assertThat(world.sent).isEmpty();
        world.up = true;
        world.pass(Duration.ofSeconds(1));
        assertThat(world.kinds().getFirst()).isEqualTo(Topic.Kind.UP_BIRTH);
        assertThat(world.births().getFirst().connection()).isEqualTo(2);
    }

    @Test
    void aHeartbeatComesEveryFiveSecondsAndAGoodbyeAtTheEnd() throws Exception {
        world.connect();
        world.pass(Duration.ofSeconds(26));
        assertThat(world.kinds().stream().filter(kind -> kind == Topic.Kind.UP_STATUS))
                .hasSize(5);
        world.core().stop();
        Status last = Status.decode(world.sent.getLast().payload());
        assertThat(last.state()).isEqualTo(Status.State.STOPPED);
        assertThat(last.connection()).isEqualTo(1);
        int before = world.sent.size();
        world.pass(Duration.ofSeconds(30));
        assertThat(world.sent).hasSize(before);
    }

    @Test
    void theWillIsAboutTheConnectionToCome() throws Exception {
        world.connect();
        Status will = Status.decode(world.core().lastWill());
        assertThat(will).isEqualTo(new Status(world.core().boot(), 2, Status.State.LOST, will.atMillis()));
    }

    @Test
    void aRebirthCommandMakesABirthOfTheSameConnection() {
        world.connect();
        world.command(Command.Kind.REBIRTH, null);
        assertThat(world.births()).hasSize(2);
        assertThat(world.births().get(1).connection()).isEqualTo(1);
    }

    @Test
    void onlyAcknowledgedRangesAreDropped() {
        world.connect();
        world.pass(Duration.ofSeconds(60));
        int kept = world.core().unacknowledged(Stream.TELEMETRY);
        assertThat(kept).isGreaterThan(5);
        String boot = world.core().boot();
        world.acknowledge(Stream.TELEMETRY, "0000000000000000", 1, 1000);
        world.acknowledge(Stream.RESULT, boot, 1, 1000);
        assertThat(world.core().unacknowledged(Stream.TELEMETRY)).isEqualTo(kept);
        world.acknowledge(Stream.TELEMETRY, boot, 2, 3);
        assertThat(world.core().unacknowledged(Stream.TELEMETRY)).isEqualTo(kept - 2);
        world.acknowledge(Stream.TELEMETRY, boot, 2, 3);
        assertThat(world.core().unacknowledged(Stream.TELEMETRY)).isEqualTo(kept - 2);
        assertThat(world.disk.list("spool/telemetry/")).hasSize(kept - 2);
    }

    @Test
    void telemetryIsSentAgainUntilItIsAcknowledged() {
        world.connect();
        world.pass(Duration.ofSeconds(8));
        long first = world.frames().getFirst().stamp().sequence();
        assertThat(sendings(first)).isEqualTo(1);
        world.pass(Duration.ofMinutes(3));
        long before = sendings(first);
        assertThat(before).isBetween(3L, 20L);
        world.acknowledgeAll();
        world.sent.clear();
        world.pass(Duration.ofMinutes(3));
        assertThat(sendings(first)).isZero();
    }

    private long sendings(long sequence) {
        return world.frames().stream()
                .filter(frame -> frame.stamp().sequence() == sequence)
                .count();
    }

    @Test
    void whatWasKeptOverARestartIsSentAfterTheBirthThatNamesIt() throws Exception {
        world.pass(Duration.ofSeconds(60));
        String oldBoot = world.core().boot();
        assertThat(world.core().unacknowledged(Stream.TELEMETRY)).isPositive();
        world.restart(false);
        world.connect();
        List<Birth> births = world.births();
        assertThat(births).hasSize(2);
        assertThat(births.get(0).past()).isTrue();
        assertThat(births.get(0).boot()).isEqualTo(oldBoot);
        assertThat(births.get(0).metrics()).isNotEmpty();
        assertThat(births.get(1).past()).isFalse();
        assertThat(world.kinds().subList(0, 3))
                .containsExactly(Topic.Kind.UP_BIRTH, Topic.Kind.UP_BIRTH, Topic.Kind.UP_TELEMETRY);
        assertThat(world.frames()).allMatch(frame -> frame.stamp().boot().equals(oldBoot));
        world.acknowledgeAll();
        assertThat(world.disk.list("birth/")).isEmpty();
        world.sent.clear();
        world.disconnect();
        world.connect();
        assertThat(world.births()).hasSize(1);
    }

    @Test
    void everyFrameComesThroughALossyNetworkAndRestartsOnceEach() {
        SeededCases.forEach(1, 20, (random, seed) -> {
            World lossy = new World();
            java.util.Set<String> committed = new java.util.HashSet<>();
            java.util.Set<String> made = new java.util.HashSet<>();
            for (int round = 0; round < 6; round++) {
                lossy.connect();
                for (int second = 0; second < 40; second++) {
                    lossy.pass(Duration.ofSeconds(1));
                    for (TelemetryFrame frame : lossy.frames()) {
                        made.add(frame.stamp().toString());
                        if (random.nextInt(100) < 70) {
                            committed.add(frame.stamp().toString());
                            if (random.nextInt(100) < 70) {
                                long sequence = frame.stamp().sequence();
                                lossy.acknowledge(
                                        Stream.TELEMETRY, frame.stamp().boot(), sequence, sequence);
                            }
                        }
                    }
                    lossy.sent.clear();
                }
                if (random.nextBoolean()) {
                    lossy.restart(random.nextBoolean());
                } else {
                    lossy.disconnect();
                }
            }
            lossy.connect();
            for (int minute = 0; minute < 5; minute++) {
                lossy.pass(Duration.ofSeconds(30));
                lossy.frames().forEach(frame -> committed.add(frame.stamp().toString()));
                lossy.acknowledgeAll();
                lossy.sent.clear();
            }
            assertThat(committed).containsAll(made);
            assertThat(lossy.core().samplesDropped()).isZero();
        });
    }

    @Test
    void whenTheSpoolIsFullTheOldestTelemetryGoesAndIsCounted() throws Exception {
        World small = new World();
        small.bounds = new Outbox.Bounds(4096, 1 << 20, 1 << 20);
        small.restart(false);
        small.pass(Duration.ofMinutes(10));
        assertThat(small.disk.list("spool/telemetry/").stream()
                        .mapToLong(item -> item.bytes())
                        .sum())
                .isLessThanOrEqualTo(4096);
        assertThat(small.core().samplesDropped()).isPositive();
        small.connect();
        small.pass(Duration.ofSeconds(2));
        List<TelemetryFrame> frames = small.frames();
        assertThat(frames.getFirst().stamp().sequence()).isGreaterThan(1);
        long kept = 0;
        for (var item : small.disk.list("spool/telemetry/")) {
            kept += TelemetryFrame.decode(small.disk.read(item.name()).orElseThrow())
                    .samples()
                    .size();
        }
        // Five samples of node and devices every five seconds.
        assertThat(kept + small.core().samplesDropped()).isEqualTo(5L * 120);
        assertThat(frames.getLast().dropped()).isPositive();
    }

    @Test
    void aDiskThatFailsCostsTelemetryButIsCounted() throws Exception {
        world.disk.failing(true);
        world.pass(Duration.ofSeconds(61));
        assertThat(world.core().samplesDropped()).isPositive();
        world.disk.failing(false);
        world.connect();
        world.pass(Duration.ofSeconds(20));
        assertThat(world.frames()).isNotEmpty();
        assertThat(world.frames().getFirst().stamp().sequence()).isEqualTo(1);
    }

    @Test
    void whatAFailingDiskTruncatedIsDroppedToldAndHoldsNothingBack() throws Exception {
        world.storesReports = false;
        byte[] model = TestModels.sums(1);
        world.connect();
        world.install(1, model);
        for (String task : List.of("a", "b", "c")) {
            world.order(World.work(task, 1, "cpu0", Digest.of(model), 10_000));
        }
        world.pass(Duration.ofSeconds(12));
        int reports = world.disk.list("spool/reported/").size();
        int frames = world.disk.list("spool/telemetry/").size();
        assertThat(reports).as("reports that nobody has acknowledged").isGreaterThan(1);
        assertThat(frames).as("frames that nobody has acknowledged").isGreaterThan(1);
        for (Stream stream : Stream.values()) {
            truncateFirst("spool/%s/".formatted(stream.wireName()));
        }

        world.restart(false);
        assertThat(world.log)
                .contains(
                        "spool.damaged stream=result dropped=1 kept=2",
                        "spool.damaged stream=reported dropped=1 kept=" + (reports - 1),
                        "spool.damaged stream=telemetry dropped=1 kept=" + (frames - 1));
        assertThat(world.core().samplesDropped()).isEqualTo(1);
        world.storesReports = true;
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(world.results()).extracting(TaskResult::task).containsExactly("b", "c");
        assertThat(world.reports()).as("the newest report is not held back").isNotEmpty();
        assertThat(world.lastReport().settled()).isTrue();
        assertThat(world.frames()).hasSize(frames - 1);
    }

    @Test
    void framesWhoseNamesAreLostAreDroppedAndCounted() throws Exception {
        world.pass(Duration.ofSeconds(12));
        long samples = 0;
        for (var item : world.disk.list("spool/telemetry/")) {
            samples += TelemetryFrame.decode(world.disk.read(item.name()).orElseThrow())
                    .samples()
                    .size();
        }
        assertThat(samples).isPositive();
        truncateFirst("birth/");
        world.restart(false);
        assertThat(world.disk.list("birth/")).isEmpty();
        assertThat(world.disk.list("spool/telemetry/")).isEmpty();
        assertThat(world.core().samplesDropped()).isEqualTo(samples);
        assertThat(world.log).anyMatch(line -> line.startsWith("birth.damaged file=birth/"));
        world.connect();
        assertThat(world.births()).hasSize(1);
    }

    @Test
    void aSpoolFileWithAnyByteChangedOrMissingNeverBreaksTheStart() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            World damaged = new World();
            byte[] model = TestModels.sums(1);
            damaged.install(1, model);
            damaged.order(World.work("a", 1, "cpu0", Digest.of(model), 10_000));
            damaged.pass(Duration.ofSeconds(12));
            for (var item : damaged.disk.list("")) {
                byte[] bytes = damaged.disk.read(item.name()).orElseThrow();
                if (random.nextInt(3) == 0) {
                    byte[] changed =
                            Arrays.copyOf(bytes, random.nextInt(2) == 0 ? bytes.length : random.nextInt(bytes.length));
                    for (int flips = random.nextInt(4); flips > 0 && changed.length > 0; flips--) {
                        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
                    }
                    damaged.disk.write(item.name(), changed);
                }
            }
            damaged.restart(false);
            damaged.connect();
            damaged.desire(2, World.slot("cpu0", model), World.slot("mcu0", model));
            damaged.pass(Duration.ofSeconds(2));
            damaged.order(World.work("b", 1, "cpu0", Digest.of(model), 10_000));
            damaged.pass(Duration.ofSeconds(1));
            assertThat(damaged.lastResult().outcome()).isEqualTo(TaskResult.Outcome.OK);
        });
    }

    private void truncateFirst(String folder) throws Exception {
        String name = world.disk.list(folder).getFirst().name();
        byte[] whole = world.disk.read(name).orElseThrow();
        world.disk.write(name, Arrays.copyOf(whole, whole.length / 2));
    }

    @Test
    void malformedMessagesAreCountedNamedOnceAndIgnored() {
        world.connect();
        byte[] nonsense = "{\"a\":".getBytes(StandardCharsets.UTF_8);
        for (Topic.Kind kind : Topic.Kind.values()) {
            world.tell(kind, nonsense);
            world.tell(kind, nonsense);
        }
        world.core().message("fw/v1/acme/another/down/work", new byte[0]);
        world.core().message("x".repeat(70_000), new byte[0]);
        assertThat(world.core().counted(AgentCore.Counter.MALFORMED)).isEqualTo(2L * Topic.Kind.values().length + 2);
        assertThat(world.log.stream().filter(line -> line.startsWith("message.dropped")))
                .hasSize(Topic.Kind.values().length + 1);
        world.pass(Duration.ofSeconds(6));
        assertThat(world.kinds()).contains(Topic.Kind.UP_STATUS);
    }

    @Test
    void randomBytesOnAnyTopicNeverBreakTheCore() {
        SeededCases.forEach(100, 200, (random, seed) -> {
            Topic.Kind kind = List.of(Topic.Kind.values()).get(random.nextInt(Topic.Kind.values().length));
            byte[] payload = new byte[random.nextInt(300)];
            random.nextBytes(payload);
            if (payload.length > 0 && random.nextBoolean()) {
                payload[0] = '{';
            }
            world.tell(kind, payload);
        });
        assertThat(world.core().counted(AgentCore.Counter.MALFORMED)).isEqualTo(200);
    }
}
