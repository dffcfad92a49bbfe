package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Requantizer;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The inner loops of the vector kernels: products at 64 pixels x 576 products x 64 channels, with weights whose standard
 * deviation is 30 as in trained networks, and rescaling of as many sums.
 *
 * <p>Products are nanoseconds per multiply-accumulate (1 / result = GMAC/s), rescaling nanoseconds per output.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class KernelBenchmark {
    private static final int PIXELS = 64;
    private static final int DEPTH = 576;
    private static final int UNITS = 64;
    private static final int OUTPUTS = PIXELS * UNITS;
    private static final int MACS = OUTPUTS * DEPTH;

    private static VectorRequantizer requantizer(double factor, long sumMax, int outputs) {
        var output =
                new Tensor("out", new int[] {UNITS}, TensorType.INT8, new float[] {0.1f}, new int[] {-3}, 0, null);
        double[] factors = new double[UNITS];
        Arrays.setAll(factors, channel -> factor * (1 + channel / 100.0));
        var scalar = new Requantizer(
                Arithmetic.TFLITE_DOUBLE_ROUNDING, factors, UNITS, output, Activation.NONE);
        long[] most = new long[UNITS];
        Arrays.fill(most, sumMax);
        return new VectorRequantizer(scalar, new int[UNITS], most, outputs);
    }

    /** One product of matrices. */
    @State(Scope.Thread)
    public static class Product {
        @Param({"float32", "int16", "int32"})
        public String carrier = "";

        private @Nullable Tiles tiles;
        private @Nullable Workspace workspace;
        private int[] bases = new int[0];
        private int sumsAt;

        @Setup
        public void prepare() {
            var random = new SplittableRandom(1);
            byte[] data = new byte[UNITS * DEPTH];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) Math.clamp(Math.round(random.nextGaussian() * 30), -127, 127);
            }
            var weights = new Weights(UNITS, DEPTH, data);
            var patches = Patches.contiguous(DEPTH);
            var rescaling = requantizer(0x1p-9, 1 << 20, 0);
            Tiles made = switch (carrier) {
                case "float32" -> new FloatTiles(weights, 5, patches, rescaling);
                case "int16" -> new ShortTiles(weights, 5, patches, rescaling);
                default -> new IntTiles(weights, 5, patches, rescaling);
            };
            tiles = made;
            sumsAt = PIXELS * DEPTH;
            var memory = new Workspace(made.workspace(sumsAt, Tiles.ROWS_MAX * made.lanesMax() + 16));
            workspace = memory;
            bases = new int[PIXELS + Tiles.ROWS_MAX];
            Arrays.setAll(bases, pixel -> Math.min(pixel, PIXELS - 1) * DEPTH);
            byte[] arena = new byte[sumsAt + 64];
            random.nextBytes(arena);
            made.widen(arena, 0, memory, 0, sumsAt);
        }
    }

    @Benchmark
    @OperationsPerInvocation(MACS)
    public Workspace product(Product state) {
        var tiles = Objects.requireNonNull(state.tiles);
        var workspace = Objects.requireNonNull(state.workspace);
        for (int panel = 0; panel < tiles.panels(); panel++) {
            int rows = tiles.rows(panel);
            tiles.prepare(workspace, panel);
            for (int pixel = 0; pixel < PIXELS; pixel += rows) {
                tiles.multiply(workspace, panel, state.bases, pixel, PIXELS - pixel, state.sumsAt);
            }
        }
        return workspace;
    }

    /** One block of sums. */
    @State(Scope.Thread)
    public static class Sums {
        /** Proved float32, doubles, and 64-bit lanes for sums that a double cannot scale exactly. */
        @Param({"float32", "double", "int64"})
        public String form = "";

        private final int[] few = new int[VectorRequantizer.FEW];
        private final int[] sums = new int[OUTPUTS + 16];
        private final byte[] out = new byte[OUTPUTS];
        private @Nullable VectorRequantizer requantizer;

        @Setup
        public void prepare() {
            var random = new SplittableRandom(2);
            Arrays.setAll(sums, _ -> random.nextInt(-40_000, 40_000));
            requantizer = switch (form) {
                case "float32" -> requantizer(0x1p-8, 40_000, OUTPUTS);
                case "double" -> requantizer(0x1p-8, 40_000, 0);
                default -> requantizer(0x1p-20, 1L << 29, 0);
            };
        }
    }

    @Benchmark
    @OperationsPerInvocation(OUTPUTS)
    public byte[] rescaling(Sums state) {
        Objects.requireNonNull(state.requantizer)
                .apply(state.sums, 0, UNITS, PIXELS, 0, UNITS, state.out, 0, UNITS, state.few);
        return state.out;
    }
}
