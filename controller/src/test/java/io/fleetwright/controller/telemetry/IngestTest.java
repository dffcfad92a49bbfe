package io.fleetwright.controller.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.RecordedTransport;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class IngestTest {
    private final TestFleet fleet = new TestFleet();

    @Test
    void samplesAreStoredWithTheNamesOfTheirBirthAndAcknowledged() {
        TestBoard board = fleet.board("n1");
        board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(1, 1, 2).encode());
        assertThat(fleet.all(SampleRow.class)).hasSize(2);
        assertThat(fleet.all(SampleRow.class)).anySatisfy(sample -> {
            assertThat(sample.metric).isEqualTo("energy");
            assertThat(sample.device).isEmpty();
            assertThat(sample.modelled).isTrue();
            assertThat(sample.method).isEqualTo("model");
        });
        assertThat(fleet.transport.acks(board.address))
                .containsExactly(new Ack(Stream.TELEMETRY, board.boot, List.of(new Ack.Range(1, 1))));
    }

    @Test
    void tensorsThatANodeRefusedAreForTheAuditLog() {
        TestBoard board = fleet.enrol(TestFleet.TENANT, "n1");
        board.birth(board.birthOf(List.of(), 0)
                .withMetrics(List.of(new Birth.Metric(1, null, "tensors.refused", "1", false, null))));
        // The frame's value is its sequence.
        byte[] frame = board.frameOf(3, 1).encode();
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        fleet.step(java.time.Duration.ofMillis(500));
        assertThat(fleet.all(io.fleetwright.controller.audit.AuditRow.class))
                .filteredOn(row -> row.action.equals("rule.broken"))
                .extracting(row -> row.who + ": " + row.what)
                .containsExactly("node:n1: n1 refused 3 stretches of tensors that no order names");
    }

    @Test
    void framesInAnyOrderAndNumberAreStoredOnceEachAndAcknowledgedInFull() {
        SeededCases.forEach(5, 40, (random, seed) -> {
            TestFleet shuffled = new TestFleet(random.split());
            TestBoard board = shuffled.board("n1");
            List<Long> arrivals = new ArrayList<>();
            for (long sequence = 1; sequence <= 30; sequence++) {
                for (int copies = random.nextInt(1, 4); copies > 0; copies--) {
                    arrivals.add(sequence);
                }
            }
            Collections.shuffle(arrivals, new Random(seed));
            for (long sequence : arrivals) {
                if (random.nextInt(10) == 0) {
                    shuffled.restart();
                }
                board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(sequence, 1).encode());
            }
            assertThat(shuffled.all(SampleRow.class).stream().map(sample -> sample.amount))
                    .hasSize(30)
                    .doesNotHaveDuplicates();
            assertThat(shuffled.transport.acks(board.address).getLast().ranges())
                    .containsExactly(new Ack.Range(1, 30));
        });
    }

    @Test
    void nothingIsAcknowledgedThatIsNotCommitted() {
        TestBoard board = fleet.board("n1");
        fleet.transport.clear();
        byte[] frame = board.frameOf(1, 1).encode();
        fleet.failCommits(true);
        assertThatThrownBy(() -> board.send(Topic.Kind.UP_TELEMETRY, frame)).isInstanceOf(StoreException.class);
        assertThat(fleet.transport.all()).isEmpty();
        fleet.failCommits(false);
        assertThat(fleet.all(SampleRow.class)).isEmpty();
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        assertThat(fleet.all(SampleRow.class)).hasSize(1);
        assertThat(fleet.transport.acks(board.address)).hasSize(1);
    }

    @Test
    void aFrameWithUnnamedMetricsIsKeptByItsNodeAndItsBirthIsAskedFor() {
        TestBoard board = fleet.board("n1");
        fleet.transport.clear();
        board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(1, 7).encode());
        assertThat(fleet.all(SampleRow.class)).isEmpty();
        assertThat(fleet.transport.acks(board.address)).isEmpty();
        assertThat(fleet.transport.commands(board.address)).hasSize(1);
    }

    @Test
    void telemetryGoesOnWhenItsSenderLeavesMoreGapsThanAreKept() {
        TestBoard board = fleet.board("n1");
        for (int i = 0; i <= Ranges.COUNT_MAX; i++) {
            board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(1 + 2L * i, 1).encode());
        }
        assertThat(fleet.all(SampleRow.class)).hasSize(Ranges.COUNT_MAX + 1);
        assertThat(fleet.transport.acks(board.address).getLast().ranges())
                .hasSize(Ranges.COUNT_MAX)
                .startsWith(new Ack.Range(1, 3), new Ack.Range(5, 5));
        board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(2, 1).encode());
        assertThat(fleet.all(SampleRow.class)).as("too late").hasSize(Ranges.COUNT_MAX + 1);
        board.sendOk(Topic.Kind.UP_TELEMETRY, board.frameOf(4, 1).encode());
        assertThat(fleet.all(SampleRow.class)).hasSize(Ranges.COUNT_MAX + 2);
    }

    @Test
    void moreGapsOfReportsThanAreKeptAreNotAcknowledgedUntilTheyAreFilled() {
        TestBoard board = fleet.board("n1");
        for (int i = 0; i < Ranges.COUNT_MAX; i++) {
            report(board, 1 + 2L * i);
        }
        fleet.transport.clear();
        long beyond = 1 + 2L * Ranges.COUNT_MAX;
        report(board, beyond);
        assertThat(fleet.transport.acks(board.address)).isEmpty();
        report(board, 2);
        report(board, beyond);
        assertThat(fleet.transport.acks(board.address)).hasSize(2);
    }

    private static void report(TestBoard board, long sequence) {
        board.sendOk(
                Topic.Kind.UP_REPORTED,
                new Reported(new Stamp(board.boot, sequence), 0, true, List.of(), null).encode());
    }

    @Test
    void malformedMessagesAreDroppedAndCountedAndNothingIsStored() {
        TestBoard board = fleet.board("n1");
        TestBoard stranger = new TestFleet().enrol(TestFleet.TENANT, "stranger");
        fleet.transport.clear();
        List<NodeRow> before = fleet.all(NodeRow.class);
        long dropped = fleet.core().droppedMessages();
        int expected = 0;
        for (Topic.Kind kind : Topic.Kind.values()) {
            for (String text : List.of("", "{", "[]", "{}", "null", "{\"boot\":1}", "\u0000\u00ff")) {
                if (kind == Topic.Kind.UP_TELEMETRY && text.isEmpty()) {
                    continue; // Covered below: an empty protobuf message has no boot.
                }
                assertThat(board.send(kind, text.getBytes(StandardCharsets.UTF_8)))
                        .as("%s %s", kind, text)
                        .isNotNull();
                expected++;
            }
        }
        assertThat(board.send(Topic.Kind.UP_TELEMETRY, new byte[0])).isNotNull();
        assertThat(board.send(Topic.Kind.UP_TELEMETRY, new byte[200_000])).isNotNull();
        assertThat(fleet.core()
                        .message(
                                new Topic(stranger.address, Topic.Kind.UP_BIRTH).text(),
                                board.birthOf(List.of(), 0).encode()))
                .contains("not enrolled");
        for (String topic :
                List.of("", "fw/v1", "fw/v1/acme/n1/up/other", "fw/v1/acme/N1/up/birth", "x".repeat(9999))) {
            assertThat(fleet.core().message(topic, new byte[0])).isNotNull();
            expected++;
        }
        assertThat(fleet.core().droppedMessages()).isEqualTo(dropped + expected + 3);
        assertThat(fleet.transport.all()).isEmpty();
        assertThat(fleet.all(NodeRow.class)).usingRecursiveComparison().isEqualTo(before);
        assertThat(fleet.all(StreamRow.class)).isEmpty();
        assertThat(fleet.all(SlotRow.class)).isEmpty();
    }

    @Test
    void ofMessagesThatArriveTogetherOnlyTheMalformedOneIsDropped() {
        TestBoard board = fleet.board("n1");
        List<Transport.Arrived> together = new ArrayList<>();
        for (int sequence = 1; sequence <= 5; sequence++) {
            together.add(new Transport.Arrived(
                    new Topic(board.address, Topic.Kind.UP_TELEMETRY).text(),
                    board.frameOf(sequence, 1).encode()));
        }
        List<String> dropped = new ArrayList<>();
        fleet.core().messages(together.subList(0, 3), (message, why) -> dropped.add(why));
        assertThat(dropped).isEmpty();
        assertThat(fleet.all(StreamRow.class))
                .singleElement()
                .satisfies(stream -> assertThat(stream.ranges).isEqualTo("1-3"));
        assertThat(fleet.transport.acks(board.address))
                .as("one message acknowledges them all")
                .singleElement()
                .satisfies(ack -> assertThat(ack.ranges()).containsExactly(new Ack.Range(1, 3)));
        together.set(
                3,
                new Transport.Arrived(
                        new Topic(board.address, Topic.Kind.UP_STATUS).text(), "{".getBytes(StandardCharsets.UTF_8)));
        long before = fleet.core().droppedMessages();
        fleet.core().messages(together.subList(2, 5), (message, why) -> dropped.add(message.topic()));
        assertThat(dropped).containsExactly(together.get(3).topic());
        assertThat(fleet.core().droppedMessages()).isEqualTo(before + 1);
        assertThat(fleet.all(StreamRow.class))
                .singleElement()
                .satisfies(stream -> assertThat(stream.ranges).isEqualTo("1-3,5-5"));
        assertThat(fleet.all(SampleRow.class)).hasSize(4);
    }

    @Test
    void damagedMessagesNeverDoMoreThanBeDropped() {
        SeededCases.forEach(77, 400, (random, _) -> {
            TestFleet one = new TestFleet(random.split());
            TestBoard board = one.board("n1");
            Topic.Kind[] kinds = {Topic.Kind.UP_BIRTH, Topic.Kind.UP_TELEMETRY, Topic.Kind.UP_STATUS};
            Topic.Kind kind = kinds[random.nextInt(kinds.length)];
            byte[] payload = switch (kind) {
                case UP_BIRTH ->
                    board.birthOf(List.of(TestBoard.active("m", TestFleet.digest("x"))), 0)
                            .encode();
                case UP_TELEMETRY -> board.frameOf(1, 1, 2).encode();
                default ->
                    board.statusOf(io.fleetwright.telemetry.wire.Status.State.ONLINE)
                            .encode();
            };
            for (int flips = random.nextInt(1, 5); flips > 0; flips--) {
                payload[random.nextInt(payload.length)] = (byte) random.nextInt();
            }
            String refused = board.send(kind, payload);
            assertThat(one.core().droppedMessages()).isEqualTo(refused == null ? 0 : 1);
        });
    }

    @Test
    void textThatADatabaseCannotHoldIsMalformed() {
        TestBoard board = fleet.enrol(TestFleet.TENANT, "n1");
        Birth fine = board.birthOf(List.of(), 0);
        for (String text : List.of("a\u0000b", "\ud800", "x\udc00")) {
            Birth birth = Birth.of(fine.boot(), 1, 0, text, "scalar");
            String refused = board.send(Topic.Kind.UP_BIRTH, escaped(birth, text));
            assertThat(refused).as("%s", escape(text)).isNotNull();
        }
    }

    /** The document with the text written in JSON escapes, as an encoder without scruples would. */
    private static byte[] escaped(Birth birth, String text) {
        Birth plain = Birth.of(birth.boot(), 1, 0, "PLACE", "scalar");
        return new String(plain.encode(), StandardCharsets.UTF_8)
                .replace("PLACE", escape(text))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String escape(String text) {
        return text.chars().mapToObj("\\u%04x"::formatted).collect(java.util.stream.Collectors.joining());
    }

    @Test
    void acknowledgementsGoToTheSenderOnly() {
        TestBoard first = fleet.board("n1");
        TestBoard second = fleet.board("n2");
        fleet.transport.clear();
        first.sendOk(Topic.Kind.UP_TELEMETRY, first.frameOf(1, 1).encode());
        assertThat(fleet.transport.all())
                .extracting(RecordedTransport.Sent::to)
                .containsOnly(first.address)
                .doesNotContain(second.address);
    }
}
