package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.LayerProfile;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.kernel.KernelSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
    private static final double NANOS_PER_MICRO = 1e3;

    /** Whose formulas the numbers follow. */
    enum Numerics {
        TFLITE,
        ONNX
    }

    /** Which code computes them. */
    enum KernelChoice {
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
            paramLabel = "double|single",
            description = "how TensorFlow Lite's formulas scale accumulators (default: double)")
    private @Nullable Rounding rounding;

    @Option(
            names = "--numerics",
            paramLabel = "tflite|onnx",
            description = "whose formulas to follow (default: those of the file's format)")
    private @Nullable Numerics numerics;

    @Option(
            names = "--kernels",
            paramLabel = "vector|scalar",
            description = "which kernels to use; the bytes are the same (default: vector where the JVM has it)")
    private @Nullable KernelChoice kernels;

    @Option(
            names = "--threads",
            defaultValue = "1",
            paramLabel = "N",
            description = "threads that share large layers; the bytes are the same (default: ${DEFAULT-VALUE})")
    private int threads = 1;

    @Option(
            names = "--bench",
            paramLabel = "SECONDS",
            description =
                    "repeat for so long, the first half as warm-up, and report the times, of the whole and of every operator")
    private @Nullable Double benchSeconds;

    @Option(
            names = "--json",
            description = "one JSON object: vectors, kernels, minMs, p50Ms, p99Ms; with --bench also layers")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        Double seconds = benchSeconds;
        if (seconds != null && !(seconds > 0 && seconds <= BENCH_SECONDS_MAX)) {
            throw wrongUsage("--bench (%s) must be above 0 and at most %.0f".formatted(seconds, BENCH_SECONDS_MAX));
        }
        if (threads < 1 || threads > Interpreter.THREADS_MAX) {
            throw wrongUsage("--threads (%d) must be 1 to %d".formatted(threads, Interpreter.THREADS_MAX));
        }
        ModelFile.Loaded loaded = ModelFile.load(model);
        KernelSet set = kernelSet();
        try (var interpreter = Interpreter.create(loaded.graph(), arithmetic(loaded), set, threads)) {
            return infer(loaded.graph(), interpreter, set, seconds);
        }
    }

    private int infer(Graph graph, Interpreter interpreter, KernelSet set, @Nullable Double seconds)
            throws CommandFailure {
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
        List<LayerProfile> layers =
                seconds == null ? List.of() : LayerProfile.measure(graph, interpreter, Math.min(seconds, 10));
        report(vectors, set, nanos, layers);
        return CommandFailure.DONE;
    }

    private KernelSet kernelSet() throws CommandFailure {
        KernelChoice choice = kernels;
        if (choice == null) {
            return Kernels.best();
        }
        try {
            return choice == KernelChoice.VECTOR ? Kernels.vector() : Kernels.scalar();
        } catch (IllegalStateException missing) {
            throw new CommandFailure(String.valueOf(missing.getMessage()), missing);
        }
    }

    private Arithmetic arithmetic(ModelFile.Loaded loaded) throws CommandFailure {
        Numerics chosen = numerics;
        if (chosen == null) {
            boolean onnx = loaded.format() == ModelReader.Format.ONNX
                    || loaded.format() == ModelReader.Format.PART
                            && loaded.graph().arithmetic().equals(Arithmetic.ONNX);
            chosen = onnx ? Numerics.ONNX : Numerics.TFLITE;
        }
        Rounding scaled = rounding;
        if (chosen == Numerics.TFLITE) {
            return Arithmetic.tflite(scaled == null ? Rounding.DOUBLE : scaled);
        }
        if (scaled != null) {
            throw wrongUsage(
                    "--rounding is of TensorFlow Lite's formulas; ONNX's, which %s follows here, have one rounding only"
                            .formatted(model));
        }
        return Arithmetic.ONNX;
    }

    /**
     * Every vector once, or round and round until the time is up, of which the first half is warm-up; the times, sorted.
     */
    private static long[] run(
            Interpreter interpreter, byte[] inputs, byte[] outputs, int vectors, @Nullable Double seconds) {
        long start = System.nanoTime();
        long half = seconds == null ? 0 : (long) (seconds * 0.5e9);
        long[] nanos = new long[seconds == null ? Math.min(vectors, TIMES_MAX) : TIMES_MAX];
        long runs = 0;
        boolean warm = seconds == null;
        do {
            if (!warm && System.nanoTime() - start >= half) {
                warm = true;
                runs = 0;
            }
            for (int vector = 0; vector < vectors; vector++) {
                long before = System.nanoTime();
                interpreter.run(inputs, vector * interpreter.inputBytes(), outputs, vector * interpreter.outputBytes());
                nanos[(int) (runs++ % nanos.length)] = System.nanoTime() - before;
            }
        } while (!warm || System.nanoTime() - start < 2 * half);
        long[] kept = Arrays.copyOf(nanos, (int) Math.min(runs, nanos.length));
        Arrays.sort(kept);
        return kept;
    }

    private void write(byte[] outputs) throws CommandFailure {
        Path target = output;
        if (target == null) {
            return;
        }
        OutputFile.write(target, outputs);
    }

    private void report(int vectors, KernelSet set, long[] sortedNanos, List<LayerProfile> layers) {
        double min = sortedNanos[0] / NANOS_PER_MILLI;
        double p50 = percentile(sortedNanos, 0.5);
        double p99 = percentile(sortedNanos, 0.99);
        if (json) {
            var report = object().put("vectors", vectors)
                    .put("kernels", set.name())
                    .put("threads", threads)
                    .put("minMs", min)
                    .put("p50Ms", p50)
                    .put("p99Ms", p99);
            if (!layers.isEmpty()) {
                var array = report.putArray("layers");
                for (var layer : layers) {
                    array.addObject()
                            .put("index", layer.index())
                            .put("operator", layer.operator())
                            .put("kernel", layer.kernel())
                            .put("macs", layer.macs())
                            .put("bytes", layer.bytes())
                            .put("p50Us", layer.p50Nanos() / NANOS_PER_MICRO);
                }
            }
            print(report);
            return;
        }
        out().printf(
                        "%d vectors, min %.3f ms, p50 %.3f ms, p99 %.3f ms, %s kernels, %d thread%s%n",
                        vectors, min, p50, p99, set.name(), threads, threads == 1 ? "" : "s");
        if (!layers.isEmpty()) {
            out().printf(
                            "%5s  %-24s %10s %12s %10s %8s  %s%n",
                            "step", "operator", "p50 us", "macs", "bytes", "GMAC/s", "kernel");
        }
        for (var layer : layers) {
            out().printf(
                            "%5d  %-24s %10.2f %12d %10d %8s  %s%n",
                            layer.index(),
                            layer.operator(),
                            layer.p50Nanos() / NANOS_PER_MICRO,
                            layer.macs(),
                            layer.bytes(),
                            layer.macs() == 0 || layer.p50Nanos() == 0
                                    ? ""
                                    : "%.1f".formatted((double) layer.macs() / layer.p50Nanos()),
                            layer.kernel());
        }
    }

    /** The smallest time that at least this share of the runs did not exceed. */
    private static double percentile(long[] sortedNanos, double share) {
        int rank = (int) Math.ceil(share * sortedNanos.length);
        return sortedNanos[Math.max(rank, 1) - 1] / NANOS_PER_MILLI;
    }
}
