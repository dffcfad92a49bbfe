package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.part.PartPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A network as files of its parts. */
@Command(
        name = "cut",
        description = "Cuts a model into parts for boards that cannot hold all of it. One after the other they give"
                + " the bytes of the whole.")
public final class CutCommand extends CliCommand {
    @Parameters(paramLabel = "MODEL", description = "a TensorFlow Lite or ONNX file")
    private Path model = Path.of("");

    @Option(
            names = "--after",
            paramLabel = "N",
            split = ",",
            description = "last operators of all parts but the last, as in `inspect`")
    private @Nullable List<Integer> after;

    @Option(
            names = "--memory",
            paramLabel = "BYTES",
            description = "what weights and activations of a part may take: as few parts as possible")
    private @Nullable Long memory;

    @Option(
            names = "--out",
            paramLabel = "PREFIX",
            description = "writes PREFIX.FIRST-LAST.fwpart for each part; without it they are only shown")
    private @Nullable Path out;

    @Option(names = "--json", description = "one JSON object instead of text")
    private boolean json;

    /** @param to operator after the last */
    private record Part(
            int from,
            int to,
            ModelReport report,
            byte[] bytes,
            @Nullable Path file) {}

    @Override
    protected int execute() throws CommandFailure {
        if ((after == null) == (memory == null)) {
            throw new CommandFailure(
                    "give --after, where to cut, or --memory, what a part may take", CommandFailure.WRONG_USAGE);
        }
        Graph core = ModelFile.read(model).integerCore();
        byte[] file = InputFile.read(model);
        List<Part> parts = new ArrayList<>();
        int from = 0;
        for (int to : ends(core)) {
            parts.add(part(core, file, from, to));
            from = to;
        }
        for (Part part : parts) {
            Path path = part.file;
            if (path != null) {
                OutputFile.write(path, part.bytes);
            }
        }
        if (json) {
            print(json(core, parts));
        } else {
            text(parts);
        }
        return CommandFailure.DONE;
    }

    private List<Integer> ends(Graph core) throws CommandFailure {
        List<Integer> ends = new ArrayList<>();
        List<Integer> told = after;
        if (told != null) {
            told.forEach(operator -> ends.add(operator + 1));
        } else {
            long most = memory == null ? 0 : memory;
            ends.addAll(PartPlan.fitting(core, most)
                    .orElseThrow(
                            () -> new CommandFailure("%s cannot be cut into %d parts of at most %d bytes of memory; %s"
                                    .formatted(model, PartPlan.PARTS_MAX, most, PartPlan.largest(core)))));
            if (ends.isEmpty()) {
                throw new CommandFailure("%s fits %d bytes of memory as a whole".formatted(model, most));
            }
        }
        ends.add(core.operators().size());
        return ends;
    }

    private Part part(Graph core, byte[] file, int from, int to) throws CommandFailure {
        try {
            byte[] bytes = PartFile.write(file, String.valueOf(model.getFileName()), from, to);
            Path path = out == null ? null : Path.of("%s.%d-%d.fwpart".formatted(out, from, to - 1));
            return new Part(from, to, ModelReport.of(core.segment(from, to).alone(core.name())), bytes, path);
        } catch (ModelException | IllegalArgumentException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()));
        }
    }

    private static ObjectNode json(Graph core, List<Part> parts) {
        ObjectNode root = object().put("operators", core.operators().size());
        ArrayNode array = root.putArray("parts");
        for (Part part : parts) {
            array.addObject()
                    .put("from", part.from)
                    .put("to", part.to)
                    .put("macs", part.report.macs())
                    .put("weightBytes", part.report.weightBytes())
                    .put("arenaBytes", part.report.arenaBytes())
                    .put("fileBytes", part.bytes.length)
                    .put("file", part.file == null ? null : part.file.toString());
        }
        return root;
    }

    private void text(List<Part> parts) {
        Table table = new Table("operators", " macs", " weights", " arena", " memory", " file bytes", "file");
        for (Part part : parts) {
            table.row(
                    "%d to %d".formatted(part.from, part.to - 1),
                    String.valueOf(part.report.macs()),
                    String.valueOf(part.report.weightBytes()),
                    String.valueOf(part.report.arenaBytes()),
                    String.valueOf(part.report.weightBytes() + part.report.arenaBytes()),
                    String.valueOf(part.bytes.length),
                    part.file == null ? "" : part.file.toString());
        }
        table.print(out());
    }
}
