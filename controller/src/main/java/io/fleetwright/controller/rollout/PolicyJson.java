package io.fleetwright.controller.rollout;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.rollout.Policy.OnBreach;
import io.fleetwright.controller.rollout.Policy.Tolerance;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** A policy as the API takes it and as the row keeps it. */
public final class PolicyJson {
    /** Of the text; the row holds no more. */
    public static final int CHARS_MAX = 8000;

    private static final long SECONDS_MAX = 90 * 86_400L;
    private static final Set<String> FIELDS = Set.of(
            "waves",
            "startAt",
            "windows",
            "approvals",
            "startsPerMinute",
            "changingMax",
            "changingPerClassMax",
            "changingLabel",
            "changingPerLabelMax",
            "bytesPerNodeDay",
            "failuresTolerated",
            "failuresToleratedPercent",
            "successPercent",
            "dispatchSeconds",
            "applySeconds",
            "gateSeconds",
            "rolloutSeconds",
            "onBreach",
            "joinSeconds");

    private PolicyJson() {}

    /**
     * Reads a policy; what is absent is as in {@code defaults}.
     *
     * @throws Refusal naming the field that is wrong
     */
    public static Policy read(String json, Policy defaults) {
        try {
            return read(Json.read(json.getBytes(StandardCharsets.UTF_8), CHARS_MAX), defaults);
        } catch (MalformedMessageException | IllegalArgumentException | DateTimeException wrong) {
            String why = String.valueOf(wrong.getMessage());
            throw Refusal.invalid(why.startsWith("policy: ") ? why : "policy: " + why);
        }
    }

    private static Policy read(Json.Node in, Policy defaults) throws MalformedMessageException {
        in.requireOnly(FIELDS);
        Tolerance failures = defaults.failures();
        if (in.has("failuresTolerated")) {
            failures = new Tolerance.Count(number(in, "failuresTolerated", 0));
        }
        if (in.has("failuresToleratedPercent")) {
            if (in.has("failuresTolerated")) {
                throw new IllegalArgumentException("failuresTolerated and failuresToleratedPercent exclude each other");
            }
            failures = new Tolerance.Percent(number(in, "failuresToleratedPercent", 0));
        }
        return new Policy(
                in.has("waves") ? in.objects("waves", Policy.WAVES_MAX, PolicyJson::wave) : defaults.waves(),
                in.has("startAt")
                        ? parsed(in, "startAt", PolicyJson::millis, "a time in UTC, such as 2026-05-01T22:00:00Z")
                        : defaults.startAtMillis(),
                in.has("windows") ? in.objects("windows", Policy.WINDOWS_MAX, PolicyJson::window) : defaults.windows(),
                in.has("approvals") ? approvals(in) : defaults.approvals(),
                number(in, "startsPerMinute", defaults.startsPerMinute()),
                number(in, "changingMax", defaults.changingMax()),
                number(in, "changingPerClassMax", defaults.changingPerClassMax()),
                in.has("changingLabel") ? in.text("changingLabel") : defaults.changingLabel(),
                number(in, "changingPerLabelMax", defaults.changingPerLabelMax()),
                in.has("bytesPerNodeDay")
                        ? in.number("bytesPerNodeDay", 0, Long.MAX_VALUE)
                        : defaults.bytesPerNodeDay(),
                failures,
                number(in, "successPercent", defaults.successPercent()),
                seconds(in, "dispatchSeconds", defaults.dispatch()),
                seconds(in, "applySeconds", defaults.apply()),
                seconds(in, "gateSeconds", defaults.gate()),
                seconds(in, "rolloutSeconds", defaults.whole()),
                in.has("onBreach") ? in.oneOf("onBreach", OnBreach.class) : defaults.onBreach(),
                in.has("joinSeconds")
                        ? Duration.ofSeconds(in.number("joinSeconds", 0, SECONDS_MAX))
                        : defaults.joining());
    }

    private static long millis(String time) {
        try {
            return Instant.parse(time).toEpochMilli();
        } catch (ArithmeticException tooFar) {
            throw new DateTimeException("more milliseconds than there are numbers for", tooFar);
        }
    }

    private static int number(Json.Node in, String field, int otherwise) throws MalformedMessageException {
        return in.has(field) ? (int) in.number(field, 0, Integer.MAX_VALUE) : otherwise;
    }

    private static Duration seconds(Json.Node in, String field, Duration otherwise) throws MalformedMessageException {
        return in.has(field) ? Duration.ofSeconds(in.number(field, 1, SECONDS_MAX)) : otherwise;
    }

    private static Set<Integer> approvals(Json.Node in) throws MalformedMessageException {
        Set<Integer> waves = new HashSet<>();
        in.numbers("approvals", Policy.WAVES_MAX, 0, Policy.WAVES_MAX - 1L)
                .forEach(wave -> waves.add(Math.toIntExact(wave)));
        return waves;
    }

    private static Wave wave(Json.Node in) throws MalformedMessageException {
        in.requireOnly(Set.of("percent", "count", "class"));
        if (Stream.of("percent", "count", "class").filter(in::has).count() != 1) {
            throw new IllegalArgumentException("waves: each must have one of percent, count and class");
        }
        if (in.has("percent")) {
            return new Wave.Percent((int) in.number("percent", 1, 100));
        }
        return in.has("count")
                ? new Wave.Count((int) in.number("count", 1, Integer.MAX_VALUE))
                : new Wave.OfClass(in.text("class"));
    }

    private static Window window(Json.Node in) throws MalformedMessageException {
        in.requireOnly(Set.of("days", "from", "to", "zone"));
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        if (in.has("days")) {
            for (String day : in.strings("days", DayOfWeek.values().length)) {
                days.add(day(day));
            }
        } else {
            days.addAll(EnumSet.allOf(DayOfWeek.class));
        }
        return new Window(
                days,
                parsed(in, "from", LocalTime::parse, "a time of day, such as 22:00"),
                parsed(in, "to", LocalTime::parse, "a time of day, such as 04:00"),
                in.has("zone") ? parsed(in, "zone", ZoneId::of, "a time zone, such as Europe/Berlin") : ZoneOffset.UTC);
    }

    private static <T> T parsed(Json.Node in, String field, Function<String, T> parser, String allowed)
            throws MalformedMessageException {
        String text = in.text(field);
        try {
            return parser.apply(text);
        } catch (DateTimeException wrong) {
            throw new IllegalArgumentException("%s (%s) must be %s".formatted(field, text, allowed), wrong);
        }
    }

    private static DayOfWeek day(String text) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (word(day).equals(text)) {
                return day;
            }
        }
        throw new IllegalArgumentException(
                "windows: day (%s) must be mon, tue, wed, thu, fri, sat or sun".formatted(text));
    }

    private static String word(DayOfWeek day) {
        return day.name().substring(0, 3).toLowerCase(Locale.ROOT);
    }

    /** The whole policy, readable again by {@link #read}. */
    public static String write(Policy policy) {
        return new String(
                Json.write(out -> {
                    out.objects("waves", policy.waves(), PolicyJson::wave);
                    if (policy.startAtMillis() > 0) {
                        out.field(
                                "startAt",
                                Instant.ofEpochMilli(policy.startAtMillis()).toString());
                    }
                    out.objects("windows", policy.windows(), PolicyJson::window);
                    out.numbers(
                                    "approvals",
                                    policy.approvals().stream().sorted().toList())
                            .field("startsPerMinute", policy.startsPerMinute())
                            .field("changingMax", policy.changingMax())
                            .field("changingPerClassMax", policy.changingPerClassMax())
                            .field("changingLabel", policy.changingLabel().isEmpty() ? null : policy.changingLabel())
                            .field("changingPerLabelMax", policy.changingPerLabelMax())
                            .field("bytesPerNodeDay", policy.bytesPerNodeDay());
                    switch (policy.failures()) {
                        case Tolerance.Count(int count) -> out.field("failuresTolerated", count);
                        case Tolerance.Percent(int percent) -> out.field("failuresToleratedPercent", percent);
                    }
                    out.field("successPercent", policy.successPercent())
                            .field("dispatchSeconds", policy.dispatch().toSeconds())
                            .field("applySeconds", policy.apply().toSeconds())
                            .field("gateSeconds", policy.gate().toSeconds())
                            .field("rolloutSeconds", policy.whole().toSeconds())
                            .field("onBreach", Json.wireName(policy.onBreach()))
                            .field("joinSeconds", policy.joining().toSeconds());
                }),
                StandardCharsets.UTF_8);
    }

    private static void wave(Json.Writer out, Wave wave) throws IOException {
        switch (wave) {
            case Wave.Percent(int upTo) -> out.field("percent", upTo);
            case Wave.Count(int targets) -> out.field("count", targets);
            case Wave.OfClass(String name) -> out.field("class", name);
        }
    }

    private static void window(Json.Writer out, Window window) throws IOException {
        List<String> days = new ArrayList<>();
        window.days().stream().sorted().forEach(day -> days.add(word(day)));
        out.strings("days", days)
                .field("from", window.from().toString())
                .field("to", window.to().toString())
                .field("zone", window.zone().getId());
    }
}
