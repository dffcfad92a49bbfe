package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WavesTest {
    private static final List<String> NAMES = List.of("cpu", "npu", "mcu");

    @Test
    void takesEveryClassInProportion() {
        SeededCases.forEach(1, 100, (random, _) -> {
            int[] classes = random.ints(random.nextInt(1, 2000), 0, 3).toArray();
            int percent = random.nextInt(1, 100);
            int[] waveOf = Waves.assign(classes, NAMES, List.of(new Wave.Percent(percent), new Wave.Percent(100)));
            assertThat(Arrays.stream(waveOf).filter(wave -> wave == 0).count())
                    .isEqualTo(Math.ceilDiv(classes.length * percent, 100));
            for (int type = 0; type < 3; type++) {
                int only = type;
                long size = Arrays.stream(classes).filter(one -> one == only).count();
                long first = java.util.stream.IntStream.range(0, classes.length)
                        .filter(place -> classes[place] == only && waveOf[place] == 0)
                        .count();
                assertThat((double) first).isBetween(size * percent / 100.0 - 2, size * percent / 100.0 + 2);
            }
        });
    }

    @Test
    void mixesCountsClassesAndPercent() {
        int[] classes = {0, 0, 1, 1, 2, 0};
        int[] waveOf = Waves.assign(
                classes,
                NAMES,
                List.of(new Wave.Count(1), new Wave.OfClass("npu"), new Wave.Percent(50), new Wave.Percent(100)));
        assertThat(waveOf).containsExactly(0, 3, 1, 1, 3, 3);
    }

    @Test
    void withoutTargetsThereIsNothingToAssign() {
        assertThat(Waves.assign(new int[0], List.of(), List.of(new Wave.Percent(100))))
                .isEmpty();
    }
}
