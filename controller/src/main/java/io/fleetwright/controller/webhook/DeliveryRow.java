package io.fleetwright.controller.webhook;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One event on its way to one webhook. */
@Entity
@Table(name = "webhook_delivery")
public class DeliveryRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String webhookId = "";
    public String event = "";
    public String body = "";
    /** waiting or dead. */
    public String state = "";

    public int tries;
    public long nextAt;
    public long createdAt;
    public @Nullable String reason;

    @Override
    public Object key() {
        return id;
    }
}
