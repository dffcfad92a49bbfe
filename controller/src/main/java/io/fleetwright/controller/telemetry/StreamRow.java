package io.fleetwright.controller.telemetry;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** What of one stream of one boot is committed; {@code id} is {@code tenant/node#stream#boot}. */
@Entity
@Table(name = "stream")
public class StreamRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    /** Inclusive ranges such as {@code 1-5,7-7}. */
    public String ranges = "";

    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }
}
