package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimelineTest {
    private record Busy(double from, double until) {}

    /** Free from 2, busy from 4 to 6, from 9 to 12 and from 12 to 13. */
    @ParameterizedTest
    @CsvSource({
        "0,  2,  2", "0,  2.5, 6", "0,  3,  6", "0, 3.5, 13",
        "3,  1,  3", "3,  2,   6", "5,  1,  6", "6,   3,  6",
        "7,  3, 13", "12, 0,  12", "20, 5, 20", "4,   0,  4",
        "5,  0,  6", "9,  0,   9",
    })
    void aGapIsTheFirstThatIsLongEnough(double earliest, double duration, double start) {
        assertThat(busy().firstGap(earliest, duration)).isEqualTo(start);
    }

    private static Timeline busy() {
        var timeline = new Timeline(2);
        timeline.add(9, 12);
        timeline.add(4, 6);
        timeline.add(12, 13);
        return timeline;
    }

    @Test
    void itEndsWithItsLastIntervalOrWhenTheDeviceIsReady() {
        assertThat(new Timeline(7).end()).isEqualTo(7);
        assertThat(new Timeline(7).lastStart()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(busy().end()).isEqualTo(13);
        assertThat(busy().lastStart()).isEqualTo(12);
    }

    @Test
    void intervalsMayTouchButNotOverlap() {
        Timeline timeline = busy();
        timeline.add(6, 9);
        assertThatThrownBy(() -> timeline.add(5, 7))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[5.0, 7.0] overlaps what is there");
        assertThatThrownBy(() -> timeline.add(0, 20)).isInstanceOf(IllegalStateException.class);
        assertThat(timeline.firstGap(3, 2)).isEqualTo(13);
    }

    @Test
    void whatIsTakenOutLeavesItsGap() {
        Timeline timeline = busy();
        timeline.remove(9, 12);
        assertThat(timeline.firstGap(0, 4)).isEqualTo(6);
        assertThatThrownBy(() -> timeline.remove(9, 12))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[9.0, 12.0] is not there");
    }

    @Test
    void whatHasEndedCanBeForgotten() {
        Timeline timeline = busy();
        timeline.forgetBefore(9);
        assertThat(timeline.firstGap(9, 1)).isEqualTo(13);
        timeline.forgetBefore(12.5);
        assertThat(timeline.end()).isEqualTo(13);
        timeline.forgetBefore(13);
        assertThat(timeline.firstGap(13, 1)).isEqualTo(13);
    }

    /** No interval that fits begins sooner, and the one that is found overlaps nothing. */
    @Test
    void anyGapIsTheEarliestOfAllPlaces() {
        SeededCases.forEach(1, 200, (random, _) -> {
            double ready = random.nextInt(5);
            var timeline = new Timeline(ready);
            List<Busy> list = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                double earliest = random.nextInt(60);
                double duration = random.nextInt(6);
                double expected = Stream.concat(
                                Stream.of(Math.max(ready, earliest)),
                                list.stream().map(Busy::until).filter(until -> until > Math.max(ready, earliest)))
                        .filter(from ->
                                list.stream().allMatch(busy -> from + duration <= busy.from() || from >= busy.until()))
                        .min(Comparator.naturalOrder())
                        .orElseThrow();
                assertThat(timeline.firstGap(earliest, duration)).isEqualTo(expected);
                timeline.add(expected, expected + duration);
                list.add(new Busy(expected, expected + duration));
                if (random.nextInt(4) == 0) {
                    Busy gone = list.remove(random.nextInt(list.size()));
                    timeline.remove(gone.from(), gone.until());
                }
                assertThat(timeline.end())
                        .isEqualTo(list.stream().mapToDouble(Busy::until).reduce(ready, Math::max));
                assertThat(timeline.longestGap()).isGreaterThanOrEqualTo(longestGap(ready, list));
            }
        });
    }

    private static double longestGap(double ready, List<Busy> list) {
        double longest = Double.NEGATIVE_INFINITY;
        double from = ready;
        for (Busy busy : list.stream()
                .sorted(Comparator.comparingDouble(Busy::from).thenComparingDouble(Busy::until))
                .toList()) {
            longest = Math.max(longest, busy.from() - from);
            from = busy.until();
        }
        return longest;
    }
}
