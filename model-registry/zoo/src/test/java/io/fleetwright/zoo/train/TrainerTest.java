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
    private static final NetworkPlan WIDE_PLAN = new NetworkPlan(
            new ImageShape(SIDE, SIDE, 1),
            List.of(new Block.Square(3, 2, 32), new Block.Depthwise(3, 1), new Block.Pointwise(32)),
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
        FloatNetwork network = Trainer.train(
                        "stripes",
                        NetworkFamily.alone("w1.0", PLAN),
                        new TrainingSettings(5, 3, 40, 2, 1e-2, 1e-4),
                        STRIPES,
                        epochs::add)
                .getFirst();

        assertThat(network.name()).isEqualTo("stripes-w1.0");
        assertThat(epochs).hasSize(3);
        assertThat(epochs.getLast().loss()).isLessThan(epochs.getFirst().loss() / 2);
        assertThat(correct(network)).as("of 300, chance is 100").isGreaterThan(240);
    }

    @Test
    void everyWidthOfAFamilyLearns() throws InterruptedException {
        List<EpochResult> epochs = new ArrayList<>();
        List<FloatNetwork> networks = Trainer.train(
                "stripes",
                NetworkFamily.quarters(WIDE_PLAN),
                new TrainingSettings(5, 2, 40, 2, 1e-2, 1e-4),
                STRIPES,
                epochs::add);

        assertThat(networks)
                .extracting(FloatNetwork::name)
                .containsExactly("stripes-w1.0", "stripes-w0.75", "stripes-w0.5", "stripes-w0.25");
        assertThat(epochs).hasSize(8);
        for (FloatNetwork network : networks) {
            assertThat(correct(network))
                    .as("%s of 300, chance is 100", network.name())
                    .isGreaterThan(240);
        }
    }

    private static int correct(FloatNetwork network) {
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
        return correct;
    }

    @Test
    void sameSeedGivesTheSameBitsForAnyNumberOfThreads() throws InterruptedException {
        var family = NetworkFamily.quarters(WIDE_PLAN);
        List<byte[]> one = trained(family, 5, 1);
        List<byte[]> three = trained(family, 5, 3);
        List<byte[]> other = trained(family, 6, 1);
        for (int i = 0; i < one.size(); i++) {
            assertThat(three.get(i)).isEqualTo(one.get(i));
            assertThat(other.get(i)).isNotEqualTo(one.get(i));
        }
    }

    private static List<byte[]> trained(NetworkFamily family, long seed, int threads) throws InterruptedException {
        var settings = new TrainingSettings(seed, 1, 6, threads, 1e-2, 1e-3);
        return Trainer.train("stripes", family, settings, STRIPES, _ -> {}).stream()
                .map(OnnxWriter::write)
                .toList();
    }
}
