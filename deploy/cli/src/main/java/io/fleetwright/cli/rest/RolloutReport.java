package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a pipeline shows of a rollout: a page in Markdown, and a JUnit report with one test case for each device. */
final class RolloutReport {
    /** Devices that a summary names; the JUnit report names all. */
    private static final int NAMED_MAX = 50;

    private final JsonNode rollout;
    private final JsonNode targets;

    /**
     * Of what the API answered.
     *
     * @param targets array of all targets
     */
    RolloutReport(JsonNode rollout, JsonNode targets) {
        this.rollout = rollout;
        this.targets = targets;
    }

    String markdown() {
        StringBuilder out = new StringBuilder();
        out.append("## Rollout of %s %s: %s%n%n".formatted(text("model"), text("version"), text("state")));
        if (rollout.hasNonNull("reason")) {
            out.append("Reason: `%s`%s%n%n"
                    .formatted(text("reason"), rollout.hasNonNull("detail") ? ", " + cell(text("detail")) : ""));
        }
        out.append("| devices | count |%n| --- | ---: |%n".formatted());
        rollout.path("counts").properties().forEach(count -> {
            if (count.getValue().asLong() > 0) {
                out.append("| %s | %d |%n"
                        .formatted(count.getKey(), count.getValue().asLong()));
            }
        });
        List<JsonNode> others = new ArrayList<>();
        targets.forEach(target -> {
            if (!isGood(target)) {
                others.add(target);
            }
        });
        if (!others.isEmpty()) {
            out.append("%n| device | state | reason |%n| --- | --- | --- |%n".formatted());
            others.stream()
                    .limit(NAMED_MAX)
                    .forEach(target -> out.append("| %s | %s | %s |%n"
                            .formatted(name(target), target.path("state").asText(), cell(reason(target)))));
            if (others.size() > NAMED_MAX) {
                out.append("%n%d more.%n".formatted(others.size() - NAMED_MAX));
            }
        }
        return out.toString();
    }

    String junit() {
        StringBuilder cases = new StringBuilder();
        int failures = 0;
        int skipped = 0;
        for (JsonNode target : targets) {
            String state = target.path("state").asText();
            cases.append("  <testcase classname=\"%s\" name=\"%s\"".formatted(xml(suite()), xml(name(target))));
            if (isGood(target)) {
                cases.append("/>\n");
            } else if (state.equals("skipped") || state.equals("cancelled")) {
                skipped++;
                cases.append("><skipped message=\"%s\"/></testcase>%n".formatted(xml(reason(target))));
            } else {
                failures++;
                cases.append("><failure type=\"%s\" message=\"%s\"/></testcase>%n"
                        .formatted(xml(state), xml(reason(target))));
            }
        }
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite name="%s" tests="%d" failures="%d" errors="0" skipped="%d">
                %s</testsuite>
                """.formatted(xml(suite()), targets.size(), failures, skipped, cases);
    }

    private String suite() {
        return "%s %s".formatted(text("model"), text("version"));
    }

    private static boolean isGood(JsonNode target) {
        return target.path("state").asText().equals("succeeded");
    }

    private static String name(JsonNode target) {
        return target.path("node").asText() + "/" + target.path("device").asText();
    }

    private static String reason(JsonNode target) {
        return target.hasNonNull("failure")
                ? target.path("failure").asText()
                : target.path("reason").asText("");
    }

    private String text(String member) {
        return Connection.text(rollout, member);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }

    private static String xml(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(Character.isISOControl(point) ? ' ' : point);
            }
        });
        return out.toString();
    }
}
