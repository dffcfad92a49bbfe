package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Networks of which boards hold parts: the job goes through them in turn. */
final class RelaysTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard first = world.slow;
    private final TestBoard second = world.fast;
    private List<VariantRow> parts = List.of();

    @BeforeEach
    void aNetworkInTwoParts() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 16, 4, 16, 16), Map.of());
        parts = fleet.core().parts().cut(TestFleet.TENANT, "glyphs", "1.0.0", "int8", List.of(1), null, "test");
    }

    private void holds(TestBoard board, int part) {
        board.report(TestBoard.active("glyphs", parts.get(part).digest));
    }

    private JobRow submit(Duration deadline, @Nullable String pinned) {
        return world.admit(Jobs.Bounds.NONE, null, pinned, deadline);
    }

    private JobRow submit() {
        return submit(LONG, null);
    }

    @Test
    void eachPartGoesToTheBoardThatHoldsIt() {
        assertThat(parts).extracting(part -> part.variant).containsExactly("int8.0-1", "int8.2-3");
        holds(first, 0);
        holds(second, 1);
        for (boolean frontFirst : new boolean[] {true, false}) {
            JobRow job = submit();
            Work front = first.lastWork();
            Work back = second.lastWork();
            assertThat(front.task()).isEqualTo(job.id + ".0");
            assertThat(front.segment()).isEqualTo(new Work.Segment(0, 2));
            assertThat(front.digest()).isEqualTo(parts.getFirst().digest);
            assertThat(front.input()).hasSize(TestFleet.INPUT_BYTES);
            assertThat(Objects.requireNonNull(front.sends()).node()).isEqualTo("fast");
            assertThat(front.sends().bits()).isEqualTo(8);
            assertThat(back.segment()).isEqualTo(new Work.Segment(2, 4));
            assertThat(back.digest()).isEqualTo(parts.getLast().digest);
            assertThat(back.inputBytes()).isEqualTo(4);
            world.ok(frontFirst ? first : second, frontFirst ? front : back);
            assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
            world.ok(frontFirst ? second : first, frontFirst ? back : front);
            JobRow done = fleet.job(job.id);
            assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
            assertThat(done.output).isEqualTo(SharedWorld.ANSWER);
            assertThat(List.of(String.valueOf(done.version), String.valueOf(done.variant)))
                    .containsExactly("1.0.0", "int8");
            assertThat(done.why)
                    .contains("\"policy\":\"relay\"")
                    .contains("has operators 0 to 1 of int8")
                    .contains("has operators 2 to 3 of int8");
            assertThat(fleet.get(SplitRow.class, job.id).localMicros)
                    .as("nobody could do it alone")
                    .isZero();
        }
        // What each part takes on its board is learned, under the part's own bytes.
        assertThat(fleet.get(CostRow.class, CostRow.key(first.address + "/cpu0", parts.getFirst().digest)).meanMicros)
                .isEqualTo(SharedWorld.TOOK_MICROS);
        assertThat(fleet.all(CostRow.class)).hasSize(2);
    }

    @Test
    void aJobWaitsUntilEveryPartHasABoard() {
        holds(first, 0);
        JobRow job = submit();
        assertThat(job.state).isEqualTo(Jobs.QUEUED);
        assertThat(job.reason).isEqualTo("no-device-can-run-it");
        assertThat(job.why).contains("\"missingPart\":\"int8.2-3\"");
        assertThat(first.works()).isEmpty();
        holds(second, 1);
        fleet.step(Duration.ofMillis(200));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        assertThat(second.lastWork().task()).isEqualTo(job.id + ".1");
    }

    @Test
    void aBoardThatHoldsTheWholeNetworkGoesBeforeParts() {
        holds(first, 0);
        holds(second, 1);
        TestBoard whole = fleet.board("whole");
        whole.report(TestBoard.active("glyphs", fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest));
        JobRow job = submit();
        assertThat(job.nodeId).isEqualTo("acme/whole");
        assertThat(job.split).isFalse();
        assertThat(whole.lastWork().segment()).isNull();
    }

    @Test
    void aBoardThatRefusesIsFollowedByAnotherHolder() {
        holds(first, 0);
        holds(second, 1);
        TestBoard third = fleet.board("third");
        holds(third, 1);
        JobRow job = submit();
        boolean toSecond = job.id.equals(SharedAttempts.jobOf(lastTask(second)));
        TestBoard chosen = toSecond ? second : third;
        TestBoard other = toSecond ? third : second;
        world.say(chosen, world.resultOf(chosen, chosen.lastWork(), Outcome.REJECTED));
        fleet.step(Duration.ofMillis(200));
        assertThat(other.lastWork().task()).isEqualTo(job.id + ".1");
        assertThat(other.lastWork().epoch()).isEqualTo(2);
        world.ok(first, first.lastWork());
        world.ok(other, other.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    private String lastTask(TestBoard board) {
        List<Work> orders = board.works();
        return orders.isEmpty() ? "none" : orders.getLast().task();
    }

    @Test
    void theOnlyHolderIsTriedAgain() {
        holds(first, 0);
        holds(second, 1);
        JobRow job = submit();
        world.say(second, world.resultOf(second, second.lastWork(), Outcome.REJECTED));
        fleet.step(Duration.ofMillis(200));
        assertThat(second.lastWork().epoch()).isEqualTo(2);
        assertThat(second.lastWork().task()).isEqualTo(job.id + ".1");
    }

    @Test
    void noBoardGetsMoreThanItMayHave() {
        holds(first, 0);
        holds(second, 1);
        List<JobRow> jobs = new ArrayList<>();
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            jobs.add(submit());
        }
        assertThat(jobs).allMatch(job -> job.state.equals(Jobs.RUNNING));
        JobRow waits = submit();
        assertThat(waits.state).isEqualTo(Jobs.QUEUED);
        assertThat(waits.reason).isEqualTo("queues-full");
        world.ok(first, first.works().getFirst());
        assertThat(fleet.job(waits.id).state).as("one part is not all").isEqualTo(Jobs.QUEUED);
        world.ok(second, second.works().getFirst());
        fleet.step(Duration.ofMillis(200));
        assertThat(fleet.job(jobs.getFirst().id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.job(waits.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aSourceMustHoldTheFirstPart() {
        holds(first, 0);
        holds(second, 1);
        JobRow job = world.admit(Jobs.Bounds.NONE, new Jobs.Source("slow/cpu0", 8), null, LONG);
        assertThat(job.state).isEqualTo(Jobs.RUNNING);
        assertThat(first.lastWork().task()).isEqualTo(job.id + ".0");
        JobRow behind = world.admit(Jobs.Bounds.NONE, new Jobs.Source("fast/cpu0", 8), null, LONG);
        assertThat(behind.state).isEqualTo(Jobs.QUEUED);
    }

    @Test
    void boundsHoldForPartsToo() {
        holds(first, 0);
        holds(second, 1);
        assertThat(submit(LONG, "slow/cpu0").state).as("one board alone").isEqualTo(Jobs.QUEUED);
        assertThat(world.admit(new Jobs.Bounds(null, 0.001, null, null, 0, null), null, null, LONG).reason)
                .as("nobody knows what it takes")
                .isEqualTo("energy-budget");
        boolean _ = fleet.core().run(scope -> {
            for (int part = 0; part < 2; part++) {
                CostRow cost = new CostRow();
                String device = (part == 0 ? first : second).address + "/cpu0";
                cost.id = CostRow.key(device, parts.get(part).digest);
                cost.tenant = TestFleet.TENANT;
                cost.deviceId = device;
                cost.count = 100;
                cost.meanMicros = 30_000;
                cost.energyMethod = "unknown";
                scope.tx().insert(cost);
            }
            return true;
        });
        assertThat(submit(Duration.ofMillis(50), null).state)
                .as("two times 30 ms and the way")
                .isEqualTo(Jobs.QUEUED);
        assertThat(submit(Duration.ofMillis(90), null).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aBoardThatLeavesCostsTheAttempt() {
        holds(first, 0);
        holds(second, 1);
        TestBoard third = fleet.board("third");
        JobRow job = submit();
        second.status(Status.State.LOST);
        holds(third, 1);
        fleet.step(Duration.ofMillis(200));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(third.lastWork().task()).isEqualTo(job.id + ".1");
    }

    /** Rules that nodes are said to have broken. */
    private List<String> broken() {
        fleet.step(Duration.ofMillis(500));
        return fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals("rule.broken"))
                .map(row -> row.who + " " + row.what)
                .toList();
    }

    @Test
    void theResultOfAPartNamesWhatWasOrdered() {
        holds(first, 0);
        holds(second, 1);
        submit();
        Work front = first.lastWork();
        Work back = second.lastWork();
        world.ok(first, front);
        world.ok(second, back);
        assertThat(broken()).isEmpty();
        JobRow other = submit();
        world.say(second, world.resultOf(second, second.lastWork(), Outcome.OK).withDigest(parts.getFirst().digest));
        assertThat(broken())
                .singleElement()
                .asString()
                .contains("for task %s.1, and %s was ordered".formatted(other.id, parts.getLast().digest));
    }

    @Test
    void partsWithRoomTakeWhatWaitsForAFullBoard() {
        holds(first, 0);
        holds(second, 1);
        TestBoard whole = fleet.board("whole");
        whole.report(TestBoard.active("glyphs", fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest));
        for (int i = 0; i < 2 * PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            assertThat(submit().state).isEqualTo(Jobs.RUNNING);
        }
        JobRow waits = submit();
        assertThat(waits.reason).isEqualTo("queues-full");
        fleet.step(Duration.ofMillis(200));
        world.ok(first, first.works().getFirst());
        world.ok(second, second.works().getFirst());
        fleet.step(Duration.ofMillis(200));
        assertThat(fleet.job(waits.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aBoardWhoseProgramRunsNoStretchesRunsNoParts() {
        holds(first, 0);
        holds(second, 1);
        boolean _ = fleet.core().run(scope -> {
            DeviceRow device =
                    scope.tx().get(DeviceRow.class, second.address + "/cpu0").orElseThrow();
            device.driver = "program-whole";
            scope.tx().update(device);
            return true;
        });
        JobRow job = submit();
        assertThat(job.state).isEqualTo(Jobs.QUEUED);
        assertThat(job.why).contains("\"missingPart\":\"int8.2-3\"");
    }

    /** What a device has been seen to take for a variant. */
    private void takes(TestBoard board, String digest, double micros, @Nullable Double microjoules) {
        boolean _ = fleet.core().run(scope -> {
            CostRow cost = new CostRow();
            cost.id = CostRow.key(board.address + "/cpu0", digest);
            cost.tenant = TestFleet.TENANT;
            cost.deviceId = board.address + "/cpu0";
            cost.count = 100;
            cost.meanMicros = micros;
            cost.meanMicrojoules = microjoules;
            cost.energyMethod = microjoules == null ? "unknown" : "model";
            scope.tx().insert(cost);
            return true;
        });
    }

    @Test
    void boundsThatPartsKeepAreNotRefusedForABoardThatDoesNotKeepThem() {
        TestBoard whole = fleet.board("whole");
        String digest = fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest;
        whole.report(TestBoard.active("glyphs", digest));
        takes(whole, digest, 30_000_000, 100_000.0);
        holds(first, 0);
        holds(second, 1);
        takes(first, parts.getFirst().digest, 1000, 10.0);
        takes(second, parts.getLast().digest, 1000, 10.0);
        JobRow soon = submit(Duration.ofSeconds(5), null);
        assertThat(first.lastWork().task()).isEqualTo(soon.id + ".0");
        for (TestBoard board : List.of(first, second)) {
            world.link(board, new Birth.Link(10_000, 1, 0, new Radio(1.0, 1.0)));
        }
        JobRow frugal = world.admit(new Jobs.Bounds(null, 1000.0, null, null, 0, null), null, null, LONG);
        assertThat(frugal.state).isEqualTo(Jobs.RUNNING);
        assertThat(first.lastWork().task()).isEqualTo(frugal.id + ".0");
    }

    @Test
    void anAttemptOutlivesTheController() {
        holds(first, 0);
        holds(second, 1);
        JobRow job = submit();
        world.ok(first, first.lastWork());
        fleet.restart();
        world.ok(second, second.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
    }

    @Test
    void theSameBytesAreOfTheVersionThatBoardsAreToRun() {
        boolean _ = fleet.core().run(scope -> {
            for (VariantRow variant : scope.tx().find(Query.of(VariantRow.class))) {
                VariantRow again = Row.copyOf(variant);
                again.version = "2.0.0";
                again.versionId = "acme/glyphs/2.0.0";
                again.id = again.versionId + "/" + again.variant;
                scope.tx().insert(again);
            }
            return true;
        });
        holds(first, 0);
        holds(second, 1);
        for (String version : List.of("2.0.0", "1.0.0")) {
            boolean _ = fleet.core().run(scope -> {
                for (TestBoard board : List.of(first, second)) {
                    SlotRow slot = scope.tx()
                            .get(SlotRow.class, board.address + "/cpu0/glyphs")
                            .orElseThrow();
                    slot.desiredVersion = version;
                    scope.tx().update(slot);
                }
                return true;
            });
            assertThat(submit().version).isEqualTo(version);
        }
    }
}
