package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.StreamPlanRow;
import io.fleetwright.controller.stream.StreamWindowRow;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.ValueForm;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Streams as the API shows them. */
final class StreamViews {
    private static final double MILLI = 1000.0;

    private StreamViews() {}

    /**
     * A stream.
     *
     * @param yieldsTo stream of a higher priority that holds the helper it would have, absent when there is none
     * @param frame form of the sensor's frames, absent where these are the network's input
     * @param before transforms from the frame to the network's input, absent without any
     * @param after transforms from the network's output to the answer, absent without any
     * @param newest window, without its answers
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Stream(
            String stream,
            String model,
            String source,
            String sensor,
            long periodMs,
            long deadlineMs,
            int bits,
            @Nullable Double energyBudgetMj,
            @Nullable Double accuracyFloor,
            @Nullable Double lossMax,
            int priority,
            @Nullable String yieldsTo,
            String state,
            @Nullable String reason,
            String createdAt,
            @Nullable String endedAt,
            @Nullable String heardAt,
            long met,
            long missed,
            long skipped,
            @JsonProperty("notify") @Nullable String notifyNode,
            @Nullable ValueForm frame,
            @Nullable List<Step> before,
            @Nullable List<Step> after,
            @Nullable Plan plan,
            @Nullable Window newest) {}

    /** A transform, as callers write it, with all its parameters. */
    record Step(String transform, Map<String, Object> parameters) {}

    /**
     * How it runs, or ran.
     *
     * @param helper {@code node/device}, absent when the source runs all
     * @param after the source's last operator, absent with it
     * @param beforeMs what transforms of the frame take, absent without any
     * @param afterMs what transforms of the answer take, absent without any
     * @param replanMs from the event to the orders handed over, absent when that was not seen
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Plan(
            long epoch,
            String cause,
            String createdAt,
            @Nullable String helper,
            @Nullable Integer after,
            @Nullable Integer bits,
            boolean keeps,
            double plannedMs,
            double p90Ms,
            @Nullable Double beforeMs,
            double frontMs,
            double linkMs,
            double backMs,
            @Nullable Double afterMs,
            double aloneMs,
            double stageMs,
            @Nullable Double plannedMj,
            @Nullable Double plannedLinkMj,
            @Nullable Double replanMs,
            Observed observed,
            @JsonRawValue @Nullable String why) {}

    /** What was seen under a plan. Measured and modelled times are apart. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Observed(
            long met,
            long missed,
            long skipped,
            long helped,
            long fallbacks,
            @Nullable Latency measured,
            @Nullable Latency modelled) {}

    /** From when frames were due to their answers, each percentile to 5 %. */
    record Latency(long frames, double p50Ms, double p90Ms) {}

    /** A stream's plans. */
    record Why(String stream, List<Plan> plans) {}

    /**
     * What became of frames in a window.
     *
     * @param boot frames are numbered in each start of the source's agent
     * @param before what transforms of frames took, absent without any; always measured
     * @param after what transforms of answers took, absent without any
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Window(
            String boot,
            long epoch,
            long from,
            long to,
            long met,
            long missed,
            long skipped,
            long empty,
            long helped,
            long fallbacks,
            boolean modelled,
            @Nullable Latency latency,
            double latencyMaxMs,
            @Nullable Latency before,
            @Nullable Latency after,
            Energy energy,
            String at,
            String receivedAt,
            long windowMs,
            @Nullable String event,
            @Nullable String reason,
            @JsonRawValue @Nullable String outcomes) {}

    /**
     * Energy of the answered frames of which it is known: what was computed, and apart from it what radios took.
     *
     * @param mj of them together, null when it is known of none
     * @param linkFrames frames that went to a helper of which the energy of both radios is known
     * @param linkMj of these together, modelled; null when it is known of none
     */
    record Energy(
            long frames,
            @Nullable Double mj,
            String energyMethod,
            @Nullable Double energyUncertainty,
            long linkFrames,
            @Nullable Double linkMj) {}

    static Stream stream(Tx tx, LiveStreamRow row) {
        Double budget = row.energyBudgetMicrojoules;
        Chains chains = row.chains();
        Form frame = chains.frame();
        return new Stream(
                row.id,
                row.model,
                row.nodeId.substring(row.nodeId.indexOf('/') + 1) + "/" + row.device,
                row.sensor,
                row.periodMillis,
                row.deadlineMillis,
                row.bitsMin,
                budget == null ? null : Double.valueOf(budget / MILLI),
                row.accuracyFloor,
                row.lossMax,
                row.priority,
                row.yieldsTo,
                row.state,
                row.reason,
                time(row.createdAt),
                row.endedAt == null ? null : time(row.endedAt),
                row.heardAt == null ? null : time(row.heardAt),
                row.met,
                row.missed,
                row.skipped,
                row.notifyNode,
                frame == null ? null : new ValueForm(Chains.type(frame), frame.shape()),
                steps(chains.before()),
                steps(chains.after()),
                tx.get(StreamPlanRow.class, StreamPlanRow.id(row.id, row.epoch))
                        .map(plan -> plan(plan, false))
                        .orElse(null),
                tx
                        .find(Query.of(StreamWindowRow.class)
                                .equal("streamId", row.id)
                                .descending("id")
                                .limit(1))
                        .stream()
                        .findFirst()
                        .map(newest -> window(newest, false))
                        .orElse(null));
    }

    /** Each with all its parameters; absent without any. */
    static @Nullable List<Step> steps(TransformChain chain) {
        return chain.isEmpty()
                ? null
                : chain.texts().stream().map(StreamViews::step).toList();
    }

    /** Of a text with all parameters. */
    private static Step step(String text) {
        int colon = text.indexOf(':');
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (String one : colon < 0 ? new String[0] : text.substring(colon + 1).split(",", -1)) {
            int equals = one.indexOf('=');
            String value = one.substring(equals + 1);
            Object told = value.matches("-?[0-9]+") ? (Object) Integer.valueOf(value) : value;
            parameters.put(one.substring(0, equals), told);
        }
        return new Step(colon < 0 ? text : text.substring(0, colon), parameters);
    }

    private static @Nullable Double millis(long micros) {
        return micros == 0 ? null : Double.valueOf(micros / MILLI);
    }

    static Plan plan(StreamPlanRow row) {
        return plan(row, true);
    }

    private static Plan plan(StreamPlanRow row, boolean why) {
        String peer = row.peerNodeId;
        Double energy = row.plannedMicrojoules;
        Double onLink = row.plannedLinkMicrojoules;
        Long handedOver = row.handedOverMicros;
        return new Plan(
                row.epoch,
                row.cause,
                time(row.createdAt),
                peer == null ? null : peer.substring(peer.indexOf('/') + 1) + "/" + row.peerDevice,
                peer == null ? null : row.boundary - 1,
                peer == null ? null : row.bits,
                row.keeps,
                row.plannedMicros / MILLI,
                row.p90Micros / MILLI,
                millis(row.beforeMicros),
                row.frontMicros / MILLI,
                row.linkMicros / MILLI,
                row.backMicros / MILLI,
                millis(row.afterMicros),
                row.localMicros / MILLI,
                row.stageMicros / MILLI,
                energy == null ? null : Double.valueOf(energy / MILLI),
                onLink == null ? null : Double.valueOf(onLink / MILLI),
                handedOver == null ? null : Double.valueOf(handedOver / MILLI),
                new Observed(
                        row.met,
                        row.missed,
                        row.skipped,
                        row.helped,
                        row.fallbacks,
                        latency(row.measured),
                        latency(row.modelled)),
                why ? row.why : null);
    }

    static Window window(StreamWindowRow row) {
        return window(row, true);
    }

    private static Window window(StreamWindowRow row, boolean answers) {
        byte[] outcomes = answers ? row.outcomes : null;
        return new Window(
                row.boot,
                row.epoch,
                row.fromFrame,
                row.toFrame,
                row.met,
                row.missed,
                row.skipped,
                row.emptyFrames,
                row.helped,
                row.fallbacks,
                row.modelled,
                latency(row.latency),
                row.latencyMaxMicros / MILLI,
                latency(row.beforeLatency),
                latency(row.afterLatency),
                new Energy(
                        row.energyCount,
                        row.energyCount == 0 ? null : Double.valueOf(row.microjoules / MILLI),
                        row.energyMethod,
                        row.energyUncertainty,
                        row.linkCount,
                        row.linkCount == 0 ? null : Double.valueOf(row.linkMicrojoules / MILLI)),
                time(row.atMillis),
                time(row.receivedAt),
                row.windowMillis,
                row.event,
                row.reason,
                outcomes == null ? null : new String(outcomes, StandardCharsets.UTF_8));
    }

    private static @Nullable Latency latency(String histogram) {
        LatencyHistogram all = LatencyHistogram.parse(histogram);
        return all.count() == 0
                ? null
                : new Latency(all.count(), all.percentileMicros(0.5) / MILLI, all.percentileMicros(0.9) / MILLI);
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
