package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a model on every vector of a file, with the runtime that the agents use. */
@Command(name = "infer", description = "Runs a model on raw input vectors with the agents' runtime.")
public final class InferCommand extends CliCommand {
    /** Times kept by a long measurement; older ones are overwritten. */
    private static final int TIMES_MAX = 1_000_000;

    private static final double BENCH_SECONDS_MAX = 3600;
    private static final double NANOS_PER_MILLI = 1e6;

    /** Whose formulas the numbers follow. */
    enum Numerics {
        TFLITE,
        ONNX
    }

    /** Which code computes them. */
    enum Kernels {
        SCALAR,
        VECTOR
    }

    @Option(names = "--model", required = true, paramLabel = "F", description = "a TensorFlow Lite or ONNX file")
    private Path model = Path.of("");

    @Option(
            names = "--input",
            required = true,
            paramLabel = "RAW",
            description = "concatenated little-endian input tensors of the model's own type, one or more vectors")
    private Path input = Path.of("");

    @Option(names = "--output", paramLabel = "RAW", description = "where the outputs go, back to back")
    private @Nullable Path output;

    @Option(
            names = "--rounding",
            defaultValue = "double",
            paramLabel = "double|single",
            description = "how accumulators are scaled (default: ${DEFAULT-VALUE})")
    private Rounding rounding = Rounding.DOUBLE;

    @Option(
            names = "--numerics",
            paramLabel = "tflite|onnx",
            description = "whose formulas to follow (default: those of the file's format)")
    private @Nullable Numerics numerics;

    @Option(
            names = "--kernels",
            defaultValue = "scalar",
            paramLabel = "vector|scalar",
            description = "which kernels to use; this build has scalar alone")
    private Kernels kernels = Kernels.SCALAR;

    @Option(names = "--bench", paramLabel = "SECONDS", description = "repeat for so long and report the times")
    private @Nullable Double benchSeconds;

    @Option(names = "--json", description = "one JSON object: vectors, minMs, p50Ms, p99Ms")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        Double seconds = benchSeconds;
        if (seconds != null && !(seconds > 0 && seconds <= BENCH_SECONDS_MAX)) {
            throw wrongUsage("--bench (%s) must be above 0 and at most %.0f".formatted(seconds, BENCH_SECONDS_MAX));
        }
        if (kernels == Kernels.VECTOR) {
            throw new CommandFailure("--kernels vector is not in this build; scalar is");
        }
        ModelFile.Loaded loaded = ModelFile.load(model);
        Interpreter interpreter = Interpreter.create(
                loaded.graph(), arithmetic(loaded.format()), io.fleetwright.runtime.Kernels.best());
        byte[] inputs = InputFile.read(input);
        if (inputs.length == 0 || interpreter.inputBytes() == 0 || inputs.length % interpreter.inputBytes() != 0) {
            throw new CommandFailure("%s has %d bytes, which is no multiple of the %d bytes that %s takes"
                    .formatted(input, inputs.length, interpreter.inputBytes(), model));
        }
        int vectors = inputs.length / interpreter.inputBytes();
        if ((long) vectors * interpreter.outputBytes() > Integer.MAX_VALUE - 8) {
            throw new CommandFailure("%d vectors of %d output bytes each are too many for one run"
                    .formatted(vectors, interpreter.outputBytes()));
        }
        byte[] outputs = new byte[vectors * interpreter.outputBytes()];
        long[] nanos = run(interpreter, inputs, outputs, vectors, seconds);
        write(outputs);
        report(vectors, nanos);
        return CommandFailure.DONE;
    }

    private Arithmetic arithmetic(ModelReader.Format format) {
        Numerics chosen = numerics;
        if (chosen == null) {
            chosen = format == ModelReader.Format.ONNX ? Numerics.ONNX : Numerics.TFLITE;
        }
        return chosen == Numerics.ONNX ? Arithmetic.ONNX : Arithmetic.tflite(rounding);
    }

    /** Every vector once, then round and round until the time is up; the times, sorted. */
    private static long[] run(
            Interpreter interpreter, byte[] inputs, byte[] outputs, int vectors, @Nullable Double seconds) {
        long until = seconds == null ? Long.MIN_VALUE : System.nanoTime() + (long) (seconds * 1e9);
        long[] nanos = new long[seconds == null ? Math.min(vectors, TIMES_MAX) : TIMES_MAX];
        long runs = 0;
        do {
            for (int vector = 0; vector < vectors; vector++) {
                long before = System.nanoTime();
                interpreter.run(inputs, vector * interpreter.inputBytes(), outputs, vector * interpreter.outputBytes());
                nanos[(int) (runs++ % nanos.length)] = System.nanoTime() - before;
            }
        } while (seconds != null && System.nanoTime() < until);
        long[] kept = Arrays.copyOf(nanos, (int) Math.min(runs, nanos.length));
        Arrays.sort(kept);
        return kept;
    }

    private void write(byte[] outputs) throws CommandFailure {
        Path target = output;
        if (target == null) {
            return;
        }
        try {
            Files.write(target, outputs);
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be written: %s".formatted(target, failure.getMessage()), failure);
        }
    }

    private void report(int vectors, long[] sortedNanos) {
        double min = sortedNanos[0] / NANOS_PER_MILLI;
        double p50 = percentile(sortedNanos, 0.5);
        double p99 = percentile(sortedNanos, 0.99);
        if (json) {
            print(object().put("vectors", vectors)
                    .put("minMs", min)
                    .put("p50Ms", p50)
                    .put("p99Ms", p99));
        } else {
            out().printf("%d vectors, min %.3f ms, p50 %.3f ms, p99 %.3f ms%n", vectors, min, p50, p99);
        }
    }

    /** The smallest time that at least this share of the runs did not exceed. */
    private static double percentile(long[] sortedNanos, double share) {
        int rank = (int) Math.ceil(share * sortedNanos.length);
        return sortedNanos[Math.max(rank, 1) - 1] / NANOS_PER_MILLI;
    }
}
