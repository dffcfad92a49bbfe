package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ticks of the time axis: multiples of 1, 2 or 5 times a power of ten, some ten of them. */
class TimeAxisTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0     | 10      | 0 1 2 3 4 5 6 7 8 9 10
            0     | 1       | 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1
            0     | 20      | 0 2 4 6 8 10 12 14 16 18 20
            0     | 19      | 0 2 4 6 8 10 12 14 16 18
            0     | 21      | 0 5 10 15 20
            0     | 50      | 0 5 10 15 20 25 30 35 40 45 50
            0     | 51      | 0 10 20 30 40 50
            0     | 100     | 0 10 20 30 40 50 60 70 80 90 100
            0     | 101     | 0 20 40 60 80 100
            0     | 73      | 0 10 20 30 40 50 60 70
            0     | 0.05    | 0 0.005 0.01 0.015 0.02 0.025 0.03 0.035 0.04 0.045 0.05
            0     | 3e6     | 0 500000 1000000 1500000 2000000 2500000 3000000
            0     | 1e12    | 0 1E+11 2E+11 3E+11 4E+11 5E+11 6E+11 7E+11 8E+11 9E+11 1E+12
            5     | 15      | 5 6 7 8 9 10 11 12 13 14 15
            5.5   | 15.5    | 5 6 7 8 9 10 11 12 13 14 15
            1000  | 1001    | 1000 1000.1 1000.2 1000.3 1000.4 1000.5 1000.6 1000.7 1000.8 1000.9 1001
            999.95| 1000.95 | 999.9 1000 1000.1 1000.2 1000.3 1000.4 1000.5 1000.6 1000.7 1000.8 1000.9
            0     | 0       | 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1
            7     | 7       | 0 1 2 3 4 5 6 7
            40    | 40      | 0 5 10 15 20 25 30 35 40
            """)
    void theTicksOfARangeAreRound(double first, double last, String ticks) {
        assertThat(TimeAxis.of(List.of(bar(first, last))).ticks().stream()
                        .map(TimeAxis::number)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(ticks);
    }

    private static Bar bar(double start, double finish) {
        return new Bar(0, "t", 0, 0, start, finish, true);
    }

    /** The step by trial: of all round numbers, the least that does not cut the span in more than ten. */
    @Test
    void theStepIsTheLeastRoundOneThatGivesAtMostTenParts() {
        SeededCases.forEach(1, 1500, (random, _) -> {
            double first = random.nextBoolean() ? 0 : random.nextDouble() * Math.pow(10, random.nextInt(-3, 6));
            double span = random.nextDouble() * Math.pow(10, random.nextInt(-3, 9));
            Bar bar = bar(first, first + span);
            TimeAxis axis = TimeAxis.of(List.of(bar));
            BigDecimal step = axis.ticks().get(1).subtract(axis.ticks().get(0));
            assertThat(step).isEqualByComparingTo(leastStep(bar.length() / 10));
            BigDecimal tick = axis.ticks().getFirst();
            assertThat(tick.remainder(step).signum()).as("a multiple").isZero();
            assertThat(tick)
                    .isLessThanOrEqualTo(new BigDecimal(bar.start()).round(new MathContext(15, RoundingMode.UP)));
            for (BigDecimal next : axis.ticks()) {
                assertThat(next).isEqualByComparingTo(tick);
                tick = tick.add(step);
            }
            assertThat(tick.doubleValue()).as("the next one is beyond").isGreaterThan(bar.finish());
        });
    }

    private static BigDecimal leastStep(double least) {
        for (int power = -30; ; power++) {
            for (String digit : List.of("1", "2", "5")) {
                BigDecimal step = new BigDecimal(digit + "e" + power);
                if (step.doubleValue() >= least) {
                    return step;
                }
            }
        }
    }

    @Test
    void aPositionIsThePartOfTheRangeThatIsPast() {
        TimeAxis axis = TimeAxis.of(List.of(bar(0, 25), bar(50, 200)));
        assertThat(axis.from()).isZero();
        assertThat(axis.to()).isEqualTo(200);
        assertThat(axis.part(0)).isZero();
        assertThat(axis.part(50)).isEqualTo(0.25);
        assertThat(axis.part(200)).isEqualTo(1);
    }

    /** 4/5 of the first step lie before the first start, so the axis begins at the tick before it. */
    @Test
    void theAxisBeginsAtTheTickBeforeTheFirstStart() {
        TimeAxis axis = TimeAxis.of(List.of(bar(108, 200)));
        assertThat(axis.from()).isEqualTo(100);
        assertThat(axis.part(150)).isEqualTo(0.5);
    }

    @Test
    void timeBeforeIsShownWhenAllHappensAtOnce() {
        TimeAxis together = TimeAxis.of(List.of(bar(1e9, 1e9 + 0.5)));
        assertThat(together.from()).isZero();
        assertThat(together.part(1e9)).isGreaterThan(0.999);
        TimeAxis apart = TimeAxis.of(List.of(bar(1e9, 1e9 + 2)));
        assertThat(apart.from()).isEqualTo(1e9);
    }

    @Test
    void theAxisSpansAllBarsWhateverTheirOrder() {
        SeededCases.forEach(1, 500, (random, seed) -> {
            List<Bar> bars = TestCharts.random(random).bars();
            TimeAxis axis = TimeAxis.of(bars);
            assertThat(TimeAxis.of(bars.reversed())).isEqualTo(axis);
            for (Bar bar : bars) {
                assertThat(axis.part(bar.start())).isBetween(0.0, 1.0);
                assertThat(axis.part(bar.finish())).isBetween(axis.part(bar.start()), 1.0);
            }
        });
    }

    /** In binary and decimal at once only by powers of ten: the ticks scale with the times. */
    @Test
    void theTicksOfTimesThatAreThousandfoldAreThousandfold() {
        SeededCases.forEach(1, 500, (random, _) -> {
            int from = random.nextInt(1000);
            int until = from + random.nextInt(1, 1000);
            TimeAxis axis = TimeAxis.of(List.of(bar(from, until)));
            TimeAxis scaled = TimeAxis.of(List.of(bar(1000.0 * from, 1000.0 * until)));
            assertThat(scaled.ticks())
                    .usingElementComparator(BigDecimal::compareTo)
                    .containsExactlyElementsOf(axis.ticks().stream()
                            .map(tick -> tick.movePointRight(3))
                            .toList());
        });
    }

    @ParameterizedTest
    @CsvSource({
        "0,              0",
        "1,              1",
        "1.5,            1.5",
        "100,            100",
        "120000,         120000",
        "0.1,            0.1",
        "0.30000000000000004, 0.3",
        "3.14159265,     3.141593",
        "1234567,        1234567",
        "12345678,       12345680",
        "99999999,       100000000",
        "0.00012345678,  0.0001234568",
        "1e9,            1000000000",
        "1e10,           1E+10",
        "123456789012,   123456800000",
        "1e-9,           0.000000001",
        "1e-10,          1E-10",
        "2.5e-9,         2.5E-9",
        "1.7976931348623157e308, 1.797693E+308",
        "4.9e-324,       4.940656E-324",
    })
    void aNumberHasSevenDigitsAndNoMoreZerosThanCanBeCounted(double value, String text) {
        assertThat(TimeAxis.number(value)).isEqualTo(text);
    }
}
