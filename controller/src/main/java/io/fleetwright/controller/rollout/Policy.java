package io.fleetwright.controller.rollout;

import io.fleetwright.controller.node.Labels;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The rules of one rollout, frozen when it is made. Zero means no limit where a limit may be left out.
 *
 * @param waves at least one, the last one 100 percent
 * @param startAtMillis not before; 0 means at once
 * @param windows targets start only inside one of them; none means always
 * @param approvals waves that begin only when somebody approves, 0 being the first
 * @param startsPerMinute targets that may start within a minute
 * @param changingMax targets that may be in change at a time
 * @param changingPerClassMax likewise of one device class
 * @param changingLabel name of a label, such as {@code site}; empty for none
 * @param changingPerLabelMax likewise of nodes for which that label has one value; those without it count together
 * @param bytesPerNodeDay bytes that rollouts may give one node to fetch within 24 hours
 * @param failures failed targets of a wave that are tolerated
 * @param successPercent of a wave's targets that have a variant, how many must succeed; at least one always must
 * @param dispatch how long a target may be out of reach when its turn has come, and may take to answer once it was told
 * @param apply how long it may take from its answer until it runs the version
 * @param gate how long the gates may take to decide once a wave's targets have ended
 * @param whole how long the rollout may take from its start time
 * @param joining devices that fit later join the last wave until none has for so long; zero freezes the targets
 */
public record Policy(
        List<Wave> waves,
        long startAtMillis,
        List<Window> windows,
        Set<Integer> approvals,
        int startsPerMinute,
        int changingMax,
        int changingPerClassMax,
        String changingLabel,
        int changingPerLabelMax,
        long bytesPerNodeDay,
        Tolerance failures,
        int successPercent,
        Duration dispatch,
        Duration apply,
        Duration gate,
        Duration whole,
        OnBreach onBreach,
        Duration joining) {
    public static final int WAVES_MAX = 20;
    public static final int WINDOWS_MAX = 20;
    private static final Duration LIMIT_MAX = Duration.ofDays(90);

    /** What follows when a threshold, a gate or the deadline is broken. */
    public enum OnBreach {
        /** Every touched device goes back to what it ran before. */
        ROLLBACK,
        /** Nothing more starts until somebody decides. */
        PAUSE
    }

    /** Failures of one wave that do not stop it. */
    public sealed interface Tolerance {
        record Count(int targets) implements Tolerance {}

        record Percent(int percent) implements Tolerance {}

        /** The most failures among so many targets. */
        default long of(long targets) {
            return switch (this) {
                case Count(int count) -> count;
                case Percent(int percent) -> targets * percent / 100;
            };
        }
    }

    public Policy {
        waves = List.copyOf(waves);
        windows = List.copyOf(windows);
        approvals = Set.copyOf(approvals);
        require(!waves.isEmpty() && waves.size() <= WAVES_MAX, "waves", waves.size(), "from 1 to " + WAVES_MAX);
        int before = 0;
        for (Wave wave : waves) {
            if (wave instanceof Wave.Percent(int upTo)) {
                require(upTo > before, "waves", upTo, "percentages that grow from 1 to 100");
                before = upTo;
            }
        }
        require(
                waves.getLast().equals(new Wave.Percent(100)),
                "waves",
                waves.getLast().text(),
                "100 percent at the end");
        require(startAtMillis >= 0, "startAt", startAtMillis, "a time");
        require(windows.size() <= WINDOWS_MAX, "windows", windows.size(), "at most " + WINDOWS_MAX);
        int waveCount = waves.size();
        require(
                approvals.stream().allMatch(wave -> wave >= 0 && wave < waveCount),
                "approvals",
                approvals,
                "waves from 0 to " + (waveCount - 1));
        require(startsPerMinute >= 0, "startsPerMinute", startsPerMinute, "at least 0");
        require(changingMax >= 0, "changingMax", changingMax, "at least 0");
        require(changingPerClassMax >= 0, "changingPerClassMax", changingPerClassMax, "at least 0");
        require(changingPerLabelMax >= 0, "changingPerLabelMax", changingPerLabelMax, "at least 0");
        require(
                changingPerLabelMax > 0 ? Labels.isName(changingLabel) : changingLabel.isEmpty(),
                "changingLabel",
                changingLabel,
                "the name of a label where there is a changingPerLabelMax above 0, and only there");
        require(bytesPerNodeDay >= 0, "bytesPerNodeDay", bytesPerNodeDay, "at least 0");
        require(
                switch (failures) {
                    case Tolerance.Count(int count) -> count >= 0;
                    case Tolerance.Percent(int percent) -> percent >= 0 && percent <= 100;
                },
                "failuresTolerated",
                failures,
                "at least 0, and at most 100 percent");
        require(successPercent >= 0 && successPercent <= 100, "successPercent", successPercent, "from 0 to 100");
        requireLimit("dispatchSeconds", dispatch);
        requireLimit("applySeconds", apply);
        requireLimit("gateSeconds", gate);
        requireLimit("rolloutSeconds", whole);
        require(
                !joining.isNegative() && joining.compareTo(LIMIT_MAX) <= 0,
                "joinSeconds",
                joining.toSeconds(),
                "from 0 s to 90 days");
    }

    /** Everything at once and without limits but the deadlines; one failure takes it back. */
    public static Policy of(List<Wave> waves, Duration targetLimit) {
        return new Policy(
                waves,
                0,
                List.of(),
                Set.of(),
                0,
                0,
                0,
                "",
                0,
                0,
                new Tolerance.Count(0),
                0,
                targetLimit,
                targetLimit,
                Duration.ofHours(1),
                Duration.ofDays(7),
                OnBreach.ROLLBACK,
                Duration.ZERO);
    }

    /**
     * Whether a wave must not begin before somebody has approved it.
     *
     * @param approvedWave highest that was approved; -1 for none
     */
    boolean asksApproval(int wave, int approvedWave) {
        return approvals.contains(wave) && approvedWave < wave;
    }

    boolean isWindowOpen(long nowMillis) {
        return windows.isEmpty() || windows.stream().anyMatch(window -> window.isOpen(nowMillis));
    }

    private static void requireLimit(String field, Duration limit) {
        require(
                limit.toMillis() > 0 && limit.compareTo(LIMIT_MAX) <= 0,
                field,
                limit.toSeconds(),
                "from 1 s to 90 days");
    }

    private static void require(boolean holds, String field, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException("policy: %s (%s) must be %s".formatted(field, value, allowed));
        }
    }
}
