package io.fleetwright.controller.graph;

import static io.fleetwright.controller.graph.GraphFleet.network;
import static io.fleetwright.controller.graph.GraphFleet.ok;
import static io.fleetwright.controller.graph.GraphFleet.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Normalise;
import io.fleetwright.runtime.transform.Threshold;
import io.fleetwright.runtime.transform.Transform;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.runtime.transform.Vote;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class GraphsTest {
    private static final Set<String> TERMINAL = Set.of(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED);
    private static final byte[] LEFT = image(1);
    private static final byte[] RIGHT = image(2);
    private static final String TWO_EYES = """
            {'name': 'two-eyes', 'deadlineMs': 30000, EXTRA
             'inputs': {'left': %s, 'right': %s},
             'tasks': [
               {'id': 'l', 'kind': 'model', 'model': 'glyphs', 'inputs': ['input:left']},
               {'id': 'r', 'kind': 'model', 'model': 'glyphs', 'inputs': ['input:right']},
               {'id': 'lc', 'kind': 'transform', 'transform': 'argmax', 'inputs': ['task:l']},
               {'id': 'rc', 'kind': 'transform', 'transform': 'argmax', 'inputs': ['task:r']},
               {'id': 'vote', 'kind': 'transform', 'transform': 'vote', 'inputs': ['task:lc', 'task:rc']}],
             'outputs': ['vote']}""".formatted(GraphFleet.image(LEFT), GraphFleet.image(RIGHT));
    private static final String CHAIN = """
            {'name': 'chain', 'deadlineMs': 30000, EXTRA
             'inputs': {'a': %s},
             'tasks': [
               {'id': 'first', 'kind': 'model', 'model': 'blur', 'inputs': ['input:a']},
               {'id': 'second', 'kind': 'model', 'model': 'glyphs', 'inputs': ['task:first']}],
             'outputs': ['second']}""".formatted(GraphFleet.image(LEFT));

    private final GraphFleet fleet = new GraphFleet(new SplittableRandom(1));

    private static byte[] image(long seed) {
        byte[] image = new byte[GraphFleet.IMAGE];
        new SplittableRandom(seed).nextBytes(image);
        return image;
    }

    private static GraphSpec twoEyes() {
        return spec(TWO_EYES.replace("EXTRA", ""));
    }

    private static GraphSpec chain(String extra) {
        return spec(CHAIN.replace("EXTRA", extra));
    }

    private static int best(byte[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    @Test
    void twoNetworksRunSideBySideAndTheVoteIsTheJobsOutcome() {
        TestBoard one = fleet.ready("n1");
        TestBoard two = fleet.ready("n2");
        GraphRow graph = fleet.submit(twoEyes());
        assertThat(one.works()).hasSize(1);
        assertThat(two.works()).hasSize(1);
        ok(one, one.lastWork());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.RUNNING);
        ok(two, two.lastWork());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
        int lowest = Math.min(best(network("glyphs", LEFT)), best(network("glyphs", RIGHT)));
        assertThat(fleet.value(graph, "task:vote")).containsExactly(lowest, 0, 0, 0);
    }

    @Test
    void whatATaskGivesIsWhatTheNextOneGets() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(chain(""));
        assertThat(board.works()).hasSize(1);
        ok(board, board.lastWork());
        assertThat(board.works()).hasSize(2);
        assertThat(board.lastWork().input()).isEqualTo(network("blur", LEFT));
        ok(board, board.lastWork());
        assertThat(fleet.value(graph, "task:second")).isEqualTo(network("glyphs", network("blur", LEFT)));
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void theNodeThatTheSpecificationNamesHearsOfTheEnd() throws Exception {
        TestBoard board = fleet.ready("n1");
        TestBoard display = fleet.fleet.board("display");
        GraphRow graph = fleet.submit(chain("'notify': 'display',"));
        ok(board, board.lastWork());
        ok(board, board.lastWork());
        List<byte[]> told = fleet.fleet.transport.all().stream()
                .filter(sent -> sent.kind() == Topic.Kind.DOWN_OUTCOME)
                .filter(sent -> sent.to().equals(display.address))
                .map(sent -> sent.payload())
                .toList();
        assertThat(told).hasSize(1);
        Outcome outcome = Outcome.decode(told.getFirst());
        assertThat(outcome.job()).isEqualTo(graph.id);
        assertThat(outcome.name()).isEqualTo("chain");
        assertThat(outcome.outputs()).singleElement().satisfies(output -> {
            assertThat(output.name()).isEqualTo("second");
            assertThat(output.data()).isEqualTo(network("glyphs", network("blur", LEFT)));
        });
        assertThatThrownBy(() -> fleet.submit(chain("'notify': 'nobody',")))
                .isInstanceOf(Refusal.class)
                .hasMessage("there is no node nobody");
    }

    @Test
    void aLargeValueGoesToItsNetworkByDigest() {
        TestBoard board = fleet.ready("n1");
        fleet.change("glyphs", row -> row.inputShape = "1,80,80,1");
        GraphRow graph = fleet.submit(spec("""
                {'name': 'large', 'inputs': {'a': %s},
                 'tasks': [
                   {'id': 'big', 'kind': 'transform', 'transform': 'resize', 'parameters': {'height': 80, 'width': 80},
                    'inputs': ['input:a']},
                   {'id': 'm', 'kind': 'model', 'model': 'glyphs', 'inputs': ['task:big']}],
                 'outputs': ['m']}""".formatted(GraphFleet.image(LEFT))));
        GraphTensorRow tensor = fleet.fleet.get(GraphTensorRow.class, graph.id + "/task:big");
        assertThat(tensor.content).isNull();
        assertThat(board.lastWork().input()).isNull();
        assertThat(board.lastWork().inputDigest()).isEqualTo(tensor.digest);
        assertThat(board.lastWork().inputBytes()).isEqualTo(6400);
    }

    @Test
    void aLostNodesTaskRunsElsewhereAndItsLateResultCountsOnce() {
        TestBoard one = fleet.ready("n1");
        GraphRow graph = fleet.submit(chain(""));
        Work first = one.lastWork();
        TestBoard two = fleet.ready("n2");
        one.status(Status.State.LOST);
        fleet.fleet.step(TestFleet.SETTINGS.attemptLimit().plusMillis(1));
        Work again = two.lastWork();
        assertThat(again.epoch()).isEqualTo(2);
        ok(one, first);
        assertThat(fleet.task(graph, "first").state).isEqualTo(Jobs.RUNNING);
        ok(two, again);
        ok(two, again);
        assertThat(fleet.task(graph, "first").state).isEqualTo(Jobs.SUCCEEDED);
        ok(two, two.lastWork());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void aTaskWhoseAttemptsAreUsedUpEndsTheJobAndCancelsTheRest() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(twoEyes());
        String failing = board.works().getFirst().task();
        Work other = board.works().get(1);
        for (int attempt = 0; attempt < TestFleet.SETTINGS.attemptsMax(); attempt++) {
            Work last = board.works().stream()
                    .filter(work -> work.task().equals(failing))
                    .toList()
                    .getLast();
            board.sendOk(
                    Topic.Kind.UP_RESULT,
                    GraphFleet.answer(board, last, TaskResult.Outcome.FAILED, null)
                            .encode());
        }
        GraphRow ended = fleet.graph(graph.id);
        assertThat(ended.state).isEqualTo(Jobs.FAILED);
        assertThat(ended.reason).isEqualTo("task l: broken");
        assertThat(fleet.task(graph, "r").state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.fleet.job(other.task()).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.fleet.transport.commands(board.address))
                .contains(new Command("cancel-" + other.task(), Command.Kind.CANCEL, other.task()));
        ok(board, other);
        assertThat(fleet.graph(graph.id).finishedAt).isEqualTo(ended.finishedAt);
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.FAILED);
    }

    @Test
    void cancellingEndsTheJobInEachStateOnce() {
        GraphRow queued = fleet.submit(chain(""));
        assertThat(fleet.cancel(TestFleet.TENANT, queued.id).state).isEqualTo(Jobs.CANCELLED);
        TestBoard board = fleet.ready("n1");
        GraphRow running = fleet.submit(chain(""));
        Work work = board.lastWork();
        assertThat(fleet.cancel(TestFleet.TENANT, running.id).state).isEqualTo(Jobs.CANCELLED);
        ok(board, work);
        assertThat(fleet.graph(running.id).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.task(running, "second").state).isEqualTo(Jobs.CANCELLED);
        assertThat(board.works()).hasSize(1);
        assertThatThrownBy(() -> fleet.cancel(TestFleet.TENANT, running.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
        assertThatThrownBy(() -> fleet.cancel("other", running.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
    }

    @Test
    void aJobWhoseTimeIsOverExpiresWithItsTasks() {
        fleet.fleet.board("n1");
        GraphRow graph = fleet.submit(chain(""));
        fleet.fleet.step(Duration.ofSeconds(30));
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.RUNNING);
        fleet.fleet.step(Duration.ofMillis(1));
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.EXPIRED);
        assertThat(fleet.fleet.all(GraphTaskRow.class))
                .extracting(task -> task.state)
                .containsExactlyInAnyOrder(Jobs.EXPIRED, Jobs.CANCELLED);
    }

    @Test
    void aDeadlineThatNoDeviceKeepsIsRefusedWithTheBestReachable() {
        TestBoard board = fleet.ready("n1");
        fleet.submit(chain(""));
        ok(board, board.lastWork());
        ok(board, board.lastWork());
        // Both took 1.5 ms.
        assertThatThrownBy(() -> fleet.submit(spec(CHAIN.replace("EXTRA", "").replace("30000", "2"))))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE);
                    assertThat(refusal).hasMessageContaining("at least 3.000 ms");
                });
        GraphRow reachable = fleet.submit(spec(CHAIN.replace("EXTRA", "").replace("30000", "3")));
        assertThat(reachable.plannedMicros).isEqualTo(3000);
        assertThat(fleet.task(reachable, "second").plannedStartMicros).isEqualTo(1500);
    }

    @Test
    void anEnergyBudgetEndsTheJobWhenWhatIsKnownIsMore() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(chain("'energyBudgetMj': 1.5,"));
        board.sendOk(
                Topic.Kind.UP_RESULT,
                GraphFleet.answer(board, board.lastWork(), TaskResult.Outcome.OK, 1600.0)
                        .encode());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.FAILED);
        assertThat(fleet.graph(graph.id).reason).isEqualTo("energy-budget");
        assertThat(board.works()).hasSize(1);
        GraphRow unknown = fleet.submit(chain("'energyBudgetMj': 1.5,"));
        ok(board, board.lastWork());
        assertThat(fleet.graph(unknown.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void anAccuracyFloorKeepsVariantsOutAndSaysSo() {
        TestBoard board = fleet.ready("n1");
        fleet.change("blur", row -> {
            row.accuracyCount = 100;
            row.accuracyCorrect = 95;
        });
        fleet.change("glyphs", row -> {
            row.accuracyCount = 100;
            row.accuracyCorrect = 91;
        });
        fleet.submit(chain("'accuracyFloor': 0.91,"));
        assertThat(board.works()).hasSize(1);
        fleet.change("glyphs", row -> row.accuracyCorrect = 90);
        ok(board, board.lastWork());
        assertThat(board.works()).hasSize(1);
        assertThat(fleet.fleet.all(JobRow.class))
                .filteredOn(job -> job.model.equals("glyphs"))
                .singleElement()
                .satisfies(job -> assertThat(job.why).contains("accuracy 0.9000 is below the floor 0.91"));
    }

    @Test
    void aHigherPriorityGoesFirstAndOfOneJobTheLongestPath() {
        GraphRow low = fleet.submit(chain(""));
        GraphRow high = fleet.submit(chain("'priority': 3,"));
        JobRow single = fleet.fleet.submit("glyphs");
        TestBoard board = fleet.ready("n1");
        fleet.fleet.step(Duration.ofMillis(1));
        List<String> order = board.works().stream().map(Work::task).toList();
        assertThat(order.indexOf(fleet.task(high, "first").jobId))
                .isLessThan(order.indexOf(fleet.task(low, "first").jobId));
        assertThat(order).contains(single.id);
        assertThat(fleet.task(low, "first").rankMicros).isGreaterThanOrEqualTo(fleet.task(low, "second").rankMicros);
    }

    @Test
    void nothingIsLostWhenACommitFailsOrTheControllerIsReplaced() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(chain(""));
        TaskResult answer = GraphFleet.answer(board, board.lastWork(), TaskResult.Outcome.OK, null);
        fleet.fleet.failCommits(true);
        assertThatThrownBy(() -> board.send(Topic.Kind.UP_RESULT, answer.encode()))
                .isInstanceOf(StoreException.class);
        fleet.fleet.failCommits(false);
        assertThat(fleet.task(graph, "first").state).isEqualTo(Jobs.RUNNING);
        fleet.fleet.restart();
        board.status(Status.State.ONLINE);
        board.sendOk(Topic.Kind.UP_RESULT, answer.encode());
        assertThat(fleet.task(graph, "first").state).isEqualTo(Jobs.SUCCEEDED);
        ok(board, board.lastWork());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void tooManyOpenJobsAreRefused() {
        for (int i = 0; i < Graphs.OPEN_MAX; i++) {
            GraphRow ignored = fleet.submit(chain(""));
            assertThat(ignored.id).startsWith("g-");
        }
        assertThatThrownBy(() -> fleet.submit(chain("")))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.TOO_MANY));
    }

    @Test
    void transformsOfAStepAreBoundedAndTheRestFollowsInTheNext() {
        List<String> tasks = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            tasks.add("""
                    {'id': 'b%d', 'kind': 'transform', 'transform': 'resize', 'inputs': ['input:a'],
                     'parameters': {'height': 1000, 'width': 1500, 'method': 'nearest'}}""".formatted(i));
            outputs.add("'b%d'".formatted(i));
        }
        GraphRow graph = fleet.submit(spec("{'name': 'wide', 'inputs': {'a': %s}, 'tasks': [%s], 'outputs': [%s]}"
                .formatted(GraphFleet.image(LEFT), String.join(",", tasks), String.join(",", outputs))));
        // Five in each of the two steps that a request takes.
        assertThat(fleet.fleet.all(GraphTaskRow.class))
                .filteredOn(task -> task.state.equals(Graphs.WAITING))
                .hasSize(1);
        fleet.fleet.step(Duration.ofMillis(1));
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void everyJobEndsOnceAndItsValuesAreThoseOfADirectEvaluation() {
        int[] succeeded = new int[1];
        SeededCases.forEach(4000, 60, (random, _) -> succeeded[0] += history(random));
        assertThat(succeeded[0]).isGreaterThan(20);
    }

    /** One random graph amid results in any order and number, silence, lost boards, cancellations and crashes; 1 when it succeeded. */
    private static int history(SplittableRandom random) {
        GraphFleet fleet = new GraphFleet(random.split());
        List<TestBoard> boards = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            boards.add(fleet.ready("n" + i));
        }
        Map<String, byte[]> wanted = new HashMap<>();
        GraphSpec spec = randomGraph(random, wanted);
        GraphRow graph = fleet.submit(spec);
        GraphRow ended = null;
        boolean calm = random.nextInt(3) > 0;
        for (int turn = 0; turn < 120; turn++) {
            TestBoard board = boards.get(random.nextInt(boards.size()));
            switch (random.nextInt(calm ? 20 : 8)) {
                case 0 -> fleet.fleet.restart();
                case 1 -> board.status(random.nextInt(4) > 0 ? Status.State.ONLINE : Status.State.LOST);
                case 2 -> fleet.fleet.step(Duration.ofMillis(random.nextLong(1, 3000)));
                case 3 -> {
                    if (random.nextInt(30) == 0 && !TERMINAL.contains(fleet.graph(graph.id).state)) {
                        GraphRow ignored = fleet.cancel(TestFleet.TENANT, graph.id);
                        assertThat(ignored.state).isEqualTo(Jobs.CANCELLED);
                    }
                }
                default -> {
                    List<Work> works = board.works();
                    if (!works.isEmpty()) {
                        TaskResult.Outcome[] outcomes = TaskResult.Outcome.values();
                        TaskResult.Outcome outcome = random.nextInt(calm ? 30 : 4) > 0
                                ? TaskResult.Outcome.OK
                                : outcomes[random.nextInt(outcomes.length)];
                        Work work = works.get(random.nextInt(works.size()));
                        board.sendOk(
                                Topic.Kind.UP_RESULT,
                                GraphFleet.answer(board, work, outcome, null).encode());
                    }
                }
            }
            ended = check(fleet, graph.id, wanted, ended);
        }
        fleet.fleet.step(Duration.ofSeconds(601));
        ended = check(fleet, graph.id, wanted, ended);
        assertThat(ended).isNotNull();
        assertThat(fleet.fleet.all(GraphTaskRow.class)).allMatch(task -> TERMINAL.contains(task.state));
        assertThat(fleet.fleet.all(JobRow.class)).allMatch(job -> TERMINAL.contains(job.state));
        return fleet.graph(graph.id).state.equals(Jobs.SUCCEEDED) ? 1 : 0;
    }

    private static @Nullable GraphRow check(
            GraphFleet fleet, String id, Map<String, byte[]> wanted, @Nullable GraphRow before) {
        GraphRow graph = fleet.graph(id);
        int done = 0;
        for (GraphTaskRow task : fleet.fleet.all(GraphTaskRow.class)) {
            if (task.state.equals(Jobs.SUCCEEDED)) {
                done++;
                assertThat(fleet.value(graph, "task:" + task.task)).isEqualTo(wanted.get(task.task));
            }
        }
        long inputs = fleet.fleet.all(GraphTensorRow.class).stream()
                .filter(tensor -> tensor.id.contains("/input:"))
                .count();
        assertThat(fleet.fleet.all(GraphTensorRow.class)).hasSize(done + (int) inputs);
        assertThat(graph.state.equals(Jobs.SUCCEEDED)).isEqualTo(done == wanted.size());
        if (before != null) {
            assertThat(graph.state).isEqualTo(before.state);
            assertThat(graph.finishedAt).isEqualTo(before.finishedAt);
            assertThat(graph.reason).isEqualTo(before.reason);
            return before;
        }
        assertThat(graph.finishedAt != null).isEqualTo(TERMINAL.contains(graph.state));
        return TERMINAL.contains(graph.state) ? graph : null;
    }

    /** Tasks over images of 4 by 4; {@code values} gets what each must come to. */
    private static GraphSpec randomGraph(SplittableRandom random, Map<String, byte[]> values) {
        Form form = Form.int8(1, 4, 4, 1);
        byte[] input = image(random.nextLong());
        List<String> tasks = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        int count = random.nextInt(1, 9);
        for (int i = 0; i < count; i++) {
            String id = "t" + i;
            List<String> feeders = new ArrayList<>();
            List<byte[]> given = new ArrayList<>();
            int kind = random.nextInt(6);
            for (int k = kind == 5 ? random.nextInt(1, 4) : 1; k > 0; k--) {
                int from = random.nextInt(-1, i);
                feeders.add(from < 0 ? "'input:a'" : "'task:t" + from + "'");
                given.add(from < 0 ? input : values.getOrDefault("t" + from, input));
                outputs.remove("'t" + from + "'");
            }
            outputs.add("'" + id + "'");
            String what;
            if (kind < 3) {
                what = "'kind': 'model', 'model': 'blur'";
                values.put(id, network("blur", given.getFirst()));
            } else {
                Transform transform = kind == 3
                        ? new Threshold(random.nextInt(-100, 100))
                        : kind == 4 ? new Normalise(random.nextInt(-9, 9), 3, 2, 1) : new Vote();
                what = "'kind': 'transform', "
                        + switch (transform) {
                            case Threshold(int atLeast) ->
                                "'transform': 'threshold', 'parameters': {'atLeast': %d}".formatted(atLeast);
                            case Normalise(int offset, int multiplier, int divisor, int zeroPoint) ->
                                "'transform': 'normalise', 'parameters': {'offset': %d, 'multiplier': %d, 'divisor': %d, 'zeroPoint': %d}"
                                        .formatted(offset, multiplier, divisor, zeroPoint);
                            default -> "'transform': 'vote'";
                        };
                try {
                    values.put(id, transform.apply(Collections.nCopies(given.size(), form), given));
                } catch (TransformException refused) {
                    throw new AssertionError(refused);
                }
            }
            tasks.add("{'id': '%s', %s, 'inputs': [%s]}".formatted(id, what, String.join(",", feeders)));
        }
        return spec("{'name': 'random', 'deadlineMs': 600000, 'inputs': {'a': %s}, 'tasks': [%s], 'outputs': [%s]}"
                .formatted(GraphFleet.image(input), String.join(",", tasks), String.join(",", outputs)));
    }

    @Test
    void aSpecificationThatIsReadAgainFromItsRowIsTheSame() throws TransformException {
        GraphSpec spec = spec("""
                {'name': 'x', 'inputs': {'a': %s}, 'outputs': ['n'], 'tasks': [{'id': 'n', 'kind': 'transform',
                 'transform': 'normalise', 'parameters': {'offset': -3, 'multiplier': 7}, 'inputs': ['input:a']}]}
                """.formatted(GraphFleet.image(LEFT)));
        GraphSpec.TransformTask task = (GraphSpec.TransformTask) spec.tasks().getFirst();
        assertThat(GraphSpecReader.transform("n", task.text())).isEqualTo(new Normalise(-3, 7, 1, 0));
        assertThat(Arrays.asList(task.transform())).containsExactly(new Normalise(-3, 7, 1, 0));
    }

    @Test
    void aLongReasonOfATaskFitsTheColumnOfTheJob() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(spec(CHAIN.replace("EXTRA", "")
                .replace("'first'", "'first-of-two'")
                .replace("task:first", "task:first-of-two")));
        while (!TERMINAL.contains(fleet.graph(graph.id).state)) {
            board.result(TaskResult.failed(
                    board.stamp(), board.lastWork(), TaskResult.Outcome.FAILED, "no-" + "x".repeat(509)));
        }
        assertThat(fleet.task(graph, "first-of-two").reason)
                .startsWith("no-xxx")
                .hasSize(400);
        assertThat(fleet.graph(graph.id).reason)
                .startsWith("task first-of-two: no-xxx")
                .hasSizeLessThan(512);
    }
}
