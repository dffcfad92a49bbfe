package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class PartitionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder = Path.of("");

    /** Best latency in ms for tensors in 32 bits, in 32 or 8, in 32, 8 or 4, and for the input sent as it is. */
    private record Golden(int kbit, double floats, double bytes, double nibbles, double shipped) {}

    private static final List<Golden> TABLE = List.of(
            new Golden(125, 88.93, 88.93, 88.93, 1774.6),
            new Golden(250, 88.93, 88.93, 78.58, 889.9),
            new Golden(1000, 88.93, 60.15, 48.56, 226.3),
            new Golden(2000, 78.58, 48.56, 35.76, 115.7),
            new Golden(8000, 48.56, 26.55, 20.17, 32.77),
            new Golden(20000, 32.08, 16.18, 14.64, 16.18));

    /** The person detector from an STM32L4R5 to a GAP9 over links with 4 ms of round trip. */
    @TestFactory
    Stream<DynamicTest> publishedTimesGiveTheGoldenTable() {
        return TABLE.stream()
                .map(golden -> DynamicTest.dynamicTest(golden.kbit + " kbit/s", () -> {
                    Path model = SharedData.require("models/mlperf-tiny/vww_mbv1.tflite");
                    assertThat(best(model, golden.kbit, "32")).isCloseTo(golden.floats, within(0.01));
                    assertThat(best(model, golden.kbit, "32,8")).isCloseTo(golden.bytes, within(0.01));
                    assertThat(best(model, golden.kbit, "32,8,4")).isCloseTo(golden.nibbles, within(0.01));
                    assertThat(run(model, golden.kbit, "8").get("serverOnlyMs").asDouble())
                            .isCloseTo(golden.shipped, within(0.05));
                }));
    }

    private static double best(Path model, int kbit, String bits) throws Exception {
        return run(model, kbit, bits).at("/best/latencyMs").asDouble();
    }

    private static JsonNode run(Path model, int kbit, String bits) throws Exception {
        Ran ran = Ran.of(
                "partition",
                "--model",
                model,
                "--device",
                "stm32l4r5",
                "--server",
                "gap9",
                "--bandwidth-kbit",
                kbit,
                "--rtt-ms",
                4,
                "--precision",
                bits,
                "--ideal-wire",
                "--json");
        assertThat(ran.err()).isEmpty();
        return ran.json();
    }

    @Test
    void measuredCostsDecideAndTheTableSaysWhy() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        int operators = operators(model);
        Path costs = folder.resolve("costs.csv");
        Files.writeString(
                costs,
                "operator,device_ms,server_ms,device_mj\n"
                        + String.join(
                                "\n",
                                IntStream.range(0, operators)
                                        .mapToObj(v -> v + "," + (v < 4 ? 1 : 50) + ",1,2")
                                        .toList()));
        Ran ran = partition(model, "--costs", costs);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .contains("cut after 3 DEPTHWISE_CONV_2D", "best", "times as fast as alone", "all on board");
        JsonNode json = partition(model, "--costs", costs, "--json").json();
        assertThat(json.at("/best/splitAfter").asInt()).isEqualTo(3);
        assertThat(json.at("/best/precisionBits").asInt()).isEqualTo(4);
        // 8 x 8 x 16 values in 4 bits, 2 bytes for each of 16 channels, a header of 24 bytes
        assertThat(json.at("/best/bytes").asLong()).isEqualTo(512 + 32 + 24);
        assertThat(json.at("/best/latencyMs").asDouble())
                .isCloseTo(4 + 1 + 568 * 8 / 10_000.0 + (operators - 4), within(1e-9));
        assertThat(json.at("/best/deviceMj").asDouble()).isCloseTo(8, within(1e-9));
        assertThat(json.get("pareto")).isNotEmpty();
    }

    @Test
    void timesThatBoardsMeasuredDecideToo() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        Path input = Files.write(
                folder.resolve("in.bin"), GlyphModels.golden("w0.5-int8").inputs());
        String bench = Ran.of("infer", "--model", model, "--input", input, "--bench", "0.05", "--json")
                .out();
        Path server = Files.writeString(folder.resolve("server.json"), bench);
        JsonNode measured = between(model, server.toString(), server.toString(), 10_000, "--json")
                .json();
        double sum = StreamSupport.stream(JSON.readTree(bench).get("layers").spliterator(), false)
                .mapToDouble(layer -> layer.get("p50Us").asDouble())
                .sum();
        assertThat(measured.get("deviceOnlyMs").asDouble()).isCloseTo(sum / 1e3, within(1e-9));

        // Every operator takes 1 ms there, and 50 ms here from the fifth on.
        Path slow = times(bench, "slow.json", v -> v < 4 ? 1000 : 50_000);
        Path fast = times(bench, "fast.json", _ -> 1000);
        JsonNode best = between(model, slow.toString(), fast.toString(), 10_000, "--json")
                .json();
        assertThat(best.at("/best/splitAfter").asInt()).isEqualTo(3);
        assertThat(best.at("/best/deviceMj").isNull())
                .as("nobody measured energy")
                .isTrue();
        assertThat(best.at("/best/latencyMs").asDouble())
                .isCloseTo(4 + 1 + 568 * 8 / 10_000.0 + (operators(model) - 4), within(1e-9));
    }

    @Test
    void timesOfAnotherNetworkAreRefused() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        Path input = Files.write(
                folder.resolve("in.bin"), GlyphModels.golden("w0.5-int8").inputs());
        String bench = Ran.of("infer", "--model", model, "--input", input, "--bench", "0.05", "--json")
                .out();
        for (Map.Entry<String, String> wrong : Map.of(
                        bench.replace("\"layers\":[{", "\"layers\":[{},{"),
                        "operators, glyphs.tflite has",
                        bench.replaceFirst("DEPTHWISE_CONV_2D", "ADD"),
                        "has times of ADD as operator",
                        bench.replaceFirst("\"p50Us\":[0-9.]+", "\"p50Us\":-1"),
                        "p50Us of operator 0 (-1) must be 0 or more")
                .entrySet()) {
            Path file = Files.writeString(folder.resolve("wrong.json"), wrong.getKey());
            Ran ran = between(model, file.toString(), "gap9", 10_000);
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.err()).contains(wrong.getValue());
        }
    }

    private Path times(String bench, String name, IntToDoubleFunction micros) throws Exception {
        JsonNode report = JSON.readTree(bench);
        int operator = 0;
        for (JsonNode layer : report.get("layers")) {
            ((ObjectNode) layer).put("p50Us", micros.applyAsDouble(operator++));
        }
        return Files.writeString(folder.resolve(name), report.toString());
    }

    /** The device is slow and the link slow: packed cuts are best unless they lose too much. */
    @Test
    void theBestPlanIsTheFastestOfThoseThatLoseNoMore() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        Path set = Files.write(
                folder.resolve("set.fwe"),
                EvaluationSetCodec.encode(GlyphDataSet.test(3).evaluationSet(200)));
        Object[] how = {"--precision", "8,4", "--costs", costs(model), "--evaluation", set, "--json"};
        JsonNode any = between(model, "board", "box", 200, how).json();
        assertThat(any.at("/packing/basis").asText()).isEqualTo("accuracy");
        assertThat(any.at("/packing/inputs").asInt()).isEqualTo(200);
        assertThat(any.at("/packing/cuts")).hasSize(operators(model) - 1).allSatisfy(cut -> {
            assertThat(cut.get("loss").asDouble())
                    .isEqualTo((cut.get("lost").asInt() - cut.get("gained").asInt()) / 200.0)
                    .isBetween(cut.get("low95").asDouble(), cut.get("high95").asDouble());
        });
        assertThat(any.at("/best/precisionBits").asInt()).isEqualTo(4);
        for (JsonNode plan : any.get("pareto")) {
            double loss = plan.get("loss").asDouble();
            assertThat(loss)
                    .isEqualTo(
                            plan.get("precisionBits").asInt() == 4
                                    ? Math.max(
                                            0,
                                            any.at("/packing/cuts/"
                                                            + plan.get("splitAfter")
                                                                    .asInt() + "/loss")
                                                    .asDouble())
                                    : 0);
            JsonNode within = between(
                            model,
                            "board",
                            "box",
                            200,
                            Stream.concat(Stream.of(how), Stream.of("--loss-max", loss))
                                    .toArray())
                    .json();
            double fastest = StreamSupport.stream(any.get("pareto").spliterator(), false)
                    .filter(one -> one.get("loss").asDouble() <= loss)
                    .mapToDouble(one -> one.get("latencyMs").asDouble())
                    .min()
                    .orElseThrow();
            assertThat(within.at("/best/latencyMs").asDouble()).isEqualTo(fastest);
            assertThat(within.at("/best/loss").asDouble()).isLessThanOrEqualTo(loss);
        }
        assertThat(between(model, "board", "box", 200, Stream.of(how).limit(6).toArray())
                        .out())
                .contains("packed", "loss %", "losses of right answers, of 200 inputs");
    }

    @Test
    void inputsWithoutLabelsAreComparedWithTheUncutNetwork() throws Exception {
        Path model = SharedData.require("models/mlperf-tiny/ic_resnet8.tflite");
        Path inputs = SharedData.require("models/mlperf-tiny/golden/ic_resnet8.in.bin");
        Path costs = costs(model);
        JsonNode json = between(model, "board", "box", 200, "--costs", costs, "--evaluation", inputs, "--json")
                .json();
        assertThat(json.at("/packing/basis").asText()).isEqualTo("agreement");
        assertThat(json.at("/packing/inputs").asInt()).isEqualTo(8);
        assertThat(json.at("/packing/cuts").size()).isLessThan(operators(model) - 1);
        assertThat(between(model, "board", "box", 200, "--costs", costs, "--evaluation", inputs, "--inputs", 3)
                        .out())
                .contains("answers that change, of 3 inputs without labels");
    }

    @Test
    void whatCannotBeMeasuredIsNamed() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        Path costs = costs(model);
        Path odd = Files.write(folder.resolve("odd.bin"), new byte[1025]);
        assertThat(partition(model, "--costs", costs, "--evaluation", odd).err())
                .contains("odd.bin", "1025 bytes are not whole inputs");
        assertThat(partition(model, "--costs", costs, "--evaluation", folder.resolve("none"))
                        .err())
                .contains("there is no such file");
        assertThat(partition(model, "--costs", costs, "--evaluation", folder).err())
                .contains("has no folder of images");
        assertThat(partition(model, "--costs", costs, "--loss-max", "0.1").err())
                .contains("--loss-max needs --evaluation");
        assertThat(partition(model, "--costs", costs, "--evaluation", odd, "--loss-max", "1.1")
                        .code())
                .isEqualTo(2);
        assertThat(partition(model, "--costs", costs, "--evaluation", odd, "--inputs", "0")
                        .code())
                .isEqualTo(2);
    }

    @Test
    void imagesDoNotFitANetworkThatTakesOtherChannels() throws Exception {
        ImageIO.write(
                new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
                "png",
                Files.createDirectories(folder.resolve("images/one"))
                        .resolve("black.png")
                        .toFile());
        for (int channels : new int[] {2, 4}) {
            Path model = Files.write(folder.resolve("of%d.tflite".formatted(channels)), pixels(8, channels));
            Ran ran = partition(model, "--costs", costs(model), "--evaluation", folder.resolve("images"));
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.err()).contains("images have 1 or 3 channels, the network takes " + channels);
        }
        Path model = Files.write(folder.resolve("of3.tflite"), pixels(8, 3));
        assertThat(partition(model, "--costs", costs(model), "--evaluation", folder.resolve("images"))
                        .err())
                .as("the images are read")
                .contains("evaluation set of 192 elements and 1 classes");
    }

    @Test
    void imagesThatAreTooManyForMemoryAreCounted() throws Exception {
        Path one = Files.createDirectories(folder.resolve("large/one"));
        for (int n = 0; n < 70; n++) {
            Files.createFile(one.resolve("%d.png".formatted(n)));
        }
        Path model = Files.write(folder.resolve("large.tflite"), pixels(4096, 1));
        Ran ran = partition(model, "--costs", costs(model), "--evaluation", folder.resolve("large"));
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("70 images of 4096 by 4096", "fewer can be taken");
    }

    /** Takes a square image, and gives its first channels as one class each. */
    private static byte[] pixels(int side, int channels) {
        int pixels = side * side * channels;
        return TfliteWriter.write(new TfliteModel(
                "pixels",
                List.of(
                        tensor("in", List.of(1, side, side, channels)),
                        tensor("row", List.of(1, pixels)),
                        tensor("out", List.of(1, 1, pixels))),
                List.of(
                        new TfliteModel.Operator(
                                new TfliteModel.Kind.Reshape(List.of(1, pixels)), List.of(0), List.of(1)),
                        new TfliteModel.Operator(
                                new TfliteModel.Kind.Reshape(List.of(1, 1, pixels)), List.of(1), List.of(2))),
                List.of(0),
                List.of(2),
                Map.of()));
    }

    private static TfliteModel.Tensor tensor(String name, List<Integer> shape) {
        return new TfliteModel.Tensor(
                name,
                shape,
                TfliteModel.ElementType.INT8,
                Optional.empty(),
                Optional.of(TfliteModel.Quantization.perTensor(1f / 255, -128)));
    }

    /** All but the first four operators are slow on the device. */
    private Path costs(Path model) throws Exception {
        return Files.writeString(
                folder.resolve("costs-of-both.csv"),
                "operator,device_ms,server_ms,device_mj\n"
                        + String.join(
                                "\n",
                                IntStream.range(0, operators(model))
                                        .mapToObj(v -> v + "," + (v < 4 ? 1 : 50) + ",1,2")
                                        .toList()));
    }

    @Test
    void theSweepDrawsACurveForEachPrecisionAndWhatWasMeasured() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        Path costs = folder.resolve("costs.csv");
        Files.writeString(
                costs,
                "operator,device_ms,server_ms\n"
                        + String.join(
                                "\n",
                                IntStream.range(0, operators(model))
                                        .mapToObj(v -> v + "," + (v < 4 ? 1 : 50) + ",1")
                                        .toList()));
        Path observed = folder.resolve("observed.json");
        Files.writeString(
                observed,
                "{\"scenarios\":[{\"kbitPerSecond\":1000,\"plannedMs\":20,\"tookP50Ms\":21,\"tookP90Ms\":25},"
                        + "{\"kbitPerSecond\":2000,\"plannedMs\":15,\"tookP50Ms\":16,\"tookP90Ms\":17}]}");
        Path drawing = folder.resolve("sweep.svg");
        Ran ran =
                partition(model, "--costs", costs, "--svg", drawing, "--observed", observed, "--sweep-kbit", "50,5000");
        assertThat(ran.err()).isEmpty();
        String svg = Files.readString(drawing);
        assertThat(svg).contains(">alone<", ">8 bits<", ">8 or 4 bits<", "glyphs.tflite on board and box");
        assertThat(svg.split("<polyline", -1)).hasSize(1 + 4);
        assertThat(svg.split("class=\"hollow\"", -1)).hasSize(1 + 2);
        assertThat(svg.split("class=\"on\"", -1)).hasSize(1 + 2);

        Files.writeString(observed, "{}");
        assertThat(partition(model, "--costs", costs, "--svg", drawing, "--observed", observed)
                        .err())
                .contains("has no scenarios");
        assertThat(partition(model, "--costs", costs, "--observed", observed).code())
                .isEqualTo(2);
        assertThat(partition(model, "--costs", costs, "--svg", drawing, "--sweep-kbit", "50,60")
                        .err())
                .contains("--sweep-kbit (50.0,60.0) must be FROM,TO");
        assertThat(Files.readString(drawing)).as("stays what it was").isEqualTo(svg);
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        Path model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes("w0.5-int8"));
        assertThat(partition(model).err()).contains("there is no profile board; there are:", "stm32l4r5");
        assertThat(published(model, 1).err())
                .contains("stm32l4r5 has no published time of glyphs", "--costs", "kws-dscnn");
        assertThat(published(model, 0, "--profile-model", "kws-dscnn").err()).contains("bandwidth (0.0 kbit/s)");
        Path costs = Files.writeString(folder.resolve("costs.csv"), "operator,device_ms,server_ms\n0,1,1\n0,1,1\n");
        assertThat(partition(model, "--costs", costs).err()).contains("line 3", "twice");
        Files.writeString(costs, "operator,device_ms,server_ms\n0,1,1\n");
        assertThat(partition(model, "--costs", costs).err()).contains("no line of operator 1");
        assertThat(partition(model, "--precision", "3").code()).isEqualTo(2);
    }

    private static int operators(Path model) throws Exception {
        return Ran.of("inspect", model, "--json").json().get("operators").size();
    }

    private static Ran published(Path model, int kbit, Object... more) {
        return between(model, "stm32l4r5", "gap9", kbit, more);
    }

    private static Ran partition(Path model, Object... more) {
        return between(model, "board", "box", 10_000, more);
    }

    private static Ran between(Path model, String device, String server, int kbit, Object... more) {
        return Ran.of(Stream.concat(
                        Stream.of(
                                "partition",
                                "--model",
                                model,
                                "--device",
                                device,
                                "--server",
                                server,
                                "--bandwidth-kbit",
                                kbit,
                                "--rtt-ms",
                                1),
                        Stream.of(more))
                .toArray());
    }
}
