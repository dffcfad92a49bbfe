package io.fleetwright.controller.store;

/** A stored row: public fields named like their columns, an {@code id} among them. */
public interface Row {
    /** The primary key. */
    Object key();
}
