package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.agent.energy.EnergyMeter;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.QuantizedOnnxWriter;
import io.fleetwright.forge.quantize.Calibration;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.Quantizer;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DriversTest {
    @Test
    void anEmulatedDeviceComputesTheRealBytesAndTakesThePublishedTimeAndEnergy() throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        byte[] inputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.in.bin"));
        byte[] outputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.out.bin"));
        Program program = ready(Program.load("kws-dscnn", artifact, Long.MAX_VALUE, Optional.empty()));
        DeviceProfile profile = DeviceProfiles.find("stm32l4r5").orElseThrow();
        Driver emulated = new EmulatedDriver("mcu0", profile);
        byte[] input = Arrays.copyOf(inputs, program.inputBytes());
        Measured measured = emulated.run(program, input);
        assertThat(measured.output()).isEqualTo(Arrays.copyOf(outputs, program.outputBytes()));
        assertThat(measured.modelled()).isTrue();
        assertThat(measured.latencyMicros()).isCloseTo(43_187.2, within(0.1));
        assertThat(measured.energyMicrojoules()).isCloseTo(1_820.454, within(0.001));
        assertThat(measured.energyMethod()).isEqualTo(EnergyMethod.MODEL);

        Driver cpu = new CpuDriver("cpu0", 64L << 20, EnergyMeter.none(), System::nanoTime);
        Measured real = cpu.run(program, input);
        assertThat(real.output()).isEqualTo(measured.output());
        assertThat(real.modelled()).isFalse();
        assertThat(real.latencyMicros()).isPositive();
        assertThat(real.energyMicrojoules()).isNull();
        assertThat(real.energyMethod()).isEqualTo(EnergyMethod.UNKNOWN);
    }

    @Test
    void partsOfANetworkRunByItsOwnNumbersAndTakeTheirShare() throws Exception {
        byte[] file = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        byte[] inputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.in.bin"));
        byte[] outputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.out.bin"));
        Program whole = ready(Program.load("kws-dscnn", file, Long.MAX_VALUE, Optional.empty()));
        int all = whole.operators();
        int at = 5;
        Program front = part(file, 0, at);
        Program back = part(file, at, all);
        assertThat(List.of(whole.isWhole(), front.isWhole(), back.isWhole())).containsExactly(true, false, false);
        assertThat(List.of(front.isFirst(), back.isFirst())).containsExactly(true, false);
        assertThat(front.operators()).isEqualTo(back.operators()).isEqualTo(all);
        assertThat(front.has(new Program.Cut(0, at))).isTrue();
        assertThat(front.has(new Program.Cut(0, at + 1))).isFalse();
        assertThat(back.has(new Program.Cut(at - 1, all))).isFalse();
        assertThat(front.memoryBytes()).isLessThan(whole.memoryBytes());
        assertThat(back.memoryBytes()).isLessThan(whole.memoryBytes());
        Driver emulated =
                new EmulatedDriver("mcu0", DeviceProfiles.find("stm32l4r5").orElseThrow());
        byte[] input = Arrays.copyOf(inputs, whole.inputBytes());
        Measured first = emulated.run(front, new Program.Cut(0, at), input);
        // In two steps: a stretch within a part.
        Measured middle = emulated.run(back, new Program.Cut(at, at + 2), first.output());
        Measured last = emulated.run(back, new Program.Cut(at + 2, all), middle.output());
        assertThat(last.output()).isEqualTo(Arrays.copyOf(outputs, whole.outputBytes()));
        assertThat(first.latencyMicros() + middle.latencyMicros() + last.latencyMicros())
                .isCloseTo(43_187.2, within(0.5));
        assertThat(emulated.run(front, input).latencyMicros())
                .as("all of a part")
                .isEqualTo(first.latencyMicros());
    }

    private static Program part(byte[] file, int from, int to) throws Exception {
        byte[] bytes = PartFile.write(file, "kws", from, to);
        return ready(Program.load("kws-dscnn", bytes, Long.MAX_VALUE, Optional.empty()));
    }

    /** Bit for bit, by the rounding that ONNX files mean. */
    @Test
    void exportedOnnxFilesGiveTheBytesOfTheTfliteFileBeforeItsSoftmax() throws Exception {
        QuantizedNetwork network = glyphs();
        Graph tflite = ModelReader.read(TfliteWriter.write(TfliteExport.classifier(network)), "glyphs");
        Graph logits = tflite.segment(0, tflite.operators().size() - 1);
        Interpreter reference = Interpreter.create(logits.meantFor(Arithmetic.ONNX));
        Driver cpu = new CpuDriver("cpu0", null, EnergyMeter.none(), System::nanoTime);
        for (byte[] file : List.of(QuantizedOnnxWriter.qcdq(network), QuantizedOnnxWriter.qonnx(network))) {
            Program program = ready(Program.load("glyphs", file, Long.MAX_VALUE, Optional.empty()));
            assertThat(program.inputBytes()).isEqualTo(reference.inputBytes());
            SeededCases.forEach(1, 50, (random, _) -> {
                byte[] input = new byte[reference.inputBytes()];
                random.nextBytes(input);
                byte[] wanted = new byte[reference.outputBytes()];
                reference.run(input, 0, wanted, 0);
                assertThat(cpu.run(program, input).output()).isEqualTo(wanted);
            });
        }
    }

    private static QuantizedNetwork glyphs() throws Exception {
        FloatNetwork network = OnnxNetworkReader.read(Files.readAllBytes(SharedData.projectRoot()
                .resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs/glyphs-w0.5-float.onnx")));
        ImageShape shape = network.input();
        byte[] images = new byte[4 * shape.elements()];
        new SplittableRandom(1).nextBytes(images);
        List<Integer> dimensions = List.of(shape.height(), shape.width(), shape.channels());
        var set = new EvaluationSet(dimensions, network.outputs(), images, 1f / 255, 0, new int[4]);
        return Quantizer.quantize(network, set, Calibration.MIN_MAX);
    }

    @Test
    void aProfileWithoutPowerFiguresHasUnknownEnergy() {
        for (DeviceProfile profile : DeviceProfiles.all()) {
            boolean known = profile.rows().stream().anyMatch(row -> row.energyMillijoules() != null);
            assertThat(new EmulatedDriver("d", profile).energyMethod())
                    .isEqualTo(known ? EnergyMethod.MODEL : EnergyMethod.UNKNOWN);
        }
    }

    @Test
    void aModelThatDoesNotFitIntoTheMemoryIsRefused() throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        assertThat(Program.load("m", artifact, 10_000, Optional.empty()))
                .isInstanceOfSatisfying(
                        Program.Loading.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo("out-of-memory"));
    }

    @Test
    void aSelfTestThatIsNotWantedAnyMoreEndsBeforeItsNextRowAndTheDeviceIsNotAsked() throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        Driver driver = new EmulatedDriver("d", DeviceProfiles.find("gap9").orElseThrow());
        var asked = new AtomicInteger();
        ready(Program.load(driver, "m", artifact, Long.MAX_VALUE, Optional.empty(), () -> asked.incrementAndGet() < 0));
        int times = asked.get();
        assertThat(times).isGreaterThan(100);
        for (int after : new int[] {1, times / 2, times}) {
            asked.set(0);
            assertThat(Program.load(
                            driver,
                            "m",
                            artifact,
                            Long.MAX_VALUE,
                            Optional.empty(),
                            () -> asked.incrementAndGet() == after))
                    .isInstanceOfSatisfying(
                            Program.Loading.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo("stopped"));
            assertThat(asked.get()).isEqualTo(after);
        }
    }

    private static Program ready(Program.Loading loading) {
        assertThat(loading).isInstanceOf(Program.Loading.Ready.class);
        return ((Program.Loading.Ready) loading).program();
    }
}
