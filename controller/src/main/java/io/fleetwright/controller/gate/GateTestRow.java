package io.fleetwright.controller.gate;

import io.fleetwright.controller.gate.SequentialTest.Decision;
import io.fleetwright.controller.gate.SequentialTest.Evidence;
import io.fleetwright.controller.gate.SequentialTest.Progress;
import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One metric of one device class of one rollout; {@code id} is {@code rollout/metric/stratum}. */
@Entity
@Table(name = "gate_test")
public class GateTestRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String rolloutId = "";
    public String metric = "";
    /** Device class, and {@code modelled} when its figures come from a profile. */
    public String stratum = "";
    /** First wave that has devices of the stratum. */
    public int firstWave;
    /** Microseconds that an inference exceeds, or ln(microjoules) that energy is relative to; 0 when it has no use. */
    public double threshold;

    public double tolerated;
    public double worse;
    public double alpha;
    public double beta;
    public long samplesMin;
    public long samples;
    public double total;
    public double squares;
    public double peak;
    public String decision = "";
    /** Why an immediate stop stopped. */
    public @Nullable String detail;

    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }

    static String key(String rolloutId, GateMetric metric, String stratum) {
        return "%s/%s/%s".formatted(rolloutId, metric.label(), stratum);
    }

    GateMetric metric() {
        return GateMetric.valueOf(metric.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    SequentialTest test() {
        return metric() == GateMetric.ENERGY_MEAN
                ? new MeanSprt(tolerated, worse, alpha, beta)
                : new BernoulliSprt(tolerated, worse, alpha, beta);
    }

    /** Where the test stands. */
    public Progress progress() {
        return new Progress(new Evidence(samples, total, squares), peak, Decision.valueOf(decision));
    }

    void observe(Evidence more, long nowMillis) {
        Progress after = test().observe(progress(), more);
        samples = after.evidence().count();
        total = after.evidence().sum();
        squares = after.evidence().squares();
        peak = after.peak();
        decision = after.decision().name();
        updatedAt = nowMillis;
    }

    boolean isRejected() {
        return decision.equals(Decision.REJECTED.name());
    }

    /** Pairs of which both versions get the same right say nothing, so that this test only watches. */
    public boolean hasPassed() {
        return metric() == GateMetric.ACCURACY_PAIRED && !isRejected()
                || decision.equals(Decision.ACCEPTED.name()) && samples >= samplesMin;
    }

    /** What it waits for, for a person: the figures so far, or samples at all. */
    public String awaited() {
        return samples < samplesMin ? "%s; %d of at least %d samples".formatted(shown(), samples, samplesMin) : shown();
    }

    /** One line for a person, with figures. */
    public String shown() {
        if (detail != null) {
            return "%s: %s".formatted(stratum, detail);
        }
        return switch (metric()) {
            case ENERGY_MEAN ->
                "%s: energy x%.3f over %d windows, tolerated x%.3f, p %.2g"
                        .formatted(
                                stratum,
                                Math.exp(total / Math.max(1, samples)),
                                samples,
                                Math.exp(tolerated),
                                progress().pValue());
            case LATENCY_P95 ->
                "%s: %.0f of %d slower than %.3f ms, tolerated %.1f %%, p %.2g"
                        .formatted(
                                stratum,
                                total,
                                samples,
                                threshold / 1000,
                                tolerated * 100,
                                progress().pValue());
            default ->
                "%s: %.0f of %d wrong, tolerated %.1f %%, p %.2g"
                        .formatted(
                                stratum,
                                total,
                                samples,
                                tolerated * 100,
                                progress().pValue());
        };
    }
}
