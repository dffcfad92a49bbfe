package io.fleetwright.scheduler.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class SplitWatchTest {
    @Test
    void aSlowerLinkMakesThePlanOldAfterAFewTransfers() {
        var watch = new SplitWatch(1000);
        watch.transferred(1250, 10);
        assertThat(watch.kbitPerSecond()).isEqualTo(1000);
        assertThat(watch.isOff()).isFalse();
        // 500 kbit/s: 850, then 745
        watch.transferred(1250, 20);
        assertThat(watch.isOff()).isFalse();
        watch.transferred(1250, 20);
        assertThat(watch.kbitPerSecond()).isCloseTo(745, within(1e-9));
        assertThat(watch.isOff()).isTrue();
    }

    @Test
    void aSlowerDeviceMakesThePlanOldToo() {
        var watch = new SplitWatch(1000);
        watch.ran(14, 10);
        assertThat(watch.slowdown()).isCloseTo(1.12, within(1e-12));
        assertThat(watch.isOff()).isFalse();
        watch.ran(14, 10);
        assertThat(watch.isOff()).isTrue();
    }

    @Test
    void anotherPlanIsTakenWhenItsGainLasts() {
        var watch = new SplitWatch(1000);
        assertThat(watch.shouldTake(8, 10)).isFalse();
        assertThat(watch.shouldTake(8, 10)).isFalse();
        assertThat(watch.shouldTake(9.5, 10)).isFalse();
        assertThat(watch.shouldTake(8, 10)).isFalse();
        assertThat(watch.shouldTake(8, 10)).isFalse();
        assertThat(watch.shouldTake(8, 10)).isTrue();
    }
}
