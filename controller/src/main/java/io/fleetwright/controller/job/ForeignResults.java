package io.fleetwright.controller.job;

import io.fleetwright.controller.audit.Breach;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which results break a rule. What a device says of an attempt that it was given breaks none, however late it comes; such a result
 * may just not count any more. Pure.
 */
final class ForeignResults {
    /** Ended jobs are kept as long, and agents keep results until they are acknowledged. */
    private static final Duration KEPT = Duration.ofDays(7);

    /** Begins with when the job came, milliseconds. */
    private static final Pattern JOB = Pattern.compile("j-([0-9a-f]{11})[0-9a-f]{8}");

    private ForeignResults() {}

    /**
     * @param job that the result names, absent when there is none
     * @param ordered what its present attempt was to run, absent when that is not known
     * @param begunAt when this controller began: an inference that its caller waited for may have been lost with the one before
     */
    static Optional<Breach> breach(
            @Nullable JobRow job,
            @Nullable String ordered,
            NodeRow node,
            TaskResult result,
            long begunAt,
            long nowMillis) {
        String task = result.task();
        if (job == null || !job.tenant.equals(node.tenant)) {
            long age = age(SharedAttempts.jobOf(task), nowMillis);
            boolean forgotten = job == null && (age > KEPT.toMillis() || age > nowMillis - begunAt);
            return forgotten
                    ? Optional.empty()
                    : breach(
                            node,
                            Breach.Kind.UNKNOWN_ATTEMPT,
                            "result for task %s, which is not there".formatted(task));
        }
        if (result.epoch() > job.epoch) {
            return breach(
                    node,
                    Breach.Kind.UNKNOWN_ATTEMPT,
                    "result for attempt %d at task %s, of which there were %d"
                            .formatted(result.epoch(), task, job.epoch));
        }
        String device = node.node + "/" + result.device();
        if (Places.knows(job.places, result.epoch()) && !Places.had(job.places, result.epoch(), device)) {
            return breach(
                    node,
                    Breach.Kind.FOREIGN_ATTEMPT,
                    "result of %s for attempt %d at task %s, which it was not given"
                            .formatted(device, result.epoch(), task));
        }
        if (result.outcome() == TaskResult.Outcome.OK
                && result.epoch() == job.epoch
                && ordered != null
                && !ordered.equals(result.digest())) {
            return breach(
                    node,
                    Breach.Kind.WRONG_VARIANT,
                    "result of %s for task %s, and %s was ordered".formatted(result.digest(), task, ordered));
        }
        if (result.outcome() == TaskResult.Outcome.FAILED && "no-such-device".equals(result.reason())) {
            return breach(
                    node,
                    Breach.Kind.ABSENT_DEVICE,
                    "work for %s, which the node does not have any more (task %s)".formatted(device, task));
        }
        return Optional.empty();
    }

    private static Optional<Breach> breach(NodeRow node, Breach.Kind kind, String what) {
        return Optional.of(Breach.of(node, kind, what));
    }

    private static long age(String job, long nowMillis) {
        Matcher id = JOB.matcher(job);
        return id.matches() ? nowMillis - Long.parseLong(id.group(1), 16) : 0;
    }
}
