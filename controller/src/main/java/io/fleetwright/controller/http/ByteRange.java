package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** First and last byte, inclusive. */
record ByteRange(long first, long last) {
    private static final Pattern HEADER = Pattern.compile("bytes=([0-9]{0,15})-([0-9]{0,15})");

    /**
     * What a Range header asks of {@code length} bytes: {@code bytes=first-last}, {@code bytes=first-} or
     * {@code bytes=-last}; an absent one asks for all.
     *
     * @throws Refusal when it asks for none of them
     */
    static ByteRange of(@Nullable String header, long length) {
        if (header == null) {
            return new ByteRange(0, length - 1);
        }
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches() || matcher.group(1).isEmpty() && matcher.group(2).isEmpty()) {
            throw Refusal.invalid("range must be bytes=first-last, bytes=first- or bytes=-last");
        }
        boolean suffix = matcher.group(1).isEmpty();
        long number = Long.parseLong(suffix ? matcher.group(2) : matcher.group(1));
        long first = suffix ? Math.max(0, length - number) : number;
        long last = suffix || matcher.group(2).isEmpty()
                ? length - 1
                : Math.min(length - 1, Long.parseLong(matcher.group(2)));
        if (first > last) {
            throw Refusal.invalid("range %s is not within the %d bytes".formatted(header, length));
        }
        return new ByteRange(first, last);
    }

    String contentRange(long length) {
        return "bytes %d-%d/%d".formatted(first, last, length);
    }
}
