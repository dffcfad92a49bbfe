package io.fleetwright.controller.stream;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.job.Notice;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.ValueForm;
import java.util.Arrays;
import java.util.List;

/**
 * Tells a node of a stream's answers that a caller wanted it to hear of: the newest of each window, so that a stream says no more than its
 * windows do, whatever its period.
 */
final class StreamNotice {
    private StreamNotice() {}

    /** Tells of a window that was not told of before. */
    static void send(Tx tx, Effects effects, LiveStreamRow row, StreamPlanRow plan, StreamReport report) {
        String node = row.notifyNode;
        if (node == null || report.outcomes().isEmpty()) {
            return;
        }
        StreamReport.Outcome newest = report.outcomes().getLast();
        byte[] output = newest.output();
        ValueForm form = newest.form();
        List<Notice.Value> values = List.of();
        if (output != null && form != null) {
            values = List.of(new Notice.Value("output", form.type(), form.shape(), output, null));
        } else if (output != null) {
            List<Integer> shape = tx
                    .find(Query.of(VariantRow.class)
                            .equal("tenant", row.tenant)
                            .equal("model", row.model)
                            .equal("digest", plan.digest))
                    .stream()
                    .findFirst()
                    .map(variant -> Arrays.stream(variant.outputShape.split(",", -1))
                            .map(Integer::valueOf)
                            .toList())
                    .orElse(List.of(output.length));
            values = List.of(new Notice.Value("output", "int8", shape, output, null));
        }
        Notice.send(
                tx,
                effects,
                row.tenant,
                node,
                new Notice.Ended(
                        "%s.%s.%d".formatted(row.id, report.stamp().boot(), newest.frame()),
                        row.model,
                        "succeeded",
                        newest.met() ? null : "late",
                        row.nodeId.substring(row.nodeId.indexOf('/') + 1) + "/" + row.device,
                        report.atMillis()),
                values);
    }
}
