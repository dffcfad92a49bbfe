package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.runtime.conformance.NodeTest;
import io.fleetwright.runtime.conformance.NodeTest.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the tests of a standard against the agents' runtime. */
@Command(
        name = "conformance",
        description = "Runs the tests of a standard with the agents' runtime.",
        subcommands = ConformanceCommand.Onnx.class)
public final class ConformanceCommand extends CommandGroup {
    /** The ONNX backend suite's node tests. */
    @Command(name = "onnx", description = "Runs ONNX node tests: a folder of folders with model.onnx and test data.")
    public static final class Onnx extends CliCommand {
        /** One test and how it ended, as it is printed. */
        private record Line(String test, String outcome, String reason) {}

        @Parameters(paramLabel = "DIR", description = "the folder that holds the test folders")
        private Path folder = Path.of("");

        @Option(names = "--json", description = "one JSON object: tests, passed, failed, unsupported, skipped")
        private boolean json;

        @Override
        protected int execute() throws CommandFailure {
            List<Line> lines = new ArrayList<>();
            try {
                for (NodeTest test : NodeTest.in(folder)) {
                    Line line = line(test.name(), test.run());
                    lines.add(line);
                    if (!json) {
                        String reason = line.reason().isEmpty() ? "" : ": " + line.reason();
                        out().printf("%s %s%s%n", line.outcome(), line.test(), reason);
                    }
                }
            } catch (IOException unreadable) {
                throw new CommandFailure(
                        "%s cannot be read: %s".formatted(folder, unreadable.getMessage()), unreadable);
            }
            if (lines.isEmpty()) {
                throw new CommandFailure("%s: no folder in it has a model.onnx".formatted(folder));
            }
            report(lines);
            return count(lines, "failed") == 0 ? CommandFailure.DONE : CommandFailure.FAILED;
        }

        private static Line line(String test, Outcome outcome) {
            return switch (outcome) {
                case Outcome.Passed _ -> new Line(test, "passed", "");
                case Outcome.Unsupported(String reason) -> new Line(test, "unsupported", reason);
                case Outcome.Skipped(String reason) -> new Line(test, "skipped", reason);
                case Outcome.Failed(String reason) -> new Line(test, "failed", reason);
            };
        }

        private static long count(List<Line> lines, String outcome) {
            return lines.stream().filter(line -> line.outcome().equals(outcome)).count();
        }

        private void report(List<Line> lines) {
            long passed = count(lines, "passed");
            long failed = count(lines, "failed");
            long unsupported = count(lines, "unsupported");
            long skipped = count(lines, "skipped");
            if (!json) {
                // What this runtime does not compute was not run: it counts as skipped in the closing line.
                out().printf("%d passed, %d failed, %d skipped%n", passed, failed, unsupported + skipped);
                return;
            }
            ObjectNode root = object();
            ArrayNode tests = root.putArray("tests");
            for (Line line : lines) {
                tests.addObject()
                        .put("test", line.test())
                        .put("outcome", line.outcome())
                        .put("reason", line.reason());
            }
            print(root.put("passed", passed)
                    .put("failed", failed)
                    .put("unsupported", unsupported)
                    .put("skipped", skipped));
        }
    }
}
