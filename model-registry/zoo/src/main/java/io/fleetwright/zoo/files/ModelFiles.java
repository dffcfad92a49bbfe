package io.fleetwright.zoo.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/** The files of one model that come with the product: each width in each form, and the training log. */
public final class ModelFiles {
    /** Vectors in each golden pair. */
    public static final int GOLDEN_VECTORS = 8;

    /** The training log, which holds the digest of every other file. */
    public static final String TRAINING_LOG = "training-log.json";

    private static final String INT8 = "-int8";

    /** What of a width is kept. */
    public enum Kept {
        /** An ONNX file. */
        FLOAT,
        /** An ONNX file, an int8 TensorFlow Lite file and its golden vectors. */
        FLOAT_AND_INT8
    }

    /** Raw int8 inputs and the outputs the runtime gives for them, back to back. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Golden(byte[] inputs, byte[] outputs) {
        public Golden {
            inputs = inputs.clone();
            outputs = outputs.clone();
        }
    }

    private final String model;
    private final List<String> variants;

    /**
     * Names only; nothing is read yet.
     *
     * @param model name of the model all variants belong to
     * @param widths such as {@code w0.5}
     */
    public ModelFiles(String model, List<String> widths, Kept kept) {
        this.model = model;
        Stream<String> floats = widths.stream().map(ModelFiles::floatVariant);
        variants = switch (kept) {
            case FLOAT -> floats.toList();
            case FLOAT_AND_INT8 ->
                Stream.concat(floats, widths.stream().map(ModelFiles::int8Variant))
                        .toList();
        };
    }

    /** The name of a width's ONNX variant, such as {@code w0.5-float}. */
    public static String floatVariant(String width) {
        return width + "-float";
    }

    /** The name of a width's TensorFlow Lite variant, such as {@code w0.5-int8}. */
    public static String int8Variant(String width) {
        return width + INT8;
    }

    /** All float variants, then all int8 variants. */
    public List<String> variants() {
        return variants;
    }

    /** The file name of a variant's artifact. */
    public String fileName(String variant) {
        if (!variants.contains(variant)) {
            throw new IllegalArgumentException("variant (%s) must be one of %s".formatted(variant, variants));
        }
        return "%s-%s.%s".formatted(model, variant, isInt8(variant) ? "tflite" : "onnx");
    }

    /** A variant's artifact. */
    public byte[] bytes(String variant) {
        return resource(fileName(variant));
    }

    /** An int8 variant's golden vectors. */
    public Golden golden(String variant) {
        return new Golden(resource(goldenInputsName(variant)), resource(goldenOutputsName(variant)));
    }

    /** How the files were made and what they reached, as JSON. */
    public byte[] trainingLog() {
        return resource(TRAINING_LOG);
    }

    /** The file name of an int8 variant's golden inputs. */
    public String goldenInputsName(String variant) {
        return goldenName(variant, "in");
    }

    /** The file name of an int8 variant's golden outputs. */
    public String goldenOutputsName(String variant) {
        return goldenName(variant, "out");
    }

    /** All files, except the training log, which lists them. */
    public List<String> fileNames() {
        return variants.stream()
                .flatMap(variant -> isInt8(variant)
                        ? Stream.of(fileName(variant), goldenInputsName(variant), goldenOutputsName(variant))
                        : Stream.of(fileName(variant)))
                .toList();
    }

    private String goldenName(String variant, String direction) {
        if (!variants.contains(variant) || !isInt8(variant)) {
            throw new IllegalArgumentException(
                    "variant (%s) must be an int8 variant of %s".formatted(variant, variants));
        }
        return "%s-%s.golden-%s.bin".formatted(model, variant, direction);
    }

    private static boolean isInt8(String variant) {
        return variant.endsWith(INT8);
    }

    /** The bytes of a file by its name. */
    public byte[] resource(String name) {
        try (InputStream in =
                ModelFiles.class.getResourceAsStream("/io/fleetwright/zoo/%s/%s".formatted(model, name))) {
            if (in == null) {
                throw new IllegalStateException("file %s of %s is missing from the zoo".formatted(name, model));
            }
            return in.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException("file %s of %s cannot be read".formatted(name, model), failure);
        }
    }
}
