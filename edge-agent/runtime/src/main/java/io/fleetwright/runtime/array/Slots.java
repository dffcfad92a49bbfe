package io.fleetwright.runtime.array;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Inputs or outputs of a function by position; optional ones may be left out. */
public final class Slots<T> {
    private final List<@Nullable T> values;

    public Slots(List<? extends @Nullable T> values) {
        this.values = Collections.unmodifiableList(new ArrayList<@Nullable T>(values));
    }

    /** Positions, left-out ones between given ones included. */
    public int count() {
        return values.size();
    }

    public boolean has(int index) {
        return index < values.size() && values.get(index) != null;
    }

    /** The value at a position that is known to be given. */
    public T get(int index) {
        T value = index < values.size() ? values.get(index) : null;
        if (value == null) {
            throw new IllegalStateException("slot %d of %d is empty".formatted(index, values.size()));
        }
        return value;
    }

    public @Nullable T orNull(int index) {
        return index < values.size() ? values.get(index) : null;
    }
}
