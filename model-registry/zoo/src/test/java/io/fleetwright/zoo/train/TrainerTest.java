package io.fleetwright.zoo.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxWriter;
import io.fleetwright.zoo.train.NetworkPlan.Block;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TrainerTest {
    private static final int SIDE = 8;
    private static final NetworkPlan PLAN = new NetworkPlan(
            new ImageShape(SIDE, SIDE, 1),
            List.of(new Block.Square(3, 2, 8), new Block.Depthwise(3, 1), new Block.Pointwise(16)),
            3);

    /** Stripes along rows, along columns, or checks, at random contrast and phase. */
    private static final ImageSource STRIPES = new ImageSource() {
        @Override
        public int label(long index) {
            return (int) (index % 3);
        }

        @Override
        public void draw(long index, byte[] out, int offset) {
            var random = new MixingRandom(11, index);
            int contrast = 60 + random.nextInt(150);
            int phase = random.nextInt(4);
            for (int i = 0; i < SIDE * SIDE; i++) {
                int row = (i / SIDE + phase) >> 1 & 1;
                int column = (i % SIDE + phase) >> 1 & 1;
                int on = List.of(row, column, row ^ column).get(label(index));
                out[offset + i] = (byte) (on * contrast + random.nextInt(40));
            }
        }
    };

    @Test
    void lossFallsAndUnseenImagesAreRecognised() throws InterruptedException {
        List<EpochResult> epochs = new ArrayList<>();
        FloatNetwork network =
                Trainer.train("stripes", PLAN, new TrainingSettings(5, 3, 40, 2, 1e-2, 1e-4), STRIPES, epochs::add);

        assertThat(epochs).hasSize(3);
        assertThat(epochs.getLast().loss()).isLessThan(epochs.getFirst().loss() / 2);
        var inference = new FloatInference(network);
        int correct = 0;
        for (int i = 0; i < 300; i++) {
            int unseen = 1_000_000 + i;
            var bytes = new byte[SIDE * SIDE];
            STRIPES.draw(unseen, bytes, 0);
            var input = new float[bytes.length];
            for (int k = 0; k < input.length; k++) {
                input[k] = (bytes[k] & 0xFF) / 255f;
            }
            float[] logits = inference.run(input);
            int best = 0;
            for (int k = 1; k < 3; k++) {
                best = logits[k] > logits[best] ? k : best;
            }
            correct += best == STRIPES.label(unseen) ? 1 : 0;
        }
        assertThat(correct).as("of 300, chance is 100").isGreaterThan(240);
    }

    @Test
    void sameSeedGivesTheSameBitsForAnyNumberOfThreads() throws InterruptedException {
        byte[] one = trained(5, 1);
        assertThat(trained(5, 3)).isEqualTo(one);
        assertThat(trained(6, 1)).isNotEqualTo(one);
    }

    private static byte[] trained(long seed, int threads) throws InterruptedException {
        var settings = new TrainingSettings(seed, 1, 6, threads, 1e-2, 1e-3);
        return OnnxWriter.write(Trainer.train("stripes", PLAN, settings, STRIPES, _ -> {}));
    }
}
