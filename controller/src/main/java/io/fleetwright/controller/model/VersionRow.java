package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A version of a model; {@code id} is {@code tenant/model/version}. */
@Entity
@Table(name = "model_version")
public class VersionRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    /** draft or evaluated. */
    public String state = "";

    public @Nullable String evaluationDigest;
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
