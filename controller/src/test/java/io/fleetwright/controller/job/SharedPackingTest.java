package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.forge.evaluate.PairedLoss;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A job whose values may leave the source packed, with what that was measured to cost. The best cut is behind the first layer, packed. */
final class SharedPackingTest {
    private static final int INPUTS = 1000;
    private static final int RIGHT = 900;
    private static final int LAYERS = 4;

    private final SharedWorld world = new SharedWorld();

    @BeforeEach
    void boardsRunTheSameVariant() {
        world.run(SharedWorld.rows(16, 8, 1, 32, 32, 1), Map.of(world.slow, 100_000.0, world.fast, 1_000.0));
        world.link(world.slow, new Birth.Link(8, 2, 0));
        world.fleet.core().run(scope -> {
            VariantRow variant =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            variant.accuracyCount = INPUTS;
            variant.accuracyCorrect = RIGHT;
            scope.tx().update(variant);
            return true;
        });
    }

    private void measured(int lost) {
        world.fleet.measuredCuts(INPUTS, LAYERS, lost);
    }

    private JobRow submit(@Nullable Double floor, @Nullable Double lossMax) {
        return submit(new Jobs.Source("slow/cpu0", 4), floor, lossMax);
    }

    private JobRow submit(Jobs.@Nullable Source source, @Nullable Double floor, @Nullable Double lossMax) {
        return world.admit(
                Jobs.Bounds.of(null, null, floor, lossMax, null, null), source, null, Duration.ofSeconds(60));
    }

    private int bits() {
        return Objects.requireNonNull(world.slow.lastWork().sends()).bits();
    }

    private static JsonNode why(JobRow job) throws Exception {
        return new ObjectMapper().readTree(job.why);
    }

    @Test
    void withoutAFloorWhatNobodyMeasuredIsTakenAndSaidToBeUnknown() throws Exception {
        JobRow job = submit(null, null);
        assertThat(bits()).isEqualTo(4);
        assertThat(world.fast.lastWork().expects()).isEqualTo(new Work.Expects("slow", 4));
        JsonNode plan = why(job).at("/shared/0");
        assertThat(plan.get("lossBasis").asText()).isEqualTo("unknown");
        assertThat(plan.has("loss")).isFalse();
        assertThat(why(job).at("/packing/allowed").asInt()).isEqualTo(LAYERS - 1);
        assertThat(why(job).at("/packing").has("reason")).isFalse();
    }

    @Test
    void aFloorOrALossThatIsAskedForRulesOutWhatNobodyMeasured() throws Exception {
        for (JobRow job : List.of(submit(0.5, null), submit(null, 0.5))) {
            assertThat(bits()).isEqualTo(8);
            assertThat(why(job).at("/packing/reason").asText()).isEqualTo("loss-not-measured");
            assertThat(why(job).at("/packing/lossNotMeasured").asInt()).isEqualTo(LAYERS - 1);
            assertThat(why(job).at("/shared/0/lossBasis").asText()).isEqualTo("none");
            assertThat(why(job).at("/shared/0/loss").asDouble(-1)).isZero();
        }
    }

    @Test
    void theUsualLossIsAHundredthAndAnotherOneCanBeAskedFor() throws Exception {
        measured(11);
        JobRow job = submit(null, null);
        assertThat(bits()).isEqualTo(8);
        assertThat(why(job).at("/packing/reason").asText()).isEqualTo("loss-above-max");
        assertThat(why(job).at("/packing/lossMax").asDouble()).isEqualTo(0.01);
        JobRow more = submit(null, 0.011);
        assertThat(bits()).isEqualTo(4);
        JsonNode plan = why(more).at("/shared/0");
        assertThat(plan.get("lossBasis").asText()).isEqualTo("measured");
        assertThat(plan.get("loss").asDouble()).isEqualTo(0.011);
        assertThat(plan.get("lossHigh95").asDouble())
                .isEqualTo(PairedLoss.of(INPUTS, 11, 0).high95());
        submit(null, 0.0109);
        assertThat(bits()).isEqualTo(8);
    }

    @Test
    void theBoundOfTheLossMustLeaveTheFloor() throws Exception {
        measured(5);
        double left = (double) RIGHT / INPUTS - PairedLoss.of(INPUTS, 5, 0).high95();
        assertThat(left).isLessThan((RIGHT - 5.0) / INPUTS);
        submit(left, null);
        assertThat(bits()).isEqualTo(4);
        JobRow job = submit((RIGHT - 5.0) / INPUTS, null);
        assertThat(bits()).isEqualTo(8);
        assertThat(why(job).at("/packing/reason").asText()).isEqualTo("accuracy-below-floor");
        assertThat(why(job).at("/packing/accuracyFloor").asDouble()).isEqualTo(0.895);
    }

    @Test
    void aVariantBelowTheFloorGetsNoJob() {
        assertThatThrownBy(() -> submit(null, 0.901, null))
                .isInstanceOf(Refusal.class)
                .hasMessage("no variant of model glyphs was measured to reach accuracy floor 0.901");
        assertThat(world.fleet.all(JobRow.class)).isEmpty();
    }

    @Test
    void whatMakesNoSenseIsRefusedByName() {
        assertThatThrownBy(() -> submit(1.1, null))
                .isInstanceOf(Refusal.class)
                .hasMessage("accuracyFloor (1.1) must be from 0 to 1");
        assertThatThrownBy(() -> submit(null, Double.NaN))
                .isInstanceOf(Refusal.class)
                .hasMessage("lossMax (NaN) must be from 0 to 1");
        assertThatThrownBy(() -> submit(new Jobs.Source("slow/cpu0", 8), null, 0.1))
                .isInstanceOf(Refusal.class)
                .hasMessage("lossMax (0.1) is what 4 bits may cost, and bits are 8");
        assertThatThrownBy(() -> submit(null, null, 0.1))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("there is none");
        assertThat(world.fleet.all(JobRow.class)).isEmpty();
    }

    @Test
    void theReasonsOfABigFleetWithLongNamesFitTheirColumn() throws Exception {
        measured(1);
        String digest = world.fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest;
        Birth.Link link = new Birth.Link(8, 2, 0.01, new Radio(1640.1, 920.3));
        world.link(world.slow, link);
        for (int i = 0; i < 24; i++) {
            TestBoard board = world.fleet.board("a-board-with-quite-a-long-name-in-rack-number-%02d".formatted(i));
            String device = "y".repeat(62) + "%02d".formatted(i);
            board.connection++;
            board.birth(
                    board.birthOf(List.of(new SlotReport(device, "glyphs", digest, SlotReport.State.ACTIVE, null)), 0)
                            .withDevices(List.of(TestBoard.device(device, DeviceClass.CPU)))
                            .withLink(link));
            costs(board.address + "/" + device, digest, 1000 + i / 7.0);
        }
        world.fleet.core().run(scope -> {
            CostRow slow = scope.tx()
                    .get(CostRow.class, CostRow.key("acme/slow/cpu0", digest))
                    .orElseThrow();
            slow.meanMicrojoules = 1000 / 3.0;
            scope.tx().update(slow);
            return true;
        });
        JobRow job = submit(null, null);
        assertThat(String.valueOf(job.why).length()).isBetween(7000, JobRow.WHY_CHARS_MAX);
        assertThat(why(job).at("/chosen").asText()).isEqualTo("slow/cpu0");
        assertThat(why(job).at("/shared/0/energyMj").isNumber()).isTrue();
        assertThat(why(job).at("/packing/bits").asInt()).isEqualTo(4);
    }

    private void costs(String device, String digest, double micros) {
        world.fleet.core().run(scope -> {
            CostRow cost = new CostRow();
            cost.id = CostRow.key(device, digest);
            cost.tenant = TestFleet.TENANT;
            cost.deviceId = device;
            cost.count = 100;
            cost.meanMicros = micros;
            cost.meanMicrojoules = micros / 3;
            cost.energyMethod = EnergyMethod.MODEL.wireName();
            scope.tx().insert(cost);
            return true;
        });
    }
}
