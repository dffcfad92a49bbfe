package io.fleetwright.forge.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class OnnxNetworkReaderTest {
    @Test
    void readsBackTheNetworkThatWasWritten() {
        SeededCases.forEach(1, 20, (random, _) -> {
            FloatNetwork network = RandomNetworks.classifier(random);
            byte[] bytes = OnnxWriter.write(network);
            FloatNetwork back = OnnxNetworkReader.read(bytes);
            assertThat(back.shapes()).isEqualTo(network.shapes());
            assertThat(OnnxWriter.write(back)).isEqualTo(bytes);
            var input = new float[RandomNetworks.INPUT.elements()];
            for (int i = 0; i < input.length; i++) {
                input[i] = (float) random.nextDouble();
            }
            assertThat(new FloatInference(back).run(input)).isEqualTo(new FloatInference(network).run(input));
        });
    }

    @Test
    void damagedFilesAreRefusedOrReadNothingElse() {
        byte[] bytes = OnnxWriter.write(RandomNetworks.classifier(new SplittableRandom(1)));
        SeededCases.forEach(1, 3000, (random, _) -> {
            byte[] damaged = random.nextBoolean() ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
            for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                OnnxNetworkReader.read(damaged);
            } catch (OnnxRefusedException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        });
    }

    @Test
    void namesTheOperatorItDoesNotTake() {
        byte[] bytes = OnnxWriter.write(RandomNetworks.classifier(new SplittableRandom(1)));
        for (int i = 0; i + 3 < bytes.length; i++) {
            if (bytes[i] == 'R' && bytes[i + 1] == 'e' && bytes[i + 2] == 'l' && bytes[i + 3] == 'u') {
                bytes[i + 2] = 'd';
            }
        }
        assertThatExceptionOfType(OnnxRefusedException.class)
                .isThrownBy(() -> OnnxNetworkReader.read(bytes))
                .withMessageContaining("Redu");
    }
}
