package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodePeers;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Storable;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that several devices share. Each part has a task of its own: {@code job.0} runs the front of the network where the input
 * is, {@code job.1} and those after it take what the one before sends, and the last one answers. All have the attempt's number, so what
 * an earlier attempt still sends counts nowhere.
 */
final class SharedAttempts {
    /** An answer is waited for so many times as long as planned, and so much longer. */
    private static final double TIMES = 2;

    /** Nobody waits for it any more. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long GRACE_MILLIS = 1000;

    private final Duration limit;
    private final Outputs outputs;

    /** @param limit how long any attempt may stay unanswered */
    SharedAttempts(Duration limit, Outputs outputs) {
        this.outputs = outputs;
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
        int dot = task.length() - 2;
        boolean isPart = dot > 0
                && task.charAt(dot) == '.'
                && task.charAt(dot + 1) >= '0'
                && task.charAt(dot + 1) < '0' + Splits.PARTS_MAX;
        return isPart ? task.substring(0, dot) : task;
    }

    private static String taskOf(String job, int place) {
        return job + "." + place;
    }

    /** Notes how the job's present attempt is shared by devices that all hold the job's variant. */
    void begin(Tx tx, JobRow job, Splits.Split taken, long nowMillis) {
        begin(tx, job, taken, Map.of(), nowMillis);
    }

    /**
     * Notes how the job's present attempt is shared.
     *
     * @param parts what devices hold, by their id, where that is not the job's variant itself
     */
    void begin(Tx tx, JobRow job, Splits.Split taken, Map<String, VariantRow> parts, long nowMillis) {
        SplitRow split = new SplitRow();
        split.id = job.id;
        split.tenant = job.tenant;
        split.epoch = job.epoch;
        split.operators = taken.operators();
        split.plannedMicros =
                Math.round(taken.plan().latencyMillis() * 1000 + taken.around().micros());
        split.linkMicros = Math.round(taken.linkMillis() * 1000);
        split.localMicros = Math.round(taken.aloneMicros());
        split.sentAt = nowMillis;
        split.answerBy =
                nowMillis + Math.min(limit.toMillis(), GRACE_MILLIS + Math.round(TIMES * taken.finishMicros() / 1000));
        if (!tx.insertIfAbsent(split)) {
            tx.update(split);
        }
        tx.deleteAll(Query.of(SplitPartRow.class).equal("jobId", job.id));
        long inputBytes = job.inputBytes;
        for (int place = 0; place < taken.stages().size(); place++) {
            SplitPartRow part = part(split, taken.stages().get(place), place);
            if (place == 0) {
                part.plannedMicros += Math.round(taken.around().beforeMicros());
            } else if (place == taken.stages().size() - 1) {
                part.plannedMicros += Math.round(taken.around().afterMicros());
            }
            part.inputBytes = inputBytes;
            VariantRow held = parts.get(taken.stages().get(place).device().id);
            part.digest = held == null ? null : held.digest;
            tx.insert(part);
            inputBytes = taken.bytesAfter(place);
        }
    }

    private static SplitPartRow part(SplitRow split, Splits.Stage stage, int place) {
        SplitPartRow part = new SplitPartRow();
        part.id = taskOf(split.id, place);
        part.jobId = split.id;
        part.tenant = split.tenant;
        part.epoch = split.epoch;
        part.place = place;
        part.nodeId = stage.device().nodeId;
        part.device = stage.device().device;
        part.fromOperator = stage.from();
        part.toOperator = stage.to();
        part.plannedMicros = Math.round(stage.micros());
        part.sentAt = split.sentAt;
        part.answerBy = split.answerBy;
        var sends = stage.sends();
        if (sends != null) {
            part.bits = sends.bits();
            part.linkBytes = sends.bytes();
            part.linkMicros = Math.round(sends.millis() * 1000);
        }
        return part;
    }

    /**
     * Sends all orders.
     *
     * @return false when one of the nodes is not known any more
     */
    static boolean order(Tx tx, Effects effects, JobRow job, long budgetMillis) {
        List<SplitPartRow> parts = SplitPartRow.of(tx, job.id);
        List<NodeRow> nodes = parts.stream()
                .flatMap(part -> tx.get(NodeRow.class, part.nodeId).stream())
                .toList();
        String digest = job.digest;
        if (parts.size() < 2 || nodes.size() < parts.size() || digest == null) {
            return false;
        }
        Duration expiry = Duration.ofMillis(budgetMillis);
        Chains chains = job.onBoards();
        // The last first: nobody keeps a tensor that he does not expect.
        for (int place = parts.size() - 1; place >= 0; place--) {
            SplitPartRow part = parts.get(place);
            boolean first = place == 0;
            Integer bits = part.bits;
            Work.Source source = first
                    ? Jobs.source(job, part.inputBytes)
                    : new Work.Source.Sent(
                            new Work.Expects(
                                    nodes.get(place - 1).node,
                                    Objects.requireNonNull(parts.get(place - 1).bits),
                                    Links.received(nodes.get(place - 1), nodes.get(place))),
                            part.inputBytes);
            Work.Sends sends = bits == null
                    ? null
                    : new Work.Sends(
                            nodes.get(place + 1).node,
                            parts.get(place + 1).id,
                            bits,
                            Links.emulated(nodes.get(place), nodes.get(place + 1)),
                            NodePeers.between(nodes.get(place), nodes.get(place + 1)));
            String variant = Objects.requireNonNullElse(part.digest, digest);
            Work work = Work.order(part.id, job.epoch, part.device, job.model, variant, source)
                    .within(job.deadlineAt, budgetMillis)
                    .withSegment(new Work.Segment(part.fromOperator, part.toOperator))
                    .sendingTo(sends)
                    .withTransforms((first ? chains.front() : sends == null ? chains.back() : Chains.NONE).told());
            effects.send(new Topic(Nodes.address(nodes.get(place)), Topic.Kind.DOWN_WORK), work.encode(), expiry);
        }
        return true;
    }

    /** Attempts that have not been answered in time, with the reason; they are told of once. */
    Map<JobRow, String> takeLate(Tx tx, long nowMillis) {
        Map<JobRow, String> late = new LinkedHashMap<>();
        for (SplitRow split : tx.find(Query.of(SplitRow.class).less("answerBy", nowMillis))) {
            JobRow job = tx.get(JobRow.class, split.id).orElse(null);
            List<SplitPartRow> parts = SplitPartRow.of(tx, split.id);
            if (job != null && isPresent(job, split)) {
                if (outputs.isAnswering(tx, job, nowMillis - limit.toMillis())) {
                    continue;
                }
                Optional<SplitPartRow> silent =
                        parts.stream().filter(part -> part.tookMicros == null).findFirst();
                late.put(job, silent.filter(part -> part.place == 0).isPresent() ? "no-answer" : "peer-lost");
                silent.ifPresent(part -> split.lost = nameOf(part));
            }
            close(tx, split, parts);
        }
        return late;
    }

    private static String nameOf(SplitPartRow part) {
        return part.nodeId.substring(part.nodeId.indexOf('/') + 1) + "/" + part.device;
    }

    private static void close(Tx tx, SplitRow split, List<SplitPartRow> parts) {
        split.answerBy = NEVER;
        tx.update(split);
        for (SplitPartRow part : parts) {
            part.answerBy = NEVER;
            tx.update(part);
        }
    }

    /** Running jobs of which the node runs a part, other than the first. */
    static List<JobRow> takenOverBy(Tx tx, NodeRow node) {
        return tx.find(Query.of(SplitPartRow.class).equal("nodeId", node.id).less("answerBy", NEVER)).stream()
                .filter(part -> part.place > 0)
                .map(part -> part.jobId)
                .distinct()
                .flatMap(id -> tx.get(SplitRow.class, id).stream())
                .flatMap(split -> tx.get(JobRow.class, split.id).filter(job -> isPresent(job, split)).stream())
                .toList();
    }

    /** Notes for which node's sake a shared attempt is given up. */
    static void lose(Tx tx, JobRow job, NodeRow node) {
        SplitRow split = tx.get(SplitRow.class, job.id).orElse(null);
        if (split != null) {
            SplitPartRow.of(tx, job.id).stream()
                    .filter(part -> part.nodeId.equals(node.id))
                    .findFirst()
                    .ifPresent(part -> split.lost = nameOf(part));
            tx.update(split);
        }
    }

    private static boolean isPresent(JobRow job, SplitRow split) {
        return job.state.equals(Jobs.RUNNING) && job.split && job.epoch == split.epoch;
    }

    /** What a task of the job's present attempt is to run: the job's variant or a part of it. */
    static @Nullable String ordered(Tx tx, JobRow job, String task) {
        return tx.get(SplitPartRow.class, task)
                .filter(part -> part.jobId.equals(job.id) && part.digest != null)
                .map(part -> part.digest)
                .orElse(job.digest);
    }

    /** Takes in what one of the devices says of its part; anything but the present attempt changes nothing. */
    Step take(Tx tx, NodeRow node, JobRow job, TaskResult result, long nowMillis) {
        SplitRow split = tx.get(SplitRow.class, job.id).orElse(null);
        List<SplitPartRow> parts = SplitPartRow.of(tx, job.id);
        SplitPartRow part = parts.stream()
                .filter(one -> one.id.equals(result.task()))
                .findFirst()
                .orElse(null);
        if (split == null
                || part == null
                || !isPresent(job, split)
                || result.epoch() != job.epoch
                || !node.id.equals(part.nodeId)
                || !result.device().equals(part.device)) {
            return new Step.Nothing();
        }
        boolean first = part.place == 0;
        boolean last = part.bits == null;
        if (result.outcome() != TaskResult.Outcome.OK) {
            String reason = result.reason() == null ? "unknown" : Storable.reason(result.reason());
            split.lost = nameOf(part);
            tx.update(split);
            return new Step.Again(first ? reason : "peer-" + reason);
        }
        Long latency = result.latencyMicros();
        byte[] output = result.output();
        TaskResult.PutOutput put = result.put();
        if (latency == null || last != (output != null || put != null)) {
            return new Step.Again("no-output");
        }
        if (put != null && !Outputs.has(tx, job, put)) {
            return new Step.Again("output-not-put");
        }
        Chains chains = job.onBoards();
        Chains own = first ? chains.front() : last ? chains.back() : Chains.NONE;
        if (!own.isEmpty() && (result.transformed() == null || last && !OrderTransforms.isMade(job, result))) {
            split.lost = nameOf(part);
            tx.update(split);
            return new Step.Again(OrderTransforms.NOT_TRANSFORMED);
        }
        String digest = Objects.requireNonNullElse(part.digest, String.valueOf(job.digest));
        if (!digest.equals(result.digest())) {
            return new Step.Again("wrong-variant");
        }
        learn(tx, split, part, digest, result, latency, nowMillis);
        part.tookMicros = latency;
        part.microjoules = result.energyMicrojoules();
        part.energyMethod = result.energyMethod().wireName();
        part.energyUncertainty = result.energyUncertainty();
        TaskResult.OnLink onLink = result.onLink();
        part.sendMicrojoules = onLink == null || last ? null : onLink.sendMicrojoules();
        part.receiveMicrojoules = onLink == null || first ? null : onLink.receiveMicrojoules();
        Integer bits = part.bits;
        Long sent = result.sentBytes();
        part.directMicros = bits == null ? null : result.directMicros();
        if (bits != null && sent != null) {
            tx.get(NodeRow.class, parts.get(part.place + 1).nodeId)
                    .ifPresent(to -> Links.learn(tx, node, to, sent, result.directMicros(), nowMillis));
        }
        if (bits != null && bits == Byte.SIZE && sent != null) {
            part.sentBytes = sent;
            CutRow.learn(tx, job.tenant, String.valueOf(job.digest), part.toOperator, sent, nowMillis);
        }
        if (first) {
            FrameOf.front(split, result);
            split.beforeMicros = OrderTransforms.before(chains, result);
        }
        if (last) {
            FrameOf.back(split, result);
            split.afterMicros = OrderTransforms.after(chains, result);
            split.output = output;
            split.observedMicros = Math.max(0, nowMillis - split.sentAt) * 1000;
        }
        if (parts.stream().anyMatch(one -> one.tookMicros == null)) {
            tx.update(part);
            tx.update(split);
            return new Step.Nothing();
        }
        OutputRow large = split.output == null ? Outputs.of(tx, job).orElse(null) : null;
        if (split.output == null && large == null) {
            return new Step.Again("output-not-put");
        }
        join(job, split, large, parts);
        close(tx, split, parts);
        return new Step.Done();
    }

    /** Takes in what a device took for its part. */
    private static void learn(
            Tx tx, SplitRow split, SplitPartRow part, String digest, TaskResult result, long latency, long nowMillis) {
        String device = part.nodeId + "/" + part.device;
        if (part.digest != null) {
            // Nothing else tells what a part takes there.
            Costs.learn(tx, part.tenant, device, digest, result, (double) latency, nowMillis);
            return;
        }
        tx.get(DeviceRow.class, device)
                .ifPresent(
                        ran -> OperatorShares.of(tx, ran, digest, part.fromOperator, part.toOperator, split.operators)
                                .ifPresent(share -> Costs.learnStretch(tx, ran, digest, share, result, nowMillis)));
    }

    /** Gives the job its outcome when all parts are there, in whatever order they came. */
    private static void join(JobRow job, SplitRow split, @Nullable OutputRow large, List<SplitPartRow> parts) {
        job.output = split.output;
        job.outputDigest = large == null ? null : large.digest;
        job.outputBytes = large == null ? null : Long.valueOf(large.bytes);
        FrameOf.join(job, split);
        job.beforeMicros = split.beforeMicros;
        job.afterMicros = split.afterMicros;
        long micros = split.linkMicros;
        for (SplitPartRow part : parts) {
            micros += Objects.requireNonNull(part.tookMicros);
        }
        job.latencyMicros = micros;
        // What is on the way is not measured.
        job.modelled = true;
        SharedEnergy energy = SharedEnergy.of(parts);
        job.energyMicrojoules = energy.allMicrojoules();
        job.energyMethod = energy.method();
        job.energyUncertainty = energy.uncertainty();
    }

    /** Tells all nodes to drop what they have of the present attempt. */
    static void cancel(Tx tx, Effects effects, JobRow job) {
        List<SplitPartRow> parts = SplitPartRow.of(tx, job.id);
        parts.forEach(part -> cancelTask(tx, effects, part.nodeId, part.id));
        tx.get(SplitRow.class, job.id).ifPresent(split -> close(tx, split, parts));
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
