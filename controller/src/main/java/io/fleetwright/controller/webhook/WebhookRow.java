package io.fleetwright.controller.webhook;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An address that hears of events. */
@Entity
@Table(name = "webhook")
public class WebhookRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String url = "";
    public String secret = "";
    /** Comma-separated kinds of events. */
    public String events = "";

    public String createdBy = "";
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
