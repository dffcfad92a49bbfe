package io.fleetwright.controller.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class RangesTest {
    @Test
    void behavesAsASetOfNumbersAndKeepsTheFewestRanges() {
        SeededCases.forEach(1, 300, (random, _) -> {
            int span = random.nextInt(2, 60);
            Ranges ranges = Ranges.EMPTY;
            TreeSet<Long> expected = new TreeSet<>();
            for (int i = random.nextInt(1, 80); i > 0; i--) {
                long sequence = random.nextLong(1, span + 1L);
                ranges = ranges.with(sequence);
                expected.add(sequence);
                assertThat(ranges.list()).isEqualTo(rangesOf(expected));
            }
            for (long sequence = 0; sequence <= span + 1; sequence++) {
                assertThat(ranges.contains(sequence)).isEqualTo(expected.contains(sequence));
            }
            assertThat(Ranges.parse(ranges.text()).list()).isEqualTo(ranges.list());
        });
    }

    @Test
    void takesTheLargestNumberThatTheWireCarries() {
        Ranges ranges =
                Ranges.EMPTY.with(Long.MAX_VALUE).with(Long.MAX_VALUE - 1).with(1);
        assertThat(ranges.text()).isEqualTo("1-1,9223372036854775806-9223372036854775807");
        assertThat(Ranges.parse(ranges.text()).contains(Long.MAX_VALUE)).isTrue();
    }

    @Test
    void theLongestTextFitsItsColumn() {
        Ranges ranges = Ranges.EMPTY;
        for (int i = 0; i < Ranges.COUNT_MAX; i++) {
            ranges = ranges.with(Long.MAX_VALUE - 2L * i);
        }
        assertThat(ranges.list()).hasSize(Ranges.COUNT_MAX);
        assertThat(ranges.text().length()).isLessThanOrEqualTo(8000);
    }

    private static List<Ack.Range> rangesOf(SortedSet<Long> numbers) {
        List<Ack.Range> out = new ArrayList<>();
        for (long number : numbers) {
            if (!out.isEmpty() && out.getLast().last() + 1 == number) {
                out.set(out.size() - 1, new Ack.Range(out.getLast().first(), number));
            } else {
                out.add(new Ack.Range(number, number));
            }
        }
        return out;
    }
}
