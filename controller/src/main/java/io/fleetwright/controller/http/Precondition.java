package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller says must be there, or must not, for a write to be done (RFC 9110, section 13.1). It is asked in the transaction of the
 * write, so that nothing changes between the two. Of a thing of which a part moves by itself, such as when a node was last seen, the tag
 * is that of what a caller may change.
 */
record Precondition(@Nullable String ifMatch, @Nullable String ifNoneMatch) {
    private static final int HEADER_CHARS_MAX = 2000;
    private static final int TAG_CHARS = 32;
    private static final Pattern TAG = Pattern.compile("\\s*((?:W/)?\"[!#-~]*\")\\s*(,|$)");

    /** @throws Refusal when one of them is no list of entity tags */
    Precondition {
        var _ = tags("If-Match", ifMatch);
        var _ = tags("If-None-Match", ifNoneMatch);
    }

    /** A strong tag of a state that these texts tell in full. */
    static String tag(String... state) {
        byte[] text = String.join("\n", state).getBytes(StandardCharsets.UTF_8);
        return '"' + Digest.of(text).hex().substring(0, TAG_CHARS) + '"';
    }

    /** The tag of bytes that are stored under their digest. */
    static String tag(Digest digest) {
        return '"' + digest.value() + '"';
    }

    /**
     * Asks whether the write may be done.
     *
     * @param what is to be written, for the refusal
     * @param tag of what is there; absent when nothing is
     * @param now what is there in words
     * @throws Refusal when it must not
     */
    void require(String what, @Nullable String tag, String now) {
        List<String> wanted = tags("If-Match", ifMatch);
        if (ifMatch != null && (tag == null || !isAny(ifMatch) && !wanted.contains(tag))) {
            throw failed(what, tag, now);
        }
        if (ifNoneMatch != null && tag != null && isMet(ifNoneMatch, tag)) {
            throw failed(what, tag, now);
        }
    }

    /** True when a reader who sent {@code If-None-Match} has what the tag is of. */
    boolean has(String tag) {
        return ifNoneMatch != null && isMet(ifNoneMatch, tag);
    }

    private static boolean isMet(String header, String tag) {
        // A weak tag is as good as a strong one where nothing is written by it.
        return isAny(header)
                || tags("If-None-Match", header).stream().anyMatch(one -> one.equals(tag) || one.equals("W/" + tag));
    }

    private static boolean isAny(String header) {
        return header.strip().equals("*");
    }

    private static Refusal failed(String what, @Nullable String tag, String now) {
        return new Refusal(
                Refusal.Kind.PRECONDITION_FAILED,
                tag == null
                        ? "there is no %s".formatted(what)
                        : "%s is another now: %s, ETag %s".formatted(what, now, tag));
    }

    private static List<String> tags(String name, @Nullable String header) {
        List<String> tags = new ArrayList<>();
        if (header == null || isAny(header)) {
            return tags;
        }
        Matcher matcher = TAG.matcher(header);
        int end = 0;
        while (header.length() <= HEADER_CHARS_MAX && matcher.find() && matcher.start() == end) {
            tags.add(matcher.group(1));
            end = matcher.end();
        }
        if (end != header.length() || tags.isEmpty()) {
            throw Refusal.invalid("%s must be * or entity tags as ETag gives them, at most %d characters"
                    .formatted(name, HEADER_CHARS_MAX));
        }
        return tags;
    }
}
