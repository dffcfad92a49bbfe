package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells a node how a job ended that a caller wanted it to hear of. The message follows the commit and is not sent again: whoever
 * needs to be sure asks for the job.
 */
public final class Notice {
    private static final Duration EXPIRY = Duration.ofMinutes(1);
    /** Bytes of values that fit a message beside the names of {@link Limits#OUTPUTS_MAX} outputs. */
    private static final int INLINE_BYTES_OF_SEVERAL = 3 * 1024;

    private static final int REASON_CHARS_MAX = 200;

    private Notice() {}

    /** A value of a job; {@code digest} stands for bytes that are not at hand. */
    public record Value(
            String name,
            String type,
            List<Integer> shape,
            byte @Nullable [] bytes,
            @Nullable String digest) {}

    /** @throws Refusal when the tenant has no such node */
    public static void requireNode(Tx tx, String tenant, @Nullable String node) {
        if (node != null
                && (!NodeAddress.isId(node)
                        || tx.get(NodeRow.class, tenant + "/" + node)
                                .filter(row -> !row.status.equals(Nodes.REVOKED))
                                .isEmpty())) {
            throw Refusal.notFound("node", node.length() <= 60 ? node : node.substring(0, 60) + "...");
        }
    }

    /** Tells of a single job that has ended. */
    static void send(Tx tx, Effects effects, JobRow job) {
        String node = job.notifyNode;
        if (node == null) {
            return;
        }
        List<Value> values = new ArrayList<>();
        byte[] output = job.output;
        String digest = job.outputDigest;
        Long large = job.outputBytes;
        if (job.state.equals(Jobs.SUCCEEDED) && (output != null || digest != null)) {
            int bytes = output != null ? output.length : Math.toIntExact(large == null ? 0 : large);
            List<Integer> shape = tx.get(
                            VariantRow.class,
                            String.join(
                                    "/",
                                    job.tenant,
                                    job.model,
                                    String.valueOf(job.version),
                                    String.valueOf(job.variant)))
                    .map(variant -> Arrays.stream(variant.outputShape.split(",", -1))
                            .map(Integer::valueOf)
                            .toList())
                    .orElse(List.of(bytes));
            String made = job.answerForm;
            Form form = made == null ? null : Chains.form(made);
            values.add(new Value(
                    "output",
                    form == null ? "int8" : Chains.type(form),
                    form == null ? shape : form.shape(),
                    output,
                    digest));
        }
        String nodeId = job.nodeId;
        String device = nodeId == null ? null : nodeId.substring(nodeId.indexOf('/') + 1) + "/" + job.device;
        Long finished = job.finishedAt;
        send(
                tx,
                effects,
                job.tenant,
                node,
                new Ended(job.id, job.model, job.state, job.reason, device, finished == null ? 0 : finished),
                values);
    }

    /** How a job ended. */
    public record Ended(
            String job,
            String name,
            String state,
            @Nullable String reason,
            @Nullable String device,
            long finishedAt) {}

    /** Tells a node, if it is still there, of a job with its values, inline as far as they fit. */
    public static void send(Tx tx, Effects effects, String tenant, String node, Ended ended, List<Value> values) {
        NodeRow row = tx.get(NodeRow.class, tenant + "/" + node)
                .filter(known -> !known.status.equals(Nodes.REVOKED))
                .orElse(null);
        if (row == null) {
            return;
        }
        String reason = ended.reason();
        effects.send(
                new Topic(Nodes.address(row), Topic.Kind.DOWN_OUTCOME),
                new Outcome(
                                ended.job(),
                                ended.name(),
                                Outcome.State.valueOf(ended.state().toUpperCase(Locale.ROOT)),
                                reason == null || reason.length() <= REASON_CHARS_MAX
                                        ? reason
                                        : reason.substring(0, REASON_CHARS_MAX),
                                ended.device(),
                                ended.finishedAt(),
                                outputs(values))
                        .encode(),
                EXPIRY);
    }

    private static List<Outcome.Output> outputs(List<Value> values) {
        int left = values.size() == 1 ? Limits.INLINE_TENSOR_BYTES_MAX : INLINE_BYTES_OF_SEVERAL;
        List<Outcome.Output> outputs = new ArrayList<>();
        for (Value value : values) {
            byte[] bytes = value.bytes();
            boolean fits = bytes != null && bytes.length <= left;
            left -= fits && bytes != null ? bytes.length : 0;
            outputs.add(new Outcome.Output(
                    value.name(),
                    value.type(),
                    value.shape().stream().map(Long::valueOf).toList(),
                    bytes == null
                            ? String.valueOf(value.digest())
                            : Digest.of(bytes).value(),
                    fits ? bytes : null));
        }
        return outputs;
    }
}
