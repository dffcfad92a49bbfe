package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SteadyQueueTest {
    @Test
    void theQueueIsFilledAtOnceToItsCap() {
        var queue = new SteadyQueue(3, 4, 25, 1);
        for (int live = 0; live < 3; live++) {
            assertThat(queue.nextMicros()).isZero();
            assertThat(queue.take(live)).isBetween(0, 2);
        }
        assertThat(queue.nextMicros()).isZero();
        assertThat(queue.take(3)).isNotEqualTo(ArrivalSource.NO_JOB);
        assertThat(queue.nextMicros()).isNotNegative().isEqualTo(Math.rint(queue.nextMicros()));
    }

    @Test
    void aFullQueueIsAskedAgainAtLeastAMicrosecondLater() {
        var queue = new SteadyQueue(1, 1, 25, 2);
        queue.take(0);
        for (int ask = 0; ask < 100; ask++) {
            double before = queue.nextMicros();
            assertThat(queue.take(1)).isEqualTo(ArrivalSource.NO_JOB);
            assertThat(queue.nextMicros()).isGreaterThanOrEqualTo(before + 1);
        }
    }

    /** The floor of an exponential of mean m has mean 1 / (exp(1 / m) - 1): 9.508 for 10. */
    @Test
    void intervalsAreWholeAndExponential() {
        var queue = new SteadyQueue(1, 2, 10, 3);
        queue.take(0);
        int jobs = 100_000;
        int[] atLeastTwenty = {0};
        for (int job = 0; job < jobs; job++) {
            double before = queue.nextMicros();
            queue.take(1);
            atLeastTwenty[0] += queue.nextMicros() - before >= 20 ? 1 : 0;
        }
        assertThat(queue.nextMicros() / jobs).isCloseTo(9.508, within(0.15));
        assertThat((double) atLeastTwenty[0] / jobs).isCloseTo(Math.exp(-2), within(0.005));
    }

    @Test
    void everyApplicationIsAsLikely() {
        var queue = new SteadyQueue(4, 2, 10, 4);
        int[] taken = new int[4];
        for (int job = 0; job < 40_000; job++) {
            taken[queue.take(1)]++;
        }
        for (int count : taken) {
            assertThat(count).isBetween(9_600, 10_400);
        }
    }

    @Test
    void theSeedDecides() {
        assertThat(sum(7)).isEqualTo(sum(7)).isNotEqualTo(sum(8));
    }

    private static double sum(long seed) {
        var queue = new SteadyQueue(2, 2, 30, seed);
        for (int job = 0; job < 50; job++) {
            queue.take(1);
        }
        return queue.nextMicros();
    }

    @Test
    void whatIsNotPositiveIsRefused() {
        assertThatThrownBy(() -> new SteadyQueue(0, 1, 1, 1)).hasMessageContaining("queue of 0 applications");
        assertThatThrownBy(() -> new SteadyQueue(1, 0, 1, 1)).hasMessageContaining("cap 0");
        assertThatThrownBy(() -> new SteadyQueue(1, 1, 0, 1)).hasMessageContaining("mean interval 0.0 us");
        assertThatThrownBy(() -> new SteadyQueue(1, 1, Double.NaN, 1)).isInstanceOf(InvalidWorkloadException.class);
    }
}
