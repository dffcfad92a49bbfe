package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairNetworkTextTest {
    private static PairNetwork read(String text) throws MalformedNetworkException {
        return PairNetworkText.read(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        SeededCases.forEach(1, 20, (random, _) -> {
            double[] weights = TestNetworks.random(random).weights();
            Arrays.setAll(weights, i -> (float) weights[i]);
            PairNetwork network = new PairNetwork(weights);
            String text = PairNetworkText.write(network, "by a test");
            assertThat(read(text).weights()).isEqualTo(weights);
            assertThat(PairNetworkText.write(read(text), "by a test")).isEqualTo(text);
        });
    }

    /** Edits of a good text, and what is said of each. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            fleetwright-pair-network   | another-thing             | the first line must be 'fleetwright-pair-network 1'
            fleetwright-pair-network 1 | fleetwright-pair-network 2 | version '2' is not known; known: 1
            task-features 11           | task-features 12          | line 3 must be 'task-features 11 pair-features 8 hidden 16 outputs 2', is 'task-features 12
            1.5 2.5                    | 1.5 2.5 3.5               | has 393 weights, must have 392
            1.5 2.5                    | 1.5                       | has 391 weights, must have 392
            1.5 2.5                    | 1.5 NaN                   | weight 1 is 'NaN', must be a number within 1000000.0 of 0
            1.5 2.5                    | Infinity 2.5              | weight 0 is 'Infinity'
            1.5 2.5                    | 1.5 2,5                   | weight 1 is '2,5'
            1.5 2.5                    | 1.5 2e6                   | weight 1 is '2e6'
            """)
    void whatIsNoNetworkIsRefusedByName(String find, String replacement, String message) throws Exception {
        double[] weights = new double[PairNetwork.WEIGHTS];
        weights[0] = 1.5;
        weights[1] = 2.5;
        String good = PairNetworkText.write(new PairNetwork(weights), "by a test");
        assertThat(read(good).weights()).isEqualTo(weights);
        assertThat(good).contains(find);
        assertThatThrownBy(() -> read(good.replace(find, replacement)))
                .isInstanceOf(MalformedNetworkException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatEndsTooSoonOrNeverIsRefused() {
        assertThatThrownBy(() -> read("")).hasMessageContaining("the first line must be");
        assertThatThrownBy(() -> read("fleetwright-pair-network 1\nmade")).hasMessageContaining("line 3 must be");
        assertThatThrownBy(() -> PairNetworkText.read(new byte[PairNetworkText.BYTES_MAX + 1]))
                .hasMessage("longer than 100000 bytes");
    }

    @Test
    void theNetworkThatIsBuiltInIsTrained() {
        PairNetwork network = PairNetworkText.builtIn();
        assertThat(Arrays.stream(network.weights())
                        .filter(weight -> weight != 0)
                        .count())
                .isGreaterThan(PairNetwork.WEIGHTS - 20L);
    }
}
