package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.forge.onnx.QuantizedOnnxWriter;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a variant can leave the registry as. */
public enum ExportFormat {
    /** As devices get it. */
    STORED,
    /** Codes, scales and recipe. */
    PACKAGE,
    /** ONNX of standard operators alone. */
    QCDQ,
    /** ONNX with QONNX's quantizers. */
    QONNX;

    private static final String LABELS =
            Arrays.stream(values()).map(ExportFormat::label).collect(Collectors.joining(", "));

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format of a label.
     *
     * @throws Refusal when there is none
     */
    public static ExportFormat of(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label().equals(label))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("format (%s) must be one of %s".formatted(label, LABELS)));
    }

    /**
     * The artifact that {@link #written} takes.
     *
     * @throws Refusal when the variant has none, as it came ready-made
     */
    public String digest(VariantRow row) {
        if (this == STORED) {
            return row.digest;
        }
        String digest = row.packageDigest;
        if (digest == null) {
            throw Refusal.invalid(
                    "variant %s came ready-made: it has no package, which %s needs".formatted(row.variant, label()));
        }
        return digest;
    }

    /** The file, of the artifact that {@link #digest} names. */
    public byte[] written(byte[] artifact) {
        return switch (this) {
            case STORED, PACKAGE -> artifact;
            case QCDQ -> QuantizedOnnxWriter.qcdq(network(artifact));
            case QONNX -> QuantizedOnnxWriter.qonnx(network(artifact));
        };
    }

    private static QuantizedNetwork network(byte[] packed) {
        try {
            return PackageCodec.decode(packed).model().int8();
        } catch (MalformedPackageException broken) {
            throw new IllegalStateException("a package that was written here cannot be read", broken);
        }
    }
}
