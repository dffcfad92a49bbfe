package io.fleetwright.forge.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.ImageShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class CalibrationSetTest {
    private static final ImageShape SHAPE = new ImageShape(1, 2, 3);

    @Test
    void rawTensorsAreTurnedFromChannelsFirst() {
        CalibrationSet set = CalibrationSet.raw(SHAPE, floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        assertThat(set.count()).isEqualTo(2);
        assertThat(set.inputs().getFirst()).containsExactly(0, 2, 4, 1, 3, 5);
        assertThat(set.range().low()).isZero();
        assertThat(set.range().high()).isEqualTo(11);
    }

    @Test
    void theDigestDependsOnEveryValue() {
        CalibrationSet set = CalibrationSet.raw(SHAPE, floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        CalibrationSet other = CalibrationSet.raw(SHAPE, floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12));
        assertThat(set.digest())
                .isEqualTo(new CalibrationSet(SHAPE, set.inputs()).digest())
                .isNotEqualTo(other.digest());
    }

    @Test
    void whatCalibratesNothingIsRefusedWithItsPlace() {
        refused(() -> CalibrationSet.raw(SHAPE, new byte[25]), "25 bytes must be a multiple of the 24");
        refused(() -> CalibrationSet.raw(SHAPE, new byte[0]), "0 bytes");
        refused(
                () -> CalibrationSet.raw(SHAPE, floats(0, 1, 2, 2, 4, 5)),
                "channel 1 of the calibration inputs is 2.0");
        refused(
                () -> CalibrationSet.raw(SHAPE, floats(0, 1, 2, Float.NaN, 4, 5)),
                "calibration input 0 must be finite, element 4 is NaN");
        refused(() -> new CalibrationSet(SHAPE, List.of()), "calibration inputs (0)");
        refused(() -> new CalibrationSet(SHAPE, List.of(new float[5])), "input 0 has 5 elements, 1 x 2 x 3 take 6");
        var set = new EvaluationSet(List.of(2, 1, 3), 1, new byte[6], 1, 0, new int[1]);
        refused(() -> CalibrationSet.of(SHAPE, set, 1), "shape [2, 1, 3] must be 1 x 2 x 3");
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    private static byte[] floats(float... values) {
        var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
