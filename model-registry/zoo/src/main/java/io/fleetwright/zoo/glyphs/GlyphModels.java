package io.fleetwright.zoo.glyphs;

import io.fleetwright.zoo.files.ModelFiles;
import io.fleetwright.zoo.files.ModelFiles.Golden;
import io.fleetwright.zoo.files.ModelFiles.Kept;
import java.util.Arrays;

/** The trained glyph networks that come with the product, as files made by {@code zoo train glyphs}. */
public final class GlyphModels {
    /** Name of the model all variants belong to. */
    public static final String MODEL = "glyphs";

    /** {@code w1.0-float}, {@code w0.5-float} (ONNX), {@code w1.0-int8}, {@code w0.5-int8} (TensorFlow Lite). */
    public static final ModelFiles FILES = new ModelFiles(
            MODEL, Arrays.stream(GlyphNetwork.values()).map(GlyphNetwork::width).toList(), Kept.FLOAT_AND_INT8);

    private GlyphModels() {}

    /** A variant's artifact. */
    public static byte[] bytes(String variant) {
        return FILES.bytes(variant);
    }

    /** An int8 variant's golden vectors. */
    public static Golden golden(String variant) {
        return FILES.golden(variant);
    }
}
