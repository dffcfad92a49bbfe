package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An inference goes only where energy, version and accuracy are what its caller allows, and in the turn that its priority gives it. */
final class BoundsTest {
    private final SharedWorld world = new SharedWorld();

    /** The fast board takes more energy, and less time. */
    @BeforeEach
    void twoBoardsWithTheNetwork() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 64, 3), Map.of(world.slow, 100_000.0, world.fast, 1000.0));
        takes(world.slow, 2000.0);
        takes(world.fast, 8000.0);
    }

    private void takes(TestBoard board, @Nullable Double microjoules) {
        world.fleet.core().run(scope -> {
            CostRow cost = scope.tx()
                    .find(Query.of(CostRow.class).equal("deviceId", board.address + "/cpu0"))
                    .getFirst();
            cost.meanMicrojoules = microjoules;
            scope.tx().update(cost);
            return true;
        });
    }

    private JobRow admit(@Nullable Double millijoules, Jobs.@Nullable Source source, @Nullable String pinned) {
        return admit(Jobs.Bounds.of(null, millijoules, null, null, null, null), source, pinned);
    }

    private JobRow admit(Jobs.Bounds bounds, Jobs.@Nullable Source source, @Nullable String pinned) {
        return admit(bounds, source, pinned, Duration.ofSeconds(60));
    }

    private JobRow admit(Jobs.Bounds bounds, Jobs.@Nullable Source source, @Nullable String pinned, Duration deadline) {
        return world.admit(bounds, source, pinned, deadline);
    }

    @Test
    void aBudgetBeyondAMegajouleIsNone() {
        assertThat(admit(1e9, null, null).nodeId).isEqualTo(world.fast.address.toString());
        for (double wrong : new double[] {1.1e9, 1e306, Double.POSITIVE_INFINITY, 0, -1, Double.NaN}) {
            assertThatThrownBy(() -> admit(wrong, null, null))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("energy budget");
        }
    }

    /** As a version that took any energy for told may have stored it. */
    @Test
    void anEnergyThatCannotBeIsUnknown() {
        for (double stored : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            takes(world.fast, stored);
            assertThat(admit((Double) null, null, null).nodeId).isEqualTo(world.fast.address.toString());
            assertThat(admit(3.0, null, null).nodeId).isEqualTo(world.slow.address.toString());
        }
    }

    @Test
    void theSoonestDeviceThatKeepsTheBudgetIsTaken() {
        assertThat(admit((Double) null, null, null).nodeId).isEqualTo(world.fast.address.toString());
        assertThat(admit(8.0, null, null).nodeId).isEqualTo(world.fast.address.toString());
        JobRow frugal = admit(7.9, null, null);
        assertThat(frugal.nodeId).isEqualTo(world.slow.address.toString());
        assertThat(frugal.why).contains("takes 8 mJ, at most 7.9");
    }

    @Test
    void aDeviceOfWhichNobodyKnowsWhatItTakesKeepsNoBudget() {
        takes(world.fast, null);
        JobRow job = admit(100.0, null, null);
        assertThat(job.nodeId).isEqualTo(world.slow.address.toString());
        assertThat(job.why).contains("its energy is not known, and at most 100 mJ are allowed");
    }

    @Test
    void aBudgetThatNoPlaceKeepsIsRefusedWithTheLeastThatIsKnown() {
        takes(world.fast, null);
        assertThatThrownBy(() -> admit(1.5, null, null))
                .isInstanceOf(Refusal.class)
                .hasMessage("energy budget of model glyphs: the best of 2 places takes 2 mJ, at most 1.5");
        assertThatThrownBy(() -> admit(1.5, null, "fast/cpu0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("what it takes is known of none of 1 places");
        long leftBehind = world.fleet.core().run(scope -> scope.tx().count(Query.of(JobRow.class)));
        assertThat(leftBehind).isZero();
        for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> admit(wrong, null, null))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("must be above 0");
        }
    }

    @Test
    void aSourceWhoseBudgetIsTooSmallForItselfSharesWithOneThatKeepsIt() {
        world.link(world.slow, new Birth.Link(1e6, 0.001, 0, new Radio(1.0, 1.0)));
        world.link(world.fast, new Birth.Link(1e6, 0.001, 0, new Radio(1.0, 1.0)));
        takes(world.slow, 50_000.0);
        takes(world.fast, 100.0);
        JobRow job = admit(20.0, new Jobs.Source("slow/cpu0", 8), null);
        assertThat(job.split).isTrue();
        assertThat(job.why).contains("\"energyMj\"");

        takes(world.fast, 1_000_000.0);
        assertThatThrownBy(() -> admit(20.0, new Jobs.Source("slow/cpu0", 8), null))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("energy budget");
        takes(world.slow, 10_000.0);
        assertThat(admit(20.0, new Jobs.Source("slow/cpu0", 8), null).split)
                .as("shared although that takes more than it may")
                .isFalse();
    }

    @Test
    void oneVersionMayBeAskedFor() {
        assertThat(admit(version("1.0.0"), null, null).nodeId).isEqualTo(world.fast.address.toString());
        assertThatThrownBy(() -> admit(version("9.0.0"), null, null))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("9.0.0 of model glyphs");
        world.fleet.publish("glyphs", "2.0.0");
        JobRow other = admit(version("2.0.0"), null, null);
        assertThat(other.state).isEqualTo(Jobs.QUEUED);
        assertThat(other.why).contains("has version 1.0.0, and 2.0.0 is wanted");
    }

    private static Jobs.Bounds version(String version) {
        return Jobs.Bounds.of(version, null, null, null, null, null);
    }

    private static Jobs.Bounds floor(double floor) {
        return Jobs.Bounds.of(null, null, floor, null, null, null);
    }

    @Test
    void aVariantBelowTheAccuracyFloorRunsNothing() {
        assertThatThrownBy(() -> admit(floor(0.5), null, null))
                .as("nobody has measured it")
                .isInstanceOf(Refusal.class)
                .hasMessage("no variant of model glyphs was measured to reach accuracy floor 0.5");
        world.fleet.publish("glyphs", "2.0.0");
        measured("1.0.0", 90);
        measured("2.0.0", 95);
        assertThat(admit(floor(0.9), null, null).state).isEqualTo(Jobs.RUNNING);
        JobRow waits = admit(floor(0.94), null, null);
        assertThat(waits.state).isEqualTo(Jobs.QUEUED);
        assertThat(waits.why).contains("accuracy 0.9000 is below the floor 0.94");
        assertThatThrownBy(() -> admit(Jobs.Bounds.of("1.0.0", null, 0.94, null, null, null), null, null))
                .isInstanceOf(Refusal.class)
                .hasMessage("no variant of model glyphs 1.0.0 was measured to reach accuracy floor 0.94");
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> floor(wrong))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("accuracyFloor (%s) must be from 0 to 1".formatted(wrong));
        }
    }

    /** Deadlines and budgets are refused by what devices take that may run it at all. */
    @Test
    void whatIsOutOfReachCountsOnlyVariantsThatReachTheFloor() {
        measured("1.0.0", 90);
        world.fleet.publish("glyphs", "2.0.0");
        measured("2.0.0", 95);
        assertThatThrownBy(() -> admit(Jobs.Bounds.of(null, 1.5, 0.9, null, null, null), null, null))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("the best of 2 places takes 2 mJ");
        assertThat(admit(Jobs.Bounds.of(null, 1.5, 0.94, null, null, null), null, null).state)
                .as("nobody has the one that may run yet")
                .isEqualTo(Jobs.QUEUED);
    }

    private void measured(String version, int correct) {
        world.fleet.core().run(scope -> {
            VariantRow row = scope.tx()
                    .get(VariantRow.class, "acme/glyphs/%s/int8".formatted(version))
                    .orElseThrow();
            row.accuracyCount = 100;
            row.accuracyCorrect = correct;
            scope.tx().update(row);
            return true;
        });
    }

    @Test
    void aHigherPriorityGoesFirstAmongWhatWaits() {
        List<String> order = new ArrayList<>();
        String low = "";
        while (!isQueued(low)) {
            low = admit(Jobs.Bounds.NONE, null, "fast/cpu0").id;
        }
        JobRow high = admit(Jobs.Bounds.of(null, null, null, null, Jobs.Bounds.PRIORITY_MAX, null), null, "fast/cpu0");
        assertThat(high.state).isEqualTo(Jobs.QUEUED);
        for (int answered = 0; isQueued(high.id) || isQueued(low); answered++) {
            assertThat(answered).isLessThan(100);
            boolean highWaited = isQueued(high.id);
            boolean lowWaited = isQueued(low);
            world.fast.result(world.fast.works().get(answered), TaskResult.Outcome.OK);
            if (highWaited && !isQueued(high.id)) {
                order.add("high");
            }
            if (lowWaited && !isQueued(low)) {
                order.add("low");
            }
        }
        assertThat(order).containsExactly("high", "low");
        for (int wrong : new int[] {-1, 10}) {
            assertThatThrownBy(() -> Jobs.Bounds.of(null, null, null, null, wrong, null))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("priority (%d) must be from 0 to 9".formatted(wrong));
        }
    }

    private boolean isQueued(String job) {
        return !job.isEmpty() && world.fleet.job(job).state.equals(Jobs.QUEUED);
    }

    private void fails(TestBoard board) {
        board.result(board.lastWork(), TaskResult.Outcome.FAILED);
    }

    @Test
    void anAttemptThatFailedIsFollowedByOneOnAnotherDevice() {
        JobRow job = admit(Jobs.Bounds.NONE, null, null);
        assertThat(job.nodeId).isEqualTo(world.fast.address.toString());
        fails(world.fast);
        world.fleet.step(Duration.ofMillis(1));
        JobRow second = world.fleet.job(job.id);
        assertThat(second.nodeId).isEqualTo(world.slow.address.toString());
        assertThat(second.why).contains("fast/cpu0", "has had an attempt at it already");
        JobRow other = admit(Jobs.Bounds.NONE, null, null);
        assertThat(other.nodeId).as("another job may still go there").isEqualTo(world.fast.address.toString());

        fails(world.slow);
        world.fleet.step(Duration.ofMillis(1));
        assertThat(world.fleet.job(job.id).nodeId)
                .as("all have had it: the first one again")
                .isEqualTo(world.fast.address.toString());
        assertThat(world.fleet.job(job.id).epoch).isEqualTo(3);
    }

    @Test
    void whereTheOthersWouldBeTooLateTheSameDeviceTriesAgain() {
        JobRow job = admit(Jobs.Bounds.NONE, null, null, Duration.ofMillis(90));
        assertThat(job.nodeId).isEqualTo(world.fast.address.toString());
        fails(world.fast);
        world.fleet.step(Duration.ofMillis(1));
        assertThat(world.fleet.job(job.id).nodeId)
                .as("the slow one takes 100 ms")
                .isEqualTo(world.fast.address.toString());
        assertThat(world.fleet.job(job.id).epoch).isEqualTo(2);
    }

    @Test
    void aFullDeviceThatWasNotTriedIsWaitedFor() {
        String last = "";
        while (!isQueued(last)) {
            last = admit(Jobs.Bounds.NONE, null, "slow/cpu0").id;
        }
        JobRow job = admit(Jobs.Bounds.NONE, null, null);
        fails(world.fast);
        world.fleet.step(Duration.ofMillis(1));
        assertThat(world.fleet.job(job.id).state).isEqualTo(Jobs.QUEUED);
        assertThat(world.fleet.job(job.id).epoch).isEqualTo(1);
        world.slow.result(world.slow.works().getFirst(), TaskResult.Outcome.OK);
        world.fleet.step(Duration.ofMillis(1));
        world.fleet.step(Duration.ofMillis(1));
        assertThat(world.fleet.all(JobRow.class))
                .filteredOn(row -> row.epoch == 2)
                .isEmpty();
        while (isQueued(job.id)) {
            world.slow.result(world.slow.lastWork(), TaskResult.Outcome.OK);
        }
        assertThat(world.fleet.job(job.id).nodeId).isEqualTo(world.slow.address.toString());
    }

    @Test
    void itFailsAfterAsManyAttemptsAsItsCallerAllows() {
        JobRow once = admit(Jobs.Bounds.of(null, null, null, null, null, 1), null, null);
        fails(world.fast);
        assertThat(world.fleet.job(once.id).state).isEqualTo(Jobs.FAILED);
        assertThat(world.fleet.job(once.id).epoch).isEqualTo(1);

        JobRow often = admit(Jobs.Bounds.of(null, null, null, null, null, 5), null, "fast/cpu0");
        for (int attempt = 1; attempt <= 5; attempt++) {
            assertThat(world.fleet.job(often.id).state).isEqualTo(Jobs.RUNNING);
            assertThat(world.fleet.job(often.id).epoch).isEqualTo(attempt);
            fails(world.fast);
            world.fleet.step(Duration.ofMillis(1));
        }
        assertThat(world.fleet.job(often.id).state).isEqualTo(Jobs.FAILED);
        for (int wrong : new int[] {0, 11}) {
            assertThatThrownBy(() -> Jobs.Bounds.of(null, null, null, null, null, wrong))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("attempts (%d) must be from 1 to 10".formatted(wrong));
        }
    }

    @Test
    void nothingIsKeptOrExceededByAnUnknownEnergy() {
        assertThat(EnergyBudget.isKept(5, OptionalDouble.of(5))).isTrue();
        assertThat(EnergyBudget.isKept(5, OptionalDouble.of(5.1))).isFalse();
        assertThat(EnergyBudget.isKept(5, OptionalDouble.empty())).isFalse();
    }
}
