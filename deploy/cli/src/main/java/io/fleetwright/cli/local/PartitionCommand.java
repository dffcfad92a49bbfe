package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.GraphPlanner;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.scheduler.partition.WireFormat;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says where to cut a network between a board and a faster one, and what that gives. */
@Command(
        name = "partition",
        description = "Where to cut a network between a device and a server, by their times and the link.")
public final class PartitionCommand extends CliCommand {
    private static final int INPUT_BITS = 8;
    private static final int PACKED_BITS = 4;
    private static final double GAIN_MIN = 1e-9;

    @Option(names = "--model", required = true, paramLabel = "F", description = "the network, as devices run it")
    private Path model = Path.of("");

    @Option(
            names = "--device",
            required = true,
            paramLabel = "PROFILE",
            description =
                    "has the input: a profile of this build, such as stm32l4r5, a file of published measurements, or"
                            + " what 'infer --bench --json' or an agent's --profile wrote there")
    private String device = "";

    @Option(names = "--server", required = true, paramLabel = "PROFILE", description = "takes over; as --device")
    private String server = "";

    @Option(names = "--bandwidth-kbit", required = true, paramLabel = "N", description = "of the link, kbit/s")
    private double bandwidth;

    @Option(names = "--rtt-ms", required = true, paramLabel = "N", description = "paid once per transfer")
    private double roundTrip;

    @Option(names = "--loss", paramLabel = "P", description = "share that is sent again, 0 to below 1 (default: 0)")
    private double loss;

    @Option(
            names = "--precision",
            split = ",",
            defaultValue = "8,4",
            paramLabel = "BITS",
            description = "what tensors may be sent in: 32, 8, 4 (default: ${DEFAULT-VALUE})")
    private List<Integer> precision = List.of();

    @Option(
            names = "--profile-model",
            paramLabel = "ID",
            description = "published name of the network (default: by the model's file)")
    private @Nullable String profileModel;

    @Option(
            names = "--costs",
            paramLabel = "CSV",
            description =
                    "operator,device_ms,server_ms[,device_mj] in the place of published times, which are spread over"
                            + " operators by their multiply-accumulates")
    private @Nullable Path costs;

    @Option(
            names = "--header-bytes",
            paramLabel = "N",
            description = "that a tensor on the link has besides its values (default: 24)")
    private @Nullable Integer headerBytes;

    @Option(names = "--ideal-wire", description = "values alone: no header and no scales")
    private boolean ideal;

    @Mixin
    private PackingInput packing = new PackingInput();

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    @Option(names = "--svg", paramLabel = "FILE", description = "draws the best latency over bandwidths to this file")
    private @Nullable Path svg;

    @Option(
            names = "--sweep-kbit",
            split = ",",
            paramLabel = "FROM,TO",
            description = "with --svg: the bandwidths (default: 50,50000)")
    private List<Double> sweep = List.of(50.0, 50_000.0);

    @Option(
            names = "--observed",
            paramLabel = "FILE",
            description = "with --svg: what 'bench offload --json' wrote is drawn beside it")
    private @Nullable Path observed;

    @Override
    protected int execute() throws CommandFailure {
        if (svg == null && observed != null) {
            throw wrongUsage("--observed is drawn by --svg");
        }
        if (precision.stream().anyMatch(bits -> !List.of(32, 8, 4).contains(bits))) {
            throw wrongUsage("--precision (%s) must be some of 32, 8, 4".formatted(precision));
        }
        if (!packing.misuse().isEmpty()) {
            throw wrongUsage(packing.misuse());
        }
        Graph graph = ModelFile.read(model);
        LayerGraph layers = ModelLayers.of(graph);
        CutLosses measured = packing.isGiven() ? packing.measure(graph) : null;
        try {
            List<Tier> tiers = tiers(graph, layers);
            Penalty penalty = measured == null ? Penalty.NONE : PackingInput.penalty(layers, measured);
            PartitionProblem problem = problem(layers, tiers, bandwidth, precision, penalty);
            // One tensor crosses a plan of two devices: a plan loses what its tensor loses.
            PartitionProblem bounded = problem.with(problem.penalty().upTo(packing.lossMax()));
            long begin = System.nanoTime();
            Planned planned = plan(bounded);
            long loaded = System.nanoTime();
            plan(bounded); // For its time: the first plan of a process loads the planner's code.
            var took = new PlanTimes((loaded - begin) / 1e6, (System.nanoTime() - loaded) / 1e6);
            PartitionPlan best = planned.best;
            List<PartitionPlan> front = planned.front;
            PartitionPlan cut =
                    new GraphPlanner(measured == null ? problem : problem.with(PackingInput.NEVER)).fastest();
            Path drawing = svg;
            if (drawing != null) {
                String text = PartitionSweep.of(sweep)
                        .draw(
                                "%s on %s and %s, round trip %s ms"
                                        .formatted(
                                                model.getFileName(),
                                                tiers.getFirst().name(),
                                                tiers.getLast().name(),
                                                BigDecimal.valueOf(roundTrip)
                                                        .stripTrailingZeros()
                                                        .toPlainString()),
                                (kbit, bits) -> problem(layers, tiers, kbit, bits, penalty.upTo(packing.lossMax())),
                                precision,
                                observed == null ? List.of() : PartitionSweep.observed(observed));
                OutputFile.write(drawing, text.getBytes(StandardCharsets.UTF_8));
            }
            if (json) {
                ObjectNode answer = answer(problem, best, front, cut, took, measured != null);
                if (measured != null) {
                    answer.set("packing", packed(measured));
                }
                print(answer);
            } else {
                if (measured != null) {
                    show(graph, measured);
                }
                show(graph, problem, best, front, cut, measured != null);
            }
        } catch (IllegalArgumentException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
        return CommandFailure.DONE;
    }

    /** The fastest plan, and those that no other one beats. */
    private record Planned(PartitionPlan best, List<PartitionPlan> front) {}

    /**
     * What planning takes, milliseconds.
     *
     * @param millis the first time in a process
     * @param againMillis once more
     */
    private record PlanTimes(double millis, double againMillis) {}

    private Planned plan(PartitionProblem problem) throws CommandFailure {
        var planner = new ChainPlanner(problem);
        Optional<PartitionPlan> best = planner.fastest();
        if (best.isEmpty()) {
            throw new CommandFailure("the weights of %s fit neither device".formatted(model));
        }
        return new Planned(best.get(), planner.pareto(0));
    }

    private PartitionProblem problem(
            LayerGraph layers, List<Tier> tiers, double kbit, List<Integer> bits, Penalty penalty) {
        Link link = new Link(kbit, roundTrip, loss, 0);
        return new PartitionProblem(
                layers, tiers, List.of(List.of(link, link), List.of()), wire(), INPUT_BITS, bits, penalty);
    }

    private List<Tier> tiers(Graph graph, LayerGraph layers) throws CommandFailure {
        Path measured = costs;
        if (measured != null) {
            LayerCostsCsv csv = LayerCostsCsv.read(measured, layers.size());
            return List.of(
                    new Tier(device, csv.deviceMillis(), csv.deviceMillijoules(), Long.MAX_VALUE, 0),
                    new Tier(server, csv.serverMillis(), new double[layers.size()], Long.MAX_VALUE, 0));
        }
        String network =
                profileModel == null ? PublishedCosts.network(String.valueOf(model.getFileName())) : profileModel;
        return List.of(tier(graph, layers, device, network), tier(graph, layers, server, network));
    }

    private static Tier tier(Graph graph, LayerGraph layers, String profile, String network) throws CommandFailure {
        Optional<double[]> measured = LayerTimes.millis(profile, graph);
        if (measured.isPresent()) {
            return new Tier(profile, measured.get(), new double[layers.size()], Long.MAX_VALUE, 0);
        }
        PublishedCosts published = PublishedCosts.of(profile);
        PublishedCosts.Row row = published.fastest(network);
        return Tier.proportional(published.device(), layers, row.millis(), row.millijoules(), Long.MAX_VALUE, 0);
    }

    private WireFormat wire() {
        Integer header = headerBytes;
        WireFormat format = ideal ? WireFormat.IDEAL : WireFormat.STANDARD;
        return header == null ? format : new WireFormat(header, format.channelBytes());
    }

    private ObjectNode answer(
            PartitionProblem problem,
            PartitionPlan best,
            List<PartitionPlan> front,
            PartitionPlan cut,
            PlanTimes took,
            boolean hasLosses) {
        ObjectNode answer = object();
        answer.set("best", plan(problem, best, hasLosses));
        answer.put("deviceOnlyMs", total(problem.tiers().getFirst()));
        Optional<Double> server = serverOnly(problem);
        if (server.isPresent()) {
            answer.put("serverOnlyMs", server.get());
        } else {
            answer.putNull("serverOnlyMs");
        }
        ArrayNode pareto = answer.putArray("pareto");
        front.forEach(one -> pareto.add(plan(problem, one, hasLosses)));
        if (isBetter(cut, best)) {
            ObjectNode graph = answer.putObject("graphCut");
            graph.put("latencyMs", cut.latencyMillis());
            ArrayNode operators = graph.putArray("deviceOperators");
            IntStream.range(0, cut.tierOf().size())
                    .filter(v -> cut.tierOf().get(v) == 0)
                    .forEach(operators::add);
        }
        answer.put("planMs", took.millis).put("planAgainMs", took.againMillis);
        return answer;
    }

    private ObjectNode packed(CutLosses measured) {
        ObjectNode node = object();
        node.put("basis", measured.basis().name().toLowerCase(Locale.ROOT));
        node.put("inputs", measured.inputs());
        ArrayNode cuts = node.putArray("cuts");
        for (CutLoss cut : measured.cuts()) {
            ObjectNode one = cuts.addObject();
            one.put("splitAfter", cut.boundary() - 1);
            one.put("bits", PACKED_BITS);
            one.put("lost", cut.loss().lost());
            one.put("gained", cut.loss().gained());
            one.put("loss", cut.loss().loss());
            one.put("low95", cut.loss().low95());
            one.put("high95", cut.loss().high95());
        }
        return node;
    }

    private void show(Graph graph, CutLosses measured) {
        boolean labelled = measured.basis() == CutLosses.Basis.ACCURACY;
        Table table = new Table("packed", " bits", " loss %", " 95 %", " lost", labelled ? " gained" : "");
        for (CutLoss cut : measured.cuts()) {
            table.row(
                    where(graph, cut.boundary() - 1),
                    String.valueOf(PACKED_BITS),
                    percent(cut.loss().loss()),
                    "%s to %s"
                            .formatted(
                                    percent(cut.loss().low95()),
                                    percent(cut.loss().high95())),
                    String.valueOf(cut.loss().lost()),
                    labelled ? String.valueOf(cut.loss().gained()) : "");
        }
        table.print(out());
        out().println(
                        labelled
                                ? "losses of right answers, of %d inputs".formatted(measured.inputs())
                                : "answers that change, of %d inputs without labels".formatted(measured.inputs()));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f", share * 100);
    }

    private ObjectNode plan(PartitionProblem problem, PartitionPlan plan, boolean hasLosses) {
        ObjectNode node = object();
        if (plan.isLocal()) {
            node.putNull("splitAfter");
            node.putNull("precisionBits");
        } else {
            Transfer sent = plan.transfers().getFirst();
            node.put("splitAfter", sent.producer());
            node.put("precisionBits", sent.bits());
        }
        node.put("latencyMs", plan.latencyMillis());
        if (isEnergyKnown(problem)) {
            node.put("deviceMj", plan.deviceMillijoules());
        } else {
            node.putNull("deviceMj");
        }
        node.put("bytes", plan.bytes());
        if (hasLosses) {
            node.put("loss", plan.accuracyLoss());
        }
        return node;
    }

    private void show(
            Graph graph,
            PartitionProblem problem,
            PartitionPlan best,
            List<PartitionPlan> front,
            PartitionPlan cut,
            boolean hasLosses) {
        Tier first = problem.tiers().getFirst();
        Tier second = problem.tiers().getLast();
        Table table = new Table("plan", " bits", " bytes", " ms", " device mJ", hasLosses ? " loss %" : " ", "");
        table.row(
                "all on " + first.name(),
                "",
                "",
                ms(total(first)),
                isEnergyKnown(problem) ? mj(first) : "",
                "",
                best.isLocal() ? "best" : "");
        serverOnly(problem).ifPresent(millis -> table.row("all on " + second.name(), "8", "", ms(millis), "", "", ""));
        for (PartitionPlan one : front) {
            if (!one.isLocal()) {
                Transfer sent = one.transfers().getFirst();
                table.row(
                        where(graph, sent.producer()),
                        String.valueOf(sent.bits()),
                        String.valueOf(sent.bytes()),
                        ms(one.latencyMillis()),
                        isEnergyKnown(problem) ? number(one.deviceMillijoules()) : "",
                        hasLosses ? percent(one.accuracyLoss()) : "",
                        one.equals(best) ? "best" : "");
            }
        }
        table.print(out());
        out().println(reason(graph, problem, best));
        if (isBetter(cut, best)) {
            out().println("a cut through several tensors takes %s ms: %s on %s"
                    .formatted(
                            ms(cut.latencyMillis()),
                            IntStream.range(0, cut.tierOf().size())
                                    .filter(v -> cut.tierOf().get(v) == 0)
                                    .mapToObj(String::valueOf)
                                    .collect(Collectors.joining(" ")),
                            first.name()));
        }
    }

    private static boolean isBetter(PartitionPlan cut, PartitionPlan best) {
        return cut.latencyMillis() < best.latencyMillis() * (1 - GAIN_MIN);
    }

    private String reason(Graph graph, PartitionProblem problem, PartitionPlan best) {
        double local = total(problem.tiers().getFirst());
        if (best.isLocal()) {
            return "stays on %s: no transfer over %s kbit/s pays for itself".formatted(device, number(bandwidth));
        }
        Transfer sent = best.transfers().getFirst();
        double here = IntStream.range(0, best.tierOf().size())
                .filter(v -> best.tierOf().get(v) == 0)
                .mapToDouble(v -> problem.tiers().getFirst().millis()[v])
                .sum();
        return "%s: %s ms on %s, %s ms on the link, %s ms on %s; %.2f times as fast as alone"
                .formatted(
                        where(graph, sent.producer()),
                        ms(here),
                        problem.tiers().getFirst().name(),
                        ms(sent.millis()),
                        ms(best.latencyMillis() - here - sent.millis()),
                        problem.tiers().getLast().name(),
                        local / best.latencyMillis());
    }

    private static String where(Graph graph, int producer) {
        return producer == LayerGraph.INPUT
                ? "send the input"
                : "cut after %d %s"
                        .formatted(producer, graph.operators().get(producer).builtin());
    }

    private static double total(Tier tier) {
        return Arrays.stream(tier.millis()).sum();
    }

    /** The input sent as it is; absent when it may not be sent in 8 bits. */
    static Optional<Double> serverOnly(PartitionProblem problem) {
        return problem.bits().contains(INPUT_BITS)
                ? Optional.of(problem.links()
                                .getFirst()
                                .getFirst()
                                .millis(problem.format().bytes(problem.graph().input(), INPUT_BITS))
                        + total(problem.tiers().getLast()))
                : Optional.empty();
    }

    /** Of the device; costs without any are costs of which nobody measured it. */
    private static boolean isEnergyKnown(PartitionProblem problem) {
        return Arrays.stream(problem.tiers().getFirst().millijoules()).anyMatch(millijoules -> millijoules > 0);
    }

    private static String mj(Tier tier) {
        return number(Arrays.stream(tier.millijoules()).sum());
    }

    private static String ms(double millis) {
        return String.format(Locale.ROOT, "%.2f", millis);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
