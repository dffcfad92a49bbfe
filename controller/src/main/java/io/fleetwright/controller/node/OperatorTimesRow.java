package io.fleetwright.controller.node;

import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.OperatorTimes;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** What the operators of a variant take on a device, the newest report; {@code id} is {@code tenant/node/device#digest}. */
@Entity
@Table(name = "operator_times")
public class OperatorTimesRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    public String deviceId = "";
    public String digest = "";
    /** By what it was measured, as the node's birth told it. */
    public String timing = "";

    public long totalNanos;
    /** The report as it came. */
    public byte[] times = {};

    public long receivedAt;

    /** Id of what a variant of that digest takes on a device. */
    public static String key(String deviceId, String digest) {
        return deviceId + "#" + digest;
    }

    @Override
    public Object key() {
        return id;
    }

    /** The report. */
    public OperatorTimes report() {
        try {
            return OperatorTimes.decode(times);
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("operator times %s are not what was stored".formatted(id), impossible);
        }
    }
}
