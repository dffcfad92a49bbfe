package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.NodePeers;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.PeerAddress;
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
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs whose input is on a slow board, with a fast one beside it. */
final class SharedJobsTest {
    private static final int LAYERS = 4;
    /** Values that cross the first cut. */
    private static final int NARROW = 4;

    private static final double SLOW_MICROS = 100_000;
    private static final double FAST_MICROS = 1_000;
    private static final byte[] ANSWER = SharedWorld.ANSWER;

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard slow = world.slow;
    private final TestBoard fast = world.fast;

    @BeforeEach
    void boardsRunTheSameVariant() {
        // What crosses the first cut is short, so the first layer runs where the input is.
        world.run(
                SharedWorld.chain(TestFleet.INPUT_BYTES, NARROW, 16, 16, 16),
                Map.of(slow, SLOW_MICROS, fast, FAST_MICROS));
        world.link(slow, new Birth.Link(8, 2, 0));
    }

    private JobRow submit(int bits) {
        return world.submit(new Jobs.Source("slow/cpu0", bits), null);
    }

    @Test
    void theFrontGoesToTheSourceAndTheRestToTheFasterBoard() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        assertThat(front.task()).isEqualTo(job.id + ".0");
        assertThat(front.segment()).isEqualTo(new Work.Segment(0, 1));
        assertThat(front.sends()).isEqualTo(new Work.Sends("fast", job.id + ".1", 8, new Birth.Link(8, 2, 0)));
        assertThat(front.input()).hasSize(TestFleet.INPUT_BYTES);
        assertThat(back.segment()).isEqualTo(new Work.Segment(1, LAYERS));
        assertThat(back.expects()).isEqualTo(new Work.Expects("slow", 8));
        assertThat(back.inputBytes()).isEqualTo(NARROW);
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
                world.ok(slow, front);
            } else {
                world.ok(fast, back);
            }
            assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
            if (frontFirst) {
                world.ok(fast, back);
            } else {
                world.ok(slow, front);
            }
            JobRow done = fleet.job(job.id);
            assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
            assertThat(done.output).isEqualTo(ANSWER);
            SplitRow split = fleet.get(SplitRow.class, job.id);
            assertThat(done.latencyMicros).isEqualTo(500 + split.linkMicros);
            assertThat(split.linkMicros).isEqualTo(Math.round(2000 + 1000 * 8 * (NARROW + 24) / 8.0));
            assertThat(split.plannedMicros).isEqualTo(10_000 + split.linkMicros + 900);
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
        // A tenth of the slow board, the link, nine tenths of the fast one: 40.9 ms; alone 100 ms.
        Jobs.Source source = new Jobs.Source("slow/cpu0", 8);
        assertThatThrownBy(() -> admit(source, Duration.ofMillis(40)))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE);
                    assertThat(refusal)
                            .hasMessage(
                                    "deadline of 40 ms: model glyphs takes at least 40.900 ms from slow/cpu0, alone or shared");
                });
        assertThat(fleet.all(JobRow.class)).isEmpty();
        assertThat(admit(source, Duration.ofMillis(41)).state).isEqualTo(Jobs.QUEUED);
        world.link(slow, new Birth.Link(10, 500, 0));
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

    /** What boards leave out of a tensor is left out of the next plan. */
    @Test
    void plansCountTheBytesThatWereSent() {
        JobRow job = submit(8);
        assertThat(world.parts(job).getFirst().linkBytes).isEqualTo(NARROW + 24L);
        world.say(slow, world.sent(slow, slow.lastWork(), 2));
        world.ok(fast, fast.lastWork());
        assertThat(world.parts(job).getFirst().sentBytes).isEqualTo(2);
        JobRow next = submit(8);
        SplitPartRow front = world.parts(next).getFirst();
        assertThat(front.linkBytes).isEqualTo(2 + 24L);
        assertThat(front.linkMicros).isEqualTo(2_000 + 26_000);
        assertThat(fast.lastWork().inputBytes()).isEqualTo(NARROW);
        world.say(slow, world.sent(slow, slow.lastWork(), 4));
        world.ok(fast, fast.lastWork());
        assertThat(fleet.get(CutRow.class, "acme/%s/1".formatted(fleet.job(job.id).digest)).meanBytes)
                .isBetween(2.39, 2.41);
    }

    @Test
    void theSenderIsToldWhereTheReceiverTakesTensorsDirectlyAndSaysHowLongThatTook() {
        PeerAddress peer = new PeerAddress("192.0.2.9", 7443);
        world.listens(fast, peer);
        world.link(slow, new Birth.Link(8, 2, 0));
        JobRow job = submit(8);
        assertThat(Objects.requireNonNull(slow.lastWork().sends()).peer()).isEqualTo(peer);
        assertThat(fast.lastWork().sends()).isNull();
        world.say(slow, world.sent(slow, slow.lastWork(), 2, 4_321L));
        world.ok(fast, fast.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(world.parts(job)).extracting(part -> part.directMicros).containsExactly(4_321L, null);
        world.listens(fast, null);
        submit(8);
        assertThat(Objects.requireNonNull(slow.lastWork().sends()).peer()).isNull();
    }

    @Test
    void nothingGoesDirectlyToAnotherTenantOrToTheNodeItself() {
        NodeRow one = new NodeRow();
        one.id = "acme/one";
        one.tenant = "acme";
        one.peer = "192.0.2.1:1";
        NodeRow other = new NodeRow();
        other.id = "globex/two";
        other.tenant = "globex";
        other.peer = "192.0.2.2:1";
        assertThat(NodePeers.between(one, other)).isNull();
        assertThat(NodePeers.between(one, one)).isNull();
        other.tenant = "acme";
        assertThat(NodePeers.between(one, other)).isEqualTo(new PeerAddress("192.0.2.2", 1));
        other.peer = null;
        assertThat(NodePeers.between(one, other)).isNull();
    }

    @Test
    void aLinkThatIsTooSlowLeavesAllOfItAtTheSource() {
        world.link(slow, new Birth.Link(10, 500, 0));
        JobRow job = submit(8);
        assertThat(slow.lastWork().task()).isEqualTo(job.id);
        assertThat(slow.lastWork().segment()).isNull();
        assertThat(fast.works()).isEmpty();
        slow.result(slow.lastWork(), Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void fewerBitsAreSentOnlyWhereTheCallerAllowsThem() {
        // Values of one position have two bytes of range each when they are packed: eight bits are shorter here.
        submit(4);
        assertThat(fast.lastWork().expects()).isEqualTo(new Work.Expects("slow", 8));
        assertThatThrownBy(() -> new Jobs.Source("slow/cpu0", 5)).isInstanceOf(Refusal.class);
    }

    @Test
    void whenTheOtherBoardIsLostTheSourceRunsAllOfItAtOnce() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        world.ok(slow, front);
        fast.status(Status.State.LOST);
        Work alone = slow.lastWork();
        assertThat(alone.task()).isEqualTo(job.id);
        assertThat(alone.epoch()).isEqualTo(2);
        assertThat(alone.segment()).isNull();
        world.ok(fast, back);
        world.ok(slow, front);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        slow.result(alone, Outcome.OK);
        assertThat(fleet.job(job.id).output).startsWith(2);
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void anAnswerThatDoesNotComeIsNotWaitedForLong() {
        JobRow job = submit(8);
        world.ok(slow, slow.lastWork());
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
        fleet.step(Duration.ofMillis(100));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(fleet.job(job.id).reason).isEqualTo("peer-lost");
        assertThat(fleet.get(SplitRow.class, job.id).lost).isEqualTo("fast/cpu0");
        assertThat(slow.lastWork().segment()).isNull();
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void aRefusalOfEitherPartStartsAnewAtTheSource() {
        for (boolean atFront : new boolean[] {true, false}) {
            JobRow job = submit(8);
            TestBoard board = atFront ? slow : fast;
            world.say(board, world.resultOf(board, board.lastWork(), Outcome.REJECTED));
            JobRow again = fleet.job(job.id);
            assertThat(again.reason).isEqualTo(atFront ? "queue-full" : "peer-queue-full");
            assertThat(slow.lastWork().epoch()).isEqualTo(2);
            assertThat(slow.lastWork().segment()).isNull();
            assertThat(world.commands(fast)).anyMatch(command -> (job.id + ".1").equals(command.task()));
        }
    }

    @Test
    void whatAnotherNodeOrAnotherAttemptSaysDoesNotCount() {
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        world.ok(fast, front);
        world.ok(slow, back);
        TestBoard stranger = fleet.board("stranger");
        world.ok(stranger, back);
        assertThat(world.parts(job)).hasSize(2).allMatch(part -> part.tookMicros == null);
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
        assertThat(world.commands(slow)).extracting(Command::task).containsExactly(job.id + ".0");
        assertThat(world.commands(fast)).extracting(Command::task).containsExactly(job.id + ".1");
        world.ok(fast, fast.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.CANCELLED);
    }

    @Test
    void theLastBoardMayAnswerWithALargeOutputAndNoOtherOne() {
        JobRow job = submit(8);
        byte[] output = new byte[9000];
        assertThatThrownBy(() -> slow.put(slow.lastWork(), output)).isInstanceOf(Refusal.class);
        fast.put(fast.lastWork(), output);
        world.say(fast, fast.naming(fast.lastWork(), output));
        assertThat(fleet.job(job.id).state).as("the front is not told yet").isEqualTo(Jobs.RUNNING);
        world.ok(slow, slow.lastWork());
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isNull();
        assertThat(done.outputBytes).isEqualTo(9000);
        assertThat(fleet.output(done.id)).isEqualTo(output);
    }

    @Test
    void aSharedAttemptIsNotGivenUpWhileItsOutputComes() {
        JobRow job = submit(8);
        Duration over = TestFleet.SETTINGS.attemptLimit().plusMillis(1);
        fleet.core().jobs().outputs().begins(fast.lastWork().task());
        slow.status(Status.State.ONLINE);
        fast.status(Status.State.ONLINE);
        fleet.step(over);
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
        fleet.core().jobs().outputs().ends(fast.lastWork().task());
        slow.status(Status.State.ONLINE);
        fast.status(Status.State.ONLINE);
        fleet.step(over);
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void aSharedAttemptWhoseOutputWasNotPutIsFollowedByTheNext() {
        JobRow job = submit(8);
        world.say(fast, fast.naming(fast.lastWork(), new byte[9000]));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(fleet.job(job.id).reason).isEqualTo("output-not-put");
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
    void theInputGoesToAnotherBoardWholeWhereThatIsSooner() {
        world.link(slow, new Birth.Link(1_000, 2, 0));
        JobRow job = submit(8);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        assertThat(front.segment()).isEqualTo(new Work.Segment(0, 0));
        assertThat(front.sends()).isEqualTo(new Work.Sends("fast", job.id + ".1", 8, new Birth.Link(1_000, 2, 0)));
        assertThat(back.segment()).isEqualTo(new Work.Segment(0, LAYERS));
        assertThat(back.inputBytes()).isEqualTo(TestFleet.INPUT_BYTES);
        assertThat(fleet.job(job.id).why).contains("\"after\":-1");
        world.say(
                slow,
                TaskResult.succeeded(world.stamp(slow), front.task(), 1, "cpu0", front.digest())
                        .measured(1));
        world.ok(fast, back);
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isEqualTo(ANSWER);
        // What only sends has computed nothing, so the energy is that of the other one.
        assertThat(done.energyMicrojoules).isEqualTo(10);
        assertThat(done.energyMethod).isEqualTo("model");
    }

    @Test
    void sourcesMustBeThere() {
        assertThatThrownBy(() -> world.submit(new Jobs.Source("nobody/cpu0", 8), null))
                .isInstanceOfSatisfying(
                        Refusal.class, refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
        assertThatThrownBy(() -> world.submit(new Jobs.Source("slow/cpu0", 8), "fast/cpu0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.INVALID));
    }

    /** Results in any order, twice, late, of any attempt, boards that come and go: one end, and never two. */
    @Test
    void everyJobEndsOnce() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            SharedJobsTest one = new SharedJobsTest();
            one.boardsRunTheSameVariant();
            SharedWorld world = one.world;
            List<Work> seen = new ArrayList<>();
            JobRow job = one.submit(8);
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

    @Test
    void ofALongReasonThatAPeerTellsTheFrontIsKept() {
        JobRow job = submit(8);
        Work back = fast.lastWork();
        world.say(fast, TaskResult.failed(world.stamp(fast), back, Outcome.FAILED, "no-" + "x".repeat(509)));
        assertThat(fleet.job(job.id).reason).startsWith("peer-no-xxx").hasSize(405);
    }
}
