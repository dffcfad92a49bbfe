package io.fleetwright.scheduler.gantt;

/** Text as XML 1.0 takes it. */
final class Xml {
    private static final int REPLACEMENT = 0xfffd;

    private Xml() {}

    /** Escaped for content and attributes; what XML has no way to write becomes U+FFFD. */
    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\t', '\n', '\r' -> out.append("&#").append(point).append(';');
                default -> out.appendCodePoint(isCharacter(point) ? point : REPLACEMENT);
            }
        });
        return out.toString();
    }

    /** The production Char of XML 1.0, section 2.2, without the three spaces above. */
    private static boolean isCharacter(int point) {
        return point >= 0x20
                && (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                && point != 0xfffe
                && point != 0xffff;
    }
}
