package io.fleetwright.controller.store;

import java.nio.charset.StandardCharsets;

/** Texts from outside, as every database takes them and gives them back. */
public final class Storable {
    /** Of a reason that a node tells: what is put before it fits its column too. */
    public static final int REASON_CHARS_MAX = 400;
    /** Of the columns that have reasons. */
    public static final int COLUMN_CHARS_MAX = 512;

    private Storable() {}

    /** At most so many characters, with a question mark for a NUL and for half of a surrogate pair. */
    public static String text(String text, int charsMax) {
        String cut = text.length() <= charsMax ? text : text.substring(0, charsMax);
        return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).replace('\0', '?');
    }

    /** Why something went wrong, as a node tells. */
    public static String reason(String told) {
        return text(told, REASON_CHARS_MAX);
    }
}
