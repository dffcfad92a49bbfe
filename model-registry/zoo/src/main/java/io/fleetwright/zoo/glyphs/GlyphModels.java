package io.fleetwright.zoo.glyphs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/** The trained glyph networks that come with the product, as files made by {@code train glyphs}. */
public final class GlyphModels {
    /** Name of the model all variants belong to. */
    public static final String MODEL = "glyphs";

    /** Vectors in each golden pair. */
    public static final int GOLDEN_VECTORS = 8;

    private static final List<String> VARIANTS = List.of("w1.0-float", "w0.5-float", "w1.0-int8", "w0.5-int8");
    private static final String TRAINING_LOG = "training-log.json";

    private GlyphModels() {}

    /** Raw int8 inputs and the outputs the runtime gives for them, back to back. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Golden(byte[] inputs, byte[] outputs) {
        public Golden {
            inputs = inputs.clone();
            outputs = outputs.clone();
        }
    }

    /** {@code w1.0-float}, {@code w0.5-float} (ONNX), {@code w1.0-int8}, {@code w0.5-int8} (TensorFlow Lite). */
    public static List<String> variants() {
        return VARIANTS;
    }

    /** The file name of a variant's artifact. */
    public static String fileName(String variant) {
        if (!VARIANTS.contains(variant)) {
            throw new IllegalArgumentException("variant (%s) must be one of %s".formatted(variant, VARIANTS));
        }
        return "%s-%s.%s".formatted(MODEL, variant, isInt8(variant) ? "tflite" : "onnx");
    }

    /** A variant's artifact. */
    public static byte[] bytes(String variant) {
        return resource(fileName(variant));
    }

    /** An int8 variant's golden vectors. */
    public static Golden golden(String variant) {
        return new Golden(resource(goldenInputsName(variant)), resource(goldenOutputsName(variant)));
    }

    /** How the files were made and what they reached, as JSON. */
    public static byte[] trainingLog() {
        return resource(TRAINING_LOG);
    }

    static String trainingLogName() {
        return TRAINING_LOG;
    }

    static String goldenInputsName(String variant) {
        return goldenName(variant, "in");
    }

    static String goldenOutputsName(String variant) {
        return goldenName(variant, "out");
    }

    /** All files that come with the product, except the training log, which lists them. */
    static List<String> fileNames() {
        return VARIANTS.stream()
                .flatMap(variant -> isInt8(variant)
                        ? Stream.of(fileName(variant), goldenInputsName(variant), goldenOutputsName(variant))
                        : Stream.of(fileName(variant)))
                .toList();
    }

    private static String goldenName(String variant, String direction) {
        if (!VARIANTS.contains(variant) || !isInt8(variant)) {
            throw new IllegalArgumentException(
                    "variant (%s) must be an int8 variant of %s".formatted(variant, VARIANTS));
        }
        return "%s-%s.golden-%s.bin".formatted(MODEL, variant, direction);
    }

    private static boolean isInt8(String variant) {
        return variant.endsWith("-int8");
    }

    static byte[] resource(String name) {
        try (InputStream in = GlyphModels.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource %s is missing from the zoo".formatted(name));
            }
            return in.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException("resource %s cannot be read".formatted(name), failure);
        }
    }
}
