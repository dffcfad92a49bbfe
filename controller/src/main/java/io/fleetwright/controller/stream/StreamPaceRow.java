package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/**
 * What a device takes for a variant in streams, over what it is expected to; {@code id} is {@code tenant/node/device#digest#part}, where
 * the part is {@code whole} or {@code cut}.
 */
@Entity
@Table(name = "stream_pace")
public class StreamPaceRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    /** Of the whole network, when the newest window came: what the ratios are of. */
    public double expectedMicros;
    /** Mean of the newest windows. */
    public double seenRatio;
    /** What plans count with, at least 1. */
    public double factor;
    /** Windows in a row that are far from it. */
    public int away;

    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }
}
