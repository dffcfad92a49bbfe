package io.fleetwright.controller.gate;

import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** All that one version did in one slot of one device; {@code id} is {@code tenant/node/device#slot#digest}. */
@Entity
@Table(name = "observed")
public class ObservedRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String deviceId = "";
    public String slot = "";
    public String digest = "";
    public boolean modelled;
    public long inferences;
    /** A {@link LatencyHistogram}. */
    public String latency = "";

    public long energyCount;
    /** Of ln(microjoules). */
    public double energyLogSum;

    public String energyMethod = "";
    public long labelled;
    public long correct;
    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }

    static String key(String deviceId, String slot, String digest) {
        return deviceId + "#" + slot + "#" + digest;
    }

    /** Counts an observation in; figures of another kind than those so far replace them. */
    void add(Observation more, long nowMillis) {
        String method = more.energy().method().wireName();
        boolean another = inferences > 0 && modelled != more.modelled();
        if (another || !method.equals(energyMethod) && more.energy().count() > 0) {
            energyCount = 0;
            energyLogSum = 0;
            energyMethod = method;
        }
        latency = (another ? LatencyHistogram.EMPTY : LatencyHistogram.parse(latency))
                .plus(more.latency())
                .text();
        modelled = more.modelled();
        inferences += more.inferences();
        energyCount += more.energy().count();
        energyLogSum += more.energy().logSum();
        labelled += more.labels().count();
        correct += more.labels().correct();
        updatedAt = nowMillis;
    }

    boolean hasEnergy(EnergyMethod method) {
        return energyCount > 0 && energyMethod.equals(method.wireName());
    }

    double meanLogEnergy() {
        return energyLogSum / energyCount;
    }
}
