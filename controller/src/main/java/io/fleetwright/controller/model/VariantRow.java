package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One artifact of a version with its measured card; {@code id} is {@code tenant/model/version/variant}. */
@Entity
@Table(name = "variant")
public class VariantRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    public String versionId = "";
    public String variant = "";
    public String digest = "";
    public long bytes;
    /** Of them, what the store did not have when the variant came. */
    public long storedBytes;

    public long macs;
    public long weightBytes;
    public long arenaBytes;
    public String operators = "";
    /** Digest of its self-test; absent for variants of before there were any. */
    public @Nullable String golden;
    /** Comma-separated. */
    public String inputShape = "";

    public String inputName = "";
    public double inputScale;
    public int inputZeroPoint;
    /** Comma-separated. */
    public String outputShape = "";

    public String outputName = "";
    public double outputScale;
    public int outputZeroPoint;
    /** 0 when not measured. */
    public int accuracyCount;

    public int accuracyCorrect;
    public double accuracyLow95;
    public double accuracyHigh95;
    /** Inputs with an answer of the float network to compare with; 0 when not compared. */
    public int agreementCount;

    public int agreementSame;
    /** The class that lost most right answers, and the part of its inputs that it lost. */
    public int worstClass;

    public double worstClassDrop;
    /** Share of values between layers at an end of their range. */
    public double saturation;
    /** Inputs that were run again with noise, and those with the same answer. */
    public int robustnessCount;

    public int robustnessSame;
    public String scheme = Provenance.UPLOADED;
    /** Of its narrowest weights. */
    public int bits = Provenance.INT8_BITS;
    /** Codes and scales on disk; absent when it came ready-made. */
    public @Nullable Long weightCodeBytes;
    /** The package with codes and recipe; absent when it came ready-made. */
    public @Nullable String packageDigest;

    public long packageBytes;
    /** Artifact of the same variant in the version before, when there was one, and bytes of the delta from it. */
    public @Nullable String deltaBase;

    public @Nullable Long deltaBytes;
    /** The variant of the same version that it is a part of; absent for a whole network. */
    public @Nullable String partOf;
    /** First operator of a part. */
    public int partFrom;
    /** Operator after the last. */
    public int partTo;
    /** Operators of the network that it is a part of; 0 for a whole one, as the next is. */
    public int partOperators;

    public long wholeMacs;
    public String createdBy = "";
    public long createdAt;

    /**
     * Of variants with the same bytes the one that is meant: of this model, then of this version, then of this name, as far as one is. They
     * run alike, so that any is right where none is meant.
     */
    public static Optional<VariantRow> meant(
            Collection<VariantRow> sameBytes,
            @Nullable String model,
            @Nullable String version,
            @Nullable String variant) {
        return sameBytes.stream()
                .max(Comparator.comparing((VariantRow row) -> row.model.equals(model))
                        .thenComparing(row -> row.version.equals(version))
                        .thenComparing(row -> row.variant.equals(variant))
                        .thenComparing(row -> row.id));
    }

    /** Whether it answers nothing alone. */
    public boolean isPart() {
        return partOf != null;
    }

    /** Share of the network's multiply-accumulates, above 0 and at most 1. */
    public double share() {
        return wholeMacs == 0 ? 1 : Math.min(1, (double) Math.max(1, macs) / wholeMacs);
    }

    /** Multiply-accumulates of the whole network. */
    public long networkMacs() {
        return wholeMacs == 0 ? macs : wholeMacs;
    }

    /** All parts together give the bytes of the whole, so what was measured of that is true of them. */
    void measuredAs(VariantRow whole) {
        accuracyCount = whole.accuracyCount;
        accuracyCorrect = whole.accuracyCorrect;
        accuracyLow95 = whole.accuracyLow95;
        accuracyHigh95 = whole.accuracyHigh95;
        agreementCount = whole.agreementCount;
        agreementSame = whole.agreementSame;
        worstClass = whole.worstClass;
        worstClassDrop = whole.worstClassDrop;
        saturation = whole.saturation;
        robustnessCount = whole.robustnessCount;
        robustnessSame = whole.robustnessSame;
    }

    @Override
    public Object key() {
        return id;
    }
}
