package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.ModelReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Whole inferences of our interpreter; {@code fleetwright.root} must name the checkout. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseSerialGC")
public class InterpreterBenchmark {
    /** By the names that {@code fleetwright bench runtime --help} lists; the default comes with the project. */
    @Param({"glyphs-w1.0-int8", "glyphs-w0.5-int8"})
    public String model = "";

    private byte[] input = new byte[0];
    private byte[] output = new byte[0];
    private @Nullable Interpreter interpreter;

    @Setup
    public void prepare() throws IOException, ModelException {
        var files = BenchModel.read(Path.of(System.getProperty("fleetwright.root", ".")), model);
        var made = Interpreter.create(ModelReader.read(files.file(), model), Rounding.DOUBLE);
        input = files.inputs();
        output = new byte[made.outputBytes()];
        for (int vector = 0; vector < input.length / made.inputBytes(); vector++) {
            made.run(input, vector * made.inputBytes(), output, 0);
            int at = vector * output.length;
            if (!Arrays.equals(output, 0, output.length, files.golden(), at, at + output.length)) {
                throw new IllegalStateException("%s: output %d is not the golden one".formatted(model, vector));
            }
        }
        interpreter = made;
    }

    @Benchmark
    public byte[] run() {
        Objects.requireNonNull(interpreter).run(input, 0, output, 0);
        return output;
    }
}
