package io.fleetwright.agent.core;

/** Where events go, one line each: {@code name key=value ...}. */
@FunctionalInterface
@SuppressWarnings("AnnotateFormatMethod") // The annotation would be one more dependency on the board.
public interface AgentLog {
    void log(System.Logger.Level level, String line);

    default void info(String format, Object... values) {
        log(System.Logger.Level.INFO, format.formatted(values));
    }

    default void warn(String format, Object... values) {
        log(System.Logger.Level.WARNING, format.formatted(values));
    }

    /** Text from outside as one short word of a log line. */
    static String word(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < 160; i++) {
            char c = text.charAt(i);
            out.append(c > ' ' && c < 127 ? c : '_');
        }
        return out.toString();
    }
}
