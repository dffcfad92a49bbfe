package io.fleetwright.controller.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What callers prefer (RFC 7240). A preference that is not understood is none, as that text wants it. */
final class Prefer {
    /** Longest wait that is granted. */
    static final Duration WAIT_MAX = Duration.ofSeconds(60);

    private static final Pattern WAIT = Pattern.compile("(?i)wait\\s*=\\s*\"?(\\d{1,9})\"?\\s*");

    private Prefer() {}

    /**
     * How long an answer may wait for the end of what it is about, at most {@link #WAIT_MAX}; the first such preference counts, zero
     * when there is none.
     *
     * @param headers each with one preference or several
     */
    static Duration await(@Nullable List<String> headers) {
        Stream<String> preferences =
                headers == null ? Stream.empty() : headers.stream().flatMap(header -> Stream.of(header.split(",", -1)));
        Optional<Duration> wanted = preferences
                .map(preference -> WAIT.matcher(preference.split(";", 2)[0].strip()))
                .filter(Matcher::matches)
                .findFirst()
                .map(matcher -> Duration.ofSeconds(Long.parseLong(matcher.group(1))));
        return wanted.map(wait -> wait.compareTo(WAIT_MAX) < 0 ? wait : WAIT_MAX)
                .orElse(Duration.ZERO);
    }
}
