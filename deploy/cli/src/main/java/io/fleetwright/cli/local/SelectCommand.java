package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.DeviceFacts;
import io.fleetwright.forge.select.Judgement;
import io.fleetwright.forge.select.Relaxation;
import io.fleetwright.forge.select.Selection;
import io.fleetwright.forge.select.VariantSelector;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says which variant a device would get, without giving it. */
@Command(name = "select", description = "Says which variant a device would get, and why not the others.")
public final class SelectCommand extends CliCommand {
    private static final String LATENCY = "latency-ms";
    private static final String ENERGY = "energy-mj";
    private static final String ACCURACY = "accuracy";
    private static final Set<String> LIMITS = Set.of(LATENCY, ENERGY, ACCURACY);

    @Option(
            names = "--variants",
            required = true,
            paramLabel = "JSON",
            description = "{\"variants\": [{variant, operators, bits, weightBytes, activationBytes, accuracy,"
                    + " latencyMsP90, energyMjP90, macs}]}; what is not known is left out")
    private Path variants = Path.of("");

    @Option(
            names = "--device",
            required = true,
            paramLabel = "PROFILE|JSON",
            description = "a profile of this build, such as gap9, which also estimates missing latency and energy from"
                    + " macs; or a file {device, operators, bits, memoryBytes | weightMemoryBytes,"
                    + " activationMemoryBytes}")
    private String device = "";

    @Option(
            names = "--constraints",
            split = ",",
            paramLabel = "LIMIT=VALUE",
            description = "latency-ms and energy-mj at most, accuracy (0 to 1) at least")
    private Map<String, Double> limits = new TreeMap<>();

    @Option(names = "--strict", description = "no limit gives way when nothing meets them all")
    private boolean strict;

    @Option(names = "--incumbent", paramLabel = "VARIANT", description = "what the device runs now")
    private @Nullable String incumbent;

    @Option(names = "--json", description = "one JSON object: device, chosen, relaxed, nearest, variants")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        Constraints constraints = constraints();
        SelectionInput input = SelectionInput.read(variants, device);
        Selection selection;
        try {
            selection = VariantSelector.select(
                    input.candidates(), input.device(), constraints, Optional.ofNullable(incumbent));
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailure("%s: %s".formatted(variants, wrong.getMessage()), wrong);
        }
        if (json) {
            print(json(input, selection));
        } else {
            text(input, selection);
        }
        return selection instanceof Selection.Chosen ? CommandFailure.DONE : CommandFailure.FAILED;
    }

    private Constraints constraints() {
        for (String limit : limits.keySet()) {
            if (!LIMITS.contains(limit)) {
                throw wrongUsage("--constraints '%s' must be latency-ms, energy-mj or accuracy".formatted(limit));
            }
        }
        try {
            return new Constraints(
                    limit(LATENCY), limit(ENERGY), limit(ACCURACY), strict ? List.of() : Constraints.RELAXATIONS);
        } catch (IllegalArgumentException wrong) {
            throw wrongUsage(String.valueOf(wrong.getMessage()));
        }
    }

    private OptionalDouble limit(String name) {
        Double limit = limits.get(name);
        return limit == null ? OptionalDouble.empty() : OptionalDouble.of(limit);
    }

    private static ObjectNode json(SelectionInput input, Selection selection) {
        ObjectNode root = object().put("device", input.device().device());
        switch (selection) {
            case Selection.Chosen chosen -> {
                root.put("chosen", chosen.variant().variant());
                ArrayNode relaxed = root.putArray("relaxed");
                chosen.relaxed().forEach(relaxation -> relaxed.add(word(relaxation)));
            }
            case Selection.None none -> {
                root.putNull("chosen").putArray("relaxed");
                root.put("nearest", none.nearest().orElse(null));
            }
        }
        ArrayNode rows = root.putArray("variants");
        for (int i = 0; i < input.candidates().size(); i++) {
            Candidate candidate = input.candidates().get(i);
            ObjectNode row = rows.addObject().put("variant", candidate.variant());
            put(row, "accuracy", candidate.accuracy());
            put(row, "latencyMsP90", candidate.latencyMillis());
            put(row, "energyMjP90", candidate.energyMillijoules());
            row.put("modelled", input.isModelled(candidate));
            row.put("reason", selection.judgements().get(i).text());
        }
        return root;
    }

    private static void put(ObjectNode row, String name, OptionalDouble figure) {
        if (figure.isPresent()) {
            row.put(name, figure.getAsDouble());
        } else {
            row.putNull(name);
        }
    }

    private void text(SelectionInput input, Selection selection) {
        DeviceFacts facts = input.device();
        Table table = new Table("variant", " accuracy", " p90 ms", " p90 mJ", "reason");
        for (int i = 0; i < input.candidates().size(); i++) {
            Candidate candidate = input.candidates().get(i);
            String mark = input.isModelled(candidate) ? " (modelled)" : "";
            Judgement judgement = selection.judgements().get(i);
            table.row(
                    candidate.variant(),
                    text(candidate.accuracy(), ""),
                    text(candidate.latencyMillis(), mark),
                    text(candidate.energyMillijoules(), mark),
                    judgement.text());
        }
        table.print(out());
        out().println(
                        switch (selection) {
                            case Selection.Chosen chosen ->
                                "%s gets %s%s"
                                        .formatted(
                                                facts.device(), chosen.variant().variant(), relaxed(chosen.relaxed()));
                            case Selection.None none ->
                                "%s gets none%s"
                                        .formatted(
                                                facts.device(),
                                                none.nearest()
                                                        .map(nearest -> "; the nearest is " + nearest)
                                                        .orElse(""));
                        });
    }

    private static String text(OptionalDouble figure, String mark) {
        return figure.isPresent() ? "%.6g%s".formatted(figure.getAsDouble(), mark) : "unknown";
    }

    private static String relaxed(List<Relaxation> relaxed) {
        return relaxed.isEmpty()
                ? ""
                : relaxed.stream().map(SelectCommand::word).collect(Collectors.joining(", ", "; gave way: ", ""));
    }

    private static String word(Relaxation relaxation) {
        return relaxation.name().toLowerCase(Locale.ROOT);
    }
}
