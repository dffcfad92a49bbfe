package io.fleetwright.trust.set;

import java.util.List;
import java.util.Locale;

/** Who signs what; each role has its own keys and threshold in the root. */
public enum Role {
    /** Signs the root, offline. */
    ROOT,
    /** Signs what each line has released. */
    TARGETS,
    /** Signs which versions of the lines belong together. */
    SNAPSHOT,
    /** Signs which snapshot is the newest, every few hours. */
    TIMESTAMP,
    /** Signs what each node shall run: the controller. */
    DIRECTOR;

    /** All roles, in the order of the root's lines. */
    public static final List<Role> ALL = List.of(values());

    /** Its name in documents, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
