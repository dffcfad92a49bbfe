package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A version of a model; {@code id} is {@code tenant/model/version}. */
@Entity
@Table(name = "model_version")
public class VersionRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    /** Label of its {@link Stage}. */
    public String state = "";

    public @Nullable String evaluationDigest;
    /** The float network that variants are derived from and compared with. */
    public @Nullable String sourceDigest;

    public @Nullable String calibrationDigest;
    public long createdAt;

    /** How far it has come. */
    public Stage stage() {
        return Stage.of(state).orElseThrow(() -> new IllegalStateException("version %s is %s".formatted(id, state)));
    }

    @Override
    public Object key() {
        return id;
    }
}
