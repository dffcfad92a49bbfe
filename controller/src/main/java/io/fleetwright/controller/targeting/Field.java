package io.fleetwright.controller.targeting;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a query may ask of a node or a device. Of a node, what its devices and their slots say is asked of any of them. */
enum Field {
    /** Name of the node. */
    NODE(Kind.TEXT),
    DEVICE(Kind.TEXT),
    /** {@code node/device}. */
    NAME(Kind.TEXT),
    CLASS(Kind.TEXT),
    DRIVER(Kind.TEXT),
    PROFILE(Kind.TEXT),
    MODELLED(Kind.FLAG),
    /** Bytes for weights and activations. */
    MEMORY(Kind.NUMBER),
    /** online, offline, lost or unknown. */
    STATUS(Kind.TEXT),
    /** Version of the agent. */
    AGENT(Kind.VERSION),
    KERNELS(Kind.TEXT),
    /** When the node was last heard of. */
    SEEN(Kind.TIME),
    /** When it enrolled. */
    ENROLLED(Kind.TIME),
    /** Model that a slot runs. */
    MODEL(Kind.TEXT),
    /** Version that a slot runs. */
    VERSION(Kind.VERSION),
    /** Variant that a slot runs. */
    VARIANT(Kind.TEXT);

    /** How values compare. */
    enum Kind {
        TEXT,
        FLAG,
        NUMBER,
        /** Numbers between dots and dashes by their size, other parts by their letters: 1.9.0 is before 1.10.0. */
        VERSION,
        /** ISO 8601, with an offset. */
        TIME
    }

    private final Kind kind;

    Field(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isOfSlots() {
        return this == MODEL || this == VERSION || this == VARIANT;
    }

    static Optional<Field> of(String word) {
        return Arrays.stream(values())
                .filter(field -> field.word().equals(word))
                .findFirst();
    }

    static String words() {
        return Arrays.stream(values()).map(Field::word).collect(Collectors.joining(", "));
    }
}
