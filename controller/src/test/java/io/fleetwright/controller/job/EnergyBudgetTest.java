package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An inference goes only where what it takes is known, and no more than its caller allows. */
final class EnergyBudgetTest {
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
        return admit(Jobs.Bounds.of(null, millijoules, null, null), source, pinned);
    }

    private JobRow admit(Jobs.Bounds bounds, Jobs.@Nullable Source source, @Nullable String pinned) {
        return world.fleet.core().run(scope -> {
            JobRow job = world.fleet
                    .core()
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
                                    Duration.ofSeconds(60),
                                    pinned,
                                    source,
                                    null,
                                    bounds),
                            scope.nowMillis());
            world.fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            return scope.tx().get(JobRow.class, job.id).orElseThrow();
        });
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
        assertThat(admit(new Jobs.Bounds("1.0.0", null), null, null).nodeId).isEqualTo(world.fast.address.toString());
        assertThatThrownBy(() -> admit(new Jobs.Bounds("9.0.0", null), null, null))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("9.0.0 of model glyphs");
        world.fleet.publish("glyphs", "2.0.0");
        JobRow other = admit(new Jobs.Bounds("2.0.0", null), null, null);
        assertThat(other.state).isEqualTo(Jobs.QUEUED);
        assertThat(other.why).contains("has version 1.0.0, and 2.0.0 is wanted");
    }

    @Test
    void nothingIsKeptOrExceededByAnUnknownEnergy() {
        assertThat(EnergyBudget.isKept(5, OptionalDouble.of(5))).isTrue();
        assertThat(EnergyBudget.isKept(5, OptionalDouble.of(5.1))).isFalse();
        assertThat(EnergyBudget.isKept(5, OptionalDouble.empty())).isFalse();
    }
}
