package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.http.EnergyResource.Window;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class EnergyResourceTest {
    private static final long NOW = 1_767_225_600_000L;

    @Test
    void aWeekIsTheLongestThatIsAskedFor() {
        Window week = Window.of(null, "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z", NOW);
        assertThat(week.toMillis() - week.fromMillis()).isEqualTo(7L * 24 * 60 * 60 * 1000);
        assertThatThrownBy(() -> Window.of(null, "2026-01-01T00:00:00Z", "2026-01-08T00:00:00.001Z", NOW))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void timesAtTheEndsOfTheCalendarAreNoShortTimeApart() {
        String first = Instant.ofEpochMilli(Long.MIN_VALUE).toString();
        String last = Instant.ofEpochMilli(Long.MAX_VALUE).toString();
        for (String[] fromTo : new String[][] {{first, last}, {last, first}, {first, first}}) {
            assertThatThrownBy(() -> Window.of(null, fromTo[0], fromTo[1], NOW))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("from must be before to");
        }
    }
}
