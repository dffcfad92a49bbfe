package io.fleetwright.forge.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

final class LevelsTest {
    @Test
    void theNearestLevelIsTheOneThatTryingAllFinds() {
        SeededCases.forEach(1, 500, (random, _) -> {
            WeightFormat format = WeightFormat.of(random.nextInt(WeightFormat.values().length))
                    .orElseThrow();
            Levels levels = Levels.of(format);
            double steps = random.nextDouble(-140, 140);
            double least = Double.POSITIVE_INFINITY;
            int below = Integer.MIN_VALUE;
            int above = Integer.MAX_VALUE;
            for (int level = Byte.MIN_VALUE; level <= Byte.MAX_VALUE; level++) {
                if (levels.contains(level)) {
                    least = Math.min(least, Math.abs(level - steps));
                    below = level <= steps ? level : below;
                    above = level >= steps && above == Integer.MAX_VALUE ? level : above;
                }
            }
            assertThat(Math.abs(levels.nearest(steps) - steps)).isEqualTo(least);
            if (below != Integer.MIN_VALUE && above != Integer.MAX_VALUE) {
                assertThat(levels.below(steps)).isEqualTo(below);
                assertThat(levels.above(steps)).isEqualTo(above);
            }
        });
    }

    @Test
    void powersPartAtTheirMiddleOrAtTheirGeometricMean() {
        Levels levels = Levels.of(WeightFormat.POW2);
        assertThat(levels.nearest(5.9)).isEqualTo(4);
        assertThat(levels.nearest(6.1)).isEqualTo(8);
        assertThat(levels.nearestByRatio(5.6)).isEqualTo(4);
        assertThat(levels.nearestByRatio(5.7)).isEqualTo(8);
        assertThat(levels.nearestByRatio(-5.7)).isEqualTo(-8);
        assertThat(levels.nearestByRatio(1000)).isEqualTo(64);
    }

    @Test
    void twoTermsAreEverySumOfTwoPowersThatFitsAByte() {
        Levels levels = Levels.of(WeightFormat.POW2X2);
        for (int level : new int[] {0, 1, 3, 5, 7, 9, 31, 33, 48, 63, 96, -96, -7}) {
            assertThat(levels.contains(level)).as("%d", level).isTrue();
        }
        for (int level : new int[] {11, 13, 19, 97, 127, -11, -128}) {
            assertThat(levels.contains(level)).as("%d", level).isFalse();
        }
    }

    @Test
    void aScaleCodeIsTheSmallestScaleThatIsLargeEnough() {
        SeededCases.forEach(1, 500, (random, _) -> {
            double widest = random.nextDouble(0.01, 10);
            var scales = ScaleCode.reaching(widest);
            double wanted = Math.scalb(1.0, scales.exponent()) * Math.pow(2, -random.nextDouble(0, 15.9));
            double found = scales.scale(scales.codeOf(wanted));
            assertThat(found).isBetween(wanted * (1 - 1e-6), wanted * 1.045);
            assertThat(scales.scale(16)).isEqualTo(Math.scalb(1f, scales.exponent() - 1));
            assertThat(scales.scale(0)).isBetween((float) widest, (float) widest * 2);
        });
    }
}
