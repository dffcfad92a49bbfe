package io.fleetwright.tests.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run with every build: what must hold under load, and never how fast it is. */
class IngestLoadTest {
    private static final int NODES = 24;
    private static final Duration TIME = Duration.ofSeconds(5);
    /** The controller's heap of 384 MB, the broker's buffers outside it, code and threads, and as much again to spare. */
    private static final long RESIDENT_BYTES_MAX = 1500L * 1024 * 1024;

    @TempDir
    Path folder;

    @Test
    void everyAcknowledgedSampleIsStoredOnceAndLimitsAnswerInsteadOfFailures() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("IngestLoadTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        IngestLoad.Outcome outcome = new IngestLoad(new IngestLoad.Plan(NODES, TIME, seed), folder).run();
        System.out.println(outcome.text());
        System.out.println(outcome.json());
        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.frames()).isGreaterThan(NODES);
        assertThat(outcome.inferences().getOrDefault(200, 0)).isPositive();
        assertThat(outcome.lists()).isPositive();
        assertThat(outcome.peakBytes()).isLessThan(RESIDENT_BYTES_MAX);
    }
}
