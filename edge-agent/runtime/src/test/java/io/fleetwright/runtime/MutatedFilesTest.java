package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.qdq.QdqOnnxConverter;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged model files: refused with a typed error, or a graph that runs; never anything else, never for long. */
class MutatedFilesTest {
    /** Of each file; {@code ./fleetwright fuzz mutations} makes more of them. */
    private static final int CASES = Integer.getInteger("fleetwright.mutations", 500);

    /** Seed of the first one. */
    private static final long FIRST = Long.getLong("fleetwright.mutations.first", 1);

    /** So long only when something hangs: a campaign takes minutes per file. */
    private static final int HANGS_MINUTES = 60;

    /** A device admits a model by its report; what is larger than this is read, and not run here. */
    private static final long DEVICE_BYTES = 8 << 20;

    private static final long DEVICE_WORK = 100_000_000;

    /** True when the file was accepted, and then it ran. */
    static boolean refusedOrRuns(byte[] bytes) {
        Graph graph;
        try {
            graph = ModelReader.read(bytes, "damaged");
        } catch (ModelException refused) {
            // File, place and problem.
            assertThat(refused).hasMessageMatching("(?s)damaged: .+: .+");
            return false;
        }
        if (graph.plan().bytes() > DEVICE_BYTES || ModelReport.of(graph).work() > DEVICE_WORK) {
            return true;
        }
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        interpreter.run(new byte[interpreter.inputBytes()], 0, new byte[interpreter.outputBytes()], 0);
        return true;
    }

    private static final int[] INTERESTING = {0, 1, -1, 4, 127, 128, 65_535, Integer.MAX_VALUE, Integer.MIN_VALUE};

    private static byte[] mutate(SplittableRandom random, byte[] sound) {
        byte[] bytes = sound.clone();
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length - 4);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> {
                    int value = INTERESTING[random.nextInt(INTERESTING.length)];
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at & ~3, value);
                }
                case 3 -> {
                    int count = random.nextInt(Math.min(64, bytes.length - at));
                    System.arraycopy(sound, random.nextInt(sound.length - count), bytes, at, count);
                }
                default -> bytes = Arrays.copyOf(bytes, random.nextInt(8, bytes.length + 1));
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = HANGS_MINUTES, unit = TimeUnit.MINUTES)
    void damagedFilesAreRefusedOrRun(GoldenModel model) throws Exception {
        mutations(model.bytes(), CASES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TFC_1W1A", "TFC_1W2A", "TFC_2W2A"})
    @Timeout(value = HANGS_MINUTES, unit = TimeUnit.MINUTES)
    void damagedOnnxFilesAreRefusedOrRun(String name) throws Exception {
        mutations(Files.readAllBytes(SharedData.require("models/qonnx/%s.onnx".formatted(name))), CASES);
    }

    @ParameterizedTest
    @EnumSource(names = {"KWS_DSCNN", "IC_RESNET8"})
    @Timeout(value = HANGS_MINUTES, unit = TimeUnit.MINUTES)
    void damagedQuantizedOnnxFilesAreRefusedOrRun(GoldenModel model) throws Exception {
        mutations(QdqOnnxConverter.convert(model.graph()), CASES);
    }

    /** Small files, where nearly every byte is structure: all operators, one by one. */
    @Test
    @Timeout(value = HANGS_MINUTES, unit = TimeUnit.MINUTES)
    void damagedFilesOfOneOperatorAreRefusedOrRun() throws Exception {
        var folders = SharedData.require("onnx-node-tests");
        int[] accepted = {0};
        try (var tests = Files.list(folders)) {
            for (var file : tests.map(test -> test.resolve("model.onnx"))
                    .filter(Files::exists)
                    .sorted()
                    .toList()) {
                byte[] sound = Files.readAllBytes(file);
                SeededCases.forEach(
                        FIRST,
                        Math.max(1, CASES / 10),
                        (random, _) -> accepted[0] += refusedOrRuns(mutate(random, sound)) ? 1 : 0);
            }
        }
        assertThat(accepted[0]).isPositive();
    }

    private static void mutations(byte[] sound, int cases) {
        assertThat(refusedOrRuns(sound)).isTrue();
        int[] accepted = {0};
        SeededCases.forEach(FIRST, cases, (random, _) -> accepted[0] += refusedOrRuns(mutate(random, sound)) ? 1 : 0);
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(accepted[0]).as("files that still ran").isBetween(1, cases - 1);
        }
    }
}
