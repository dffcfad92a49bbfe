package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs whose input is on a slow board, with a fast one beside it. */
final class SharedJobsTest {
    private static final int LAYERS = 4;
    private static final double SLOW_MICROS = 100_000;
    private static final double FAST_MICROS = 1_000;
    private static final byte[] ANSWER = {7, 8, 9};

    private final TestFleet fleet = new TestFleet();
    private TestBoard slow = fleet.board("slow");
    private TestBoard fast = fleet.board("fast");
    private long sequence = 100;

    /** Layers from 16 values to 16 values. */
    private static byte[] chain() {
        int width = TestFleet.INPUT_BYTES;
        List<Tensor> tensors = new ArrayList<>(List.of(
                tensor("weights", List.of(width, width), ElementType.INT8, Optional.of(new byte[width * width])),
                tensor("bias", List.of(width), ElementType.INT32, Optional.of(new byte[width * 4])),
                tensor("in", List.of(1, width), ElementType.INT8, Optional.empty())));
        List<Operator> operators = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            tensors.add(tensor("out" + layer, List.of(1, width), ElementType.INT8, Optional.empty()));
            operators.add(
                    new Operator(new Kind.FullyConnected(Fused.NONE), List.of(2 + layer, 0, 1), List.of(3 + layer)));
        }
        return TfliteWriter.write(
                new TfliteModel("chain", tensors, operators, List.of(2), List.of(2 + LAYERS), Map.of()));
    }

    private static Tensor tensor(String name, List<Integer> shape, ElementType type, Optional<byte[]> data) {
        return new Tensor(name, shape, type, data, Optional.of(Quantization.perTensor(1f, 0)));
    }

    @BeforeEach
    void boardsRunTheSameVariant() {
        fleet.publish("glyphs", "1.0.0");
        String digest = fleet.core().run(scope -> {
            String stored = Artifacts.of(scope).put(chain()).value();
            VariantRow row =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            row.digest = stored;
            scope.tx().update(row);
            return stored;
        });
        for (TestBoard board : List.of(slow, fast)) {
            board.report(TestBoard.active("glyphs", digest));
            fleet.core().run(scope -> {
                CostRow cost = new CostRow();
                cost.id = CostRow.key(board.address + "/cpu0", digest);
                cost.tenant = TestFleet.TENANT;
                cost.deviceId = board.address + "/cpu0";
                cost.count = 100;
                cost.meanMicros = board == slow ? SLOW_MICROS : FAST_MICROS;
                cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
                scope.tx().insert(cost);
                return true;
            });
        }
        link(10_000, 2);
    }

    private void link(double kbit, double rttMillis) {
        fleet.core().run(scope -> {
            NodeRow node =
                    scope.tx().get(NodeRow.class, slow.address.toString()).orElseThrow();
            node.linkKbit = kbit;
            node.linkRttMillis = rttMillis;
            node.linkLoss = 0.0;
            scope.tx().update(node);
            return true;
        });
    }

    private JobRow submit(int bits) {
        return submit(new Jobs.Source("slow/cpu0", bits), null);
    }

    private JobRow submit(Jobs.Source source, @org.jspecify.annotations.Nullable String pinned) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.submitted",
                        "glyphs",
                        scope -> fleet.core()
                                .jobs()
                                .submit(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        new Jobs.Request(
                                                "glyphs",
                                                new byte[TestFleet.INPUT_BYTES],
                                                null,
                                                TestFleet.INPUT_BYTES,
                                                Duration.ofSeconds(60),
                                                pinned,
                                                source),
                                        scope.nowMillis()));
    }

    private TaskResult resultOf(TestBoard board, Work work, Outcome outcome) {
        boolean ok = outcome == Outcome.OK;
        return new TaskResult(
                new Stamp(board.boot, ++sequence),
                work.task(),
                work.epoch(),
                work.device(),
                work.digest(),
                outcome,
                ok ? null : "queue-full",
                ok && work.sends() == null ? ANSWER : null,
                ok ? 250L : null,
                true,
                ok ? 10.0 : null,
                ok ? EnergyMethod.MODEL : EnergyMethod.UNKNOWN,
                ok ? 0.1 : null);
    }

    private List<Command> commands(TestBoard board) {
        return fleet.transport.commands(board.address);
    }

    private void say(TestBoard board, TaskResult result) {
        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
    }

    private void ok(TestBoard board, Work work) {
        say(board, resultOf(board, work, Outcome.OK));
    }

    @Test
    void theFrontGoesToTheSourceAndTheRestToTheFasterBoard() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        assertThat(front.task()).isEqualTo(job.id + ".0");
        assertThat(front.segment()).isEqualTo(new Work.Segment(0, 1));
        assertThat(front.sends()).isEqualTo(new Work.Sends("fast", job.id + ".1", 8));
        assertThat(front.input()).hasSize(TestFleet.INPUT_BYTES);
        assertThat(back.segment()).isEqualTo(new Work.Segment(1, LAYERS));
        assertThat(back.expects()).isEqualTo(new Work.Expects("slow", 8));
        assertThat(back.inputBytes()).isEqualTo(TestFleet.INPUT_BYTES);
        assertThat(fleet.transport.all())
                .filteredOn(sent -> sent.kind() == Topic.Kind.DOWN_WORK)
                .extracting(sent -> sent.to().node())
                .containsExactly("fast", "slow");
        assertThat(fleet.job(job.id).why)
                .contains("\"takesOver\":\"fast/cpu0\"")
                .contains("\"after\":0");
    }

    @Test
    void theJobEndsWhenBothPartsAreThereInWhateverOrder() {
        for (boolean frontFirst : new boolean[] {true, false}) {
            JobRow job = submit(8);
            Work front = slow.lastWork();
            Work back = fast.lastWork();
            if (frontFirst) {
                ok(slow, front);
            } else {
                ok(fast, back);
            }
            assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
            if (frontFirst) {
                ok(fast, back);
            } else {
                ok(slow, front);
            }
            JobRow done = fleet.job(job.id);
            assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
            assertThat(done.output).isEqualTo(ANSWER);
            SplitRow split = fleet.get(SplitRow.class, job.id);
            assertThat(done.latencyMicros).isEqualTo(500 + split.linkMicros);
            assertThat(split.linkMicros).isEqualTo(Math.round(2000 + 8 * (16 + 24) / 10.0));
            assertThat(split.plannedMicros).isEqualTo(25_000 + split.linkMicros + 750);
            assertThat(split.localMicros).isEqualTo(100_000);
            assertThat(done.energyMicrojoules).isEqualTo(20);
            assertThat(done.energyMethod).isEqualTo("model");
        }
    }

    private JobRow admit(Jobs.@org.jspecify.annotations.Nullable Source source, Duration deadline) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.submitted",
                        "glyphs",
                        scope -> fleet.core()
                                .jobs()
                                .admit(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        new Jobs.Request(
                                                "glyphs",
                                                new byte[TestFleet.INPUT_BYTES],
                                                null,
                                                TestFleet.INPUT_BYTES,
                                                deadline,
                                                null,
                                                source),
                                        scope.nowMillis()));
    }

    @Test
    void aDeadlineThatTheWayOverTheLinkMissesIsRefusedWithTheLeastTime() {
        // A quarter of the slow board, the link, three quarters of the fast one: 27.782 ms; alone 100 ms.
        Jobs.Source source = new Jobs.Source("slow/cpu0", 8);
        assertThatThrownBy(() -> admit(source, Duration.ofMillis(27)))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE);
                    assertThat(refusal)
                            .hasMessage(
                                    "deadline of 27 ms: model glyphs takes at least 27.782 ms from slow/cpu0, alone or shared");
                });
        assertThat(fleet.all(JobRow.class)).isEmpty();
        assertThat(admit(source, Duration.ofMillis(28)).state).isEqualTo(Jobs.QUEUED);
        link(10, 500);
        assertThatThrownBy(() -> admit(source, Duration.ofMillis(99)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("at least 100.000 ms");
    }

    @Test
    void anInputThatMayGoAnywhereNeedsTheBestDeviceOnly() {
        assertThat(admit(null, Duration.ofMillis(1)).model).isEqualTo("glyphs");
        fleet.core().run(scope -> {
            CostRow cost = scope.tx().find(Query.of(CostRow.class)).stream()
                    .filter(row -> row.deviceId.endsWith("fast/cpu0"))
                    .findFirst()
                    .orElseThrow();
            cost.meanMicros = 1500;
            scope.tx().update(cost);
            return true;
        });
        assertThatThrownBy(() -> admit(null, Duration.ofMillis(1)))
                .isInstanceOf(Refusal.class)
                .hasMessage("deadline of 1 ms: model glyphs takes at least 1.500 ms on the best device");
    }

    @Test
    void aTimeThatIsAGuessRefusesNothing() {
        fleet.core().run(scope -> {
            scope.tx().deleteAll(Query.of(CostRow.class).equal("deviceId", fast.address + "/cpu0"));
            return true;
        });
        assertThat(admit(new Jobs.Source("slow/cpu0", 8), Duration.ofMillis(1)).state)
                .isEqualTo(Jobs.QUEUED);
        assertThat(admit(null, Duration.ofMillis(1)).state).isEqualTo(Jobs.QUEUED);
    }

    @Test
    void aLinkThatIsTooSlowLeavesAllOfItAtTheSource() {
        link(10, 500);
        JobRow job = submit(8);
        assertThat(slow.lastWork().task()).isEqualTo(job.id);
        assertThat(slow.lastWork().segment()).isNull();
        assertThat(fast.works()).isEmpty();
        slow.result(slow.lastWork(), Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void fewerBitsAreSentOnlyWhereTheCallerAllowsThem() {
        // 16 values of one position have 32 bytes of ranges when they are packed: eight bits are shorter here.
        submit(4);
        assertThat(fast.lastWork().expects()).isEqualTo(new Work.Expects("slow", 8));
        assertThatThrownBy(() -> new Jobs.Source("slow/cpu0", 5)).isInstanceOf(Refusal.class);
    }

    @Test
    void whenTheOtherBoardIsLostTheSourceRunsAllOfItAtOnce() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        ok(slow, front);
        fast.status(Status.State.LOST);
        Work alone = slow.lastWork();
        assertThat(alone.task()).isEqualTo(job.id);
        assertThat(alone.epoch()).isEqualTo(2);
        assertThat(alone.segment()).isNull();
        ok(fast, back);
        ok(slow, front);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        slow.result(alone, Outcome.OK);
        assertThat(fleet.job(job.id).output).startsWith(2);
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void anAnswerThatDoesNotComeIsNotWaitedForLong() {
        JobRow job = submit(8);
        ok(slow, slow.lastWork());
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
        fleet.step(Duration.ofMillis(100));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(fleet.job(job.id).reason).isEqualTo("peer-lost");
        assertThat(slow.lastWork().segment()).isNull();
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void aRefusalOfEitherPartStartsAnewAtTheSource() {
        for (boolean atFront : new boolean[] {true, false}) {
            JobRow job = submit(8);
            TestBoard board = atFront ? slow : fast;
            say(board, resultOf(board, board.lastWork(), Outcome.REJECTED));
            JobRow again = fleet.job(job.id);
            assertThat(again.reason).isEqualTo(atFront ? "queue-full" : "peer-queue-full");
            assertThat(slow.lastWork().epoch()).isEqualTo(2);
            assertThat(slow.lastWork().segment()).isNull();
            assertThat(commands(fast)).anyMatch(command -> (job.id + ".1").equals(command.task()));
        }
    }

    @Test
    void whatAnotherNodeOrAnotherAttemptSaysDoesNotCount() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        ok(fast, front);
        ok(slow, back);
        TestBoard stranger = fleet.board("stranger");
        ok(stranger, back);
        SplitRow split = fleet.get(SplitRow.class, job.id);
        assertThat(split.frontMicros).isNull();
        assertThat(split.backMicros).isNull();
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void bothAreToldWhenTheJobIsCancelled() {
        JobRow job = submit(8);
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.cancelled",
                        job.id,
                        scope -> fleet.core()
                                .jobs()
                                .cancel(scope.tx(), scope.effects(), TestFleet.TENANT, job.id, scope.nowMillis()));
        assertThat(commands(slow)).extracting(Command::task).containsExactly(job.id + ".0");
        assertThat(commands(fast)).extracting(Command::task).containsExactly(job.id + ".1");
        ok(fast, fast.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.CANCELLED);
    }

    @Test
    void aBirthOfEitherBringsItsOrderAgain() {
        submit(8);
        int before = fast.works().size();
        fast.birth();
        assertThat(fast.works()).hasSize(before + 1);
        slow.birth();
        assertThat(slow.works().getLast().task()).endsWith(".0");
    }

    @Test
    void sourcesMustBeThere() {
        assertThatThrownBy(() -> submit(new Jobs.Source("nobody/cpu0", 8), null))
                .isInstanceOfSatisfying(
                        Refusal.class, refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
        assertThatThrownBy(() -> submit(new Jobs.Source("slow/cpu0", 8), "fast/cpu0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.INVALID));
    }

    /** Results in any order, twice, late, of any attempt, boards that come and go: one end, and never two. */
    @Test
    void everyJobEndsOnce() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            SharedJobsTest world = new SharedJobsTest();
            world.boardsRunTheSameVariant();
            List<Work> seen = new ArrayList<>();
            JobRow job = world.submit(8);
            String ended = null;
            for (int step = 0; step < 40; step++) {
                TestBoard board = random.nextBoolean() ? world.slow : world.fast;
                seen.addAll(world.slow.works());
                seen.addAll(world.fast.works());
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        Work work = seen.get(random.nextInt(seen.size()));
                        world.say(
                                board,
                                world.resultOf(board, work, random.nextInt(4) == 0 ? Outcome.FAILED : Outcome.OK));
                    }
                    case 2 -> world.fleet.step(Duration.ofMillis(random.nextInt(400)));
                    case 3 -> board.status(random.nextBoolean() ? Status.State.LOST : Status.State.ONLINE);
                    default -> board.birth();
                }
                JobRow now = world.fleet.job(job.id);
                if (ended != null) {
                    assertThat(now.state).isEqualTo(ended);
                }
                ended = Jobs.OPEN.contains(now.state) ? null : now.state;
            }
            world.slow.birth();
            world.fleet.step(Duration.ofSeconds(61));
            JobRow last = world.fleet.job(job.id);
            assertThat(Jobs.OPEN).doesNotContain(last.state);
            assertThat(last.output != null).isEqualTo(last.state.equals(Jobs.SUCCEEDED));
        });
    }
}
