package io.fleetwright.controller.job;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** What one variant costs on one device, learned from results; {@code id} is {@code tenant/node/device#digest}. */
@Entity
@Table(name = "cost")
public class CostRow extends Row {
    /** Normal deviate of the 90th percentile. */
    private static final double P90_DEVIATE = 1.2816;

    @Id
    public String id = "";

    public String tenant = "";
    public String deviceId = "";
    public long count;
    public double meanMicros;
    public double varianceMicros;
    /** Time from dispatch to the stored result that was not the inference itself. */
    public double meanOverheadMicros;

    public @Nullable Double meanMicrojoules;
    public String energyMethod = "";
    public boolean modelled;
    public long updatedAt;
    /** The last probe among the results. */
    public @Nullable String probedBy;

    /** Digest of the variant; empty in rows of before it was kept. */
    public String digest = "";
    /** Time that later results are compared with; 0 until enough of them were seen. */
    public double referenceMicros;
    /** Standard deviation of the logarithm while all was well. */
    public double referenceSpread;
    /** Results from which on the reference is made. */
    public long referenceFrom;

    public double driftSlower;
    public double driftFaster;
    /** When results last left the reference for good. */
    public @Nullable Long driftedAt;
    /** What the result that showed it took, over the reference. */
    public @Nullable Double driftRatio;

    /** Id of what a variant of that digest costs on a device. */
    public static String key(String deviceId, String digest) {
        return deviceId + "#" + digest;
    }

    /** Time that nine in ten runs keep within, microseconds. */
    public double p90Micros() {
        return meanMicros + P90_DEVIATE * Math.sqrt(varianceMicros);
    }

    @Override
    public Object key() {
        return id;
    }
}
