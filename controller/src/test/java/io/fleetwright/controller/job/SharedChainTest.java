package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A network over three boards: a slow one that has the input, one close by, and a fast one behind a narrow link. */
final class SharedChainTest {
    private static final int LAYERS = 4;
    private static final int NARROW = 1;
    private static final Birth.Link WIDE = new Birth.Link(1_000, 1, 0);
    private static final Birth.Link THIN = new Birth.Link(4, 1, 0);

    private final SharedWorld world = new SharedWorld();
    private final TestBoard slow = world.slow;
    private final TestBoard middle = world.fleet.board("middle");
    private final TestBoard fast = world.fast;

    SharedChainTest() {
        world.run(
                SharedWorld.chain(TestFleet.INPUT_BYTES, NARROW, 16, 16, 16),
                Map.of(slow, 1_000_000.0, middle, 100_000.0, fast, 1_000.0));
        world.link(slow, WIDE);
        world.link(middle, WIDE);
        world.link(fast, THIN);
    }

    private JobRow submit() {
        return world.submit(new Jobs.Source("slow/cpu0", 8), null);
    }

    @Test
    void theMiddleTakesFromTheSourceAndSendsToTheLast() {
        JobRow job = submit();
        Work first = slow.lastWork();
        Work second = middle.lastWork();
        Work third = fast.lastWork();
        assertThat(first.segment()).isEqualTo(new Work.Segment(0, 0));
        assertThat(first.sends()).isEqualTo(new Work.Sends("middle", job.id + ".1", 8, WIDE));
        assertThat(first.expects()).isNull();
        assertThat(second.task()).isEqualTo(job.id + ".1");
        assertThat(second.segment()).isEqualTo(new Work.Segment(0, 1));
        assertThat(second.expects()).isEqualTo(new Work.Expects("slow", 8));
        assertThat(second.sends()).isEqualTo(new Work.Sends("fast", job.id + ".2", 8, THIN));
        assertThat(second.inputBytes()).isEqualTo(TestFleet.INPUT_BYTES);
        assertThat(third.task()).isEqualTo(job.id + ".2");
        assertThat(third.segment()).isEqualTo(new Work.Segment(1, LAYERS));
        assertThat(third.expects()).isEqualTo(new Work.Expects("middle", 8));
        assertThat(third.sends()).isNull();
        assertThat(third.inputBytes()).isEqualTo(NARROW);
        assertThat(world.orderedNodes()).containsExactly("fast", "middle", "slow");
        assertThat(world.fleet.job(job.id).why)
                .contains("\"takesOver\":\"fast/cpu0\"")
                .contains("\"devices\":[\"slow/cpu0\",\"middle/cpu0\",\"fast/cpu0\"]");
    }

    @Test
    void theJobEndsWithTheLastOfThreeInWhateverOrder() {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            JobRow job = submit();
            List<TestBoard> boards = List.of(slow, middle, fast);
            List<Work> works = boards.stream().map(TestBoard::lastWork).toList();
            for (int one : order) {
                assertThat(world.fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
                world.ok(boards.get(one), works.get(one));
                world.ok(boards.get(one), works.get(one));
            }
            JobRow done = world.fleet.job(job.id);
            assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
            assertThat(done.output).isEqualTo(SharedWorld.ANSWER);
            SplitRow split = world.fleet.get(SplitRow.class, job.id);
            // 40 bytes on the wide link and 25 on the thin one.
            assertThat(split.linkMicros).isEqualTo(1_000 + 320 + 1_000 + 50_000);
            assertThat(done.latencyMicros).isEqualTo(3 * SharedWorld.TOOK_MICROS + split.linkMicros);
            // The source has only sent.
            assertThat(done.energyMicrojoules).isEqualTo(2 * SharedWorld.MICROJOULES);
        }
    }

    @Test
    void whicheverIsLostTheSourceRunsAllOfItAndTheOthersAreTold() {
        for (boolean atMiddle : new boolean[] {true, false}) {
            SharedChainTest one = new SharedChainTest();
            TestBoard lost = atMiddle ? one.middle : one.fast;
            JobRow job = one.submit();
            lost.status(Status.State.LOST);
            JobRow again = one.world.fleet.job(job.id);
            assertThat(again.epoch).isEqualTo(2);
            assertThat(again.reason).isEqualTo("peer-lost");
            assertThat(one.world.fleet.get(SplitRow.class, job.id).lost).isEqualTo(lost.address.node() + "/cpu0");
            assertThat(one.slow.lastWork().segment()).isNull();
            assertThat(one.world.commands(one.middle)).extracting(Command::task).contains(job.id + ".1");
            assertThat(one.world.commands(one.fast)).extracting(Command::task).contains(job.id + ".2");
        }
    }

    @Test
    void silenceIsPutDownToTheFirstThatIsSilent() {
        JobRow job = submit();
        world.ok(slow, slow.lastWork());
        world.fleet.step(Duration.ofMillis(1_300));
        assertThat(world.fleet.job(job.id).reason).isEqualTo("peer-lost");
        assertThat(world.fleet.get(SplitRow.class, job.id).lost).isEqualTo("middle/cpu0");
    }

    @Test
    void aRefusalInTheMiddleStartsAnewAtTheSource() {
        JobRow job = submit();
        world.say(middle, world.resultOf(middle, middle.lastWork(), Outcome.REJECTED));
        assertThat(world.fleet.job(job.id).reason).isEqualTo("peer-queue-full");
        assertThat(slow.lastWork().epoch()).isEqualTo(2);
        assertThat(slow.lastWork().segment()).isNull();
    }

    @Test
    void resultsOfAnotherPlaceOrNodeCountNowhere() {
        JobRow job = submit();
        Work second = middle.lastWork();
        world.ok(fast, second);
        world.ok(slow, second);
        world.ok(middle, fast.lastWork());
        assertThat(world.parts(job)).hasSize(3).allMatch(part -> part.tookMicros == null);
    }

    @Test
    void aBirthOfTheMiddleBringsItsOrderAgain() {
        submit();
        int before = middle.works().size();
        middle.birth();
        assertThat(middle.works()).hasSize(before + 1);
    }

    @Test
    void withoutTheMiddleTwoBoardsShareIt() {
        middle.status(Status.State.LOST);
        JobRow job = submit();
        assertThat(world.parts(job)).extracting(part -> part.nodeId).hasSize(2);
        assertThat(fast.lastWork().expects()).isEqualTo(new Work.Expects("slow", 8));
    }

    /** Results in any order, twice, late, of any attempt, boards that come and go: one end, and never two. */
    @Test
    void everyJobEndsOnce() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            SharedChainTest one = new SharedChainTest();
            List<TestBoard> boards = List.of(one.slow, one.middle, one.fast);
            List<Work> seen = new ArrayList<>();
            JobRow job = one.submit();
            String ended = null;
            for (int step = 0; step < 50; step++) {
                TestBoard board = boards.get(random.nextInt(3));
                boards.forEach(each -> seen.addAll(each.works()));
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        Work work = seen.get(random.nextInt(seen.size()));
                        Outcome outcome = random.nextInt(6) == 0 ? Outcome.FAILED : Outcome.OK;
                        one.world.say(board, one.world.resultOf(board, work, outcome));
                    }
                    case 2 -> one.world.fleet.step(Duration.ofMillis(random.nextInt(400)));
                    case 3 -> board.status(random.nextBoolean() ? Status.State.LOST : Status.State.ONLINE);
                    default -> board.birth();
                }
                JobRow now = one.world.fleet.job(job.id);
                if (ended != null) {
                    assertThat(now.state).isEqualTo(ended);
                }
                ended = Jobs.OPEN.contains(now.state) ? null : now.state;
            }
            one.slow.birth();
            one.world.fleet.step(Duration.ofSeconds(61));
            JobRow last = one.world.fleet.job(job.id);
            assertThat(Jobs.OPEN).doesNotContain(last.state);
            assertThat(last.output != null).isEqualTo(last.state.equals(Jobs.SUCCEEDED));
        });
    }
}
