package io.fleetwright.trust.set;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a document's lines in their one order. Every line ends in a line feed and holds printable ASCII words with one space
 * between them. What the caller made of them must be written again by {@link #requireCanonical}, so that no two texts are
 * the same document.
 */
final class DocumentReader {
    static final String FORMAT = "1";

    /** Above any version and any second that will be needed; below where arithmetic on them could overflow. */
    static final long NUMBER_MAX = 999_999_999_999L;

    private static final int WORDS_MAX = 64;

    private final byte[] payload;
    private final String[] lines;
    private int next;

    DocumentReader(String kind, byte[] payload) throws RejectedException {
        this.payload = payload;
        requireText(payload);
        lines = new String(payload, StandardCharsets.US_ASCII).split("\n", -1);
        String head = lines[0];
        if (head.equals("fleetwright-" + kind + " " + FORMAT)) {
            next = 1;
        } else if (head.startsWith("fleetwright-" + kind + " ")) {
            throw new RejectedException(
                    Threat.UNSUPPORTED_FORMAT, "line 1: format of %s is not %s".formatted(kind, FORMAT));
        } else if (head.startsWith("fleetwright-")) {
            throw new RejectedException(Threat.WRONG_KIND, "line 1: not a %s".formatted(kind));
        } else {
            throw malformed("not a fleetwright-%s".formatted(kind));
        }
    }

    private static void requireText(byte[] payload) throws RejectedException {
        int line = 1;
        for (byte unit : payload) {
            if (unit != '\n' && (unit < ' ' || unit > '~')) {
                throw new RejectedException(
                        Threat.MALFORMED, "line %d: byte %d is not printable ASCII".formatted(line, unit & 0xff));
            }
            line += unit == '\n' ? 1 : 0;
        }
        if (payload.length == 0 || payload[payload.length - 1] != '\n') {
            throw new RejectedException(Threat.MALFORMED, "line %d: must end in a line feed".formatted(line));
        }
    }

    /** True when the next line starts with this word. */
    boolean isAt(String name) {
        return lines[next].startsWith(name + " ");
    }

    /** The words after the line's name. */
    List<String> words(String name, int countMin) throws RejectedException {
        if (!isAt(name)) {
            throw malformed("expected '%s'".formatted(name));
        }
        String[] words = lines[next].split(" ", WORDS_MAX + 1);
        if (words.length - 1 < countMin || words.length > WORDS_MAX) {
            throw malformed("%d words after '%s'".formatted(words.length - 1, name));
        }
        next++;
        return Arrays.asList(words).subList(1, words.length);
    }

    String word(String name) throws RejectedException {
        List<String> words = words(name, 1);
        if (words.size() != 1) {
            next--;
            throw malformed("one word after '%s'".formatted(name));
        }
        return words.getFirst();
    }

    /** A number from 1 up. */
    long number(String name) throws RejectedException {
        return number(name, word(name));
    }

    long number(String name, String word) throws RejectedException {
        try {
            long number = Long.parseLong(word);
            if (number >= 1 && number <= NUMBER_MAX) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Reported below, as any other number that is not allowed.
        }
        next--;
        throw malformed("%s must be a number of 1 to %d".formatted(name, NUMBER_MAX));
    }

    Instant time(String name) throws RejectedException {
        return Instant.ofEpochSecond(number(name));
    }

    void end() throws RejectedException {
        if (next != lines.length - 1) {
            throw malformed("nothing may follow");
        }
    }

    /** What {@code encoded} is made from was read from this document: it must be the same bytes. */
    void requireCanonical(byte[] encoded) throws RejectedException {
        int at = Arrays.mismatch(payload, encoded);
        if (at >= 0) {
            next = (int) new String(payload, 0, at, StandardCharsets.US_ASCII)
                    .chars()
                    .filter(unit -> unit == '\n')
                    .count();
            throw malformed("not in its one form");
        }
    }

    /** The value that was read last is not allowed. */
    RejectedException refused(IllegalArgumentException wrong) {
        next = Math.max(next - 1, 0);
        return malformed(String.valueOf(wrong.getMessage()));
    }

    RejectedException malformed(String detail) {
        return new RejectedException(Threat.MALFORMED, "line %d: %s".formatted(next + 1, detail));
    }
}
