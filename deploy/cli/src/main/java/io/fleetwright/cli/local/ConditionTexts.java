package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.LinkChange;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads the options that name devices or clusters of a workload. A name may hold any character. */
final class ConditionTexts {
    private static final Pattern OUTAGE = Pattern.compile("(.+)=([^=]+?)\\.\\.([^=]*)");
    private static final Pattern LINK_CHANGE = Pattern.compile("(.+)@([^@=]+)=([^=]+)");
    private static final Pattern BATTERY = Pattern.compile("(?:(.+)=)?([^=]+)");
    /** Names that a message lists at most. */
    private static final int NAMES_SHOWN = 20;

    private final Workload workload;
    private final List<String> devices;
    private final List<String> clusters;

    ConditionTexts(Workload workload) {
        this.workload = workload;
        devices = IntStream.range(0, workload.deviceCount())
                .mapToObj(workload::deviceName)
                .toList();
        clusters = IntStream.range(0, workload.clusterCount())
                .mapToObj(cluster -> workload.cluster(cluster).name())
                .toList();
    }

    /** The value of an option is not one that is allowed. */
    static CommandFailure wrong(String option, Object value, @Nullable String why) {
        return new CommandFailure("%s %s: %s".formatted(option, value, why), CommandFailure.WRONG_USAGE);
    }

    /** {@code DEVICE=FROM..UNTIL}, or {@code DEVICE=FROM..} for good. */
    Outage outage(String text) throws CommandFailure {
        Option option = new Option("--outage", text);
        Matcher parts = option.match(OUTAGE, "DEVICE=FROM..UNTIL or DEVICE=FROM..");
        int device = option.position(parts.group(1), "device", devices);
        double from = option.number(parts.group(2));
        double until = parts.group(3).isEmpty() ? Double.POSITIVE_INFINITY : option.number(parts.group(3));
        try {
            return new Outage(device, from, until);
        } catch (InvalidWorkloadException outOfRange) {
            throw option.wrong(outOfRange.getMessage());
        }
    }

    /** {@code CLUSTER,CLUSTER@AT=FACTOR}. */
    LinkChange linkChange(String text) throws CommandFailure {
        Option option = new Option("--link-change", text);
        Matcher parts = option.match(LINK_CHANGE, "CLUSTER,CLUSTER@AT=FACTOR");
        int[] pair = clusters(option, parts.group(1));
        try {
            return new LinkChange(option.number(parts.group(2)), pair[0], pair[1], option.number(parts.group(3)));
        } catch (InvalidWorkloadException outOfRange) {
            throw option.wrong(outOfRange.getMessage());
        }
    }

    /** A name may hold a comma too, so every one is tried. */
    private int[] clusters(Option option, String names) throws CommandFailure {
        for (int comma = names.indexOf(','); comma >= 0; comma = names.indexOf(',', comma + 1)) {
            int a = clusters.indexOf(names.substring(0, comma));
            int b = clusters.indexOf(names.substring(comma + 1));
            if (a >= 0 && b >= 0) {
                return new int[] {a, b};
            }
        }
        throw option.unknown("pair of clusters", names, clusters);
    }

    /** {@code DEVICE=JOULES}, or {@code JOULES} for every device; later ones win. Joules per device, infinite for no limit. */
    double[] batteries(List<String> texts) throws CommandFailure {
        double[] joules = new double[workload.deviceCount()];
        Arrays.fill(joules, Double.POSITIVE_INFINITY);
        for (String text : texts) {
            Option option = new Option("--battery", text);
            Matcher parts = option.match(BATTERY, "JOULES or DEVICE=JOULES");
            double value = option.number(parts.group(2));
            if (parts.group(1) == null) {
                Arrays.fill(joules, value);
            } else {
                joules[option.position(parts.group(1), "device", devices)] = value;
            }
        }
        return joules;
    }

    /** One option as it was given. */
    private record Option(String name, String text) {
        CommandFailure wrong(@Nullable String why) {
            return ConditionTexts.wrong(name, text, why);
        }

        CommandFailure unknown(String what, String given, List<String> known) {
            String more = known.size() > NAMES_SHOWN ? ", ..." : "";
            List<String> shown = known.subList(0, Math.min(known.size(), NAMES_SHOWN));
            return wrong("there is no %s '%s', known: %s%s".formatted(what, given, String.join(", ", shown), more));
        }

        Matcher match(Pattern pattern, String form) throws CommandFailure {
            Matcher matcher = pattern.matcher(text);
            if (!matcher.matches()) {
                throw wrong("must be " + form);
            }
            return matcher;
        }

        int position(String given, String what, List<String> known) throws CommandFailure {
            int position = known.indexOf(given);
            if (position < 0) {
                throw unknown(what, given, known);
            }
            return position;
        }

        double number(String part) throws CommandFailure {
            try {
                return Double.parseDouble(part);
            } catch (NumberFormatException notANumber) {
                throw wrong("'%s' is not a number".formatted(part));
            }
        }
    }
}
