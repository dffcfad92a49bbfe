package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.graph.TensorType;
import java.util.Optional;

/** The schema's numbers of element types. */
final class OnnxTypes {
    private OnnxTypes() {}

    static Optional<TensorType> of(long code) {
        return Optional.ofNullable(
                switch (Math.clamp(code, 0, 1000)) {
                    case 1 -> TensorType.FLOAT32;
                    case 2 -> TensorType.UINT8;
                    case 3 -> TensorType.INT8;
                    case 4 -> TensorType.UINT16;
                    case 5 -> TensorType.INT16;
                    case 6 -> TensorType.INT32;
                    case 7 -> TensorType.INT64;
                    case 9 -> TensorType.BOOL;
                    case 10 -> TensorType.FLOAT16;
                    case 11 -> TensorType.FLOAT64;
                    case 12 -> TensorType.UINT32;
                    case 13 -> TensorType.UINT64;
                    case 21 -> TensorType.UINT4;
                    case 22 -> TensorType.INT4;
                    case 25 -> TensorType.UINT2;
                    case 26 -> TensorType.INT2;
                    default -> null;
                });
    }

    /** The schema's name for a number, so that a refusal can be read. */
    static String name(long code) {
        return of(code).map(Enum::name).orElseGet(() -> switch (Math.clamp(code, 0, 1000)) {
            case 0 -> "UNDEFINED";
            case 8 -> "STRING";
            case 14 -> "COMPLEX64";
            case 15 -> "COMPLEX128";
            case 16 -> "BFLOAT16";
            case 17, 18, 19, 20 -> "FLOAT8";
            case 23 -> "FLOAT4";
            default -> "TYPE_" + code;
        });
    }
}
