package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.driver.Program.Cut;
import io.fleetwright.agent.driver.Program.Loading;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two boards with a stretch each answer as one board with the whole. */
class SegmentTest {
    static Stream<String> networks() {
        return Stream.of("ad_fc_ae", "ic_resnet8", "kws_dscnn", "sww_ds_tcn", "vww_mbv1");
    }

    private static Program load(String name) throws IOException {
        Path file = SharedData.require("models/mlperf-tiny").resolve(name + ".tflite");
        return ((Loading.Ready) Program.load(name, Files.readAllBytes(file), Long.MAX_VALUE, Optional.empty()))
                .program();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyCutGivesTheBytesOfTheWhole(String name) throws IOException {
        Program program = load(name);
        byte[] input = new byte[program.inputBytes()];
        new SplittableRandom(1).nextBytes(input);
        byte[] whole = program.run(input);
        int cuts = 0;
        double shares = 0;
        for (int at = 1; program.has(new Cut(at, at + 1)); at++) {
            Cut front = new Cut(0, at);
            Cut back = new Cut(at, operators(program));
            byte[] between = program.run(front, input);
            assertThat(between).hasSize(program.outputBytes(front)).hasSize(program.inputBytes(back));
            assertThat(program.run(back, between)).as("%s cut at %d", name, at).isEqualTo(whole);
            assertThat(program.share(front) + program.share(back)).isBetween(0.999, 1.001);
            shares += program.share(front);
            cuts++;
        }
        assertThat(cuts).isGreaterThan(5).isEqualTo(operators(program) - 1);
        assertThat(shares).isGreaterThan(0);
    }

    private static int operators(Program program) {
        int count = 1;
        while (program.has(new Cut(0, count + 1))) {
            count++;
        }
        return count;
    }

    @Test
    void aStretchInTheMiddleTakesAndGivesWhatIsAlive() throws IOException {
        Program program = load("ic_resnet8");
        byte[] input = new byte[program.inputBytes()];
        new SplittableRandom(2).nextBytes(input);
        int all = operators(program);
        byte[] bytes = input;
        for (int at = 0; at < all; at += 3) {
            bytes = program.run(new Cut(at, Math.min(all, at + 3)), bytes);
        }
        assertThat(bytes).isEqualTo(program.run(input));
        // Inside a residual block two tensors are alive, which are not packed.
        assertThat(List.of(
                        program.packableChannels(1) > 0,
                        program.inputBytes(new Cut(2, 3)) > program.inputBytes(new Cut(1, 2))))
                .containsExactly(true, true);
        assertThat(program.packableChannels(2)).isZero();
    }

    @Test
    void thereAreNoOtherStretches() {
        assertThatThrownBy(() -> new Cut(3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Cut(-1, 3)).isInstanceOf(IllegalArgumentException.class);
    }
}
