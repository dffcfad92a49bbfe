package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a model file needs and does, without running it. */
@Command(name = "inspect", description = "Shows a model's operators, tensors, work and memory.")
public final class InspectCommand extends CliCommand {
    @Parameters(paramLabel = "MODEL", description = "a TensorFlow Lite or ONNX file")
    private Path model = Path.of("");

    @Option(names = "--json", description = "one JSON object instead of text")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        Graph graph = ModelFile.read(model);
        ModelReport report = ModelReport.of(graph);
        if (json) {
            print(json(graph, report));
        } else {
            text(graph, report);
        }
        return CommandFailure.DONE;
    }

    private static ObjectNode json(Graph graph, ModelReport report) {
        ObjectNode root = object().put("name", report.name());
        ArrayNode operators = root.putArray("operators");
        for (var operator : report.operators()) {
            ObjectNode node = operators
                    .addObject()
                    .put("index", operator.index())
                    .put("name", operator.name())
                    .put("carrier", operator.carrier())
                    .put("version", operator.version())
                    .put("macs", operator.macs());
            shape(node.putArray("outputShape"), operator.outputShape());
        }
        ArrayNode tensors = root.putArray("tensors");
        for (var tensor : report.tensors()) {
            ObjectNode node = tensors.addObject()
                    .put("index", tensor.index())
                    .put("name", tensor.name())
                    .put("type", tensor.type().name())
                    .put("bytes", tensor.bytes())
                    .put("constant", tensor.constant());
            shape(node.putArray("shape"), tensor.shape());
        }
        ports(root.putArray("inputs"), graph.inputs());
        ports(root.putArray("outputs"), graph.outputs());
        return root.put("macs", report.macs())
                .put("weightBytes", report.weightBytes())
                .put("arenaBytes", report.arenaBytes())
                .put("liveSetBytes", report.liveSetBytes());
    }

    private static void ports(ArrayNode array, List<TensorInfo> ports) {
        for (TensorInfo port : ports) {
            ObjectNode node = array.addObject()
                    .put("name", port.name())
                    .put("type", port.type().name())
                    .put("zeroPoint", port.zeroPoint())
                    .put("bytes", port.bytes());
            shape(node.putArray("shape"), port.shape());
            ArrayNode scales = node.putArray("scales");
            port.scales().forEach(scales::add);
        }
    }

    private static void shape(ArrayNode array, List<Integer> shape) {
        shape.forEach(array::add);
    }

    private void text(Graph graph, ModelReport report) {
        Table table = new Table(" #", "operator", " version", " macs", "output");
        for (var operator : report.operators()) {
            table.row(
                    String.valueOf(operator.index()),
                    operator.carrier().isEmpty()
                            ? operator.name()
                            : "%s (%s)".formatted(operator.name(), operator.carrier()),
                    String.valueOf(operator.version()),
                    String.valueOf(operator.macs()),
                    operator.outputShape().toString());
        }
        table.print(out());
        for (TensorInfo input : graph.inputs()) {
            out().printf("input %s %s %s%n", input.name(), input.type(), input.shape());
        }
        for (TensorInfo output : graph.outputs()) {
            out().printf("output %s %s %s%n", output.name(), output.type(), output.shape());
        }
        out().printf(
                        "%d macs, %d weight bytes, %d arena bytes (at least %d are alive at once)%n",
                        report.macs(), report.weightBytes(), report.arenaBytes(), report.liveSetBytes());
    }
}
