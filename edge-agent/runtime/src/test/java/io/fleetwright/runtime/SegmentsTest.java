package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A network run in pieces gives the bytes of the whole. */
class SegmentsTest {
    /** Runs one piece on values by tensor, and adds what it computes to them. */
    private static void run(Graph segment, Map<Integer, byte[]> values) {
        var interpreter = Interpreter.create(segment, Rounding.DOUBLE);
        byte[] input = new byte[interpreter.inputBytes()];
        int at = 0;
        for (int id : segment.inputIds()) {
            byte[] value = Objects.requireNonNull(values.get(id), () -> "tensor " + id + " before " + segment.name());
            System.arraycopy(value, 0, input, at, value.length);
            at += value.length;
        }
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        at = 0;
        for (int id : segment.outputIds()) {
            int bytes = segment.tensors().get(id).bytes();
            values.put(id, Arrays.copyOfRange(output, at, at + bytes));
            at += bytes;
        }
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void anyCutsGiveTheBytesOfTheWhole(GoldenModel model) throws Exception {
        var graph = model.graph();
        int operators = graph.operators().size();
        byte[] golden = model.outputs(Rounding.DOUBLE);
        int inputBytes = graph.inputs().getFirst().bytes();
        SeededCases.forEach(1, 4, (random, seed) -> {
            int vector = (int) (seed % GoldenModel.VECTORS);
            var values = new HashMap<Integer, byte[]>();
            values.put(
                    graph.inputIds().getFirst(),
                    Arrays.copyOfRange(model.inputs(), vector * inputBytes, (vector + 1) * inputBytes));
            int pieces = 0;
            for (int from = 0; from < operators; pieces++) {
                int to = Math.min(operators, from + random.nextInt(1, Math.max(2, operators / 3)));
                run(graph.segment(from, to), values);
                from = to;
            }
            assertThat(pieces).isGreaterThan(1);
            byte[] output = Objects.requireNonNull(values.get(graph.outputIds().getFirst()));
            assertThat(output)
                    .isEqualTo(Arrays.copyOfRange(golden, vector * output.length, (vector + 1) * output.length));
        });
    }

    @Test
    void segmentsThatDoNotExistAreRefused() throws Exception {
        var graph = GoldenModel.KWS_DSCNN.graph();
        int operators = graph.operators().size();
        assertThatThrownBy(() -> graph.segment(0, operators + 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> graph.segment(-1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> graph.segment(3, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("operator 3");
    }

    @Test
    void packedTensorsAreHalfAsLargeAndAsCloseAsPromised() {
        SeededCases.forEach(1, 500, (random, _) -> {
            int channels = random.nextInt(1, 40);
            byte[] values = new byte[channels * random.nextInt(1, 60)];
            random.nextBytes(values);
            int narrow = random.nextInt(0, 8);
            for (int i = 0; i < values.length; i++) {
                values[i] = (byte) (values[i] >> narrow);
            }
            byte[] packed = CutTensor.pack(values, channels);
            assertThat(packed).hasSize(2 * channels + (values.length + 1) / 2);
            byte[] unpacked = CutTensor.unpack(packed, values.length, channels);
            for (int i = 0; i < values.length; i++) {
                int range = packed[2 * (i % channels) + 1] & 0xFF;
                double bound = range <= 15 ? 0 : range / 30.0 + 0.5;
                assertThat((double) Math.abs(unpacked[i] - values[i]))
                        .as("value %d of range %d", values[i], range)
                        .isLessThanOrEqualTo(bound);
            }
            assertThat(CutTensor.unpack(CutTensor.pack(unpacked, channels), values.length, channels))
                    .as("packed again")
                    .isEqualTo(unpacked);
        });
    }

    @Test
    void packingRefusesWhatIsNotWholePositions() {
        assertThatThrownBy(() -> CutTensor.pack(new byte[7], 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("7 values");
        assertThatThrownBy(() -> CutTensor.unpack(new byte[3], 4, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 packed bytes");
    }
}
