package io.fleetwright.scheduler.format;

/** Strings and numbers as JSON writes them. */
final class JsonText {
    private static final double WHOLE_MAX = 1e15;

    private JsonText() {}

    /** A finite number, exact. */
    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < WHOLE_MAX
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (next == '"' || next == '\\') {
                out.append('\\').append(next);
            } else if (next < ' ') {
                out.append("\\u%04x".formatted((int) next));
            } else {
                out.append(next);
            }
        }
        return out.append('"').toString();
    }
}
