package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PreferTest {
    private static long seconds(String... headers) {
        return Prefer.await(List.of(headers)).toSeconds();
    }

    @Test
    void readsTheWaitWhereverItStands() {
        assertThat(seconds("wait=10")).isEqualTo(10);
        assertThat(seconds("respond-async, Wait = \"7\"; note=x")).isEqualTo(7);
        assertThat(seconds("return=minimal", "wait=3")).isEqualTo(3);
        assertThat(seconds("wait=3, wait=9")).isEqualTo(3);
    }

    @Test
    void grantsNoMoreThanItHas() {
        assertThat(seconds("wait=60")).isEqualTo(60);
        assertThat(seconds("wait=999999999")).isEqualTo(60);
    }

    @Test
    void passesOverWhatItDoesNotUnderstand() {
        assertThat(Prefer.await(null)).isEqualTo(Duration.ZERO);
        for (String other :
                List.of("", "wait", "wait=", "wait=-1", "wait=1.5", "wait=9999999999", "waits=3", "respond-async")) {
            assertThat(seconds(other)).as(other).isZero();
        }
    }
}
