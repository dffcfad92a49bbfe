package io.fleetwright.tests.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small fleet with every build: everybody is told and everybody's report is stored, however long it takes. */
class FleetLoadTest {
    private static final int NODES = 100;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    @Test
    void everyConnectedNodeIsToldAndEveryReportIsStored() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("FleetLoadTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        FleetLoad.Outcome outcome = new FleetLoad(new FleetLoad.Plan(NODES, LIMIT, seed), folder).run();
        System.out.println(outcome.text());
        assertThat(outcome.notified()).isPositive();
        assertThat(outcome.reported()).isGreaterThanOrEqualTo(outcome.notified());
        assertThat(outcome.end().get("state").asText()).isEqualTo("succeeded");
        assertThat(outcome.end().at("/counts/succeeded").asInt()).isEqualTo(NODES);
    }
}
