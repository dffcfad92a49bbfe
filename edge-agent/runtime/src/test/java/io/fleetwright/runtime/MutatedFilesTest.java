package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damaged model files: refused with a typed error, or a graph that runs; never anything else, never for long. */
class MutatedFilesTest {
    private static final int CASES = 1000;

    /** True when the file was accepted, and then it ran. */
    static boolean refusedOrRuns(byte[] bytes) {
        Graph graph;
        try {
            graph = TfliteReader.read(bytes, "damaged");
        } catch (ModelException refused) {
            assertThat(refused).hasMessageStartingWith("damaged: ");
            return false;
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
    @EnumSource(names = {"KWS_DSCNN", "IC_RESNET8", "SWW_DS_TCN"})
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void damagedFilesAreRefusedOrRun(GoldenModel model) throws Exception {
        byte[] sound = model.bytes();
        assertThat(refusedOrRuns(sound)).isTrue();
        int[] accepted = {0};
        SeededCases.forEach(1, CASES, (random, _) -> accepted[0] += refusedOrRuns(mutate(random, sound)) ? 1 : 0);
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(accepted[0]).as("files that still ran").isBetween(1, CASES - 1);
        }
    }
}
