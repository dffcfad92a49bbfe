package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.Outcome;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.ValueForm;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever happens to a stream, each frame that was due is counted once, and each answer is that of one board. */
class StreamHistoriesTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final List<String> BEFORE =
            List.of("window:length=1,hop=1", "normalise:offset=-3,multiplier=1,divisor=16,zeroPoint=0");
    private static final List<String> AFTER = List.of("normalise:offset=1,multiplier=1,divisor=3,zeroPoint=7");

    @Test
    void eachFrameIsCountedOnceAndAnsweredAsOneBoardAnswersIt() {
        SeededCases.forEach(1, 300, (random, _) -> new History(random).run());
    }

    @Test
    void eachFrameOfStreamsThatTakePlacesFromEachOtherIsCountedOnce() {
        SeededCases.forEach(1, 100, (random, _) -> new Crowd(random).run());
    }

    /** Streams of any priority on one device whose queue is often full, some of them its own and some of another node. */
    private static final class Crowd {
        private static final int STREAMS = 4;

        final SplittableRandom random;
        final World world = new World();
        final long[] periods = new long[STREAMS];
        final Map<String, Long> counted = new HashMap<>();
        final Map<Stamp, StreamReport> reports = new LinkedHashMap<>();
        int looked;
        long frame;

        Crowd(SplittableRandom random) throws Exception {
            this.random = random;
            world.sensors = new Sensors(Map.of("test", new SyntheticSensor(3)));
            world.restart(false);
            world.connect();
            world.install(1, MODEL);
        }

        void run() throws Exception {
            long begunMillis = world.millis;
            for (int i = 0; i < STREAMS; i++) {
                periods[i] = random.nextInt(10, 60);
                order(
                        "own-" + i,
                        new StreamOrder.Source(
                                600_000,
                                "cpu0",
                                "m",
                                DIGEST.value(),
                                "test",
                                periods[i],
                                random.nextLong(5, 3 * periods[i]),
                                null,
                                random.nextInt(4)));
                order(
                        "other-" + i,
                        new StreamOrder.Helper(
                                600_000,
                                "cpu0",
                                "m",
                                DIGEST.value(),
                                "other",
                                1,
                                8,
                                random.nextInt(20, 400),
                                random.nextInt(4)));
            }
            for (int step = 0; step < 80; step++) {
                chance();
                world.pass(Duration.ofMillis(random.nextInt(1, 40)));
                look();
            }
            world.holdRuns = false;
            world.runHeld();
            world.pass(Duration.ofSeconds(3));
            look();
            for (int i = 0; i < STREAMS; i++) {
                // A window is open for two seconds, and begins when the one before it was taken.
                assertThat(counted.getOrDefault("own-" + i, 0L))
                        .as("no frame of own-%d waits for its end", i)
                        .isGreaterThan((world.millis - begunMillis - 2_500) / periods[i]);
                order("own-" + i, new StreamOrder.Stop());
            }
            long endMillis = world.millis;
            world.pass(Duration.ofSeconds(3));
            look();
            for (int i = 0; i < STREAMS; i++) {
                assertThat(counted.getOrDefault("own-" + i, 0L))
                        .as("frames of own-%d", i)
                        .isEqualTo((endMillis - begunMillis) / periods[i] + 1);
            }
        }

        private void chance() {
            switch (random.nextInt(4)) {
                case 0 -> world.holdRuns = random.nextInt(4) > 0;
                case 1 -> world.runHeld();
                default -> {
                    for (int burst = random.nextInt(12); burst > 0; burst--) {
                        byte[] bytes = {1, 2, 3, 4};
                        StreamTask task = new StreamTask("other-" + random.nextInt(STREAMS), ++frame, false);
                        byte[] tensor = new Tensor(
                                        task.text(),
                                        1,
                                        0,
                                        bytes.length,
                                        bytes,
                                        Digest.sha256().digest(bytes))
                                .encode();
                        world.tensor("other", tensor);
                    }
                }
            }
        }

        private void order(String stream, StreamOrder.Part part) {
            world.tell(Topic.Kind.DOWN_WORK, new StreamOrder(stream, 1, part).encode());
        }

        /** Counts each report once, in the order of its frames. */
        private void look() throws Exception {
            while (looked < world.sent.size()) {
                World.Sent message = world.sent.get(looked++);
                if (message.kind() != Topic.Kind.UP_RESULT || !StreamReport.is(message.payload())) {
                    continue;
                }
                StreamReport report = StreamReport.decode(message.payload());
                if (reports.put(report.stamp(), report) == null) {
                    assertThat(report.from()).isEqualTo(counted.getOrDefault(report.stream(), 0L) + 1);
                    counted.put(report.stream(), report.to());
                    assertThat(report.met() + report.missed() + report.skipped())
                            .isEqualTo(report.to() - report.from() + 1);
                }
                long sequence = report.stamp().sequence();
                world.acknowledge(Stream.RESULT, report.stamp().boot(), sequence, sequence);
            }
        }
    }

    /** One stream under chance: helpers that are silent, late, double or wrong, links that fall, plans that change, starts. */
    private static final class History {
        final SplittableRandom random;
        final World world = new World();
        final Interpreter whole = Interpreter.create(ModelReader.read(MODEL, "m"), Rounding.DOUBLE);
        final Map<Stamp, StreamReport> reports = new LinkedHashMap<>();
        final List<Tensor> late = new ArrayList<>();
        /** Where each plan cuts. */
        final Map<Long, Integer> boundaries = new HashMap<>();

        /** Of frames and of answers, in every other history. */
        final StreamTransforms transforms;

        final long period;
        final long deadline;
        int looked;
        long epoch;
        long begunMillis;

        History(SplittableRandom random) throws Exception {
            this.random = random;
            this.period = random.nextInt(20, 200);
            this.deadline = random.nextInt(10, (int) (3 * period));
            this.transforms = random.nextBoolean()
                    ? StreamTransforms.NONE
                    : new StreamTransforms(new ValueForm("int8", List.of(9, 4)), BEFORE, AFTER);
            world.sensors = new Sensors(Map.of("test", new SyntheticSensor(3)));
            world.restart(false);
            world.connect();
            world.install(1, MODEL);
        }

        void run() throws Exception {
            begin();
            for (int step = 0; step < 80; step++) {
                chance();
                world.pass(Duration.ofMillis(random.nextInt(1, 60)));
                look();
            }
            end();
        }

        private void begin() {
            begunMillis = world.millis;
            plan();
        }

        private void plan() {
            int boundary = random.nextInt(1, 3);
            boundaries.put(epoch + 1, boundary);
            StreamOrder.Help help = random.nextInt(4) == 0
                    ? null
                    : new StreamOrder.Help("other", boundary, 8, random.nextInt(1, 40_000), 1_500);
            world.tell(
                    Topic.Kind.DOWN_WORK,
                    new StreamOrder(
                                    "s-1",
                                    ++epoch,
                                    new StreamOrder.Source(
                                            600_000,
                                            "cpu0",
                                            "m",
                                            DIGEST.value(),
                                            "test",
                                            period,
                                            deadline,
                                            help,
                                            0,
                                            transforms))
                            .encode());
        }

        private void chance() throws Exception {
            switch (random.nextInt(12)) {
                case 0 -> world.disconnect();
                case 1, 2 -> {
                    if (!world.up) {
                        world.connect();
                    }
                }
                case 3, 4 -> plan();
                case 5 -> world.driverFails = true;
                case 6, 7, 8 -> world.driverFails = false;
                case 9 -> world.holdRuns = random.nextBoolean();
                case 10 -> restart();
                default -> world.runHeld();
            }
        }

        /** Frames of the old boot that were not told of are gone with it; those of the new one begin at 1. */
        private void restart() throws Exception {
            if (random.nextInt(8) == 0) {
                look();
                check(false);
                reports.clear();
                late.clear();
                looked = 0;
                world.holdRuns = false;
                world.driverFails = false;
                world.sensors = new Sensors(Map.of("test", new SyntheticSensor(3)));
                world.restart(false);
                world.connect();
                world.pass(Duration.ofMillis(50));
                reports.clear();
                looked = world.sent.size();
                begin();
            }
        }

        /** Takes in what was sent, acknowledges it, and answers for the helper. */
        private void look() throws Exception {
            while (looked < world.sent.size()) {
                World.Sent message = world.sent.get(looked++);
                if (message.kind() == Topic.Kind.IN_TENSOR) {
                    answer(Tensor.decode(message.payload()));
                } else if (message.kind() == Topic.Kind.UP_RESULT && StreamReport.is(message.payload())) {
                    StreamReport report = StreamReport.decode(message.payload());
                    if (report.stamp().boot().equals(world.core().boot())) {
                        reports.put(report.stamp(), report);
                    }
                    if (random.nextInt(4) > 0) {
                        long sequence = report.stamp().sequence();
                        world.acknowledge(Stream.RESULT, report.stamp().boot(), sequence, sequence);
                    }
                }
            }
            if (!late.isEmpty() && random.nextInt(3) == 0) {
                give(late.removeFirst());
            }
        }

        private void answer(Tensor tensor) throws Exception {
            switch (random.nextInt(6)) {
                case 0 -> {}
                case 1 -> late.add(tensor);
                case 2 -> {
                    give(tensor);
                    give(tensor);
                }
                case 3 -> world.tensor("other", wrong(tensor));
                case 4 -> world.tensor("third", right(tensor));
                default -> give(tensor);
            }
        }

        private void give(Tensor tensor) throws Exception {
            world.tensor("other", right(tensor));
        }

        /** The rest of the network: each layer gives the sum of its four inputs, four times. */
        private byte[] right(Tensor tensor) {
            byte[] values = tensor.bytes();
            for (int layer = boundaries.getOrDefault(tensor.epoch(), 0); layer < 3; layer++) {
                int sum = 0;
                for (byte value : values) {
                    sum += value;
                }
                Arrays.fill(values, (byte) Math.clamp(sum, -128, 127));
            }
            return message(tensor, values);
        }

        private static byte[] wrong(Tensor tensor) {
            return message(tensor, new byte[3]);
        }

        private static byte[] message(Tensor tensor, byte[] output) {
            StreamTask task = StreamTask.parse(tensor.task()).orElseThrow();
            byte[] bytes = new StreamAnswer(500, true, null, EnergyMethod.UNKNOWN, null, output).encode();
            return new Tensor(
                            new StreamTask(task.stream(), task.frame(), true).text(),
                            tensor.epoch(),
                            0,
                            bytes.length,
                            bytes,
                            Digest.sha256().digest(bytes))
                    .encode();
        }

        private void end() throws Exception {
            if (!world.up) {
                world.connect();
            }
            world.tell(Topic.Kind.DOWN_WORK, new StreamOrder("s-1", epoch, new StreamOrder.Stop()).encode());
            long due = (world.millis - begunMillis) / period + 1;
            for (int i = 0; i < 60; i++) {
                world.pass(Duration.ofSeconds(1));
                look();
            }
            check(true);
            long counted = reports.values().stream()
                    .mapToLong(report -> report.met() + report.missed() + report.skipped())
                    .sum();
            assertThat(counted).isEqualTo(due);
        }

        private void check(boolean all) throws Exception {
            List<StreamReport> inOrder = new ArrayList<>(reports.values());
            inOrder.sort(Comparator.comparingLong(
                    (StreamReport report) -> report.stamp().sequence()));
            @Nullable StreamReport before = null;
            for (StreamReport report : inOrder) {
                boolean follows = before == null
                        || before.stamp().sequence() + 1 == report.stamp().sequence();
                if (all && before == null) {
                    assertThat(report.from()).isEqualTo(1);
                }
                if (before != null && follows) {
                    assertThat(report.from()).isEqualTo(before.to() + 1);
                }
                before = report;
                for (Outcome outcome : report.outcomes()) {
                    boolean plain = transforms.isEmpty();
                    byte[] frame = SyntheticSensor.frame(3, outcome.sensorFrame(), plain ? 4 : 36);
                    byte[] input = TransformChain.parse(transforms.before()).apply(Form.int8(plain ? 1 : 9, 4), frame);
                    byte[] alone = new byte[4];
                    whole.run(input, 0, alone, 0);
                    assertThat(outcome.output())
                            .isEqualTo(TransformChain.parse(transforms.after()).apply(Form.int8(1, 4), alone));
                    assertThat(outcome.form()).isEqualTo(plain ? null : new ValueForm("int8", List.of(1, 4)));
                    assertThat(outcome.input()).isEqualTo(Digest.of(frame).value());
                    assertThat(outcome.ranOn()).isIn((Object[]) RanOn.values());
                }
            }
        }
    }
}
