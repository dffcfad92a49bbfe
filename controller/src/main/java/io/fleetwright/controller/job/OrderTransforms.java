package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.wire.TaskResult;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Transforms that boards run for single jobs: those before the network where the sensor is, those behind it where the answer comes out. A
 * board that does not run one, as its birth tells, is never told of an order with it.
 */
final class OrderTransforms {
    /** Why an attempt counts nothing whose answer is not what the transforms make. */
    static final String NOT_TRANSFORMED = "not-transformed";

    private OrderTransforms() {}

    /** The transform that a node does not run of those that a job would have it run alone, for a machine; absent when it can. */
    static Optional<String> absence(JobRow job, NodeRow node) {
        return absence(job.onBoards(), job.source != null, node);
    }

    /** The same of what a caller asks for. */
    static Optional<String> absence(Chains onBoards, boolean isSource, NodeRow node) {
        return onBoards.missingInOrders(node)
                .map(name -> isSource ? Chains.sourceRunsNo(name) : "device-runs-no-" + name);
    }

    /** Why a node takes no frame for a job, for a machine; absent when it does. */
    static Optional<String> captureAbsence(Chains before, NodeRow node) {
        return node.orderTransforms.isEmpty()
                ? Optional.of("source-takes-no-frames")
                : before.missingInOrders(node).map(Chains::sourceRunsNo);
    }

    /** Whether all boards of the job's present attempt run what they would be told to: one that was born since may run less. */
    static boolean mayBeTold(Tx tx, JobRow job, NodeRow first) {
        if (job.capture) {
            return captureAbsence(job.onBoards(), first).isEmpty();
        }
        Chains all = job.onBoards();
        if (all.isEmpty()) {
            return true;
        }
        if (!job.split) {
            return all.missingInOrders(first).isEmpty();
        }
        List<SplitPartRow> parts = SplitPartRow.of(tx, job.id);
        NodeRow last = parts.isEmpty()
                ? null
                : tx.get(NodeRow.class, parts.getLast().nodeId).orElse(null);
        return last != null
                && all.front().missingInOrders(first).isEmpty()
                && all.back().missingInOrders(last).isEmpty();
    }

    /** Whether a result is what a job's transforms are to make. */
    static boolean isMade(JobRow job, TaskResult result) {
        if (!job.capture && job.onBoards().isEmpty()) {
            return true;
        }
        String form = job.answerForm;
        return result.transformed() != null
                && (form == null || bytes(result) == Chains.form(form).bytes());
    }

    private static long bytes(TaskResult result) {
        byte[] output = result.output();
        TaskResult.PutOutput put = result.put();
        return output != null ? output.length : put != null ? put.bytes() : -1;
    }

    /** Notes what they took where one board did all. */
    static void note(JobRow job, TaskResult result) {
        Chains all = job.onBoards();
        job.beforeMicros = before(all, result);
        job.afterMicros = after(all, result);
    }

    static @Nullable Long before(Chains all, TaskResult result) {
        TaskResult.Transformed took = result.transformed();
        return took == null || all.before().isEmpty() ? null : took.beforeMicros();
    }

    static @Nullable Long after(Chains all, TaskResult result) {
        TaskResult.Transformed took = result.transformed();
        return took == null || all.after().isEmpty() ? null : took.afterMicros();
    }
}
