package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A version's step from one stage to the next; {@code id} is {@code tenant/model/version#stage}. */
@Entity
@Table(name = "stage_change")
public class StageChangeRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String versionId = "";
    public String fromStage = "";
    public String toStage = "";
    public String who = "";
    public long atMillis;

    @Override
    public Object key() {
        return id;
    }
}
