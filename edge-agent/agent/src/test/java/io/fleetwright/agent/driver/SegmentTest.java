package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.driver.Program.Cut;
import io.fleetwright.agent.driver.Program.Loading;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.quantize.Calibration;
import io.fleetwright.forge.quantize.Quantizer;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two boards with a stretch each answer as one board with the whole. */
class SegmentTest {
    private static final String TINY = "models/mlperf-tiny";
    /** A network under a name; what the product's zoo has as floats is quantized here. */
    record Network(String name, byte[] artifact) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Network> networks() throws Exception {
        List<Network> networks = new ArrayList<>();
        for (Path folder :
                List.of(SharedData.require(TINY), SharedData.require(TINY).resolve("extra"), zoo())) {
            for (Path file : files(folder)) {
                String name = file.getFileName().toString();
                byte[] bytes = Files.readAllBytes(file);
                if (name.endsWith(".tflite")) {
                    networks.add(new Network(name, bytes));
                } else if (name.endsWith(".onnx")) {
                    networks.add(new Network(name, quantized(bytes)));
                }
            }
        }
        assertThat(networks).hasSizeGreaterThanOrEqualTo(25);
        return networks.stream();
    }

    private static Path zoo() {
        return SharedData.projectRoot().resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo");
    }

    private static List<Path> files(Path folder) throws IOException {
        int depth = folder.equals(zoo()) ? 2 : 1;
        try (Stream<Path> files = Files.walk(folder, depth)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static byte[] quantized(byte[] onnx) throws OnnxRefusedException {
        FloatNetwork network = OnnxNetworkReader.read(onnx);
        ImageShape shape = network.input();
        int count = 4;
        byte[] inputs = new byte[count * shape.elements()];
        new SplittableRandom(3).nextBytes(inputs);
        EvaluationSet set = new EvaluationSet(
                List.of(shape.height(), shape.width(), shape.channels()), 2, inputs, 1 / 255f, 0, new int[count]);
        return TfliteWriter.write(TfliteExport.classifier(Quantizer.quantize(network, set, new Calibration(1))));
    }

    private static Program load(String name) throws IOException {
        return load(
                new Network(name, Files.readAllBytes(SharedData.require(TINY).resolve(name + ".tflite"))));
    }

    private static Program load(Network network) {
        return ((Loading.Ready) Program.load(network.name, network.artifact, Long.MAX_VALUE, Optional.empty()))
                .program();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyCutGivesTheBytesOfTheWhole(Network network) {
        Program program = load(network);
        byte[] input = new byte[program.inputBytes()];
        new SplittableRandom(1).nextBytes(input);
        byte[] whole = program.run(input);
        int operators = operators(program);
        byte[] between = input;
        for (int at = 1; at < operators; at++) {
            // What crosses this cut, made by a stretch of one operator from what crosses the one before.
            between = program.run(new Cut(at - 1, at), between);
            Cut front = new Cut(0, at);
            Cut back = new Cut(at, operators);
            assertThat(between).hasSize(program.outputBytes(front)).hasSize(program.inputBytes(back));
            assertThat(program.share(front) + program.share(back)).isBetween(0.999, 1.001);
            assertThat(program.run(front, input))
                    .as("front of %s at %d", network, at)
                    .isEqualTo(between);
            assertThat(program.run(back, between))
                    .as("%s cut at %d", network, at)
                    .isEqualTo(whole);
        }
        assertThat(program.run(new Cut(operators - 1, operators), between)).isEqualTo(whole);
        assertThat(operators).isGreaterThan(3);
    }

    private static int operators(Program program) {
        int count = 1;
        while (program.has(new Cut(0, count + 1))) {
            count++;
        }
        return count;
    }

    @Test
    void allOfAProgramIsNoStretchThatIsMadeReadyAnew() throws IOException {
        Program program = load("ic_resnet8");
        byte[] input = new byte[program.inputBytes()];
        new SplittableRandom(3).nextBytes(input);
        Cut all = new Cut(0, operators(program));
        program.prepare(all);
        assertThat(program.run(all, input)).isEqualTo(program.run(input));
        assertThat(program.prepared())
                .as("it runs on the kernels that are there")
                .isZero();
        Cut some = new Cut(0, 2);
        program.prepare(some);
        program.prepare(some);
        assertThat(program.prepared()).isOne();
        assertThat(program.run(some, input)).hasSize(program.outputBytes(some));
        assertThat(program.prepared()).isOne();
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
