package io.fleetwright.controller.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.Relaxation;
import io.fleetwright.forge.select.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Where the figures of a choice come from, and what a device that runs something keeps. */
final class FleetSelectorTest {
    private static final String MODEL = "glyphs";
    private static final Constraints NONE = Selector.constraints(null, null, null, false);

    private final TestFleet fleet = new TestFleet();
    private final List<VariantRow> variants = new ArrayList<>();

    private VariantRow variant(String name, int correctOf1000, Consumer<VariantRow> more) {
        VariantRow row = new VariantRow();
        row.id = "acme/glyphs/1.0.0/" + name;
        row.model = MODEL;
        row.variant = name;
        row.digest = TestFleet.digest(name);
        row.operators = "CONV_2D";
        row.macs = 1_000_000;
        row.weightBytes = 1000;
        row.arenaBytes = 1000;
        row.accuracyCount = 1000;
        row.accuracyCorrect = correctOf1000;
        more.accept(row);
        variants.add(row);
        return row;
    }

    private VariantRow variant(String name, int correctOf1000) {
        return variant(name, correctOf1000, _ -> {});
    }

    private void learned(DeviceRow device, VariantRow variant, double meanMicros, double deviation) {
        CostRow row = new CostRow();
        row.id = CostRow.key(device.id, variant.digest);
        row.tenant = TestFleet.TENANT;
        row.deviceId = device.id;
        row.meanMicros = meanMicros;
        row.varianceMicros = deviation * deviation;
        row.meanMicrojoules = meanMicros;
        fleet.core().run(scope -> {
            scope.tx().insert(row);
            return true;
        });
    }

    private DeviceRow device(String node, Consumer<DeviceRow> more) {
        TestBoard board = fleet.board(node);
        return fleet.core().run(scope -> {
            DeviceRow row = scope.tx()
                    .find(Query.of(DeviceRow.class).equal("node", board.address.node()))
                    .getFirst();
            more.accept(row);
            scope.tx().update(row);
            return row;
        });
    }

    private Choice choose(DeviceRow device, Constraints constraints) {
        return fleet.core()
                .run(scope -> new FleetSelector(MODEL, variants, constraints)
                        .choose(scope.tx(), List.of(device))
                        .getFirst());
    }

    @Test
    void theMostAccurateThatFitsIsChosen() {
        variant("small", 950);
        VariantRow large = variant("large", 990);
        Choice choice = choose(device("n1", _ -> {}), NONE);
        assertThat(choice.variant()).contains(large);
        assertThat(choice.reason()).isEqualTo("chosen; small: large is at least as good in everything");
        assertThat(choice.modelled()).as("no profile, no estimate").isEmpty();
    }

    @Test
    void whatResultsTaughtCountsBeforeTheProfile() {
        VariantRow large = variant("large", 990);
        VariantRow small = variant("small", 950);
        DeviceRow device = device("n1", row -> row.profile = "gap9");
        Choice estimated = choose(device, NONE);
        assertThat(estimated.modelled()).containsExactlyInAnyOrder("large", "small");
        assertThat(estimated.candidates())
                .allMatch(candidate -> candidate.latencyMillis().isPresent());
        // p90 = 9,000 + 1.2816 * 1,000 us.
        learned(device, large, 9000, 1000);
        Choice measured = choose(device, NONE);
        assertThat(measured.modelled()).containsExactly("small");
        assertThat(measured.candidates().getFirst().latencyMillis().orElseThrow())
                .isCloseTo(10.2816, within(1e-9));
        double between = estimated.candidates().getLast().latencyMillis().orElseThrow();
        assertThat(between).isLessThan(10.28);
        Choice limited = choose(device, Selector.constraints(10.28, null, null, false));
        assertThat(limited.variant()).contains(small);
    }

    @Test
    void aBoardThatNeverRanAVariantTakesItOnTrialAndNotOneThatIsKnownToBeSlow() {
        VariantRow large = variant("large", 990);
        VariantRow small = variant("small", 950);
        DeviceRow device = device("n1", _ -> {});
        learned(device, large, 20_000, 0);
        Choice trial = choose(device, Selector.constraints(5.0, null, null, false));
        assertThat(trial.variant()).contains(small);
        assertThat(((Selection.Chosen) trial.selection()).relaxed()).containsExactly(Relaxation.UNKNOWN_COST);
        learned(device, small, 30_000, 0);
        Choice none = choose(device, Selector.constraints(5.0, null, null, false));
        assertThat(none.variant()).isEmpty();
        assertThat(none.reason())
                .contains("large: p90 latency 20.0000 ms, must be at most 5.00000 ms")
                .contains("small: p90 latency 30.0000 ms")
                .endsWith("the nearest is large");
    }

    @Test
    void ofManyDevicesEachGetsWhatItWouldGetAlone() {
        VariantRow large = variant("large", 990);
        variant("small", 950, row -> row.arenaBytes = 100);
        List<DeviceRow> devices = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int which = i;
            devices.add(device("n%02d".formatted(i), row -> row.memoryBytes = which % 3 == 0 ? 1500L : 1L << 20));
        }
        learned(devices.get(7), large, 20_000, 0);
        Constraints limits = Selector.constraints(5.0, null, null, false);
        List<Choice> together =
                fleet.core().run(scope -> new FleetSelector(MODEL, variants, limits).choose(scope.tx(), devices));
        for (int i = 0; i < devices.size(); i++) {
            Choice alone = choose(devices.get(i), limits);
            assertThat(together.get(i).device().id).isEqualTo(devices.get(i).id);
            assertThat(together.get(i).variant()).isEqualTo(alone.variant());
            assertThat(together.get(i).reason()).isEqualTo(alone.reason());
        }
        assertThat(together.get(6).variant()).isNotEqualTo(together.get(8).variant());
        assertThat(together.get(7).variant()).isNotEqualTo(together.get(8).variant());
    }

    @Test
    void anAccuracyThatWasNotMeasuredMeetsNoLimit() {
        variant("unmeasured", 0, row -> row.accuracyCount = 0);
        Choice choice = choose(device("n1", _ -> {}), Selector.constraints(null, null, 0.5, false));
        assertThat(choice.variant()).isEmpty();
        assertThat(choice.reason()).contains("accuracy is unknown, must be at least 0.5");
    }

    @Test
    void aLimitGivesWayOnlyWhenAskedTo() {
        variant("large", 990);
        DeviceRow device = device("n1", _ -> {});
        assertThat(choose(device, Selector.constraints(null, null, 0.999, false))
                        .variant())
                .isEmpty();
        Choice relaxed = choose(device, Selector.constraints(null, null, 0.999, true));
        assertThat(relaxed.variant()).isPresent();
        assertThat(((Selection.Chosen) relaxed.selection()).relaxed()).isNotEmpty();
    }

    @Test
    void aDeviceKeepsWhatItRunsUnlessTheGainIsWorthIt() {
        VariantRow running = variant("running", 989);
        VariantRow rival = variant("rival", 989);
        DeviceRow device = device("n1", _ -> {});
        learned(device, running, 1000, 0);
        learned(device, rival, 970, 0);
        assertThat(choose(device, NONE).variant()).contains(rival);
        SlotRow slot = new SlotRow();
        slot.id = device.id + "/" + MODEL;
        slot.nodeId = device.nodeId;
        slot.deviceId = device.id;
        slot.slot = MODEL;
        slot.desiredVariant = "running";
        fleet.core().run(scope -> {
            scope.tx().insert(slot);
            return true;
        });
        Choice kept = choose(device, NONE);
        assertThat(kept.variant()).contains(running);
        assertThat(kept.reason()).isEqualTo("kept: rival gains only 3.0 %; rival: gains only 3.0 % over running");
    }

    @Test
    void operatorsAndMemoryOfTheDeviceNeverGiveWay() {
        variant("odd", 990, row -> row.operators = "CONV_2D,LSTM");
        variant("huge", 990, row -> row.weightBytes = 1L << 40);
        Choice choice = choose(device("n1", _ -> {}), Selector.constraints(null, null, null, true));
        assertThat(choice.variant()).isEmpty();
        assertThat(choice.reason()).contains("odd: needs operators LSTM", "huge: needs 1099511628776 bytes of memory");
    }
}
