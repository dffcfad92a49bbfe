package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Figures that no board can have are refused where they come in: sums and plans are made of them. */
class FiguresTest {
    private static byte[] result(UnaryOperator<TaskResult> with) {
        return with.apply(TaskResult.succeeded(new Stamp("00c0ffee00c0ffee", 1), "j-1", 1, "cpu0", null))
                .encode();
    }

    private static void isRefused(String field, UnaryOperator<TaskResult> with) {
        assertThatThrownBy(() -> TaskResult.decode(result(with)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining(field);
    }

    @Test
    void energiesOfAResultAreFromNothingToAMegajoule() throws Exception {
        for (double fits : new double[] {0, 95.2, StreamAnswer.ENERGY_MAX}) {
            assertThat(TaskResult.decode(result(it -> it.withEnergy(fits, EnergyMethod.RAPL, 0.1)))
                            .energyMicrojoules())
                    .isEqualTo(fits);
        }
        for (double wrong : new double[] {-1, -1e-9, 1.1 * StreamAnswer.ENERGY_MAX, 1.7e308}) {
            isRefused("energyMicrojoules", it -> it.withEnergy(wrong, EnergyMethod.RAPL, 0.1));
            isRefused("sendMicrojoules", it -> it.withOnLink(new TaskResult.OnLink(wrong, null)));
        }
        isRefused("energyUncertainty", it -> it.withEnergy(1.0, EnergyMethod.RAPL, -0.1));
    }

    @Test
    void timesOfAResultAreADayAtMost() throws Exception {
        assertThat(TaskResult.decode(result(it -> it.measured(TaskResult.MICROS_MAX)))
                        .latencyMicros())
                .isEqualTo(TaskResult.MICROS_MAX);
        for (long wrong : new long[] {-1, TaskResult.MICROS_MAX + 1, Long.MAX_VALUE}) {
            isRefused("latencyMicros", it -> it.measured(wrong));
            isRefused("directMicros", it -> it.withDirectMicros(wrong));
            isRefused("beforeMicros", it -> it.withTransformed(new TaskResult.Transformed(wrong, 1)));
            isRefused("afterMicros", it -> it.withTransformed(new TaskResult.Transformed(1, wrong)));
        }
    }

    private static StreamReport window(LatencyHistogram latency, StreamReport.Energy energy) {
        return new StreamReport(
                new Stamp("00c0ffee00c0ffee", 1),
                "s-1",
                1,
                1,
                3,
                3,
                0,
                0,
                0,
                0,
                0,
                true,
                latency,
                60,
                energy,
                List.of(),
                1,
                1,
                null,
                null,
                List.of());
    }

    @Test
    void energiesOfAWindowAreNeitherNegativeNorBeyondAllBounds() {
        LatencyHistogram latency = new LatencyHistogram(new TreeMap<>(Map.of(1, 3L)));
        assertThat(window(latency, new StreamReport.Energy(3, 240, EnergyMethod.MODEL, 0.1))
                        .energy()
                        .microjoules())
                .isEqualTo(240);
        for (StreamReport.Energy wrong : List.of(
                new StreamReport.Energy(3, -5, EnergyMethod.MODEL, 0.1),
                new StreamReport.Energy(3, 1e300, EnergyMethod.MODEL, 0.1),
                new StreamReport.Energy(3, 5, EnergyMethod.MODEL, -0.1))) {
            assertThatThrownBy(() -> window(latency, wrong))
                    .as("%s", wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A count that wraps around would pass as a small one, and break the sum with the next window. */
    @Test
    void aHistogramWhoseCountNoLongHoldsIsRefused() {
        long quarter = 1L << 62;
        assertThatThrownBy(() -> LatencyHistogram.parse("0:%1$d 1:%1$d 2:%1$d 3:%1$d 4:1".formatted(quarter)))
                .isInstanceOf(ArithmeticException.class);
        assertThat(LatencyHistogram.parse("0:%1$d 1:%2$d".formatted(quarter, quarter - 1))
                        .count())
                .isEqualTo(Long.MAX_VALUE);
    }
}
