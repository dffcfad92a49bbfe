package io.fleetwright.trust.set;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Writes a document as lines of words. */
final class DocumentWriter {
    private final StringBuilder text = new StringBuilder();
    private final String kind;

    DocumentWriter(String kind) {
        this.kind = kind;
        line("fleetwright-" + kind, DocumentReader.FORMAT);
    }

    DocumentWriter line(String... words) {
        text.append(String.join(" ", words)).append('\n');
        return this;
    }

    DocumentWriter number(String name, long value) {
        return line(name, Long.toString(value));
    }

    DocumentWriter time(String name, Instant time) {
        return number(name, time.getEpochSecond());
    }

    /** @throws IllegalArgumentException when the document is larger than its kind may be */
    byte[] bytes(int bytesMax) {
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > bytesMax) {
            throw new IllegalArgumentException(
                    "%s takes %d bytes, more than %d".formatted(kind, bytes.length, bytesMax));
        }
        return bytes;
    }
}
