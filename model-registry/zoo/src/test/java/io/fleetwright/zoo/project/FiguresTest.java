package io.fleetwright.zoo.project;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Figures of the quantizer on the networks of the zoo; every step is seeded, so each run gives the same. */
final class FiguresTest {
    private static final int INPUTS = 1000;

    static Stream<Arguments> networks() {
        return Project.ALL.stream()
                .flatMap(project -> project.widths().stream().map(width -> Arguments.of(project.name(), width)));
    }

    /** With the best of the quantizer's recipes; {@code zoo measure} does so with every network. */
    @ParameterizedTest
    @CsvSource({"glyphs, w0.5", "wildfire, w0.25"})
    void int8LosesAtMostOnePointWithInputsAndOneAndAHalfWithout(String name, String width) {
        Figures figures = figures(name, width);
        double real = figures.real().fraction();
        QuantizedModel int8 = figures.best(WeightFormat.INT8);
        assertThat(figures.accuracy(int8).fraction()).isGreaterThanOrEqualTo(real - 0.010);
        assertThat(int8.weightRatio()).isGreaterThanOrEqualTo(3.9);
        assertThat(figures.accuracy(figures.zeroShot()).fraction()).isGreaterThanOrEqualTo(real - 0.015);
    }

    @Test
    void int4InGroupsIsSevenTimesSmallerThanFloat() {
        QuantizedModel model = figures("chirps", "w0.25").best(WeightFormat.INT4_G32);
        assertThat(model.weightRatio()).isGreaterThanOrEqualTo(7);
    }

    /** With a single recipe that mends nothing, where the quantizer would choose the best of six. */
    @ParameterizedTest
    @MethodSource("networks")
    void int8RoundedToTheNearestLosesAtMostOnePoint(String name, String width) {
        Figures figures = figures(name, width);
        QuantizedModel model = figures.rounded(WeightFormat.INT8, Rounding.NEAREST);
        assertThat(figures.accuracy(model).fraction())
                .isGreaterThanOrEqualTo(figures.real().fraction() - 0.010);
    }

    /** Both without bias correction, which mends most of what nearest rounding does. */
    @ParameterizedTest
    @MethodSource("networks")
    void adaptiveRoundingToFourBitsIsAtLeastOnePointBetterThanNearest(String name, String width) {
        Figures figures = figures(name, width);
        Accuracy nearest = figures.accuracy(figures.rounded(WeightFormat.INT4, Rounding.NEAREST));
        Accuracy adaptive = figures.accuracy(figures.rounded(WeightFormat.INT4, Rounding.ADAPTIVE));
        assertThat(adaptive.fraction()).isGreaterThanOrEqualTo(nearest.fraction() + 0.01);
    }

    @ParameterizedTest
    @CsvSource({"glyphs, w0.5", "pose, w0.25"})
    void ternaryWeightsAreTwelveTimesSmallerThanFloat(String name, String width) {
        assertThat(figures(name, width)
                        .rounded(WeightFormat.TERNARY, Rounding.NEAREST)
                        .weightRatio())
                .isGreaterThanOrEqualTo(12);
    }

    @Test
    void aRowHoldsEveryFigureOfItsNetwork() {
        Accuracy half = Accuracy.of(100, 50);
        var row = new Figures.Row(
                "chirps-w0.25", half, half, half, half, Accuracy.of(100, 49), half, 3.6, 6.55, 12.8, 1.5);
        assertThat(row.row().chars().filter(c -> c == '|').count())
                .isEqualTo(Figures.HEADING
                        .lines()
                        .findFirst()
                        .orElseThrow()
                        .chars()
                        .filter(c -> c == '|')
                        .count());
        assertThat(row.row())
                .startsWith("| `chirps-w0.25` |")
                .contains("| 49.00 % | 50.00 % | 3.60x | 6.55x | 12.80x | 1.5 s |");
    }

    @Test
    void theBigPoseNetworkReadsHeadingsBetterThanTheLittleOneAndMuchBetterThanChance() {
        PoseFigures.Row little = PoseFigures.of("w0.25", 500);
        PoseFigures.Row big = PoseFigures.of("w1.0", 500);
        assertThat(big.samples().headingDegrees())
                .isGreaterThan(9)
                .isLessThan(little.samples().headingDegrees());
        assertThat(little.samples().headingDegrees()).isLessThan(30);
        assertThat(big.stream().headingDegrees()).isLessThan(little.stream().headingDegrees());
        assertThat(big.row())
                .startsWith("| `pose-w1.0` | %.1f deg |".formatted(big.samples().headingDegrees()));
        assertThat(big.row().split("[|]"))
                .hasSameSizeAs(
                        PoseFigures.HEADING.lines().findFirst().orElseThrow().split("[|]"));
    }

    private static Figures figures(String name, String width) {
        return Figures.read(Project.named(name).orElseThrow(), width, INPUTS);
    }
}
