package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What must hold of jobs: each that was accepted is there, ends once, and answers with its network's bytes. */
final class JobChecks {
    private static final int OUTPUT_BYTES = 10;

    private final long seed;
    private final MemoryStore store;
    /** Inputs by job. */
    private final Map<String, byte[]> accepted = new TreeMap<>();

    private final Map<String, String> terminalStates = new HashMap<>();

    JobChecks(long seed, MemoryStore store) {
        this.seed = seed;
        this.store = store;
    }

    /** The caller had its answer. */
    void accepted(String job, byte[] input) {
        accepted.put(job, input);
    }

    /** After every commit: what was terminal stays what it was. */
    void hint(Effects.Hint hint) {
        if (!hint.kind().equals("job")) {
            return;
        }
        JobRow job = store.transact(tx -> tx.get(JobRow.class, hint.id())).orElseThrow();
        String before = terminalStates.get(job.id);
        if (before != null) {
            assertThat(job.state)
                    .as("seed %d: terminal state of %s changed", seed, job.id)
                    .isEqualTo(before);
        } else if (!open().contains(job.state)) {
            terminalStates.put(job.id, job.state);
        }
    }

    boolean isQuiet() {
        return store.transact(tx -> tx.count(Query.of(JobRow.class).in("state", open()))) == 0;
    }

    private static List<String> open() {
        return List.of(Jobs.QUEUED, Jobs.RUNNING);
    }

    /** @return how many jobs ended in which state */
    Map<String, Integer> atTheEnd() {
        List<JobRow> jobs = store.transact(tx -> tx.find(Query.of(JobRow.class)));
        Map<String, Integer> states = new TreeMap<>();
        for (JobRow job : jobs) {
            assertThat(job.state)
                    .as("seed %d: job %s has ended", seed, job.id)
                    .isIn(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED);
            states.merge(job.state, 1, Integer::sum);
            byte[] input = accepted.get(job.id);
            if (job.state.equals(Jobs.SUCCEEDED) && input != null) {
                assertThat(job.output)
                        .as("seed %d: output of %s", seed, job.id)
                        .isEqualTo(expected(String.valueOf(job.digest), input));
            }
        }
        assertThat(jobs.stream().map(job -> job.id))
                .as("seed %d: every accepted job is there", seed)
                .containsAll(accepted.keySet());
        return states;
    }

    private static byte[] expected(String digest, byte[] input) {
        byte[] output = new byte[OUTPUT_BYTES];
        try {
            Interpreter.create(
                            ModelReader.read(Objects.requireNonNull(Published.ARTIFACTS.get(digest)), digest),
                            Rounding.DOUBLE)
                    .run(input, 0, output, 0);
        } catch (ModelException impossible) {
            throw new AssertionError(impossible);
        }
        return output;
    }
}
