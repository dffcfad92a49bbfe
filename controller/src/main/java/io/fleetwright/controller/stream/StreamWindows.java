package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.ValueForm;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Keeps what sources tell of their streams, and adds it up for each plan. */
final class StreamWindows {
    private StreamWindows() {}

    /** Stores a report that was not stored before; the plan that it is of, absent when that is not known any more. */
    static @Nullable StreamPlanRow add(Tx tx, LiveStreamRow stream, StreamReport report, long nowMillis) {
        tx.insertIfAbsent(row(stream, report, nowMillis));
        StreamPlanRow plan = tx.get(StreamPlanRow.class, StreamPlanRow.id(stream.id, report.epoch()))
                .orElse(null);
        if (plan == null) {
            return null;
        }
        plan.met += report.met();
        plan.missed += report.missed();
        plan.skipped += report.skipped();
        plan.helped += report.helped();
        plan.fallbacks += report.fallbacks();
        if (report.modelled()) {
            plan.modelled = sum(plan.modelled, report.latency());
        } else {
            plan.measured = sum(plan.measured, report.latency());
        }
        tx.update(plan);
        return plan;
    }

    private static String sum(String before, LatencyHistogram more) {
        return LatencyHistogram.parse(before).plus(more).text();
    }

    private static StreamWindowRow row(LiveStreamRow stream, StreamReport report, long nowMillis) {
        StreamWindowRow row = new StreamWindowRow();
        row.id = "%s#%011x#%s#%012d"
                .formatted(
                        stream.id,
                        nowMillis,
                        report.stamp().boot(),
                        report.stamp().sequence());
        row.tenant = stream.tenant;
        row.streamId = stream.id;
        row.boot = report.stamp().boot();
        row.sequence = report.stamp().sequence();
        row.epoch = report.epoch();
        row.fromFrame = report.from();
        row.toFrame = report.to();
        row.met = report.met();
        row.missed = report.missed();
        row.skipped = report.skipped();
        row.emptyFrames = report.empty();
        row.helped = report.helped();
        row.fallbacks = report.fallbacks();
        row.modelled = report.modelled();
        row.latency = report.latency().text();
        row.beforeLatency = took(report, StreamReport.Chain.BEFORE);
        row.afterLatency = took(report, StreamReport.Chain.AFTER);
        row.latencyMaxMicros = report.latencyMaxMicros();
        row.energyCount = report.energy().count();
        row.microjoules = report.energy().microjoules();
        row.energyMethod = report.energy().method().wireName();
        row.energyUncertainty = report.energy().uncertainty();
        StreamReport.OnLink onLink = report.onLink();
        row.linkCount = onLink == null ? 0 : onLink.count();
        row.linkMicrojoules = onLink == null ? 0 : onLink.microjoules();
        row.receivedAt = nowMillis;
        row.atMillis = report.atMillis();
        row.windowMillis = report.windowMillis();
        StreamReport.Event event = report.event();
        row.event = event == null ? null : Json.wireName(event);
        row.reason = report.reason();
        row.outcomes = array(Json.write(out -> out.objects(
                "outcomes",
                report.outcomes(),
                (o, one) -> o.field("frame", one.frame())
                        .field("sensorFrame", one.sensorFrame())
                        .field("input", one.input())
                        .bytes("output", one.output())
                        .field("latencyMs", one.latencyMicros() / 1000.0)
                        .field("met", one.met())
                        .field("ranOn", Json.wireName(one.ranOn()))
                        .object("form", one.form(), ValueForm::write))));
        return row;
    }

    private static String took(StreamReport report, StreamReport.Chain chain) {
        return report.transforms().stream()
                .filter(one -> one.chain() == chain)
                .map(one -> one.latency().text())
                .findFirst()
                .orElse("");
    }

    /** The one array of an object. */
    private static byte[] array(byte[] object) {
        String text = new String(object, StandardCharsets.UTF_8);
        return text.substring(text.indexOf('['), text.lastIndexOf(']') + 1).getBytes(StandardCharsets.UTF_8);
    }
}
