package io.fleetwright.controller.job;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;

/** Why something was placed so, as JSON that its column takes. */
public final class Why {
    private Why() {}

    /**
     * Writes all of both lists, or what of them is not too long: the last of {@code second} are left out, and then the last of
     * {@code first}.
     *
     * @param json of the front of either list
     */
    public static <A, B> String fitting(
            int charsMax, List<A> first, List<B> second, BiFunction<List<A>, List<B>, byte[]> json) {
        int firsts = first.size();
        int seconds = second.size();
        while (true) {
            byte[] bytes = json.apply(first.subList(0, firsts), second.subList(0, seconds));
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.length() <= charsMax || firsts + seconds == 0) {
                return text;
            }
            if (seconds > 0) {
                seconds--;
            } else {
                firsts--;
            }
        }
    }
}
