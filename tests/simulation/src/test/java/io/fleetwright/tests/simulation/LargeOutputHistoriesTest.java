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
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.OutputRow;
import io.fleetwright.controller.job.Outputs;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.RootChain;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A network whose output no message carries, while messages and puts are lost and doubled, and agents and controllers start anew. */
class LargeOutputHistoriesTest {
    private static final String TENANT = "default";
    private static final String MODEL = "widens";
    private static final int INPUT_BYTES = 4;
    private static final int OUTPUT_BYTES = 6000;
    private static final int SEEDS = 6;
    private static final long START_MILLIS = 1_767_225_600_000L;
    private static final long STORM_MILLIS = 40_000;
    private static final long STEP_MILLIS = 250;
    private static final RootChain KEYS = RootChain.generate(Instant.ofEpochMilli(START_MILLIS));
    private static final DeviceProfile PROFILE = DeviceProfiles.find("gap9").orElseThrow();
    private static final byte[] NETWORK = network();

    private static byte[] network() {
        byte[] weights = new byte[OUTPUT_BYTES * INPUT_BYTES];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (byte) (random.nextInt(3) - 1);
        }
        return TfliteWriter.write(new TfliteModel(
                MODEL,
                List.of(
                        tensor("in", List.of(1, INPUT_BYTES), ElementType.INT8, null),
                        tensor("weights", List.of(OUTPUT_BYTES, INPUT_BYTES), ElementType.INT8, weights),
                        tensor("bias", List.of(OUTPUT_BYTES), ElementType.INT32, new byte[OUTPUT_BYTES * 4]),
                        tensor("out", List.of(1, OUTPUT_BYTES), ElementType.INT8, null)),
                List.of(new Operator(new Kind.FullyConnected(Fused.NONE), List.of(0, 1, 2), List.of(3))),
                List.of(0),
                List.of(3),
                Map.of()));
    }

    private static Tensor tensor(String name, List<Integer> shape, ElementType type, byte @Nullable [] data) {
        return new Tensor(name, shape, type, Optional.ofNullable(data), Optional.of(Quantization.perTensor(1, 0)));
    }

    private static byte[] expected(byte[] input) throws Exception {
        byte[] output = new byte[OUTPUT_BYTES];
        Interpreter.create(ModelReader.read(NETWORK, MODEL), Rounding.DOUBLE).run(input, 0, output, 0);
        return output;
    }

    private record Event(long at, long order, Runnable action) {}

    /** One history. */
    private static final class World {
        final SplittableRandom random;
        final MemoryStore store = new MemoryStore();
        final PriorityQueue<Event> events =
                new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
        final Map<String, Board> boards = new TreeMap<>();
        final Map<String, byte[]> inputs = new TreeMap<>();
        long now = START_MILLIS;
        long order;
        boolean stormy;
        int putsLost;
        int answersLost;
        int starts;
        FleetCore controller;

        World(SplittableRandom random) {
            this.random = random;
            this.controller = freshController();
        }

        final class Board {
            final NodeAddress address;
            final CrashingDevice disk = new CrashingDevice(() -> false);
            int life;
            AgentCore core;

            Board(String name) throws BlockDeviceException {
                this.address = new NodeAddress(TENANT, name);
                this.core = fresh();
            }

            private AgentCore fresh() throws BlockDeviceException {
                int mine = ++life;
                return new AgentCore(
                        AgentSettings.defaults(address, KEYS.root(1).orElseThrow(), "0.1.0"),
                        new AgentCore.Seams(
                                () -> Instant.ofEpochMilli(now),
                                () -> Instant.ofEpochMilli(now),
                                random.split(),
                                (topic, payload, _) -> {
                                    travel(() -> controller.message(topic.text(), payload));
                                    return true;
                                },
                                disk,
                                (digest, _, done) -> later(mine, () -> done.accept(fetched(digest))),
                                new DriverHost() {
                                    @Override
                                    public <T> void run(String device, Supplier<T> work, Consumer<T> done) {
                                        T value = work.get();
                                        later(mine, () -> done.accept(value));
                                    }
                                },
                                List.of(new EmulatedDriver("npu0", PROFILE)),
                                null,
                                (_, _) -> {},
                                Sensors.NONE,
                                PeerSender.NONE,
                                (task, epoch, output, done) -> later(mine, () -> {
                                    OutputSink.Put how = put(task, epoch, output);
                                    later(mine, () -> done.accept(how));
                                })));
            }

            private OutputSink.Put put(String task, long epoch, byte[] output) {
                if (happens(0.15)) {
                    putsLost++;
                    return OutputSink.Put.FAILED;
                }
                try {
                    boolean _ = controller.run(scope -> {
                        controller
                                .jobs()
                                .outputs()
                                .put(
                                        scope.tx(),
                                        address,
                                        task,
                                        epoch,
                                        Digest.of(output).value(),
                                        output,
                                        scope.nowMillis());
                        return true;
                    });
                } catch (Refusal refused) {
                    return OutputSink.Put.REFUSED;
                }
                if (happens(0.15)) {
                    answersLost++;
                    return OutputSink.Put.FAILED;
                }
                return OutputSink.Put.STORED;
            }

            private void later(int mine, Runnable action) {
                at(1 + random.nextLong(60), () -> {
                    if (life == mine) {
                        action.run();
                    }
                });
            }

            void restart() {
                starts++;
                try {
                    core = fresh();
                } catch (BlockDeviceException impossible) {
                    throw new AssertionError("the disk is in memory", impossible);
                }
                core.connected();
            }

            void reconnect() {
                core.disconnected("controller");
                core.connected();
            }
        }

        private FleetCore freshController() {
            FleetCore made = new FleetCore(
                    store,
                    (topic, payload, _) -> {
                        travel(() -> tell(topic, payload));
                        return true;
                    },
                    () -> Instant.ofEpochMilli(now),
                    random.split(),
                    KEYS,
                    Settings.DEFAULTS,
                    _ -> {});
            made.start();
            return made;
        }

        private void tell(Topic topic, byte[] payload) {
            Board board = boards.get(topic.address().node());
            if (board != null) {
                board.core.message(topic.text(), payload);
            }
        }

        private ArtifactSource.Fetched fetched(Digest digest) {
            Optional<byte[]> found = digest.equals(Digest.of(NETWORK))
                    ? Optional.of(NETWORK)
                    : store.transact(tx -> new Releases(KEYS).document(tx, TENANT, digest.value()));
            return found.<ArtifactSource.Fetched>map(ArtifactSource.Fetched.Bytes::new)
                    .orElseGet(() -> new ArtifactSource.Fetched.Failed("http-404", true));
        }

        private boolean happens(double probability) {
            return stormy && random.nextDouble() < probability;
        }

        private void at(long millis, Runnable action) {
            events.add(new Event(now + millis, order++, action));
        }

        private void travel(Runnable arrival) {
            if (!happens(0.1)) {
                at(1 + random.nextLong(stormy ? 200 : 5), arrival);
            }
            if (happens(0.1)) {
                at(1 + random.nextLong(1000), arrival);
            }
        }

        private void pass(long millis) {
            for (long end = now + millis; now < end; ) {
                long next = now + STEP_MILLIS;
                for (Event event = events.peek(); event != null && event.at <= next; event = events.peek()) {
                    events.remove();
                    now = Math.max(now, event.at);
                    event.action.run();
                }
                now = next;
                controller.step();
                boards.values().forEach(board -> board.core.step());
            }
        }

        private void begin(String... names) throws BlockDeviceException {
            controller.models().create(TENANT, MODEL);
            controller.models().createVersion(TENANT, MODEL, "1.0.0");
            controller.models().putVariant(TENANT, MODEL, "1.0.0", "int8", NETWORK, "test");
            for (String name : names) {
                boolean _ = controller.run(scope -> {
                    NodeRow row = new NodeRow();
                    row.id = TENANT + "/" + name;
                    row.tenant = TENANT;
                    row.node = name;
                    row.status = Nodes.OFFLINE;
                    scope.tx().insert(row);
                    return true;
                });
                Board board = new Board(name);
                boards.put(name, board);
                board.core.connected();
            }
            pass(5000);
            Rollouts.Request request = new Rollouts.Request(
                    MODEL,
                    "1.0.0",
                    List.of(),
                    List.of(),
                    null,
                    List.of(),
                    controller.rollouts().percents(List.of(100)),
                    null,
                    null,
                    null,
                    Set.of(Rollouts.Allowance.UNAPPROVED),
                    null);
            RolloutRow rollout = controller.act(
                    TENANT,
                    "test",
                    "rollout.created",
                    MODEL,
                    scope -> controller
                            .rollouts()
                            .create(scope.tx(), scope.effects(), TENANT, request, scope.nowMillis()));
            pass(30_000);
            assertThat(store.transact(tx -> tx.get(RolloutRow.class, rollout.id))
                            .orElseThrow()
                            .state)
                    .isEqualTo("succeeded");
        }

        private void storm() {
            stormy = true;
            for (long end = now + STORM_MILLIS; now < end; pass(STEP_MILLIS)) {
                if (random.nextInt(3) > 0) {
                    submit();
                }
                if (happens(0.03)) {
                    List.copyOf(boards.values())
                            .get(random.nextInt(boards.size()))
                            .restart();
                }
                if (happens(0.03)) {
                    starts++;
                    controller = freshController();
                    boards.values().forEach(Board::reconnect);
                }
            }
            stormy = false;
            boards.values().forEach(Board::reconnect);
        }

        private void submit() {
            byte[] input = new byte[INPUT_BYTES];
            random.nextBytes(input);
            JobRow job = controller.act(
                    TENANT,
                    "test",
                    "job.submitted",
                    MODEL,
                    scope -> controller
                            .jobs()
                            .submit(
                                    scope.tx(),
                                    scope.effects(),
                                    TENANT,
                                    new Jobs.Request(MODEL, input, null, INPUT_BYTES, Duration.ofSeconds(60), null),
                                    scope.nowMillis()));
            inputs.put(job.id, input);
        }

        /** @return jobs that succeeded */
        private int check() throws Exception {
            int succeeded = 0;
            List<String> kept = new ArrayList<>();
            for (JobRow job : store.transact(tx -> tx.find(Query.of(JobRow.class)))) {
                assertThat(job.state).as(job.id).isIn(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED);
                byte[] input = inputs.get(job.id);
                if (job.state.equals(Jobs.SUCCEEDED)) {
                    kept.add(job.id);
                    assertThat(job.output).isNull();
                    byte[] output =
                            store.transact(tx -> Outputs.read(tx, job, now)).orElseThrow();
                    assertThat(Digest.of(output).value()).isEqualTo(job.outputDigest);
                    if (input != null) { // Else the controller asked for it itself.
                        succeeded++;
                        assertThat(output).as(job.id).isEqualTo(expected(input));
                    }
                }
            }
            List<OutputRow> outputs = store.transact(tx -> tx.find(Query.of(OutputRow.class)));
            assertThat(outputs)
                    .extracting(row -> row.id)
                    .as("outputs of jobs that succeeded, and no others")
                    .containsExactlyInAnyOrderElementsOf(kept);
            for (Board board : boards.values()) {
                assertThat(board.core.unacknowledged(Stream.RESULT)).isZero();
            }
            return succeeded;
        }
    }

    @Test
    void everyJobEndsAndWhatSucceededHasTheOutputOfItsNetwork() {
        int[] sum = new int[5];
        SeededCases.forEach(1, SEEDS, (random, _) -> {
            World world = new World(random);
            world.begin("n-1", "n-2");
            world.storm();
            world.pass(180_000);
            sum[0] += world.check();
            sum[1] += world.inputs.size();
            sum[2] += world.putsLost;
            sum[3] += world.answersLost;
            sum[4] += world.starts;
        });
        assertThat(sum[0]).as("succeeded of %d", sum[1]).isGreaterThan(sum[1] / 2);
        assertThat(sum[2]).as("puts that were lost").isPositive();
        assertThat(sum[3]).as("answers to puts that were lost").isPositive();
        assertThat(sum[4]).as("starts").isPositive();
    }
}
