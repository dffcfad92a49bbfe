package io.fleetwright.controller.gate;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gates of one rollout. Crash loops, saturated outputs and wrong checksums stop it always.
 *
 * @param gates at most one a metric
 * @param alpha probability that a rollout that is no worse is stopped, over all statistical metrics and device classes
 * @param beta probability that a test misses what is worse
 * @param shadowPercent share of inputs that the running version gets too, where versions are compared
 */
public record GatePolicy(List<Gate> gates, double alpha, double beta, int shadowPercent) {
    public static final double ALPHA = 0.05;
    public static final double BETA = 0.05;
    public static final int SHADOW_PERCENT = 20;
    private static final int BYTES_MAX = 4096;
    private static final int GATES_MAX = GateMetric.values().length;
    private static final double SATURATION = 0.20;
    private static final double CELSIUS = 85;
    private static final double RELATIVE_LATENCY = 1.2;
    private static final double RELATIVE_ENERGY = 1.05;
    private static final double AGREEMENT = 0.95;
    private static final Set<String> FIELDS = Set.of("alpha", "beta", "shadowPercent", "metrics");
    private static final Set<String> GATE_FIELDS = Set.of("metric", "limit", "relative", "minSamples");
    private static final double RELATIVE_MAX = 100;
    /** Of any unit; beyond them a test computes with zeros and infinities. */
    private static final double LIMIT_MIN = 1e-9;

    private static final double LIMIT_MAX = 1e9;
    private static final long SAMPLES_MAX = 10_000_000;

    /**
     * One gate.
     *
     * @param limit what is tolerated: milliseconds, millijoules, a share, or degrees Celsius; absent means the metric's
     *     default, or relative to the running version
     * @param relative what is tolerated as a multiple of what the running version takes; latency and energy only
     * @param samplesMin samples that each device class must have before it passes
     */
    public record Gate(
            GateMetric metric,
            @Nullable Double limit,
            @Nullable Double relative,
            long samplesMin) {}

    public GatePolicy {
        gates = List.copyOf(gates);
    }

    /**
     * Reads {@code {"alpha":0.05,"beta":0.05,"metrics":[{"metric":"latency-p95","limit":12.5}]}}; {@code alpha},
     * {@code beta}, {@code shadowPercent}, {@code limit}, {@code relative} and {@code minSamples} have defaults.
     *
     * @throws Refusal naming the metric or the unknown field and what is wrong with it
     */
    public static GatePolicy given(String json) {
        try {
            Json.Node in = Json.read(json.getBytes(StandardCharsets.UTF_8), BYTES_MAX);
            in.requireOnly(FIELDS);
            var _ = in.objects("metrics", GATES_MAX, metric -> {
                metric.requireOnly(GATE_FIELDS);
                return metric;
            });
        } catch (MalformedMessageException wrong) {
            throw Refusal.invalid("gates: " + wrong.getMessage());
        }
        GatePolicy policy = parse(json);
        requireProbability("alpha", policy.alpha);
        requireProbability("beta", policy.beta);
        for (Gate gate : policy.gates) {
            Double limit = gate.limit();
            if (limit != null && !(limit >= LIMIT_MIN && limit <= LIMIT_MAX)) {
                throw Refusal.invalid("gates: %s: limit (%s) must be from %s to %s"
                        .formatted(gate.metric().label(), limit, LIMIT_MIN, LIMIT_MAX));
            }
        }
        if (policy.saturation() >= 1) {
            throw Refusal.invalid("gates: %s: limit (%s) must be a share below 1"
                    .formatted(GateMetric.SATURATION.label(), policy.saturation()));
        }
        return policy;
    }

    private static void requireProbability(String field, double value) {
        if (value < Errors.PROBABILITY_MIN) {
            throw Refusal.invalid("gates: %s (%s) must be at least %s".formatted(field, value, Errors.PROBABILITY_MIN));
        }
    }

    /** Reads what is stored, which may have been written when fields that nobody knows were left out silently. */
    static GatePolicy parse(String json) {
        try {
            Json.Node in = Json.read(json.getBytes(StandardCharsets.UTF_8), BYTES_MAX);
            List<Gate> gates = in.objects("metrics", GATES_MAX, GatePolicy::gate);
            Set<GateMetric> seen = EnumSet.noneOf(GateMetric.class);
            for (Gate gate : gates) {
                if (!seen.add(gate.metric())) {
                    throw Refusal.invalid(
                            "gate %s is named twice".formatted(gate.metric().label()));
                }
            }
            double alpha = orElse(in.decimalOrNull("alpha"), ALPHA);
            double beta = orElse(in.decimalOrNull("beta"), BETA);
            Errors.require(alpha, beta);
            Long percent = in.numberOrNull("shadowPercent", 1, 100);
            return new GatePolicy(gates, alpha, beta, percent == null ? SHADOW_PERCENT : (int) (long) percent);
        } catch (MalformedMessageException | IllegalArgumentException wrong) {
            throw Refusal.invalid("gates: " + wrong.getMessage());
        }
    }

    private static Gate gate(Json.Node in) throws MalformedMessageException {
        GateMetric metric = in.oneOf("metric", GateMetric.class);
        Double limit = in.decimalOrNull("limit");
        Double relative = in.decimalOrNull("relative");
        Long samplesMin = in.numberOrNull("minSamples", 0, SAMPLES_MAX);
        boolean isRatio = metric == GateMetric.LATENCY_P95 || metric == GateMetric.ENERGY_MEAN;
        boolean isShare = metric == GateMetric.AGREEMENT || metric == GateMetric.ACCURACY;
        if (limit != null && relative != null) {
            throw new MalformedMessageException("%s has both limit and relative".formatted(metric.label()));
        }
        if (relative != null && (!isRatio || !(relative >= 1 && relative <= RELATIVE_MAX))) {
            throw new MalformedMessageException("%s: relative (%s) must be from 1 to %.0f, of latency or energy"
                    .formatted(metric.label(), relative, RELATIVE_MAX));
        }
        // What must be found is so much below the limit, and is a share too.
        if (limit != null && isShare && !(limit > Gates.FOUND_SHARE / 100 && limit < 1)) {
            throw new MalformedMessageException("%s: limit (%s) must be above %s and below 1"
                    .formatted(metric.label(), limit, Gates.FOUND_SHARE / 100));
        }
        if (limit != null && !(limit > 0)) {
            throw new MalformedMessageException("%s: limit (%s) must be above 0".formatted(metric.label(), limit));
        }
        return switch (metric) {
            case LATENCY_P95 ->
                new Gate(metric, limit, limit == null ? orElse(relative, RELATIVE_LATENCY) : null, or(samplesMin, 100));
            case ENERGY_MEAN ->
                new Gate(metric, limit, limit == null ? orElse(relative, RELATIVE_ENERGY) : null, or(samplesMin, 10));
            case AGREEMENT -> new Gate(metric, orElse(limit, AGREEMENT), null, or(samplesMin, 100));
            case ACCURACY, ACCURACY_PAIRED -> new Gate(metric, limit, null, or(samplesMin, 100));
            case SATURATION -> new Gate(metric, orElse(limit, SATURATION), null, 0);
            case TEMPERATURE -> new Gate(metric, orElse(limit, CELSIUS), null, 0);
            case CRASH_LOOP -> new Gate(metric, orElse(limit, (double) Gates.RESTARTS_MAX), null, 0);
        };
    }

    private static double orElse(@Nullable Double value, double otherwise) {
        return value == null ? otherwise : value;
    }

    private static long or(@Nullable Long value, long otherwise) {
        return value == null ? otherwise : value;
    }

    Optional<Gate> gate(GateMetric metric) {
        return gates.stream().filter(gate -> gate.metric() == metric).findFirst();
    }

    Stream<Gate> statistical() {
        return gates.stream().filter(gate -> gate.metric().isStatistical());
    }

    /** True when versions are compared on the same inputs. */
    boolean compares() {
        return gate(GateMetric.AGREEMENT).isPresent()
                || gate(GateMetric.ACCURACY_PAIRED).isPresent();
    }

    double saturation() {
        return limit(GateMetric.SATURATION, SATURATION);
    }

    double restarts() {
        return limit(GateMetric.CRASH_LOOP, Gates.RESTARTS_MAX);
    }

    private double limit(GateMetric metric, double otherwise) {
        return gate(metric).map(Gate::limit).orElse(otherwise);
    }
}
