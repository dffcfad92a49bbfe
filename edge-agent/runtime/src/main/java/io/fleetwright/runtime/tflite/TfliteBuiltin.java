package io.fleetwright.runtime.tflite;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The builtin operators of the TFLite schema that can be read, with the numbers that the schema gives them. */
enum TfliteBuiltin {
    ADD(0, 3, 11, 2, 2),
    AVERAGE_POOL_2D(1, 3, 5, 1, 1),
    CONCATENATION(2, 3, 10, 1, 64),
    CONV_2D(3, 8, 1, 2, 3),
    DEPTHWISE_CONV_2D(4, 7, 2, 2, 3),
    DEQUANTIZE(6, 3, 38, 1, 1),
    FULLY_CONNECTED(9, 11, 8, 2, 3),
    LOGISTIC(14, 3, 0, 1, 1),
    MAX_POOL_2D(17, 3, 5, 1, 1),
    MUL(18, 4, 21, 2, 2),
    RELU(19, 3, 0, 1, 1),
    RELU_N1_TO_1(20, 2, 0, 1, 1),
    RELU6(21, 3, 0, 1, 1),
    RESHAPE(22, 1, 17, 1, 2),
    RESIZE_BILINEAR(23, 3, 15, 2, 2),
    SOFTMAX(25, 3, 9, 1, 1),
    TANH(28, 3, 0, 1, 1),
    PAD(34, 4, 22, 2, 2),
    TRANSPOSE(39, 6, 26, 2, 2),
    MEAN(40, 3, 27, 2, 2),
    SUB(41, 5, 28, 2, 2),
    SQUEEZE(43, 1, 30, 1, 1),
    UNIDIRECTIONAL_SEQUENCE_LSTM(44, 4, 71, 24, 24),
    STRIDED_SLICE(45, 4, 32, 4, 4),
    SPLIT(49, 4, 35, 2, 2, 64),
    PADV2(60, 4, 43, 3, 3),
    SLICE(65, 5, 48, 3, 3),
    TRANSPOSE_CONV(67, 5, 49, 3, 4),
    EXPAND_DIMS(70, 1, 52, 2, 2),
    PACK(83, 3, 59, 1, 64),
    UNPACK(88, 4, 64, 1, 1, 64),
    RESIZE_NEAREST_NEIGHBOR(97, 4, 74, 2, 2),
    LEAKY_RELU(98, 2, 75, 1, 1),
    QUANTIZE(114, 2, 89, 1, 1),
    HARD_SWISH(117, 1, 91, 1, 1);

    private final int code;
    private final int versionMax;
    private final int optionsType;
    private final int inputsMin;
    private final int inputsMax;
    private final int outputsMax;

    TfliteBuiltin(int code, int versionMax, int optionsType, int inputsMin, int inputsMax) {
        this(code, versionMax, optionsType, inputsMin, inputsMax, 1);
    }

    TfliteBuiltin(int code, int versionMax, int optionsType, int inputsMin, int inputsMax, int outputsMax) {
        this.code = code;
        this.versionMax = versionMax;
        this.optionsType = optionsType;
        this.inputsMin = inputsMin;
        this.inputsMax = inputsMax;
        this.outputsMax = outputsMax;
    }

    static Optional<TfliteBuiltin> supported(int code) {
        return Arrays.stream(values()).filter(builtin -> builtin.code == code).findFirst();
    }

    static String supportedNames() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }

    /** The schema's name for a code, so that a refusal can be read; the bare number for rare ones. */
    static String name(int code) {
        return supported(code).map(Enum::name).orElseGet(() -> switch (code) {
            case 32 -> "CUSTOM";
            case 36 -> "GATHER";
            case 42 -> "DIV";
            default -> "BUILTIN_" + code;
        });
    }

    /** Newest version whose meaning is known here. */
    int versionMax() {
        return versionMax;
    }

    /** Number of the options table in the schema's union. */
    int optionsType() {
        return optionsType;
    }

    int inputsMin() {
        return inputsMin;
    }

    int inputsMax() {
        return inputsMax;
    }

    int outputsMax() {
        return outputsMax;
    }
}
