package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random sequences of calls against a list of intervals. */
class TimelineModelTest {
    private record Busy(double from, double until) {
        boolean overlaps(Busy other) {
            return from < other.until && other.from < until;
        }
    }

    /** A timeline and its list, always told the same. */
    private static final class Pair {
        final double ready;
        final Timeline timeline;
        final List<Busy> list = new ArrayList<>();
        double since;

        Pair(double ready) {
            this.ready = ready;
            since = ready;
            timeline = new Timeline(ready);
        }

        void add(Busy busy) {
            if (list.stream().anyMatch(busy::overlaps)) {
                assertThatThrownBy(() -> timeline.add(busy.from, busy.until))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("[%s, %s] overlaps what is there", busy.from, busy.until);
            } else {
                timeline.add(busy.from, busy.until);
                list.add(busy);
            }
        }

        void remove(Busy busy) {
            if (list.remove(busy)) {
                timeline.remove(busy.from, busy.until);
            } else {
                assertThatThrownBy(() -> timeline.remove(busy.from, busy.until))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("[%s, %s] is not there", busy.from, busy.until);
            }
        }

        void forget(double time) {
            since = time;
            timeline.forgetBefore(time);
            list.removeIf(busy -> busy.until <= time);
        }

        void check(double earliest, double duration) {
            assertThat(timeline.firstGap(earliest, duration)).isEqualTo(firstGap(earliest, duration));
            if (!list.isEmpty()) {
                assertThat(timeline.end())
                        .isEqualTo(list.stream().mapToDouble(Busy::until).max().orElseThrow());
                assertThat(timeline.lastStart())
                        .isEqualTo(list.stream().mapToDouble(Busy::from).max().orElseThrow());
            }
        }

        /** Steps from the end of one obstacle to that of the next. */
        private double firstGap(double earliest, double duration) {
            double candidate = Math.max(ready, earliest);
            List<Busy> ordered = list.stream()
                    .sorted(Comparator.comparingDouble(Busy::from).thenComparingDouble(Busy::until))
                    .toList();
            for (Busy busy : ordered) {
                if (busy.until > candidate && busy.from < candidate + duration) {
                    candidate = busy.until;
                }
            }
            return candidate;
        }
    }

    @Test
    void anySequenceOfCallsLeavesWhatTheListHas() {
        SeededCases.forEach(1, 400, (random, _) -> {
            var pair = new Pair(random.nextInt(6));
            for (int call = 0; call < 60; call++) {
                switch (random.nextInt(8)) {
                    case 0 -> pair.remove(anyOf(pair, random));
                    case 1 -> pair.remove(busy(pair, random));
                    case 2 -> pair.forget(pair.since + random.nextInt(3));
                    default -> pair.add(busy(pair, random));
                }
                pair.check(pair.since + random.nextInt(40), random.nextInt(8));
            }
        });
    }

    private static Busy busy(Pair pair, SplittableRandom random) {
        double from = pair.since + random.nextInt(40);
        return new Busy(from, from + random.nextInt(5));
    }

    private static Busy anyOf(Pair pair, SplittableRandom random) {
        return pair.list.isEmpty() ? new Busy(1, 2) : pair.list.get(random.nextInt(pair.list.size()));
    }

    /** Every interval in every order gives the same timeline. */
    @Test
    void theOrderInWhichIntervalsComeDoesNotMatter() {
        SeededCases.forEach(1, 100, (random, _) -> {
            List<Busy> all = new ArrayList<>();
            double at = 0;
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                double from = at + random.nextInt(3);
                at = from + random.nextInt(1, 4);
                all.add(new Busy(from, at));
            }
            var upwards = new Timeline(0);
            var anyhow = new Timeline(0);
            all.forEach(busy -> upwards.add(busy.from, busy.until));
            List<Busy> left = new ArrayList<>(all);
            while (!left.isEmpty()) {
                Busy next = left.remove(random.nextInt(left.size()));
                anyhow.add(next.from, next.until);
            }
            for (double earliest = 0; earliest < at + 2; earliest += 0.5) {
                for (double duration = 0; duration < 5; duration += 0.5) {
                    assertThat(anyhow.firstGap(earliest, duration)).isEqualTo(upwards.firstGap(earliest, duration));
                }
            }
            assertThat(anyhow.end()).isEqualTo(at).isEqualTo(upwards.end());
            assertThat(anyhow.longestGap()).isEqualTo(upwards.longestGap());
        });
    }

    /** The search over groups of devices skips a device whose longest gap is shorter: that must never skip one that fits. */
    @Test
    void whatFitsBeforeTheLastIntervalIsNoLongerThanTheLongestGap() {
        SeededCases.forEach(1, 400, (random, _) -> {
            double ready = random.nextDouble() * 10;
            var timeline = new Timeline(ready);
            double at = ready;
            for (int i = 0; i < 6; i++) {
                double from = at + random.nextDouble() * 0.7;
                at = from + random.nextDouble();
                timeline.add(from, at);
            }
            double last = timeline.lastStart();
            double earliest = random.nextDouble() * 12;
            double duration = random.nextDouble() * 0.7;
            // Longer by the least step there is, until it no longer fits: the last one that does is the one in danger.
            double fit = timeline.firstGap(earliest, duration);
            while (fit + duration <= last && fit + 1e-9 < last) {
                assertThat(timeline.longestGap()).isGreaterThanOrEqualTo(duration);
                duration += random.nextInt(3) == 0 ? Math.ulp(duration) : 0.01;
                fit = timeline.firstGap(earliest, duration);
            }
        });
    }

    /** [0.1, 0.3 + ulp) leaves a gap of a bit more than 0.2; a sum that rounds down lets a longer duration fit. */
    @Test
    void aDurationThatFitsByRoundingIsCovered() {
        int byRounding = 0;
        var random = new SplittableRandom(7);
        for (int i = 0; i < 20_000; i++) {
            double ready = random.nextDouble();
            double start = ready + random.nextDouble();
            var timeline = new Timeline(ready);
            timeline.add(start, start + 1);
            double duration = Math.nextUp(start - ready);
            if (timeline.firstGap(ready, duration) == ready) {
                byRounding++;
                assertThat(timeline.longestGap()).isGreaterThanOrEqualTo(duration);
            }
        }
        assertThat(byRounding).isPositive();
    }

    /** Busy 2 to 4, 4 to 4 and 6 to 9; ready at 1. Moments of no length need a place too. */
    @ParameterizedTest
    @CsvSource({
        "0, 0,   1", "1, 1,   1", "1, 1.5, 4", "2, 0,   2", "3, 0,   4", "4, 0, 4", "4, 2, 4",
        "4, 2.1, 9", "5, 1,   5", "5, 2,   9", "6, 0,   6", "7, 0,   9", "9, 0, 9", "100, 3, 100",
    })
    void momentsOfNoLengthFitBetweenButNotWithin(double earliest, double duration, double start) {
        var timeline = new Timeline(1);
        timeline.add(6, 9);
        timeline.add(2, 4);
        timeline.add(4, 4);
        assertThat(timeline.firstGap(earliest, duration)).isEqualTo(start);
    }

    @ParameterizedTest
    @CsvSource({"3, 5", "1, 3", "2, 4", "2.5, 3.5", "0, 10", "3, 3", "7, 8", "6.5, 20", "5, 6.5"})
    void whatOverlapsIsRefusedAndNotKept(double from, double until) {
        var timeline = new Timeline(0);
        timeline.add(2, 4);
        timeline.add(6, 9);
        assertThatThrownBy(() -> timeline.add(from, until))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[%s, %s] overlaps what is there", from, until);
        timeline.add(4, 6);
        timeline.add(0, 2);
        timeline.remove(2, 4);
        assertThat(timeline.firstGap(0, 2)).isEqualTo(2);
        assertThat(timeline.end()).isEqualTo(9);
    }
}
