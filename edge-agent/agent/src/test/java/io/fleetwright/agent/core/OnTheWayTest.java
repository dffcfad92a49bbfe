package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Tensor;
import org.junit.jupiter.api.Test;

class OnTheWayTest {
    private static Tensor tensor() {
        return new Tensor("t", 1, 0, 1, new byte[1], new byte[32]);
    }

    @Test
    void stretchesAreHereWhenTheyAreDueInThatOrder() {
        OnTheWay way = new OnTheWay();
        assertThat(way.nextDueMicros()).isEqualTo(Long.MAX_VALUE);
        way.add(30, "c", tensor());
        way.add(10, "a", tensor());
        way.add(20, "b", tensor());
        assertThat(way.nextDueMicros()).isEqualTo(10);
        assertThat(way.takeDue(9)).isEmpty();
        assertThat(way.takeDue(20)).extracting(OnTheWay.One::from).containsExactly("a", "b");
        assertThat(way.takeDue(20)).isEmpty();
        assertThat(way.nextDueMicros()).isEqualTo(30);
    }

    @Test
    void thereAreOnlySoMany() {
        OnTheWay way = new OnTheWay();
        for (int i = 0; i < OnTheWay.MAX; i++) {
            assertThat(way.add(i, "a", tensor())).isTrue();
        }
        assertThat(way.add(0, "a", tensor())).isFalse();
        assertThat(way.takeDue(0)).hasSize(1);
        assertThat(way.add(0, "a", tensor())).isTrue();
    }
}
