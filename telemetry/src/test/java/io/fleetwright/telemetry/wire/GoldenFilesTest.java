package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of every message stand in docs/protocol; a change there is a change of the protocol. */
class GoldenFilesTest {
    private static final String BOOT = "00c0ffee00c0ffee";
    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    /** Reads bytes into the message and writes it again. */
    @FunctionalInterface
    interface Codec {
        byte[] again(byte[] bytes) throws MalformedMessageException;
    }

    record Golden(String file, byte[] encoded, Codec codec) {
        @Override
        public String toString() {
            return file;
        }
    }

    static Stream<Golden> messages() {
        var slot = new SlotReport("cpu0", "glyphs", DIGEST, SlotReport.State.ACTIVE, null);
        var failed = new SlotReport("gap8", "glyphs", null, SlotReport.State.FAILED, "hash-mismatch");
        return Stream.of(
                new Golden(
                        "birth.json",
                        Birth.of(BOOT, 1, 1_767_225_600_000L, "0.1.0", "scalar")
                                .withOperators(List.of("ADD", "CONV_2D"))
                                .withDevices(List.of(
                                        new Birth.Device("cpu0", DeviceClass.CPU, "cpu", null, false, 4096L),
                                        new Birth.Device(
                                                "gap8",
                                                DeviceClass.NANO_DRONE,
                                                "emulated",
                                                "gap8-crazyflie-aideck",
                                                true,
                                                null)))
                                .withSlots(List.of(slot), 7)
                                .withMetrics(List.of(
                                        new Birth.Metric(1, "cpu0", "inference.latency", "ms", false, null),
                                        new Birth.Metric(
                                                2, "gap8", "inference.energy", "mJ", true, EnergyMethod.MODEL)))
                                .withSensors(List.of(
                                        new Birth.Sensor("camera", Birth.SensorKind.FOLDER),
                                        new Birth.Sensor("test.picture", Birth.SensorKind.SYNTHETIC)))
                                .withPeer(new PeerAddress("192.0.2.7", 7443))
                                .withTransforms(List.of("argmax", "resize"))
                                .withOrderTransforms(List.of("resize"))
                                .encode(),
                        bytes -> Birth.decode(bytes).encode()),
                new Golden(
                        "birth-link.json",
                        Birth.of(BOOT, 1, 1_767_225_600_000L, "0.1.0", "scalar")
                                .withOperators(List.of("ADD"))
                                .withDevices(
                                        List.of(new Birth.Device("cpu0", DeviceClass.CPU, "cpu", null, false, null)))
                                .withSlots(List.of(), 7)
                                .withLink(new Birth.Link(4000, 6, 0.05, new Radio(1640.0, 720.0)))
                                .encode(),
                        bytes -> Birth.decode(bytes).encode()),
                new Golden(
                        "status.json",
                        new Status(BOOT, 1, Status.State.ONLINE, 1_767_225_600_000L).encode(),
                        bytes -> Status.decode(bytes).encode()),
                new Golden(
                        "reported.json",
                        new Reported(new Stamp(BOOT, 3), 7, true, List.of(slot, failed), null).encode(),
                        bytes -> Reported.decode(bytes).encode()),
                new Golden(
                        "reported-refused.json",
                        new Reported(
                                        new Stamp(BOOT, 4),
                                        7,
                                        true,
                                        List.of(slot),
                                        new Reported.Refused(8, "bad-signature"))
                                .encode(),
                        bytes -> Reported.decode(bytes).encode()),
                new Golden(
                        "result.json",
                        TaskResult.succeeded(new Stamp(BOOT, 4), "t-1", 2, "cpu0", DIGEST)
                                .withOutput(new byte[] {-128, 0, 127})
                                .measured(1500)
                                .withEnergy(2100.5, EnergyMethod.RAPL, 0.1)
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "desired.json",
                        new Desired(
                                        7,
                                        "list".getBytes(StandardCharsets.US_ASCII),
                                        "k1",
                                        new byte[64],
                                        new Desired.Release(
                                                2, List.of(DIGEST), "timestamp".getBytes(StandardCharsets.US_ASCII)))
                                .encode(),
                        bytes -> Desired.decode(bytes).encode()),
                new Golden(
                        "work.json",
                        Work.order("t-1", 2, "cpu0", "glyphs", DIGEST, Work.Source.here(new byte[] {1, 2, 3}))
                                .within(1_767_225_605_000L, 5000)
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "work-front.json",
                        Work.order("t-1.0", 2, "cpu0", "glyphs", DIGEST, Work.Source.here(new byte[] {1, 2, 3}))
                                .within(1_767_225_605_000L, 5000)
                                .withSegment(new Work.Segment(0, 7))
                                .sendingTo(new Work.Sends("gap9", "t-1.1", 4))
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "work-middle.json",
                        Work.order(
                                        "t-1.1",
                                        2,
                                        "gap9",
                                        "glyphs",
                                        DIGEST,
                                        new Work.Source.Sent(
                                                new Work.Expects(
                                                        "cpu", 4, new Birth.Link(1000, 4, 0, new Radio(null, 720.0))),
                                                2304))
                                .within(1_767_225_605_000L, 5000)
                                .withSegment(new Work.Segment(7, 12))
                                .sendingTo(new Work.Sends(
                                        "far",
                                        "t-1.2",
                                        8,
                                        new Birth.Link(1000, 4, 0),
                                        new PeerAddress("2001:db8::7", 7443)))
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "work-back.json",
                        Work.order(
                                        "t-1.1",
                                        2,
                                        "gap9",
                                        "glyphs",
                                        DIGEST,
                                        new Work.Source.Sent(new Work.Expects("cpu", 4), 2304))
                                .within(1_767_225_605_000L, 5000)
                                .withSegment(new Work.Segment(7, 12))
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "stream-source.json",
                        new StreamOrder(
                                        "s-01a",
                                        3,
                                        new StreamOrder.Source(
                                                900_000,
                                                "cpu0",
                                                "glyphs",
                                                DIGEST,
                                                "camera",
                                                200,
                                                150,
                                                new StreamOrder.Help(
                                                        "board-2",
                                                        4,
                                                        8,
                                                        61_000,
                                                        40_000,
                                                        new PeerAddress("board-2.local", 7443),
                                                        new Birth.Link(4000, 6, 0, new Radio(1640.0, 720.0))),
                                                3))
                                .encode(),
                        bytes -> StreamOrder.decode(bytes).encode()),
                new Golden(
                        "stream-source-transforms.json",
                        new StreamOrder(
                                        "s-01a",
                                        3,
                                        new StreamOrder.Source(
                                                900_000,
                                                "cpu0",
                                                "glyphs",
                                                DIGEST,
                                                "camera",
                                                200,
                                                150,
                                                null,
                                                0,
                                                new StreamTransforms(
                                                        new ValueForm("int8", List.of(240, 320, 3)),
                                                        List.of(
                                                                "resize:height=96,width=96,method=bilinear",
                                                                "normalise:offset=0,multiplier=1,divisor=2,zeroPoint=-1"),
                                                        List.of("argmax"))))
                                .encode(),
                        bytes -> StreamOrder.decode(bytes).encode()),
                new Golden(
                        "stream-helper.json",
                        new StreamOrder(
                                        "s-01a",
                                        3,
                                        new StreamOrder.Helper(
                                                900_000, "gap8", "glyphs", DIGEST, "board-1", 4, 8, 150, 3))
                                .encode(),
                        bytes -> StreamOrder.decode(bytes).encode()),
                new Golden(
                        "stream-stop.json",
                        new StreamOrder("s-01a", 4, new StreamOrder.Stop()).encode(),
                        bytes -> StreamOrder.decode(bytes).encode()),
                new Golden(
                        "stream-answer.json",
                        new StreamAnswer(900, true, 42.5, EnergyMethod.MODEL, 0.3, new byte[] {1, -2}).encode(),
                        bytes -> StreamAnswer.decode(bytes).encode()),
                new Golden(
                        "stream-report.json",
                        new StreamReport(
                                        new Stamp(BOOT, 12),
                                        "s-01a",
                                        3,
                                        21,
                                        30,
                                        7,
                                        1,
                                        2,
                                        1,
                                        6,
                                        1,
                                        true,
                                        new LatencyHistogram(new TreeMap<>(Map.of(221, 7L, 245, 1L))),
                                        151_002,
                                        new StreamReport.Energy(8, 9_600.5, EnergyMethod.MODEL, 0.3),
                                        List.of(
                                                new StreamReport.Runs(
                                                        StreamReport.Part.FRONT,
                                                        true,
                                                        new LatencyHistogram(new TreeMap<>(Map.of(180, 7L)))),
                                                new StreamReport.Runs(
                                                        StreamReport.Part.BACK,
                                                        false,
                                                        new LatencyHistogram(new TreeMap<>(Map.of(150, 6L))))),
                                        1_767_225_602_000L,
                                        2_000,
                                        StreamReport.Event.HELPER_LOST,
                                        "no-answer",
                                        List.of(new StreamReport.Outcome(
                                                30,
                                                31,
                                                DIGEST,
                                                new byte[] {1, -2},
                                                151_002,
                                                false,
                                                StreamReport.RanOn.FALLBACK)),
                                        new StreamReport.OnLink(6, 14_830.25),
                                        List.of())
                                .encode(),
                        bytes -> StreamReport.decode(bytes).encode()),
                new Golden(
                        "stream-report-transforms.json",
                        new StreamReport(
                                        new Stamp(BOOT, 13),
                                        "s-01a",
                                        3,
                                        31,
                                        32,
                                        2,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        false,
                                        new LatencyHistogram(new TreeMap<>(Map.of(221, 2L))),
                                        60_100,
                                        StreamReport.Energy.NONE,
                                        List.of(new StreamReport.Runs(
                                                StreamReport.Part.WHOLE,
                                                false,
                                                new LatencyHistogram(new TreeMap<>(Map.of(215, 2L))))),
                                        1_767_225_604_000L,
                                        2_000,
                                        null,
                                        null,
                                        List.of(new StreamReport.Outcome(
                                                32,
                                                33,
                                                DIGEST,
                                                new byte[] {7, 0, 0, 0},
                                                60_100,
                                                true,
                                                StreamReport.RanOn.SOURCE,
                                                new ValueForm("int32", List.of(1)))),
                                        null,
                                        List.of(
                                                new StreamReport.Took(
                                                        StreamReport.Chain.BEFORE,
                                                        new LatencyHistogram(new TreeMap<>(Map.of(150, 2L)))),
                                                new StreamReport.Took(
                                                        StreamReport.Chain.AFTER,
                                                        new LatencyHistogram(new TreeMap<>(Map.of(20, 2L))))))
                                .encode(),
                        bytes -> StreamReport.decode(bytes).encode()),
                new Golden(
                        "work-sensor.json",
                        Work.order("t-1.0", 2, "cpu0", "glyphs", DIGEST, new Work.Source.Sensed("camera", 1024))
                                .within(1_767_225_605_000L, 5000)
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "work-transforms.json",
                        Work.order("t-1", 2, "cpu0", "glyphs", DIGEST, new Work.Source.Sensed("camera", 27_648))
                                .within(1_767_225_605_000L, 5000)
                                .withTransforms(new StreamTransforms(
                                        new ValueForm("int8", List.of(240, 320, 3)),
                                        List.of("resize:height=96,width=96,method=bilinear"),
                                        List.of("argmax")))
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "work-capture.json",
                        Work.order("t-1", 2, "cpu0", "", "", new Work.Source.Sensed("camera", 1024))
                                .within(1_767_225_605_000L, 5000)
                                .withSegment(new Work.Segment(0, 0))
                                .encode(),
                        bytes -> Work.decode(bytes).encode()),
                new Golden(
                        "result-transforms.json",
                        TaskResult.succeeded(new Stamp(BOOT, 12), "t-1", 2, "cpu0", DIGEST)
                                .withOutput(new byte[] {7, 0, 0, 0})
                                .measured(1500)
                                .withSpan(1_767_225_600_000_250L, 1_767_225_600_003_750L)
                                .withFrame(new TaskResult.Frame(17, DIGEST))
                                .withTransformed(new TaskResult.Transformed(1900, 4))
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "result-frame.json",
                        TaskResult.succeeded(new Stamp(BOOT, 5), "t-1.0", 2, "cpu0", DIGEST)
                                .measured(1500)
                                .withSpan(1_767_225_600_000_250L, 1_767_225_600_001_750L)
                                .withFrame(new TaskResult.Frame(17, DIGEST))
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "tensor.hex",
                        new Tensor("t-1.1", 2, 0, 3, new byte[] {1, 2, 3}, new byte[32]).encode(),
                        bytes -> Tensor.decode(bytes).encode()),
                new Golden(
                        "tensor-link.hex",
                        new Tensor(
                                        "t-1.1",
                                        2,
                                        0,
                                        3,
                                        new byte[] {1, 2, 3},
                                        new byte[32],
                                        new Tensor.Timing(1_767_225_600_000_250L, 34_000))
                                .encode(),
                        bytes -> Tensor.decode(bytes).encode()),
                new Golden(
                        "tensor-zeros.hex",
                        new Tensor(
                                        "t-1.1",
                                        2,
                                        0,
                                        3,
                                        ZeroMask.encode(new byte[] {5, 5, 1, 5, 5, 5, 5, 5}),
                                        new byte[32],
                                        Tensor.Timing.NONE,
                                        8)
                                .encode(),
                        bytes -> Tensor.decode(bytes).encode()),
                new Golden(
                        "result-front.json",
                        TaskResult.succeeded(new Stamp(BOOT, 9), "t-1.0", 2, "cpu0", DIGEST)
                                .measured(1500)
                                .withSpan(1_767_225_600_000_250L, 1_767_225_600_001_750L)
                                .withSentBytes(1316L)
                                .withDirectMicros(4_210L)
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "result-link.json",
                        TaskResult.succeeded(new Stamp(BOOT, 10), "t-1.1", 2, "gap9", DIGEST)
                                .modelled(1500)
                                .withEnergy(210.5, EnergyMethod.MODEL, 0.3)
                                .withSentBytes(1316L)
                                .withOnLink(new TaskResult.OnLink(2197.6, 964.8))
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "result-put.json",
                        TaskResult.succeeded(new Stamp(BOOT, 11), "t-1", 2, "cpu0", DIGEST)
                                .withPut(new TaskResult.PutOutput(DIGEST, 150_528))
                                .measured(1500)
                                .withSpan(1_767_225_600_000_250L, 1_767_225_600_001_750L)
                                .encode(),
                        bytes -> TaskResult.decode(bytes).encode()),
                new Golden(
                        "ack.json",
                        new Ack(
                                        io.fleetwright.telemetry.wire.Stream.RESULT,
                                        BOOT,
                                        List.of(new Ack.Range(1, 4), new Ack.Range(6, 6)))
                                .encode(),
                        bytes -> Ack.decode(bytes).encode()),
                new Golden(
                        "command.json",
                        new Command("c-1", Command.Kind.CANCEL, "t-1").encode(),
                        bytes -> Command.decode(bytes).encode()),
                new Golden(
                        "command-operators.json",
                        new Command("c-2", Command.Kind.OPERATORS, null, "cpu0", "person-detect").encode(),
                        bytes -> Command.decode(bytes).encode()),
                new Golden(
                        "operators.json",
                        new OperatorTimes(
                                        new Stamp(BOOT, 14),
                                        "cpu0",
                                        DIGEST,
                                        "vector-256/1/0.1.0",
                                        "vector-256",
                                        97,
                                        1_767_225_600_000L,
                                        List.of(
                                                new OperatorTimes.Operator("CONV_2D", "int", 497_664, 46_448, 151_220),
                                                new OperatorTimes.Operator(
                                                        "DEPTHWISE_CONV_2D", "", 165_888, 36_976, 240_118),
                                                new OperatorTimes.Operator("CONV_2D", "int", 294_912, 55_488, 61_004)))
                                .encode(),
                        bytes -> OperatorTimes.decode(bytes).encode()),
                new Golden(
                        "birth-timing.json",
                        Birth.of(BOOT, 1, 1_767_225_600_000L, "0.1.0", "scalar")
                                .withOperators(List.of("ADD"))
                                .withDevices(
                                        List.of(new Birth.Device("cpu0", DeviceClass.CPU, "cpu", null, false, null)))
                                .withSlots(List.of(), 7)
                                .withTiming("vector-256/1/0.1.0")
                                .encode(),
                        bytes -> Birth.decode(bytes).encode()),
                new Golden(
                        "outcome.json",
                        new Outcome(
                                        "g-1a2268865ee89b6ebd5",
                                        "two-eyes",
                                        Outcome.State.SUCCEEDED,
                                        null,
                                        null,
                                        1_767_225_600_000L,
                                        List.of(
                                                new Outcome.Output(
                                                        "vote", "int32", List.of(1L), DIGEST, new byte[] {8, 0, 0, 0}),
                                                new Outcome.Output("mask", "int8", List.of(96L, 96L), DIGEST, null)))
                                .encode(),
                        bytes -> Outcome.decode(bytes).encode()),
                new Golden(
                        "telemetry.hex",
                        new TelemetryFrame(
                                        new Stamp(BOOT, 5),
                                        1_767_225_600_000L,
                                        List.of(
                                                new TelemetryFrame.Sample(1, 0, 1.5, null),
                                                new TelemetryFrame.Sample(2, 250, 0.43, 0.1)),
                                        2)
                                .encode(),
                        bytes -> TelemetryFrame.decode(bytes).encode()),
                new Golden(
                        "observation.hex",
                        new TelemetryFrame(new Stamp(BOOT, 6), 1_767_225_605_000L, List.of(), 0, List.of(observation()))
                                .encode(),
                        bytes -> TelemetryFrame.decode(bytes).encode()));
    }

    private static Observation observation() {
        return new Observation(
                "cpu0",
                "glyphs",
                DIGEST,
                5000,
                20,
                false,
                new LatencyHistogram(new TreeMap<>(Map.of(150, 19L, 165, 1L))),
                Observation.Energy.NONE.plus(2100.5, EnergyMethod.RAPL).plus(2200, EnergyMethod.RAPL),
                new Observation.Labels(10, 9),
                new Observation.Comparison(4, 3, 1, 0),
                1,
                2,
                true);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesOnTheWireEqualTheGoldenFileAndReadBack(Golden golden) throws Exception {
        if (Boolean.getBoolean("fleetwright.golden.write")) {
            Files.writeString(path(golden.file()), shown(golden, golden.encoded()) + "\n");
        }
        byte[] expected = stored(golden.file());
        assertThat(shown(golden, golden.encoded())).isEqualTo(shown(golden, expected));
        assertThat(golden.codec().again(expected)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void damagedBytesGiveTheDeclaredExceptionOrAMessage(Golden golden) throws Exception {
        byte[] good = golden.encoded();
        SeededCases.forEach(1, 2000, (random, _) -> {
            byte[] bad = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int i = 0; i < 1 + random.nextInt(3) && bad.length > 0; i++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(golden.codec().again(bad)).isNotEmpty();
            } catch (MalformedMessageException expected) {
                assertThat(expected).hasMessageMatching("(?s).{5,}");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("messages")
    void tooManyBytesAreRefusedBeforeParsing(Golden golden) {
        assertThatThrownBy(() -> golden.codec().again(new byte[Limits.MESSAGE_BYTES_MAX + 1]))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("at most");
    }

    @Test
    void energiesOfALinkAreInRange() throws Exception {
        String link = "{\"kbitPerSecond\":1000,\"rttMillis\":4,\"loss\":0.5%s}";
        for (String figure : List.of("0", "-1", "1e10", "\"1\"")) {
            for (String name : List.of("sendNanojoulesPerByte", "receiveNanojoulesPerByte")) {
                assertThatThrownBy(() -> birth(link.formatted(",\"%s\":%s".formatted(name, figure))))
                        .isInstanceOf(MalformedMessageException.class)
                        .hasMessageContaining(name);
            }
        }
        Birth.Link told = birth(link.formatted(",\"sendNanojoulesPerByte\":1000"));
        // A hundred bytes and the header, each twice.
        assertThat(told.sendMicrojoules(100)).isEqualTo(248);
        assertThat(told.receiveMicrojoules(100)).isNull();
        assertThat(birth(link.formatted("")).radio()).isEqualTo(Radio.UNKNOWN);
        String negative = new String(stored("result-link.json"), StandardCharsets.UTF_8).replace("2197.6", "-2197.6");
        assertThatThrownBy(() -> TaskResult.decode(negative.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("sendMicrojoules");
    }

    private static Birth.Link birth(String link) throws Exception {
        String text = new String(stored("birth-link.json"), StandardCharsets.UTF_8);
        int from = text.indexOf("{\"kbitPerSecond");
        String other = text.substring(0, from) + link + text.substring(text.indexOf('}', from) + 1);
        return Objects.requireNonNull(
                Birth.decode(other.getBytes(StandardCharsets.UTF_8)).link());
    }

    @Test
    void workHasExactlyOneInput() {
        for (String inputs : List.of(
                "",
                ",\"sensor\":\"camera\",\"input\":\"AQID\"",
                ",\"sensor\":\"camera\",\"expects\":{\"node\":\"n\",\"bits\":8}",
                ",\"sensor\":\"../etc\"",
                ",\"sensor\":\"%s\"".formatted("a".repeat(65)),
                ",\"sensor\":7")) {
            assertThatThrownBy(() -> Work.decode("""
                            {"task":"t","epoch":1,"device":"d","slot":"s","digest":"%s","deadline":1,"budgetMillis":1,"inputBytes":3%s}""".formatted(DIGEST, inputs).getBytes(StandardCharsets.UTF_8)))
                    .as(inputs)
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageContaining("sensor");
        }
    }

    @Test
    void aBirthNamesAtMostSixteenSensors() throws Exception {
        String birth = new String(stored("birth.json"), StandardCharsets.UTF_8);
        String one = "{\"sensor\":\"s\",\"kind\":\"folder\"}";
        for (String sensors : List.of(
                String.join(",", Collections.nCopies(17, one)),
                "{\"sensor\":\"s\",\"kind\":\"camera\"}",
                "{\"sensor\":\"A/B\",\"kind\":\"folder\"}",
                "{\"kind\":\"folder\"}",
                "7")) {
            byte[] wrong = birth.replaceFirst("\"sensors\":\\[.*]", "\"sensors\":[" + sensors + "]")
                    .getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> Birth.decode(wrong))
                    .as(sensors)
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageContaining("sensor");
        }
        byte[] older = birth.replaceFirst(",\"sensors\":\\[.*]", "").getBytes(StandardCharsets.UTF_8);
        assertThat(Birth.decode(older).sensors()).isEmpty();
    }

    @Test
    void aFrameSaysItsNumberAndItsDigest() throws Exception {
        String result = new String(stored("result-frame.json"), StandardCharsets.UTF_8);
        for (String wrong : List.of(
                result.replace("\"number\":17", "\"number\":0"),
                result.replace("17,\"digest\":\"sha256:", "17,\"digest\":\"md5:"),
                result.replace("\"number\":17,", ""),
                result.replaceFirst("\"frame\":\\{.*?}", "\"frame\":3"),
                result.replaceFirst("\"takenAtMicros\":[0-9]+", "\"takenAtMicros\":-1"))) {
            assertThatThrownBy(() -> TaskResult.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageMatching(".*(frame|span).*");
        }
    }

    @Test
    void whatAMessageIsStandsInItsFirstField() throws Exception {
        assertThat(StreamOrder.is(stored("stream-source.json"))).isTrue();
        assertThat(StreamOrder.is(stored("work.json"))).isFalse();
        assertThat(StreamReport.is(stored("stream-report.json"))).isTrue();
        assertThat(StreamReport.is(stored("result.json"))).isFalse();
        for (String other : List.of("", "{", "{}", "[\"stream\"]", "{\"task\":\"t\",\"stream\":\"s\"}", "stream")) {
            assertThat(StreamOrder.is(other.getBytes(StandardCharsets.UTF_8)))
                    .as(other)
                    .isFalse();
        }
    }

    @Test
    void timesOfOperatorsAreToldApartAndKeepTheirBounds() throws Exception {
        String told = new String(stored("operators.json"), StandardCharsets.UTF_8);
        assertThat(OperatorTimes.is(stored("operators.json"))).isTrue();
        assertThat(OperatorTimes.is(stored("result.json"))).isFalse();
        assertThat(OperatorTimes.is(stored("stream-report.json"))).isFalse();
        assertThat(StreamReport.is(stored("operators.json"))).isFalse();
        assertThat(OperatorTimes.decode(stored("operators.json")).totalNanos()).isEqualTo(452_342);
        for (Map.Entry<String, String> wrong : Map.of(
                        "\"p50Nanos\":[151220,", "\"p50Nanos\":[-1,",
                        "\"p50Nanos\":[151220,240118", "\"p50Nanos\":[151220.5,240118",
                        "\"p50Nanos\":[151220,240118,61004]", "\"p50Nanos\":[151220,240118]",
                        "[151220,240118,61004]", "[0,0,0]",
                        "151220", "60000000001",
                        "\"kind\":[0,1,0]", "\"kind\":[0,2,0]",
                        "\"macs\":[497664", "\"macs\":[1e400",
                        "\"rounds\":97", "\"rounds\":0",
                        "sha256:ab", "sha1:ab",
                        "vector-256/1/0.1.0", "vector 256")
                .entrySet()) {
            String other = told.replace(wrong.getKey(), wrong.getValue());
            assertThat(other).isNotEqualTo(told);
            assertThatThrownBy(() -> OperatorTimes.decode(other.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong.getValue())
                    .isInstanceOf(MalformedMessageException.class);
        }
        OperatorTimes.Operator wide =
                new OperatorTimes.Operator("X".repeat(64), "y", 1L << 40, 1 << 30, 60_000_000_000L);
        OperatorTimes most = new OperatorTimes(
                new Stamp(BOOT, 1), "d".repeat(64), DIGEST, "t", "k", 1, 0, Collections.nCopies(2048, wide));
        assertThat(most.encode().length).as("the longest there is").isLessThan(OperatorTimes.BYTES_MAX);
        assertThat(OperatorTimes.decode(most.encode())).isEqualTo(most);
        assertThatThrownBy(() -> new OperatorTimes(
                        new Stamp(BOOT, 1), "d", DIGEST, "t", "k", 1, 0, Collections.nCopies(2049, wide)))
                .hasMessageContaining("2049 operators");
        assertThatThrownBy(() -> Command.decode(
                        "{\"id\":\"c\",\"kind\":\"operators\",\"device\":\"d\"}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("$.slot");
    }

    @Test
    void anOrderForAStreamSaysOneThingWithinItsBounds() throws Exception {
        String source = new String(stored("stream-source.json"), StandardCharsets.UTF_8);
        String helper = new String(stored("stream-helper.json"), StandardCharsets.UTF_8);
        for (String wrong : List.of(
                "{\"stream\":\"s\",\"epoch\":1}",
                "{\"stream\":\"s.1\",\"epoch\":1,\"stop\":true}",
                "{\"stream\":\"s\",\"epoch\":0,\"stop\":true}",
                source.replace("\"periodMillis\":200", "\"periodMillis\":0"),
                source.replace("\"bits\":8", "\"bits\":5"),
                source.replace("\"boundary\":4", "\"boundary\":0"),
                source.replace("\"leaseMillis\":900000", "\"leaseMillis\":86400001"),
                helper.replace("\"node\":\"board-1\"", "\"node\":\"a/b\""),
                helper.replace("\"helper\":{", "\"source\":{},\"helper\":{"))) {
            assertThatThrownBy(() -> StreamOrder.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class);
        }
    }

    @Test
    void transformsOfAStreamAreFewAndGoWithTheirFrame() throws Exception {
        String source = new String(stored("stream-source-transforms.json"), StandardCharsets.UTF_8);
        String report = new String(stored("stream-report-transforms.json"), StandardCharsets.UTF_8);
        String birth = new String(stored("birth.json"), StandardCharsets.UTF_8);
        for (String wrong : List.of(
                source.replaceFirst("\"frame\":\\{[^}]*},", ""),
                source.replaceFirst("\"before\":\\[[^]]*],", ""),
                source.replace("[\"argmax\"]", "[\"a\",\"a\",\"a\",\"a\",\"a\"]"),
                source.replace("\"argmax\"", "\"%s\"".formatted("a".repeat(201))),
                source.replace("\"int8\"", "\"int4\""),
                source.replace("[240,320,3]", "[]"),
                source.replace("[240,320,3]", "[240,0,3]"),
                source.replace("[240,320,3]", "[1,1,1,1,1,1,1]"),
                source.replace("[240,320,3]", "[4194304,2]"),
                source.replace("int8", "int32").replace("[240,320,3]", "[1048576,2]"))) {
            assertThat(wrong).isNotEqualTo(source);
            assertThatThrownBy(() -> StreamOrder.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class);
        }
        for (String wrong : List.of(
                report.replace("\"shape\":[1]", "\"shape\":[2]"),
                report.replace("150:2", "150:3"),
                report.replace("150:2", ""),
                report.replace("\"chain\":\"after\"", "\"chain\":\"before\""),
                report.replace("\"chain\":\"after\"", "\"chain\":\"beside\""))) {
            assertThat(wrong).isNotEqualTo(report);
            assertThatThrownBy(() -> StreamReport.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class);
        }
        assertThatThrownBy(() ->
                        Birth.decode(birth.replace("\"argmax\"", "\"Argmax,\"").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("transforms");
    }

    @Test
    void transformsOfAnOrderAreOfAFrameAndOfAnOutcomeThatStays() throws Exception {
        String order = new String(stored("work-transforms.json"), StandardCharsets.UTF_8);
        String result = new String(stored("result-transforms.json"), StandardCharsets.UTF_8);
        String birth = new String(stored("birth.json"), StandardCharsets.UTF_8);
        for (String wrong : List.of(
                order.replace("\"sensor\":\"camera\"", "\"input\":\"AQID\""),
                order.replace("\"sensor\"", "\"sends\":{\"node\":\"n\",\"task\":\"t-1.1\",\"bits\":8},\"sensor\""),
                order.replaceFirst("\"frame\":\\{[^}]*},", ""),
                order.replaceFirst("\"before\":\\[[^]]*],", ""),
                order.replace("[\"argmax\"]", "[\"a\",\"a\",\"a\",\"a\",\"a\"]"),
                order.replace("\"argmax\"", "\"%s\"".formatted("a".repeat(201))),
                order.replace("[240,320,3]", "[4194304,2]"))) {
            assertThat(wrong).isNotEqualTo(order);
            assertThatThrownBy(() -> Work.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class);
        }
        for (String wrong : List.of(
                result.replace("\"beforeMicros\":1900", "\"beforeMicros\":-1"),
                result.replace(",\"afterMicros\":4", ""))) {
            assertThat(wrong).isNotEqualTo(result);
            assertThatThrownBy(() -> TaskResult.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageContaining("Micros");
        }
        assertThatThrownBy(
                        () -> Birth.decode(birth.replace("\"orderTransforms\":[\"resize\"]", "\"orderTransforms\":[7]")
                                .getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("orderTransforms");
        byte[] older = birth.replace(",\"orderTransforms\":[\"resize\"]", "").getBytes(StandardCharsets.UTF_8);
        assertThat(Birth.decode(older).orderTransforms()).isEmpty();
    }

    @Test
    void onlyAFrameThatGoesNowhereIsTheOutcome() throws Exception {
        assertThat(Work.decode(stored("work-capture.json")).isCapture()).isTrue();
        for (String other : List.of("work.json", "work-sensor.json", "work-front.json", "work-transforms.json")) {
            assertThat(Work.decode(stored(other)).isCapture()).as(other).isFalse();
        }
    }

    @Test
    void aReportCountsEachOfItsFramesOnce() throws Exception {
        String report = new String(stored("stream-report.json"), StandardCharsets.UTF_8);
        for (String wrong : List.of(
                report.replace("\"met\":7", "\"met\":8"),
                report.replace("\"to\":30", "\"to\":19"),
                report.replace("\"empty\":1", "\"empty\":3"),
                report.replace("\"helped\":6", "\"helped\":9"),
                report.replace("221:7", "221:8"),
                report.replace("221:7", "221"),
                report.replace("221:7", "999:7"))) {
            assertThat(wrong).isNotEqualTo(report);
            assertThatThrownBy(() -> StreamReport.decode(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(MalformedMessageException.class);
        }
    }

    @Test
    void theTaskOfAStreamsTensorIsReadAsItIsWritten() {
        for (StreamTask task : List.of(new StreamTask("s-1", 7, false), new StreamTask("s-1", 7, true))) {
            assertThat(StreamTask.parse(task.text())).contains(task);
        }
        for (String other :
                List.of("stream.s-1.0", "stream.s.1.2.answer", "stream.s-1.7.answers", "j-1.0", "stream..1", "")) {
            assertThat(StreamTask.parse(other)).as(other).isEmpty();
        }
    }

    private static Path path(String file) {
        return SharedData.projectRoot().resolve("docs/protocol").resolve(file);
    }

    private static byte[] stored(String file) throws IOException {
        String text = Files.readString(path(file)).strip();
        return file.endsWith(".hex")
                ? HexFormat.of().parseHex(text.replaceAll("\\s", ""))
                : text.getBytes(StandardCharsets.UTF_8);
    }

    private static String shown(Golden golden, byte[] bytes) {
        return golden.file().endsWith(".hex")
                ? HexFormat.of().formatHex(bytes)
                : new String(bytes, StandardCharsets.UTF_8);
    }
}
