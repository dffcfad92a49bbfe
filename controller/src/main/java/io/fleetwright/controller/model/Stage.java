package io.fleetwright.controller.model;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How far a version has come. */
public enum Stage {
    /** Variants come and go in; nothing was measured. */
    DRAFT,
    /** Every variant was measured on the version's evaluation set. */
    EVALUATED,
    /** Somebody stands for it; nothing of it changes any more. */
    APPROVED,
    /** No new rollout takes it; devices that run it go on. */
    RETIRED;

    /** As the API and the rows write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The stage of that label. */
    public static Optional<Stage> of(String label) {
        return Stream.of(values()).filter(stage -> stage.label().equals(label)).findFirst();
    }

    /** Variants and sets may be added. */
    boolean isOpen() {
        return this == DRAFT || this == EVALUATED;
    }

    /** A person may move a version so; becoming evaluated is not said but measured. */
    boolean mayBecome(Stage next) {
        return next == RETIRED || this == EVALUATED && next == APPROVED;
    }
}
