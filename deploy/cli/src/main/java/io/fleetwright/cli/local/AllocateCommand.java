package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.forge.allocate.Allocation;
import io.fleetwright.forge.allocate.AllocationResult;
import io.fleetwright.forge.allocate.BitAllocator;
import io.fleetwright.forge.allocate.Budget;
import io.fleetwright.forge.allocate.BudgetSweep;
import io.fleetwright.forge.allocate.GreedyAllocator;
import io.fleetwright.forge.allocate.LayerTable;
import io.fleetwright.forge.allocate.LayerTableCsv;
import io.fleetwright.forge.allocate.MalformedTableException;
import io.fleetwright.forge.allocate.Measure;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.calibrate.Distillation;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.quantize.InnerLayers;
import io.fleetwright.forge.quantize.SensitivityEstimator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Chooses 4 or 8 bits per layer within budgets. */
@Command(
        name = "allocate",
        description = "Chooses 4 or 8 bits per layer so that the network loses least within budgets.")
public final class AllocateCommand extends CliCommand {
    private static final Set<String> OF_A_MODEL =
            Set.of("--sensitivity", "--calibration", "--samples", "--seed", "--write-table");

    @Option(
            names = "--table",
            paramLabel = "CSV",
            description = "lines layer,trace,err8,err4,params,mmac,t4_ms,t8_ms,tie; may end in e4_mj,e8_mj")
    private @Nullable Path table;

    @Option(
            names = "--model",
            paramLabel = "FLOAT.onnx",
            description = "instead of a table: a float network, whose inner layers are measured with --calibration")
    private @Nullable Path model;

    @Option(
            names = "--sensitivity",
            defaultValue = "kl",
            paramLabel = "E",
            description = "with --model: kl, how far the answers move, or hessian, the curvature of the loss times the"
                    + " squared distance of the rounded weights (default: ${DEFAULT-VALUE})")
    private String sensitivity = "kl";

    @Mixin
    private CalibrationInput calibration = new CalibrationInput();

    @Option(
            names = "--write-table",
            paramLabel = "OUT.csv",
            description = "with --model: where the table goes, to be filled with a device's times")
    private @Nullable Path writeTable;

    @Option(
            names = "--budget",
            required = true,
            split = ",",
            paramLabel = "MEASURE:FRACTION",
            description =
                    "size, bops, latency or energy (the last two with --table only), and how far from all 4 bits (0) to all 8 (1); several must all hold")
    private List<String> budgets = List.of();

    @Option(names = "--sweep", description = "also the best of 32 budgets of the first measure, without the dominated")
    private boolean sweep;

    @Option(names = "--json", description = "one JSON object: bits, objective, proven, nodes, costs, greedy, front")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        List<Part> parts = new ArrayList<>();
        for (String budget : budgets) {
            parts.add(part(budget));
        }
        if ((table == null) == (model == null)) {
            throw wrongUsage("give --table, or --model with --calibration");
        }
        for (String option : given()) {
            if (table != null && OF_A_MODEL.contains(option)) {
                throw wrongUsage(option + " is for --model: a table is taken as it is");
            }
        }
        Path input = table == null ? Objects.requireNonNull(model) : table;
        try {
            answer(table == null ? measured(input, parts) : read(input), parts);
        } catch (IllegalArgumentException | OnnxRefusedException | MalformedEvaluationSetException wrong) {
            throw new CommandFailure("%s: %s".formatted(input, wrong.getMessage()), wrong);
        }
        return CommandFailure.DONE;
    }

    private LayerTable measured(Path file, List<Part> parts)
            throws CommandFailure, OnnxRefusedException, MalformedEvaluationSetException {
        SensitivityEstimator estimator = SensitivityEstimator.of(sensitivity)
                .orElseThrow(() -> wrongUsage("--sensitivity '%s' must be kl or hessian".formatted(sensitivity)));
        if (!calibration.isGiven()) {
            throw wrongUsage("--model needs --calibration");
        }
        if (!calibration.samplesFit()) {
            throw wrongUsage(calibration.samplesRule());
        }
        for (Part part : parts) {
            if (part.measure() == Measure.LATENCY || part.measure() == Measure.ENERGY) {
                throw wrongUsage(
                        "%s is a device's: write the table with --write-table, fill it in, and give it as --table"
                                .formatted(part.measure().word()));
            }
        }
        FloatNetwork network = OnnxNetworkReader.read(InputFile.read(file));
        CalibrationSet inputs = calibration.isZeroShot()
                ? Distillation.of(network, calibration.seed(), Distillation.COUNT, Distillation.ITERATIONS)
                : calibration.read(network.input());
        LayerTable layers = InnerLayers.of(network, inputs, estimator);
        if (writeTable != null) {
            OutputFile.write(writeTable, LayerTableCsv.write(layers).getBytes(StandardCharsets.UTF_8));
        }
        return layers;
    }

    private void answer(LayerTable layers, List<Part> parts) throws CommandFailure {
        List<Budget> limits = parts.stream()
                .map(part -> Budget.between(layers, part.measure(), part.fraction()))
                .toList();
        AllocationResult.Found found = found(BitAllocator.allocate(layers, limits));
        Optional<Allocation> greedy = GreedyAllocator.allocate(layers, limits);
        List<Allocation> front =
                sweep ? BudgetSweep.front(layers, parts.getFirst().measure()) : List.of();
        if (json) {
            print(json(found, greedy, front));
        } else {
            text(layers, limits, found, greedy, front);
        }
    }

    private Part part(String budget) {
        String[] words = budget.split(":", -1);
        try {
            Measure measure = Measure.valueOf(words[0].toUpperCase(Locale.ROOT));
            double fraction = words.length == 2 ? Double.parseDouble(words[1]) : Double.NaN;
            if (fraction >= 0 && fraction <= 1) {
                return new Part(measure, fraction);
            }
        } catch (IllegalArgumentException _) {
            // Reported below, as any other wrong budget.
        }
        throw wrongUsage("--budget '%s' must be size, bops, latency or energy, a colon, and a fraction of 0 to 1"
                .formatted(budget));
    }

    private static LayerTable read(Path table) throws CommandFailure {
        try {
            return LayerTableCsv.read(InputFile.read(table));
        } catch (MalformedTableException malformed) {
            throw new CommandFailure("%s: %s".formatted(table, malformed.getMessage()), malformed);
        }
    }

    private static AllocationResult.Found found(AllocationResult result) throws CommandFailure {
        return switch (result) {
            case AllocationResult.Found found -> found;
            case AllocationResult.Infeasible(var unreachable) ->
                throw new CommandFailure(
                        unreachable.isEmpty()
                                ? "no bits meet all budgets at once"
                                : unreachable.stream()
                                        .map(budget -> "no bits meet %s of %.6g %s"
                                                .formatted(
                                                        budget.measure().word(),
                                                        budget.limit(),
                                                        budget.measure().unit()))
                                        .collect(Collectors.joining("; ")));
            case AllocationResult.Undecided(long nodes) ->
                throw new CommandFailure("no bits within the budgets among %d tried; loosen one".formatted(nodes));
        };
    }

    private static ObjectNode json(AllocationResult.Found found, Optional<Allocation> greedy, List<Allocation> front) {
        ObjectNode root = object();
        write(root, found.allocation());
        root.put("proven", found.proven()).put("nodes", found.nodes());
        greedy.ifPresent(baseline -> write(root.putObject("greedy"), baseline));
        if (!front.isEmpty()) {
            ArrayNode points = root.putArray("front");
            front.forEach(point -> write(points.addObject(), point));
        }
        return root;
    }

    private static void write(ObjectNode node, Allocation allocation) {
        allocation.bits().forEach(node.putArray("bits")::add);
        node.put("objective", allocation.objective());
        ObjectNode costs = node.putObject("costs");
        for (Measure measure : Measure.values()) {
            Double cost = allocation.costs().get(measure);
            if (cost != null) {
                costs.put(measure.word(), cost);
            }
        }
    }

    private void text(
            LayerTable layers,
            List<Budget> limits,
            AllocationResult.Found found,
            Optional<Allocation> greedy,
            List<Allocation> front) {
        Table rows = new Table("layer", " bits", " greedy");
        for (int i = 0; i < layers.layers().size(); i++) {
            int layer = i;
            rows.row(
                    layers.layers().get(i).name(),
                    String.valueOf(found.allocation().bits().get(i)),
                    greedy.map(baseline -> String.valueOf(baseline.bits().get(layer)))
                            .orElse("-"));
        }
        rows.print(out());
        out().printf(
                        "objective %.6g (%s, %d nodes); greedy %s%n",
                        found.allocation().objective(),
                        found.proven() ? "optimal" : "best found",
                        found.nodes(),
                        greedy.map(baseline -> "%.6g".formatted(baseline.objective()))
                                .orElse("finds none"));
        for (Budget limit : limits) {
            out().printf(
                            "%s %.6g of at most %.6g %s%n",
                            limit.measure().word(),
                            layers.cost(limit.measure(), found.allocation().bits()),
                            limit.limit(),
                            limit.measure().unit());
        }
        if (!front.isEmpty()) {
            Measure measure = limits.getFirst().measure();
            Table points = new Table(" " + measure.unit(), " objective", "bits");
            for (Allocation point : front) {
                points.row(
                        "%.6g".formatted(layers.cost(measure, point.bits())),
                        "%.6g".formatted(point.objective()),
                        point.bits().stream().map(String::valueOf).collect(Collectors.joining()));
            }
            points.print(out());
        }
    }

    private record Part(Measure measure, double fraction) {}
}
