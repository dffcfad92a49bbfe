package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Seeded histories of rollouts: policies and operators at random, processes that end at any write, messages lost, doubled
 * and late, clocks that are up to a day wrong, clocks that are set, and a controller that was replaced in the middle of a
 * transaction and acts on. {@code ./fleetwright fuzz rollout N SEED} runs more, or one of them again.
 */
class RolloutHistoriesTest {
    private static final int NODES = 8;
    private static final int PROGRESS = 500;
    private static final int SABOTAGED = 40;
    private static final Weather.Faults STORM = new Weather.Faults(0.15, 0.08, 0.01, 0.01, 0.01, 0.5);

    /** What many histories were like. */
    private static final class Tally {
        private final long began = System.nanoTime();
        private final Map<String, Integer> faults = new TreeMap<>();
        private final Map<String, Integer> ends = new TreeMap<>();
        private int histories;
        private int empty;

        synchronized void add(FleetWorld.Outcome outcome, int of) {
            histories++;
            empty += outcome.rolloutStates().isEmpty() ? 1 : 0;
            outcome.faults().forEach((fault, count) -> faults.merge(fault, count, Integer::sum));
            outcome.rolloutStates().forEach((state, count) -> ends.merge(state, count, Integer::sum));
            if (histories % PROGRESS == 0 && histories < of) {
                System.out.printf("RolloutHistoriesTest %d of %d histories%n", histories, of);
            }
        }

        @Override
        public synchronized String toString() {
            return "RolloutHistoriesTest %d histories in %d s: faults %s, ends %s"
                    .formatted(histories, (System.nanoTime() - began) / 1_000_000_000, faults, ends);
        }
    }

    @Test
    void everyRolloutEndsAndSuccessIsNeverFalse() {
        int histories = Integer.getInteger("fleetwright.histories", 100);
        Tally tally = new Tally();
        SeededCases.forEach(
                Long.getLong("fleetwright.histories.first", 1),
                histories,
                Integer.getInteger("fleetwright.threads", 1),
                (_, seed) -> tally.add(history(seed), histories));
        System.out.println(tally);
        assertThat(tally.empty).as("histories without a rollout").isZero();
        if (tally.histories >= SABOTAGED) {
            assertThat(tally.faults)
                    .as("each kind of fault happened")
                    .containsKeys(
                            "agent crashes",
                            "agents killed by a version",
                            "broken links",
                            "clock steps back",
                            "clock steps forward",
                            "commits within a replaced one's transaction",
                            "controller crashes",
                            "damaged fetches",
                            "database refusals",
                            "doubled messages",
                            "failed fetches",
                            "late messages",
                            "lost messages",
                            "replaced within a transaction",
                            "targets that fell back",
                            "writes of a replaced controller refused");
            assertThat(tally.ends).containsKeys("succeeded", "rolled-back", "aborted");
        }
    }

    private static FleetWorld.Outcome history(long seed) {
        try {
            return new FleetWorld(seed, NODES, STORM, History.Focus.ROLLOUTS).run();
        } catch (AssertionError | RuntimeException failure) {
            System.out.printf(
                    "RolloutHistoriesTest seed %d failed, ./fleetwright fuzz rollout 1 %d repeats it%n", seed, seed);
            throw failure;
        }
    }

    /** A check that nothing can break says nothing: each one has a fault that it alone names. */
    @ParameterizedTest
    @CsvSource({
        "UNFENCED, ONE_WRITER, had begun",
        "ROTTEN_DISK, VERIFIED_BYTES, runs other bytes",
        "LATE_WRITE, NEVER_BACK, timestamp went from",
        "SLOW_CLOCK, NEVER_BACK, after its end",
        "NO_WAY_BACK, NEVER_BACK, is the least allowed",
        "DEAF_NODE, CONVERGES, is to run",
        "FORGETFUL_DISK, ALWAYS_RUNNABLE, which is not there",
        "FLATTERING_STORE, TRUE_SUCCESS, never said that it runs",
        "FORGIVING_STORE, TRUE_SUCCESS, and its device says",
        "MISCOUNTING_STORE, TRUE_SUCCESS, skipped targets",
        "LATE_STORE, TRUE_SUCCESS, after it was halted",
        "TWO_DIRECTORS, ONE_DISPATCH, two lists of version",
        "RESTARTING_STORE, ONE_DISPATCH, was started while running",
        "KEEPING_STORE, TAKEN_BACK, is still to run"
    })
    void eachCheckNamesItsFault(Sabotage sabotage, Invariant expected, String words) {
        int found = 0;
        for (long seed = 1; seed <= SABOTAGED && found == 0; seed++) {
            try {
                new FleetWorld(seed, NODES, STORM, History.Focus.ROLLOUTS, sabotage).run();
            } catch (Invariant.Broken broken) {
                assertThat(broken.invariant()).as(broken.getMessage()).isEqualTo(expected);
                found += String.valueOf(broken.getMessage()).contains(words) ? 1 : 0;
            }
        }
        assertThat(found).as("histories in which the fault was seen").isPositive();
    }
}
