package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.forge.evaluate.PairedLoss;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.telemetry.wire.Birth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream whose values may leave the source packed, with what that was measured to cost. Packed cuts are the fastest. */
final class StreamPackingTest extends StreamFleet {
    private static final int INPUTS = 1000;
    private static final int RIGHT = 900;
    private static final int ROWS = 64;

    /** Layers that do the same to each of many single values. */
    @Override
    byte[] network() {
        List<Tensor> tensors = new ArrayList<>(List.of(
                tensor("weights", List.of(1, 1), ElementType.INT8, Optional.of(new byte[1])),
                tensor("bias", List.of(1), ElementType.INT32, Optional.of(new byte[4])),
                tensor("in", List.of(ROWS, 1), ElementType.INT8, Optional.empty())));
        List<Operator> operators = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            tensors.add(tensor("out" + layer, List.of(ROWS, 1), ElementType.INT8, Optional.empty()));
            operators.add(
                    new Operator(new Kind.FullyConnected(Fused.NONE), List.of(2 + layer, 0, 1), List.of(3 + layer)));
        }
        return TfliteWriter.write(
                new TfliteModel("rows", tensors, operators, List.of(2), List.of(2 + LAYERS), Map.of()));
    }

    @BeforeEach
    void theLinkIsSlowAndTheVariantMeasured() {
        birth(slow, new Birth.Link(100, 2, 0));
        fleet.core().run(scope -> {
            VariantRow variant =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            variant.accuracyCount = INPUTS;
            variant.accuracyCorrect = RIGHT;
            scope.tx().update(variant);
            return true;
        });
    }

    private void measured(int lost) {
        fleet.measuredCuts(INPUTS, LAYERS, lost);
    }

    private static Streams.Request request(int bits, @Nullable Double floor, @Nullable Double lossMax) {
        return new Streams.Request(
                "glyphs",
                "slow/cpu0",
                "cam",
                Duration.ofMillis(200),
                Duration.ofMillis(150),
                bits,
                null,
                floor,
                0,
                null,
                lossMax,
                Chains.NONE);
    }

    private JsonNode why(LiveStreamRow row) throws Exception {
        return new ObjectMapper().readTree(plan(row).why);
    }

    @Test
    void aFloorWaitsForTheMeasurementAndThenHasAPackedPlan() throws Exception {
        LiveStreamRow free = create(request(4, null, null));
        assertThat(plan(free).bits).isEqualTo(4);
        assertThat(why(free).at("/candidates/0/lossBasis").asText()).isEqualTo("unknown");

        LiveStreamRow row = create(request(4, 0.89, null));
        assertThat(plan(row).peerNodeId).isNotNull();
        assertThat(plan(row).bits).isEqualTo(8);
        assertThat(why(row).at("/packing/reason").asText()).isEqualTo("loss-not-measured");
        assertThat(why(row).at("/candidates/0/lossBasis").asText()).isEqualTo("none");

        measured(3);
        fleet.clock.advance(Duration.ofSeconds(3));
        fleet.core().step();
        assertThat(plan(row).bits).isEqualTo(4);
        assertThat(why(row).at("/packing").has("reason")).isFalse();
        assertThat(why(row).at("/candidates/0/lossBasis").asText()).isEqualTo("measured");
        assertThat(why(row).at("/candidates/0/loss").asDouble()).isEqualTo(0.003);
        assertThat(why(row).at("/candidates/0/lossHigh95").asDouble())
                .isEqualTo(PairedLoss.of(INPUTS, 3, 0).high95());
    }

    @Test
    void whatLosesTooMuchIsNotPacked() throws Exception {
        measured(20);
        LiveStreamRow row = create(request(4, null, null));
        assertThat(plan(row).bits).isEqualTo(8);
        assertThat(why(row).at("/packing/reason").asText()).isEqualTo("loss-above-max");
        assertThat(plan(create(request(4, null, 0.02))).bits).isEqualTo(4);
        LiveStreamRow floored = create(request(4, 0.88, 0.02));
        assertThat(plan(floored).bits).isEqualTo(8);
        assertThat(why(floored).at("/packing/reason").asText()).isEqualTo("accuracy-below-floor");
    }

    @Test
    void aLossNeedsPackingAndIsAShare() {
        assertThatThrownBy(() -> request(8, null, 0.1))
                .isInstanceOf(Refusal.class)
                .hasMessage("lossMax (0.1) is what 4 bits may cost, and bits are 8");
        assertThatThrownBy(() -> request(4, null, -0.1))
                .isInstanceOf(Refusal.class)
                .hasMessage("lossMax (-0.1) must be from 0 to 1");
    }
}
