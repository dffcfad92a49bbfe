package io.fleetwright.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SeededCasesTest {
    @Test
    void theSameSeedsGiveTheSameCases() {
        List<Long> first = new ArrayList<>();
        List<Long> second = new ArrayList<>();
        SeededCases.forEach(5, 10, (random, _) -> first.add(random.nextLong()));
        SeededCases.forEach(5, 10, (random, _) -> second.add(random.nextLong()));
        assertThat(first).hasSize(10).doesNotHaveDuplicates().isEqualTo(second);
    }

    @Test
    void aFailureNamesItsSeed() {
        assertThatThrownBy(() ->
                        SeededCases.forEach(1, 5, (_, seed) -> assertThat(seed).isLessThan(3)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed 3 failed");
    }

    @Test
    void awaitReturnsWhenTheConditionTurnsTrueAndNamesWhatItWaitedFor() {
        var calls = new AtomicInteger();
        Await.until("third call", Duration.ofSeconds(5), () -> calls.incrementAndGet() == 3);
        assertThat(calls).hasValue(3);
        assertThatThrownBy(() -> Await.until("the moon", Duration.ofMillis(30), () -> false))
                .hasMessageContaining("the moon");
    }
}
