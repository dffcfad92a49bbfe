package io.fleetwright.controller.job;

import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.PairedLoss;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.telemetry.wire.Json;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which cuts of a variant values may cross packed under a rule, by what was measured of them. The bound of the measured loss counts
 * against a floor, the loss itself against the most that may be lost. Of several packed cuts the losses are added, which was not
 * measured.
 */
public final class Packing {
    private final LayerGraph graph;
    private final PackingRule rule;
    private final @Nullable Double accuracy;
    /** By the layer whose output crosses. */
    private final Map<Integer, PairedLoss> losses = new HashMap<>();

    private final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);

    /** Why a cut may be crossed in few bits, or not. */
    private enum Verdict {
        ALLOWED,
        LOSS_NOT_MEASURED,
        LOSS_ABOVE_MAX,
        ACCURACY_BELOW_FLOOR
    }

    private Packing(LayerGraph graph, PackingRule rule, @Nullable Double accuracy, List<CutLoss> measured) {
        this.graph = graph;
        this.rule = rule;
        this.accuracy = accuracy;
        for (CutLoss cut : measured) {
            if (cut.boundary() < graph.size()) {
                graph.carried(cut.boundary()).ifPresent(producer -> losses.put(producer, cut.loss()));
            }
        }
        IntStream.range(1, graph.size())
                .mapToObj(graph::carried)
                .flatMap(Optional::stream)
                .forEach(producer -> verdicts.merge(verdict(producer, 1), 1, Integer::sum));
    }

    /** What a rule means for a variant; {@code graph} is the variant's. */
    public static Packing of(Tx tx, VariantRow variant, LayerGraph graph, PackingRule rule) {
        List<CutLoss> measured = rule.packs()
                ? tx.get(CutLossRow.class, variant.id).map(CutLossRow::cuts).orElse(List.of())
                : List.of();
        return new Packing(graph, rule, Part.accuracy(variant), measured);
    }

    /** What tensors may be sent in. */
    public List<Integer> bits() {
        return rule.packs() ? List.of(Byte.SIZE, rule.bitsMin()) : List.of(Byte.SIZE);
    }

    /**
     * The best plan that keeps the rule. Where the best one over tensors that each keep it loses too much in all, each tensor may lose
     * an equal share.
     */
    public Optional<PartitionPlan> best(
            PartitionProblem problem, Function<PartitionProblem, Optional<PartitionPlan>> search) {
        Optional<PartitionPlan> best = search.apply(problem.with(penalty(1)));
        return best.isPresent() && !keeps(best.get())
                ? search.apply(problem.with(penalty(problem.tiers().size() - 1)))
                : best;
    }

    /** What few bits cost, infinite where they are not allowed to one of so many tensors; 0 where nobody knows. */
    private Penalty penalty(int transfers) {
        return (producer, bits) -> {
            if (bits >= Byte.SIZE || producer == LayerGraph.INPUT) {
                return 0;
            }
            PairedLoss loss = losses.get(producer);
            return verdict(producer, transfers) != Verdict.ALLOWED
                    ? Double.POSITIVE_INFINITY
                    : loss == null ? 0 : Math.max(0, loss.loss());
        };
    }

    private Verdict verdict(int producer, int transfers) {
        PairedLoss loss = losses.get(producer);
        if (loss == null) {
            return rule.needsMeasured() ? Verdict.LOSS_NOT_MEASURED : Verdict.ALLOWED;
        }
        if (loss.loss() * transfers > rule.limit()) {
            return Verdict.LOSS_ABOVE_MAX;
        }
        Double floor = rule.accuracyFloor();
        return floor == null || accuracy != null && accuracy - loss.high95() * transfers >= floor
                ? Verdict.ALLOWED
                : Verdict.ACCURACY_BELOW_FLOOR;
    }

    private boolean keeps(PartitionPlan plan) {
        Double floor = rule.accuracyFloor();
        List<Integer> packed = packed(plan.transfers());
        return plan.accuracyLoss() <= rule.limit()
                && (floor == null
                        || packed.isEmpty()
                        || accuracy != null && accuracy - sum(packed, PairedLoss::high95) >= floor);
    }

    private static List<Integer> packed(List<Transfer> transfers) {
        return transfers.stream()
                .filter(sent -> sent.bits() < Byte.SIZE)
                .map(Transfer::producer)
                .toList();
    }

    /** What transfers lose, for people and consoles: {@code lossBasis} is none, measured or unknown. */
    void write(Json.Writer out, List<Transfer> transfers) throws IOException {
        writeLosses(out, packed(transfers));
    }

    /** What one transfer loses, likewise. */
    public void write(Json.Writer out, int boundary, int bits) throws IOException {
        writeLosses(out, bits < Byte.SIZE ? List.of(graph.carried(boundary).orElseThrow()) : List.of());
    }

    private void writeLosses(Json.Writer out, List<Integer> packed) throws IOException {
        boolean isKnown = losses.keySet().containsAll(packed);
        out.field("loss", isKnown ? Double.valueOf(sum(packed, PairedLoss::loss)) : null)
                .field("lossHigh95", isKnown ? Double.valueOf(sum(packed, PairedLoss::high95)) : null)
                .field("lossBasis", packed.isEmpty() ? "none" : isKnown ? "measured" : "unknown");
    }

    private double sum(List<Integer> packed, ToDoubleFunction<PairedLoss> part) {
        return packed.stream()
                .map(losses::get)
                .filter(Objects::nonNull)
                .mapToDouble(part)
                .sum();
    }

    /** Whether there is anything to say. */
    public boolean isAsked() {
        return rule.packs();
    }

    /** How many cuts may be crossed in few bits, and why not the others; {@code reason} where none may. */
    public void write(Json.Writer out) throws IOException {
        String reason = verdicts.containsKey(Verdict.ALLOWED)
                ? null
                : verdicts.entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .map(one -> Json.wireName(one.getKey()))
                        .orElse(null);
        out.field("bits", rule.bitsMin())
                .field("lossMax", rule.limit())
                .field("accuracyFloor", rule.accuracyFloor())
                .field("allowed", count(Verdict.ALLOWED))
                .field("lossNotMeasured", count(Verdict.LOSS_NOT_MEASURED))
                .field("lossAboveMax", count(Verdict.LOSS_ABOVE_MAX))
                .field("accuracyBelowFloor", count(Verdict.ACCURACY_BELOW_FLOOR))
                .field("reason", reason);
    }

    private int count(Verdict verdict) {
        return verdicts.getOrDefault(verdict, 0);
    }

    /** What plans stand on; the same text means the same verdicts and losses. */
    public String facts() {
        return rule.packs() ? "%s %s %s".formatted(rule, accuracy, new TreeMap<>(losses)) : "";
    }
}
