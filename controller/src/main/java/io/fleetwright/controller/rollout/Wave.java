package io.fleetwright.controller.rollout;

/** Which targets one wave takes of those that earlier waves left. */
public sealed interface Wave {
    /** Up to {@code upTo} percent of all targets, earlier waves included; every class has its share. */
    record Percent(int upTo) implements Wave {
        public Percent {
            if (upTo < 1 || upTo > 100) {
                throw new IllegalArgumentException("waves: percent (%d) must be from 1 to 100".formatted(upTo));
            }
        }
    }

    /** For a person. */
    default String text() {
        return switch (this) {
            case Percent(int upTo) -> upTo + " percent";
            case Count(int targets) -> "the next " + targets;
            case OfClass(String deviceClass) -> "all of class " + deviceClass;
        };
    }

    /** The next {@code targets}; every class has its share. */
    record Count(int targets) implements Wave {
        public Count {
            if (targets < 1) {
                throw new IllegalArgumentException("waves: count (%d) must be at least 1".formatted(targets));
            }
        }
    }

    /** All that are left of one device class. */
    record OfClass(String deviceClass) implements Wave {}
}
