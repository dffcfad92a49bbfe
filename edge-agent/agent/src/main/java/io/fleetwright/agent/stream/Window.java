package io.fleetwright.agent.stream;

import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.Outcome;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Frames of one plan that follow each other. Their figures are all measured or all modelled, their energies of one method. */
final class Window {
    private final long epoch;
    private final long from;
    private final long begunMicros;
    private final TreeMap<Integer, Long> latencies = new TreeMap<>();
    private final ArrayDeque<Outcome> outcomes = new ArrayDeque<>();
    private final Map<Ran, TreeMap<Integer, Long>> runs = new LinkedHashMap<>();
    private final Map<StreamReport.Chain, TreeMap<Integer, Long>> transforms = new EnumMap<>(StreamReport.Chain.class);
    private long to;
    private long met;
    private long missed;
    private long skipped;
    private long empty;
    private long helped;
    private long fallbacks;
    private long latencyMaxMicros;
    private long energies;
    private double microjoules;
    private long linkEnergies;
    private double linkMicrojoules;
    private @Nullable Double uncertainty;
    private @Nullable Boolean modelled;
    private EnergyMethod method = EnergyMethod.UNKNOWN;

    private record Ran(StreamReport.Part part, boolean modelled) {}

    Window(long epoch, long from, long begunMicros) {
        this.epoch = epoch;
        this.from = from;
        this.to = from - 1;
        this.begunMicros = begunMicros;
    }

    long begunMicros() {
        return begunMicros;
    }

    long epoch() {
        return epoch;
    }

    /** Whether a frame may be counted here. */
    boolean takes(long itsEpoch, Settled settled) {
        return itsEpoch == epoch
                && !(settled instanceof Settled.Answered answered
                        && modelled != null
                        && (modelled != answered.modelled() || method != answered.method()));
    }

    void add(long first, long count, Settled settled) {
        to = first + count - 1;
        switch (settled) {
            case Settled.Answered answered -> add(first, answered);
            case Settled.Missed() -> missed += count;
            case Settled.Skipped(boolean nothing) -> {
                skipped += count;
                empty += nothing ? count : 0;
            }
        }
    }

    private void add(long number, Settled.Answered answered) {
        modelled = answered.modelled();
        method = answered.method();
        met += answered.met() ? 1 : 0;
        missed += answered.met() ? 0 : 1;
        helped += answered.ranOn() == RanOn.HELPER ? 1 : 0;
        fallbacks += answered.ranOn() == RanOn.FALLBACK ? 1 : 0;
        latencies.merge(LatencyHistogram.bucket((double) answered.latencyMicros()), 1L, Long::sum);
        latencyMaxMicros = Math.max(latencyMaxMicros, answered.latencyMicros());
        for (Settled.Run run : answered.runs()) {
            runs.computeIfAbsent(new Ran(run.part(), run.modelled()), _ -> new TreeMap<>())
                    .merge(LatencyHistogram.bucket((double) run.micros()), 1L, Long::sum);
        }
        add(StreamReport.Chain.BEFORE, answered.beforeMicros());
        add(StreamReport.Chain.AFTER, answered.afterMicros());
        Double energy = answered.energyMicrojoules();
        if (energy != null) {
            energies++;
            microjoules += energy;
            Double its = answered.energyUncertainty();
            Double known = uncertainty;
            uncertainty = its == null ? known : Double.valueOf(known == null ? its : Math.max(known, its));
        }
        Double onLink = answered.linkMicrojoules();
        if (onLink != null) {
            linkEnergies++;
            linkMicrojoules += onLink;
        }
        if (outcomes.size() == StreamReport.OUTCOMES_MAX) {
            outcomes.remove();
        }
        byte[] output = answered.output();
        outcomes.add(new Outcome(
                number,
                answered.sensorFrame(),
                answered.input(),
                output.length <= StreamReport.OUTPUT_BYTES_MAX ? output : null,
                answered.latencyMicros(),
                answered.met(),
                answered.ranOn(),
                answered.form()));
    }

    private void add(StreamReport.Chain chain, @Nullable Long micros) {
        if (micros != null) {
            transforms
                    .computeIfAbsent(chain, _ -> new TreeMap<>())
                    .merge(LatencyHistogram.bucket((double) micros), 1L, Long::sum);
        }
    }

    /** The report of it. */
    StreamReport report(Stamp stamp, String stream, long atMillis, long nowMicros, FrameLedger.@Nullable Said said) {
        return new StreamReport(
                stamp,
                stream,
                epoch,
                from,
                to,
                met,
                missed,
                skipped,
                empty,
                helped,
                fallbacks,
                Boolean.TRUE.equals(modelled),
                new LatencyHistogram(latencies),
                latencyMaxMicros,
                new StreamReport.Energy(energies, microjoules, method, uncertainty),
                runs.entrySet().stream()
                        .map(one -> new StreamReport.Runs(
                                one.getKey().part, one.getKey().modelled, new LatencyHistogram(one.getValue())))
                        .toList(),
                atMillis,
                Math.max(0, nowMicros - begunMicros) / 1000,
                said == null ? null : said.event(),
                said == null ? null : said.reason(),
                new ArrayList<>(outcomes),
                linkEnergies == 0 ? null : new StreamReport.OnLink(linkEnergies, linkMicrojoules),
                transforms.entrySet().stream()
                        .map(one -> new StreamReport.Took(one.getKey(), new LatencyHistogram(one.getValue())))
                        .toList());
    }
}
