package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/**
 * How many targets are in change on nodes for which the label of the policy's budget has one value, kept with every change of
 * one; {@code id} is {@code rollout/value}.
 */
@Entity
@Table(name = "rollout_label_value")
public class LabelValueRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String rolloutId = "";
    /** Empty for nodes without the label. */
    public String labelValue = "";

    public long changing;

    @Override
    public Object key() {
        return id;
    }

    static String id(String rollout, String labelValue) {
        return rollout + "/" + labelValue;
    }

    static LabelValueRow of(RolloutRow rollout, String labelValue) {
        LabelValueRow row = new LabelValueRow();
        row.id = id(rollout.id, labelValue);
        row.tenant = rollout.tenant;
        row.rolloutId = rollout.id;
        row.labelValue = labelValue;
        return row;
    }
}
