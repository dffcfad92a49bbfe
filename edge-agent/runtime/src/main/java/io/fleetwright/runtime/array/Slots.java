package io.fleetwright.runtime.array;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Inputs or outputs of a function by position; optional ones may be left out. */
public final class Slots<T> {
    /** A required slot is empty. */
    public static final class EmptyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EmptyException(int index, int count) {
            super("%d is missing, %d given".formatted(index, count));
        }
    }

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

    /**
     * The value at a position.
     *
     * @throws EmptyException when it was left out
     */
    public T get(int index) {
        T value = index < values.size() ? values.get(index) : null;
        if (value == null) {
            throw new EmptyException(index, values.size());
        }
        return value;
    }

    public @Nullable T orNull(int index) {
        return index < values.size() ? values.get(index) : null;
    }
}
