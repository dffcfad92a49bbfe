package io.fleetwright.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does something: prints to the command line's streams, and answers its exit code. */
public abstract class CliCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public final Integer call() throws CommandFailure, InterruptedException {
        return execute();
    }

    /** Does the work; the exit code. */
    protected abstract int execute() throws CommandFailure, InterruptedException;

    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    protected final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Options that were given, by their longest names. */
    protected final List<String> given() {
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .toList();
    }

    /** The arguments contradict what is allowed. */
    protected final ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    protected static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** One JSON object on one line. */
    protected final void print(JsonNode json) {
        out().println(json);
    }
}
