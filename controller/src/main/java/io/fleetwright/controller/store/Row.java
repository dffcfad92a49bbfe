package io.fleetwright.controller.store;

/** A stored row: public fields named like their columns, an {@code id} among them. */
public abstract class Row implements Cloneable {
    /** The primary key. */
    public abstract Object key();

    /** Another row with the same values. */
    public static <R extends Row> R copyOf(R row) {
        return RowShape.copy(row);
    }

    @Override
    protected Row clone() {
        try {
            return (Row) super.clone();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
