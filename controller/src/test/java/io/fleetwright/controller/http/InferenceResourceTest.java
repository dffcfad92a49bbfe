package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class InferenceResourceTest {
    @Test
    void whatPassedInTheWaitForRoomIsTakenOffTheDeadline() {
        Duration deadline = Duration.ofSeconds(4);
        assertThat(InferenceResource.left(deadline, 0)).isEqualTo(deadline);
        assertThat(InferenceResource.left(deadline, 999_999)).isEqualTo(deadline);
        assertThat(InferenceResource.left(deadline, 2_000_000_000L)).isEqualTo(Duration.ofSeconds(2));
        assertThat(InferenceResource.left(deadline, 5_000_000_000L)).isEqualTo(Duration.ofMillis(1));
    }
}
