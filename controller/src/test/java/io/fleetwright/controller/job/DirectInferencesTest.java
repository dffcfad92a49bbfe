package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DirectInferencesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final TestFleet fleet = new TestFleet();

    private static TestBoard ready(TestFleet fleet, String node) {
        TestBoard board = fleet.board(node);
        board.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        return board;
    }

    /** Empty also where there is no room now. */
    private static Optional<DirectInferences.Sent> send(TestFleet fleet, @Nullable String pinned) {
        try {
            return send(fleet, pinned, Duration.ZERO);
        } catch (InterruptedException ending) {
            throw new IllegalStateException(ending);
        } catch (Refusal refused) {
            assertThat(refused.kind()).isEqualTo(Refusal.Kind.TOO_MANY);
            return Optional.empty();
        }
    }

    private static Optional<DirectInferences.Sent> send(TestFleet fleet, @Nullable String pinned, Duration waitMax)
            throws InterruptedException {
        return fleet.core()
                .direct()
                .send(
                        TestFleet.TENANT,
                        new Jobs.Request(
                                "glyphs",
                                new byte[TestFleet.INPUT_BYTES],
                                null,
                                TestFleet.INPUT_BYTES,
                                DEADLINE,
                                pinned),
                        waitMax);
    }

    private DirectInferences.Sent sent() {
        return send(fleet, null).orElseThrow();
    }

    /** The message, the moment it is here, and then in its turn. */
    private static void hear(TestFleet fleet, TestBoard board, TaskResult result) {
        String topic = new Topic(board.address, Topic.Kind.UP_RESULT).text();
        fleet.core().direct().heard(topic, result.encode());
    }

    private void answer(TestBoard board, Work work, TaskResult.Outcome outcome) {
        TaskResult result = board.resultOf(work, outcome);
        hear(fleet, board, result);
        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
    }

    private List<String> breaches() {
        fleet.core().step();
        fleet.core().step();
        return fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals("rule.broken"))
                .map(row -> row.what)
                .toList();
    }

    /** Each sort of inference is looked at when another one has the moment made anew, as it was before it had a device. */
    @Test
    void sortsThatAlternateAreAllPlacedWithoutATransaction() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        for (int round = 0; round < 4; round++) {
            for (String pinned : Arrays.asList(null, "n1/cpu0")) {
                DirectInferences.Sent sent = send(fleet, pinned).orElseThrow();
                assertThat(board.lastWork().task()).isEqualTo(sent.id());
                answer(board, board.lastWork(), TaskResult.Outcome.OK);
                fleet.clock.advance(Duration.ofMillis(60));
            }
        }
    }

    @Test
    void theCallerHasTheAnswerBeforeAnythingIsWrittenAndTheJobIsWrittenOnce() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        assertThat(fleet.all(JobRow.class)).isEmpty();
        Work work = board.lastWork();
        assertThat(work.task()).isEqualTo(sent.id());
        assertThat(work.digest()).isEqualTo(sent.variant().digest);
        TaskResult result = board.resultOf(work, TaskResult.Outcome.OK);

        hear(fleet, board, result);
        JobRow answered = sent.await().orElseThrow();
        assertThat(answered.output).containsExactly(1, 2, 3);
        assertThat(answered.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.all(JobRow.class)).isEmpty();

        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
        JobRow row = fleet.job(sent.id());
        assertThat(row).usingRecursiveComparison().isEqualTo(answered);
        assertThat(row.why).contains("only-possible");
        assertThat(fleet.all(CostRow.class))
                .singleElement()
                .satisfies(cost -> assertThat(cost.count).isEqualTo(1));
        assertThat(fleet.core().direct().running(new Effects())).isEmpty();
        assertThat(breaches()).isEmpty();
    }

    /** Who lists jobs has its row written, and its result finds it ended. */
    @Test
    void anAnswerThatIsWrittenBeforeItsTurnTeachesAllTheSame() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        TaskResult result = board.resultOf(board.lastWork(), TaskResult.Outcome.OK);
        hear(fleet, board, result);
        assertThat(sent.await()).isPresent();
        fleet.core().direct().settle();
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
        CostRow learned = fleet.all(CostRow.class).getFirst();
        assertThat(learned.count).isEqualTo(1);
        assertThat(learned.meanMicros)
                .isEqualTo(Objects.requireNonNull(result.latencyMicros()).doubleValue());

        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
        assertThat(fleet.all(CostRow.class))
                .singleElement()
                .satisfies(cost -> assertThat(cost.count).isEqualTo(1));
        assertThat(breaches()).isEmpty();
    }

    @Test
    void aMomentLaterItIsAJobAsAny() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        fleet.step(DirectInferences.WRITTEN_AFTER.minusMillis(1));
        assertThat(fleet.all(JobRow.class)).isEmpty();
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.RUNNING);
        assertThat(fleet.core().direct().running(new Effects())).isEmpty();
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(board.works()).hasSize(1);
    }

    @Test
    void whatDoesNotGoWellIsTriedAgainAndEndsOnce() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard first = ready(fleet, "n1");
        TestBoard second = ready(fleet, "n2");
        DirectInferences.Sent sent = sent();
        TestBoard one = first.works().isEmpty() ? second : first;
        answer(one, one.lastWork(), TaskResult.Outcome.FAILED);
        assertThat(sent.await()).isEmpty();
        fleet.core().direct().settle(sent.id());
        assertThat(fleet.job(sent.id()).epoch).isEqualTo(2);
        TestBoard other =
                first.works().size() + second.works().size() == 2 && one.works().size() == 1
                        ? (one == first ? second : first)
                        : one;
        answer(other, other.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.all(JobRow.class)).hasSize(1);
    }

    @Test
    void whatAnotherBoardSaysIsNoAnswer() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        TestBoard stranger = fleet.board("n2");
        DirectInferences.Sent sent = sent();
        answer(stranger, board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.RUNNING);
        assertThat(breaches()).singleElement().asString().contains(sent.id());
        answer(board, board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void itGoesOnlyWhereThereIsRoomAndBehindNobody() {
        fleet.publish("glyphs", "1.0.0");
        assertThat(send(fleet, null)).isEmpty();
        TestBoard board = ready(fleet, "n1");
        fleet.clock.advance(Duration.ofMinutes(1));
        board.status(Status.State.ONLINE);
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(send(fleet, i % 2 == 0 ? null : "n1/cpu0")).isPresent();
        }
        assertThat(send(fleet, null)).isEmpty();
        assertThat(send(fleet, "n1/cpu0")).isEmpty();
        assertThat(send(fleet, "n2/cpu0")).isEmpty();

        // One that is submitted sees them too, and waits; what comes later waits behind it.
        JobRow waiting = fleet.submit("glyphs");
        assertThat(fleet.job(waiting.id).reason).isEqualTo("queues-full");
        List<Work> works = board.works();
        assertThat(works).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
        assertThat(send(fleet, null)).isEmpty();
        answer(board, works.getFirst(), TaskResult.Outcome.OK);
        assertThat(fleet.job(waiting.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void whoFindsAllFullWaitsForItsTurn() throws Exception {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(send(fleet, null)).isPresent();
        }
        List<Work> works = board.works();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<DirectInferences.Sent>>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(callers.submit(() -> send(fleet, null, Duration.ofSeconds(60))));
            }
            for (int i = 0; i < 3; i++) {
                hear(fleet, board, board.resultOf(works.get(i), TaskResult.Outcome.OK));
            }
            for (Future<Optional<DirectInferences.Sent>> one : waiting) {
                assertThat(one.get(60, TimeUnit.SECONDS)).isPresent();
            }
        }
        assertThat(board.works()).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX + 3);
        assertThat(send(fleet, null)).isEmpty();
    }

    @Test
    void whoWantsAnotherDeviceDoesNotWaitBehindThoseThatFindNoRoom() throws Exception {
        fleet.publish("glyphs", "1.0.0");
        TestBoard full = ready(fleet, "n1");
        TestBoard free = ready(fleet, "n2");
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(send(fleet, "n1/cpu0")).isPresent();
        }
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<DirectInferences.Sent>>> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiting.add(callers.submit(() -> send(fleet, "n1/cpu0", Duration.ofSeconds(60))));
            }
            Await.until(
                    "both wait",
                    Duration.ofSeconds(10),
                    () -> fleet.core().direct().waiting(TestFleet.TENANT) == 2);
            assertThat(send(fleet, null)).isPresent();
            assertThat(send(fleet, "n2/cpu0")).isPresent();
            assertThat(free.works()).hasSize(2);
            for (Work work : full.works().subList(0, 2)) {
                hear(fleet, full, full.resultOf(work, TaskResult.Outcome.OK));
            }
            for (Future<Optional<DirectInferences.Sent>> one : waiting) {
                assertThat(one.get(60, TimeUnit.SECONDS)).isPresent();
            }
        }
        assertThat(fleet.core().direct().waiting(TestFleet.TENANT)).isZero();
    }

    /** As a job it would find no room either, and cost several times as much as one that is answered. */
    @Test
    void whoHasWaitedInVainIsRefusedAndNothingIsStored() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(send(fleet, null)).isPresent();
        }
        assertThatThrownBy(() -> send(fleet, null, Duration.ofMillis(20)))
                .isInstanceOf(Refusal.class)
                .hasMessage("no device has had room for an inference of model glyphs in 20 ms");
        fleet.core().direct().settle();
        assertThat(fleet.all(JobRow.class)).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
        assertThat(board.works()).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
    }

    /** Boards that have a part each may have room where those have none that hold the whole network. */
    @Test
    void whoHasWaitedInVainIsSubmittedWhereThereAreParts() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        fleet.publish(TestFleet.TENANT, "glyphs", "1.0.0", "part");
        boolean _ = fleet.core().run(scope -> {
            VariantRow part =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/part").orElseThrow();
            part.partOf = "int8";
            scope.tx().update(part);
            return true;
        });
        ready(fleet, "n1");
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(send(fleet, null)).isPresent();
        }
        assertThat(send(fleet, null, Duration.ofMillis(20))).isEmpty();
    }

    @Test
    void aTenantHasNoMoreJobsOpenThanItMay() {
        fleet.publish("glyphs", "1.0.0");
        for (int i = 0; i < 5; i++) {
            ready(fleet, "n" + i);
        }
        int sent = 0;
        while (send(fleet, null).isPresent()) {
            sent++;
        }
        assertThat(sent).isEqualTo(TestFleet.SETTINGS.jobsOpenMax());
    }

    @Test
    void aBoardThatStartsAnewGetsItsOrderAgain() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        board.reboot("00000000000000bb");
        assertThat(board.works()).extracting(Work::task).containsExactly(sent.id(), sent.id());
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void anActOfAnOperatorFindsItsRow() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "job.cancelled",
                        sent.id(),
                        scope -> fleet.core()
                                .jobs()
                                .cancel(scope.tx(), scope.effects(), TestFleet.TENANT, sent.id(), scope.nowMillis()));
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.CANCELLED);
        answer(board, board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.CANCELLED);
    }

    @Test
    void whoWaitsForOneThatIsWrittenMeanwhileLooksAtItsRowAtOnce() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        fleet.core().direct().settle();
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.RUNNING);
        Thread.currentThread().interrupt(); // Whoever had to wait would say so.
        assertThat(sent.await()).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
        answer(board, board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void aResultThatComesWhileItsRowIsWrittenIsTheRowsAffair() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        TaskResult result = board.resultOf(board.lastWork(), TaskResult.Outcome.OK);
        String topic = new Topic(board.address, Topic.Kind.UP_RESULT).text();
        boolean answered = fleet.core().run(scope -> {
            fleet.core().direct().writeAll(scope.tx(), scope.effects());
            return fleet.core().direct().heard(topic, result.encode());
        });
        assertThat(answered).isFalse();
        assertThat(sent.await()).isEmpty();
        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void aResultThatCannotBeStoredIsStoredWhenItComesAgain() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        TaskResult result = board.resultOf(board.lastWork(), TaskResult.Outcome.OK);
        Transport.Arrived message =
                new Transport.Arrived(new Topic(board.address, Topic.Kind.UP_RESULT).text(), result.encode());
        fleet.core().direct().heard(message.topic(), message.payload());
        fleet.failCommits(true);
        try {
            fleet.core().messages(List.of(message, message), (_, _) -> {});
        } catch (StoreException expected) {
            assertThat(expected).hasMessageContaining("commit failed");
        }
        assertThat(fleet.all(JobRow.class)).isEmpty();
        fleet.failCommits(false);
        assertThat(sent.await()).isPresent();
        // The caller was answered, so the row says so whatever comes first: here its age.
        fleet.step(DirectInferences.WRITTEN_AFTER);
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
        fleet.core().messages(List.of(message, message), (_, _) -> {});
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(board.works()).hasSize(1);
    }

    @Test
    void oneWithALargeOutputIsAJobAsSoonAsItsResultIsHere() throws InterruptedException {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        byte[] output = new byte[5000];
        board.put(board.lastWork(), output);
        TaskResult result = board.naming(board.lastWork(), output);
        hear(fleet, board, result);
        assertThat(sent.await()).as("the output is in the database").isEmpty();
        fleet.core().direct().settle(sent.id());
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.RUNNING);
        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
        JobRow row = fleet.job(sent.id());
        assertThat(row.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.output(row.id)).isEqualTo(output);
        assertThat(breaches()).isEmpty();
    }

    @Test
    void whatACrashLosesBreaksNoRule() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        DirectInferences.Sent sent = sent();
        fleet.clock.advance(Duration.ofMillis(10));
        fleet.restart();
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.all(JobRow.class)).isEmpty();
        assertThat(breaches()).isEmpty();
        Work made = board.lastWork();
        TaskResult ofNothing = board.resultOf(made, TaskResult.Outcome.OK);
        fleet.clock.advance(Duration.ofSeconds(1));
        String later = sent.id().substring(0, 2) + "%011x".formatted(fleet.clock.millis()) + "00000000";
        board.sendOk(
                Topic.Kind.UP_RESULT,
                TaskResult.failed(ofNothing.stamp(), later, 1, made.device(), TaskResult.Outcome.FAILED, "broken")
                        .withDigest(made.digest())
                        .encode());
        assertThat(breaches()).singleElement().asString().contains(later);
    }

    /** Results in any order, doubled, lost and failed; commits that fail; controllers and boards that start anew. */
    @Test
    void whoWasAnsweredHasOneJobThatSaysTheSame() {
        SeededCases.forEach(1, 40, (random, _) -> history(random));
    }

    private static void history(SplittableRandom random) {
        TestFleet world = new TestFleet(random.split());
        world.publish("glyphs", "1.0.0");
        List<TestBoard> boards = new ArrayList<>(List.of(ready(world, "n1"), ready(world, "n2")));
        Map<String, DirectInferences.Sent> open = new HashMap<>();
        Map<String, byte[]> answered = new HashMap<>();
        List<String> lost = new ArrayList<>();
        Map<TestBoard, Integer> seen = new HashMap<>();
        for (int i = 0; i < 150; i++) {
            world.clock.advance(Duration.ofMillis(random.nextInt(200)));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> send(world, null).ifPresent(sent -> open.put(sent.id(), sent));
                case 3 -> world.submit("glyphs");
                case 4 -> tryStep(world, random.nextInt(4) == 0);
                case 5 -> {
                    if (random.nextInt(10) == 0) {
                        lost.addAll(open.keySet());
                        open.clear();
                        world.restart();
                        boards.forEach(board -> board.sendOk(
                                Topic.Kind.UP_BIRTH,
                                board.birthOf(
                                                List.of(TestBoard.active(
                                                        "glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8"))),
                                                board.node().desiredVersion)
                                        .encode()));
                    }
                }
                default -> {
                    TestBoard board = boards.get(random.nextInt(boards.size()));
                    List<Work> works = board.works();
                    int next = seen.getOrDefault(board, 0);
                    if (next >= works.size()) {
                        break;
                    }
                    seen.put(board, next + 1);
                    if (random.nextInt(10) == 0) {
                        break; // Lost on the board.
                    }
                    TaskResult result = board.resultOf(
                            works.get(next),
                            random.nextInt(8) == 0 ? TaskResult.Outcome.FAILED : TaskResult.Outcome.OK);
                    hear(world, board, result);
                    DirectInferences.Sent sent = open.get(result.task());
                    if (sent != null && result.outcome() == TaskResult.Outcome.OK && result.epoch() == 1) {
                        sent.answer().ifPresent(job -> answered.put(job.id, Objects.requireNonNull(job.output)));
                    }
                    take(world, board, result, random.nextInt(6) == 0);
                    take(world, board, result, false);
                }
            }
        }
        for (int i = 0; i < 200; i++) {
            boards.forEach(board -> board.status(Status.State.ONLINE));
            world.step(Duration.ofSeconds(1));
        }
        assertThat(world.core().direct().running(new Effects())).isEmpty();
        List<JobRow> rows = world.all(JobRow.class);
        assertThat(rows).allSatisfy(row -> assertThat(row.finishedAt).isNotNull());
        Map<String, JobRow> byId = new HashMap<>();
        rows.forEach(row -> byId.put(row.id, row));
        open.keySet().forEach(id -> assertThat(byId).containsKey(id));
        answered.forEach((id, output) -> {
            JobRow row = byId.get(id);
            if (row == null) {
                assertThat(lost).contains(id);
            } else {
                assertThat(row.state).isEqualTo(Jobs.SUCCEEDED);
                assertThat(row.output).isEqualTo(output);
            }
        });
    }

    private static void tryStep(TestFleet world, boolean failing) {
        world.failCommits(failing);
        try {
            world.core().step();
        } catch (StoreException expected) {
            assertThat(failing).isTrue();
        }
        world.failCommits(false);
    }

    private static void take(TestFleet world, TestBoard board, TaskResult result, boolean failing) {
        world.failCommits(failing);
        try {
            board.sendOk(Topic.Kind.UP_RESULT, result.encode());
        } catch (StoreException expected) {
            assertThat(failing).isTrue();
        }
        world.failCommits(false);
    }

    @Test
    void whereTooManyAreOpenNobodyTakesAPlaceThatItDoesNotUse() {
        TestFleet large = new TestFleet(
                new SplittableRandom(1),
                new Settings(Duration.ofSeconds(5), Duration.ofSeconds(120), Duration.ofSeconds(5), 4, 2000, 100));
        large.publish("glyphs", "1.0.0");
        int boards = DirectInferences.OPEN_MAX / PlacementRound.ATTEMPTS_PER_DEVICE_MAX + 1;
        for (int i = 0; i < boards; i++) {
            ready(large, "n" + i);
        }
        for (int i = 0; i < DirectInferences.OPEN_MAX; i++) {
            assertThat(send(large, null)).isPresent();
        }
        int left = boards * PlacementRound.ATTEMPTS_PER_DEVICE_MAX - DirectInferences.OPEN_MAX;
        for (int i = 0; i < left; i++) {
            assertThat(send(large, null)).isEmpty();
        }
        large.core().direct().settle();
        for (int i = 0; i < left; i++) {
            assertThat(send(large, null)).isPresent();
        }
        assertThat(send(large, null)).isEmpty();
    }

    /** A submission writes those that are open first, and then looks for a place. */
    @Test
    void whatIsWrittenInTheSameTransactionCountsOnce() {
        fleet.publish("glyphs", "1.0.0");
        ready(fleet, "n1");
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX / 2; i++) {
            assertThat(send(fleet, null)).isPresent();
        }
        JobRow submitted = fleet.submit("glyphs");
        assertThat(fleet.job(submitted.id).state).isEqualTo(Jobs.RUNNING);
    }
}
