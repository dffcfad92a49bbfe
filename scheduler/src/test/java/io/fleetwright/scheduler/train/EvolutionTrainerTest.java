package io.fleetwright.scheduler.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.PairNetwork;
import io.fleetwright.scheduler.online.PairNetworkText;
import io.fleetwright.scheduler.train.EvolutionTrainer.Size;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class EvolutionTrainerTest {
    private static final Size SMALL = new Size(6, 4, 12);

    /** What so many steps come to: how far it is in validation, and the network. */
    private record Trained(double ratio, PairNetwork network) {
        static Trained by(long seed, Size size, int steps, int threads) {
            try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
                EvolutionTrainer trainer = new EvolutionTrainer(seed, size, TrainingGround::scenario, pool);
                for (int step = 0; step < steps; step++) {
                    trainer.step();
                }
                return new Trained(trainer.validate(), trainer.network());
            }
        }

        String text() {
            return PairNetworkText.write(network, "of a test");
        }
    }

    /** The first steps of the training that made the network that is built in; {@code -Dfleetwright.record=true} writes them anew. */
    @Test
    void theFirstStepsAreTheRecordedOnesByteForByte() throws IOException {
        Path file = SharedData.projectRoot().resolve("scheduler/src/test/resources/training/first-steps.txt");
        String text = Trained.by(7, Size.FULL, 2, 2).text();
        if (Boolean.getBoolean("fleetwright.record")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }

    @Test
    void threadsDecideNothingAndTheSeedDoes() {
        String one = Trained.by(3, SMALL, 2, 1).text();
        assertThat(Trained.by(3, SMALL, 2, 3).text()).isEqualTo(one);
        assertThat(Trained.by(4, SMALL, 2, 3).text()).isNotEqualTo(one);
    }

    @Test
    void beforeTheFirstStepItIsAsGoodAsEtf() {
        assertThat(Trained.by(5, SMALL, 0, 2).ratio()).isEqualTo(1);
    }

    /** Of scenarios that it did not train on. The same seed always comes to the same figure. */
    @Test
    void aShortTrainingLowersLatency() {
        double ratio = Trained.by(1, SMALL, 40, 2).ratio();
        System.out.printf("a short training: %.4f of ETF's latency%n", ratio);
        assertThat(ratio).isLessThan(0.99);
    }
}
