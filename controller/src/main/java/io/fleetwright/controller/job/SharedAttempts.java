package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that two devices share. Each has a task of its own: {@code job.0} runs the front of the network where the input is,
 * {@code job.1} takes what crosses the cut and answers. Both have the attempt's number, so what an earlier attempt still sends
 * counts nowhere.
 */
final class SharedAttempts {
    /** An answer is waited for so many times as long as planned, and so much longer. */
    private static final double TIMES = 2;

    /** Nobody waits for it any more. */
    private static final long NEVER = Long.MAX_VALUE;

    private static final long GRACE_MILLIS = 1000;
    private static final String FRONT = ".0";
    private static final String BACK = ".1";

    private final Duration limit;

    /** @param limit how long any attempt may stay unanswered */
    SharedAttempts(Duration limit) {
        this.limit = limit;
    }

    /** What comes of a result. */
    sealed interface Step {
        /** It is kept, or does not count. */
        record Nothing() implements Step {}

        /** The job has its outcome. */
        record Done() implements Step {}

        /** This attempt is over. */
        record Again(String reason) implements Step {}
    }

    /** The job that a task belongs to. */
    static String jobOf(String task) {
        return task.endsWith(FRONT) || task.endsWith(BACK) ? task.substring(0, task.length() - FRONT.length()) : task;
    }

    /** Notes how the job's present attempt is shared. */
    void begin(Tx tx, JobRow job, Splits.Split taken, long nowMillis) {
        SplitRow split = new SplitRow();
        split.id = job.id;
        split.tenant = job.tenant;
        split.epoch = job.epoch;
        split.nodeId = taken.peer().nodeId;
        split.device = taken.peer().device;
        split.boundary = taken.boundary();
        split.operators = taken.graph().size();
        split.bits = taken.transfer().bits();
        split.tensorBytes = taken.graph().feature(taken.transfer().producer()).elements();
        split.linkBytes = taken.transfer().bytes();
        split.plannedMicros = Math.round(taken.plan().latencyMillis() * 1000);
        split.linkMicros = Math.round(taken.transfer().millis() * 1000);
        split.localMicros = Math.round(taken.aloneMicros());
        split.sentAt = nowMillis;
        split.answerBy =
                nowMillis + Math.min(limit.toMillis(), GRACE_MILLIS + Math.round(TIMES * taken.finishMicros() / 1000));
        if (!tx.insertIfAbsent(split)) {
            tx.update(split);
        }
    }

    /**
     * Sends both orders.
     *
     * @param node of the front
     * @return false when the other node is not known any more
     */
    static boolean order(Tx tx, Effects effects, JobRow job, NodeRow node, long budgetMillis) {
        SplitRow split = tx.get(SplitRow.class, job.id).orElse(null);
        NodeRow peer =
                split == null ? null : tx.get(NodeRow.class, split.nodeId).orElse(null);
        String device = job.device;
        String digest = job.digest;
        if (split == null || peer == null || device == null || digest == null) {
            return false;
        }
        Work back = new Work(
                job.id + BACK,
                job.epoch,
                split.device,
                job.model,
                digest,
                job.deadlineAt,
                budgetMillis,
                null,
                null,
                split.tensorBytes,
                new Work.Segment(split.boundary, split.operators),
                null,
                new Work.Expects(node.node, split.bits));
        Work front = new Work(
                job.id + FRONT,
                job.epoch,
                device,
                job.model,
                digest,
                job.deadlineAt,
                budgetMillis,
                job.input,
                job.inputDigest,
                job.inputBytes,
                new Work.Segment(0, split.boundary),
                new Work.Sends(peer.node, back.task(), split.bits),
                null,
                job.sensor);
        Duration expiry = Duration.ofMillis(budgetMillis);
        // The back first: it keeps no tensor that it does not expect.
        effects.send(new Topic(Nodes.address(peer), Topic.Kind.DOWN_WORK), back.encode(), expiry);
        effects.send(new Topic(Nodes.address(node), Topic.Kind.DOWN_WORK), front.encode(), expiry);
        return true;
    }

    /** Attempts that have not been answered in time, with the reason; they are told of once. */
    Map<JobRow, String> takeLate(Tx tx, long nowMillis) {
        Map<JobRow, String> late = new LinkedHashMap<>();
        for (SplitRow split : tx.find(Query.of(SplitRow.class).less("answerBy", nowMillis))) {
            JobRow job = tx.get(JobRow.class, split.id).orElse(null);
            if (job != null && isPresent(job, split)) {
                late.put(job, split.frontMicros == null ? "no-answer" : "peer-lost");
            }
            split.answerBy = NEVER;
            tx.update(split);
        }
        return late;
    }

    /** Running jobs of which the node runs the back. */
    static List<JobRow> takenOverBy(Tx tx, NodeRow node) {
        return tx.find(Query.of(SplitRow.class).equal("nodeId", node.id).less("answerBy", NEVER)).stream()
                .flatMap(split -> tx.get(JobRow.class, split.id).filter(job -> isPresent(job, split)).stream())
                .toList();
    }

    private static boolean isPresent(JobRow job, SplitRow split) {
        return job.state.equals(Jobs.RUNNING) && job.split && job.epoch == split.epoch;
    }

    /** Takes in what one of the two devices says of its part; anything but the present attempt changes nothing. */
    Step take(Tx tx, NodeRow node, JobRow job, TaskResult result, long nowMillis) {
        SplitRow split = tx.get(SplitRow.class, job.id).orElse(null);
        boolean front = result.task().endsWith(FRONT);
        if (split == null
                || result.task().equals(job.id)
                || !isPresent(job, split)
                || result.epoch() != job.epoch
                || !node.id.equals(front ? job.nodeId : split.nodeId)
                || !result.device().equals(front ? job.device : split.device)) {
            return new Step.Nothing();
        }
        if (result.outcome() != TaskResult.Outcome.OK) {
            String reason = result.reason() == null ? "unknown" : result.reason();
            return new Step.Again(front ? reason : "peer-" + reason);
        }
        Long latency = result.latencyMicros();
        byte[] output = result.output();
        if (latency == null || front != (output == null)) {
            return new Step.Again("no-output");
        }
        if (!String.valueOf(job.digest).equals(result.digest())) {
            return new Step.Again("wrong-variant");
        }
        if (front) {
            split.frontMicros = latency;
            FrameOf.front(split, result);
            split.frontMicrojoules = result.energyMicrojoules();
            split.frontEnergyMethod = result.energyMethod().wireName();
            split.frontEnergyUncertainty = result.energyUncertainty();
        } else {
            split.backMicros = latency;
            FrameOf.back(split, result);
            split.backMicrojoules = result.energyMicrojoules();
            split.backEnergyMethod = result.energyMethod().wireName();
            split.backEnergyUncertainty = result.energyUncertainty();
            split.output = output;
            split.observedMicros = Math.max(0, nowMillis - split.sentAt) * 1000;
        }
        boolean whole = join(job, split);
        split.answerBy = whole ? NEVER : split.answerBy;
        tx.update(split);
        return whole ? new Step.Done() : new Step.Nothing();
    }

    /** Gives the job its outcome when both parts are there, in whatever order they came. */
    private static boolean join(JobRow job, SplitRow split) {
        Long front = split.frontMicros;
        Long back = split.backMicros;
        if (front == null || back == null) {
            return false;
        }
        job.output = split.output;
        FrameOf.join(job, split);
        job.latencyMicros = front + split.linkMicros + back;
        // What is on the way is not measured.
        job.modelled = true;
        Double frontEnergy = split.frontMicrojoules;
        Double backEnergy = split.backMicrojoules;
        boolean known = frontEnergy != null
                && backEnergy != null
                && String.valueOf(split.frontEnergyMethod).equals(split.backEnergyMethod);
        job.energyMicrojoules = known ? Double.valueOf(value(frontEnergy) + value(backEnergy)) : null;
        job.energyMethod = known ? String.valueOf(split.frontEnergyMethod) : EnergyMethod.UNKNOWN.wireName();
        job.energyUncertainty = known
                ? Double.valueOf(Math.max(value(split.frontEnergyUncertainty), value(split.backEnergyUncertainty)))
                : null;
        return true;
    }

    private static double value(@Nullable Double known) {
        return known == null ? 0 : known;
    }

    /** Tells both nodes to drop what they have of the present attempt. */
    static void cancel(Tx tx, Effects effects, JobRow job) {
        cancelTask(tx, effects, job.nodeId, job.id + FRONT);
        tx.get(SplitRow.class, job.id).ifPresent(split -> cancelTask(tx, effects, split.nodeId, job.id + BACK));
    }

    /** Tells a node to drop what it has of a task. */
    static void cancelTask(Tx tx, Effects effects, @Nullable String nodeId, String task) {
        NodeRow node = nodeId == null ? null : tx.get(NodeRow.class, nodeId).orElse(null);
        if (node != null) {
            effects.send(
                    new Topic(Nodes.address(node), Topic.Kind.DOWN_COMMAND),
                    new Command("cancel-" + task, Command.Kind.CANCEL, task).encode(),
                    Duration.ofMinutes(1));
        }
    }
}
