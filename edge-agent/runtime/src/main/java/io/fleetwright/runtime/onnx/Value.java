package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One value while a model is read: a constant, an input, or what a step computes. */
final class Value {
    private final String name;
    private final ArrayType type;
    private final @Nullable ByteBuffer constant;
    private @Nullable Step producer;
    private @Nullable Quantization quantization;
    private @Nullable Value step;

    /**
     * What integers stand for: {@code (value - zeroPoint) * scale}.
     *
     * @param scales one, or one per step along {@code dimension}
     */
    record Quantization(List<Float> scales, int zeroPoint, int dimension) {
        Quantization {
            scales = List.copyOf(scales);
        }

        static Quantization of(float scale, int zeroPoint) {
            return new Quantization(List.of(scale), zeroPoint, 0);
        }

        float scale() {
            return scales.getFirst();
        }
    }

    /** @param constant little-endian data, or null */
    Value(String name, ArrayType type, @Nullable ByteBuffer constant) {
        this.name = name;
        this.type = type;
        this.constant = constant;
    }

    String name() {
        return name;
    }

    ArrayType type() {
        return type;
    }

    boolean isConstant() {
        return constant != null;
    }

    /** Little-endian view of a constant's data. */
    ByteBuffer constant() {
        if (constant == null) {
            throw new IllegalStateException("%s is not a constant".formatted(name));
        }
        return constant.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The step that computes it; null for constants and inputs. */
    @Nullable
    Step producer() {
        return producer;
    }

    void producedBy(Step step) {
        producer = step;
    }

    /** What the integers mean, once a step that runs on integers said so. */
    @Nullable
    Quantization quantization() {
        return quantization;
    }

    void quantizedAs(Quantization meaning) {
        quantization = meaning;
    }

    /** The scale of the quantizer that a float constant came from: the constant is whole multiples of it. */
    @Nullable
    Value step() {
        return step;
    }

    void roundedTo(Value scale) {
        step = scale;
    }

    /** True when the value means, or may be made to mean, this. */
    boolean canMean(Quantization meaning) {
        return quantization == null || quantization.equals(meaning);
    }
}
