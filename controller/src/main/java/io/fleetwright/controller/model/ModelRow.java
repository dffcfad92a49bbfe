package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A model; {@code id} is {@code tenant/model}. */
@Entity
@Table(name = "model")
public class ModelRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
