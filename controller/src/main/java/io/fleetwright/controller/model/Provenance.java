package io.fleetwright.controller.model;

import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.trust.artifact.ArtifactStore;
import org.jspecify.annotations.Nullable;

/**
 * Where a variant's bytes come from.
 *
 * @param scheme how its weights were quantized; {@code uploaded} when it came ready-made
 * @param bits of its narrowest weights
 * @param weightCodeBytes codes and scales on disk; absent when it came ready-made
 * @param packed the package with codes and recipe; absent when it came ready-made
 * @param who made it
 */
record Provenance(String scheme, int bits, @Nullable Long weightCodeBytes, byte @Nullable [] packed, String who) {
    static final String UPLOADED = "uploaded";
    static final int INT8_BITS = 8;

    static Provenance uploaded(String who) {
        return new Provenance(UPLOADED, INT8_BITS, null, null, who);
    }

    static Provenance derived(String scheme, QuantizedModel model, byte[] packed, String who) {
        int bits = model.layers().stream()
                .flatMap(layer -> layer.weights().stream())
                .mapToInt(weights -> weights.format().bits())
                .min()
                .orElse(INT8_BITS);
        return new Provenance(scheme, bits, model.weightBytes(), packed, who);
    }

    void write(ArtifactStore artifacts, VariantRow row) {
        row.scheme = scheme;
        row.bits = bits;
        row.weightCodeBytes = weightCodeBytes;
        row.createdBy = who;
        if (packed != null) {
            row.packageDigest = artifacts.put(packed).value();
            row.packageBytes = packed.length;
        }
    }
}
