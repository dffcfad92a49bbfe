package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** One artifact of a version with its measured card; {@code id} is {@code tenant/model/version/variant}. */
@Entity
@Table(name = "variant")
public class VariantRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    public String versionId = "";
    public String variant = "";
    public String digest = "";
    public long bytes;
    public long macs;
    public long weightBytes;
    public long arenaBytes;
    public String operators = "";
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
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
