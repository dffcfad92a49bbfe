package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What is added to a message by its name changes that alone. */
class MessageFormsTest {
    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final Stamp STAMP = new Stamp("00c0ffee00c0ffee", 7);

    private static final List<UnaryOperator<Birth>> BIRTH_PARTS = List.of(
            it -> it.withOperators(List.of("ADD")),
            it -> it.withDevices(List.of(new Birth.Device("cpu0", DeviceClass.CPU, "cpu", null, false, null))),
            it -> it.withSlots(List.of(new SlotReport("cpu0", "glyphs", DIGEST, SlotReport.State.ACTIVE, null)), 7),
            it -> it.withMetrics(List.of(new Birth.Metric(1, "cpu0", "inference.latency", "ms", false, null))),
            it -> it.withLink(new Birth.Link(4000, 6, 0.05)),
            it -> it.withSensors(List.of(new Birth.Sensor("camera", Birth.SensorKind.FOLDER))),
            it -> it.withPeer(new PeerAddress("192.0.2.7", 7443)),
            it -> it.withTransforms(List.of("argmax")),
            it -> it.withOrderTransforms(List.of("resize")),
            it -> it.withTiming("vector-256/1/0.1.0"));

    private static final List<UnaryOperator<TaskResult>> RESULT_PARTS = List.of(
            it -> it.withDigest(DIGEST),
            it -> it.withOutput(new byte[] {1, 2}),
            it -> it.withPut(new TaskResult.PutOutput(DIGEST, 9)),
            it -> it.measured(1500),
            it -> it.withEnergy(2.5, EnergyMethod.RAPL, 0.1),
            it -> it.withSpan(11, 12),
            it -> it.withFrame(new TaskResult.Frame(17, DIGEST)),
            it -> it.withSentBytes(13L),
            it -> it.withDirectMicros(14L),
            it -> it.withOnLink(new TaskResult.OnLink(1.0, 2.0)),
            it -> it.withTransformed(new TaskResult.Transformed(15, 16)));

    private static final List<UnaryOperator<Work>> WORK_PARTS = List.of(
            it -> it.within(100, 50),
            it -> it.withSegment(new Work.Segment(0, 3)),
            it -> it.sendingTo(new Work.Sends("other", "t-1.1", 8)),
            it -> it.withTransforms(transforms(List.of("resize"), List.of())));

    private static final Birth BIRTH = with(Birth.of(STAMP.boot(), 3, 5, "0.1.0", "vector-256"), BIRTH_PARTS);
    private static final TaskResult RESULT = with(TaskResult.succeeded(STAMP, "t-1", 2, "cpu0", null), RESULT_PARTS);
    private static final Work WORK =
            with(Work.order("t-1", 2, "cpu0", "glyphs", DIGEST, new Work.Source.Sensed("camera", 4)), WORK_PARTS);

    private static <R> R with(R plain, List<UnaryOperator<R>> parts) {
        R full = plain;
        for (UnaryOperator<R> part : parts) {
            full = part.apply(full);
        }
        return full;
    }

    @Test
    void aFullMessageHasEachPart() {
        assertThat(BIRTH_PARTS).allSatisfy(part -> assertThat(part.apply(BIRTH)).isEqualTo(BIRTH));
        assertThat(RESULT_PARTS)
                .allSatisfy(part -> assertThat(part.apply(RESULT)).isEqualTo(RESULT));
        assertThat(WORK_PARTS).allSatisfy(part -> assertThat(part.apply(WORK)).isEqualTo(WORK));
    }

    private static Set<String> changed(Record before, Record after) {
        Set<String> names = new LinkedHashSet<>();
        for (RecordComponent component : before.getClass().getRecordComponents()) {
            if (!Objects.equals(read(component, before), read(component, after))) {
                names.add(component.getName());
            }
        }
        return names;
    }

    private static Object read(RecordComponent component, Record of) {
        try {
            return String.valueOf(component.getAccessor().invoke(of));
        } catch (ReflectiveOperationException impossible) {
            throw new LinkageError("a record without its accessor", impossible);
        }
    }

    private static <R extends Record> void changes(R full, Map<String, UnaryOperator<R>> withs) {
        new TreeMap<>(withs)
                .forEach((names, with) -> assertThat(changed(full, with.apply(full)))
                        .as(names)
                        .containsExactlyInAnyOrder(names.split(" ", -1)));
    }

    @Test
    void eachPartOfABirth() {
        changes(
                BIRTH,
                Map.ofEntries(
                        Map.entry("past", Birth::ofThePast),
                        Map.entry("operators", it -> it.withOperators(List.of())),
                        Map.entry("devices", it -> it.withDevices(List.of())),
                        Map.entry("slots appliedVersion", it -> it.withSlots(List.of(), 8)),
                        Map.entry("metrics", it -> it.withMetrics(List.of())),
                        Map.entry("link", it -> it.withLink(null)),
                        Map.entry("sensors", it -> it.withSensors(List.of())),
                        Map.entry("peer", it -> it.withPeer(null)),
                        Map.entry("transforms", it -> it.withTransforms(List.of())),
                        Map.entry("orderTransforms", it -> it.withOrderTransforms(List.of())),
                        Map.entry("timing", it -> it.withTiming(null))));
    }

    @Test
    void eachPartOfAResult() {
        changes(
                RESULT,
                Map.ofEntries(
                        Map.entry("digest", it -> it.withDigest("another")),
                        Map.entry("output", it -> it.withOutput(null)),
                        Map.entry("put", it -> it.withPut(null)),
                        Map.entry("latencyMicros", it -> it.measured(1)),
                        Map.entry("latencyMicros latencyModelled", it -> it.modelled(1)),
                        Map.entry(
                                "energyMicrojoules energyMethod energyUncertainty",
                                it -> it.withEnergy(null, EnergyMethod.UNKNOWN, null)),
                        Map.entry("span", it -> it.withSpan(1, 2)),
                        Map.entry("frame", it -> it.withFrame(null)),
                        Map.entry("sentBytes", it -> it.withSentBytes(null)),
                        Map.entry("directMicros", it -> it.withDirectMicros(null)),
                        Map.entry("onLink", it -> it.withOnLink(null)),
                        Map.entry("transformed", it -> it.withTransformed(null))));
        assertThat(RESULT.modelled(1).measured(1500)).isEqualTo(RESULT);
    }

    @Test
    void eachPartOfAnOrder() {
        changes(
                WORK,
                Map.of(
                        "deadlineMillis budgetMillis", it -> it.within(1, 2),
                        "segment", it -> it.withSegment(null),
                        "sends", it -> it.sendingTo(null),
                        "transforms", it -> it.withTransforms(StreamTransforms.NONE)));
    }

    private static StreamTransforms transforms(List<String> before, List<String> after) {
        return new StreamTransforms(before.isEmpty() ? null : new ValueForm("int8", List.of(2, 2, 1)), before, after);
    }

    @Test
    void anOrderIsCheckedAgainWithEachPart() {
        assertThatThrownBy(() -> WORK.withTransforms(transforms(List.of(), List.of("argmax"))))
                .hasMessage("work t-1 transforms an outcome that goes to other");
        Work here = WORK.sendingTo(null).withTransforms(transforms(List.of(), List.of("argmax")));
        assertThatThrownBy(() -> here.sendingTo(WORK.sends()))
                .hasMessage("work t-1 transforms an outcome that goes to other");
        Work given = Work.order("t-2", 1, "cpu0", "glyphs", DIGEST, Work.Source.here(new byte[4]));
        assertThatThrownBy(() -> given.withTransforms(transforms(List.of("resize"), List.of())))
                .hasMessage("work t-2 transforms a frame, and no sensor gives one");
    }

    @Test
    void anInputHasOneSource() {
        byte[] tensor = {1, 2, 3};
        Work.Expects expects = new Work.Expects("other", 8);
        for (Work.Source source : List.of(
                Work.Source.here(tensor),
                new Work.Source.Stored(DIGEST, 3),
                new Work.Source.Sent(expects, 3),
                new Work.Source.Sensed("camera", 3))) {
            Work work = Work.order("t", 1, "cpu0", "glyphs", DIGEST, source);
            assertThat(work.inputBytes()).isEqualTo(3);
            assertThat(List.of(
                            Arrays.equals(tensor, work.input()),
                            DIGEST.equals(work.inputDigest()),
                            expects.equals(work.expects()),
                            "camera".equals(work.sensor())))
                    .as("%s", source)
                    .containsOnlyOnce(true);
        }
    }
}
