package io.fleetwright.controller.stream;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.Event;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** A slow board with a sensor, and two fast ones beside it. */
abstract class StreamFleet {
    static final int LAYERS = 4;
    static final int TEMPERATURE = 11;
    static final int BATTERY = 12;
    static final double SLOW_MICROS = 100_000;

    final TestFleet fleet = new TestFleet();
    final TestBoard slow = fleet.board("slow");
    final TestBoard fast = fleet.board("fast");
    final TestBoard quick = fleet.board("quick");
    String digest = "";
    long sequence;
    long samples;

    /** Layers from 16 values to 16 values. */
    static byte[] chain() {
        int width = TestFleet.INPUT_BYTES;
        List<Tensor> tensors = new ArrayList<>(List.of(
                tensor("weights", List.of(width, width), ElementType.INT8, Optional.of(new byte[width * width])),
                tensor("bias", List.of(width), ElementType.INT32, Optional.of(new byte[width * 4])),
                tensor("in", List.of(1, width), ElementType.INT8, Optional.empty())));
        List<Operator> operators = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            tensors.add(tensor("out" + layer, List.of(1, width), ElementType.INT8, Optional.empty()));
            operators.add(
                    new Operator(new Kind.FullyConnected(Fused.NONE), List.of(2 + layer, 0, 1), List.of(3 + layer)));
        }
        return TfliteWriter.write(
                new TfliteModel("chain", tensors, operators, List.of(2), List.of(2 + LAYERS), Map.of()));
    }

    /** What the boards run. */
    byte[] network() {
        return chain();
    }

    static Tensor tensor(String name, List<Integer> shape, ElementType type, Optional<byte[]> data) {
        return new Tensor(name, shape, type, data, Optional.of(Quantization.perTensor(1f, 0)));
    }

    @BeforeEach
    void boardsRunTheSameVariant() {
        fleet.publish("glyphs", "1.0.0");
        digest = fleet.core().run(scope -> {
            String stored = Artifacts.of(scope).put(network()).value();
            VariantRow row =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            row.digest = stored;
            scope.tx().update(row);
            return stored;
        });
        for (TestBoard board : List.of(slow, fast, quick)) {
            birth(board, board == slow ? new Birth.Link(10_000, 2, 0) : null);
            cost(board, board == slow ? SLOW_MICROS : board == fast ? 1_000 : 500);
        }
        fleet.transport.clear();
    }

    void birth(TestBoard board, Birth.@Nullable Link link) {
        board.birth(board.birthOf(List.of(TestBoard.active("glyphs", digest)), 0)
                .withMetrics(List.of(
                        new Birth.Metric(TEMPERATURE, null, "temperature", "Cel", false, null),
                        new Birth.Metric(BATTERY, null, "battery", "%", false, null)))
                .withLink(link)
                .withSensors(List.of(TestBoard.CAM)));
    }

    void cost(TestBoard board, double micros) {
        fleet.core().run(scope -> {
            CostRow cost = new CostRow();
            cost.id = CostRow.key(board.address + "/cpu0", digest);
            cost.tenant = TestFleet.TENANT;
            cost.deviceId = board.address + "/cpu0";
            cost.digest = digest;
            cost.count = 100;
            cost.meanMicros = micros;
            cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
            if (!scope.tx().insertIfAbsent(cost)) {
                scope.tx().update(cost);
            }
            return true;
        });
    }

    static Streams.Request request(long periodMillis, long deadlineMillis) {
        return new Streams.Request(
                "glyphs",
                "slow/cpu0",
                "cam",
                Duration.ofMillis(periodMillis),
                Duration.ofMillis(deadlineMillis),
                8,
                null,
                null,
                0,
                null);
    }

    LiveStreamRow create(Streams.Request request) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .streams()
                        .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
    }

    LiveStreamRow create() {
        return create(request(200, 150));
    }

    LiveStreamRow now(LiveStreamRow row) {
        return fleet.get(LiveStreamRow.class, row.id);
    }

    StreamPlanRow plan(LiveStreamRow row) {
        return fleet.get(StreamPlanRow.class, StreamPlanRow.id(row.id, now(row).epoch));
    }

    List<StreamOrder> orders(TestBoard board) {
        return fleet.transport.streamOrders(board.address);
    }

    StreamReport reportOf(LiveStreamRow row, long epoch, long from, long met, @Nullable Event event, String why) {
        return new StreamReport(
                new Stamp(slow.boot, ++sequence),
                row.id,
                epoch,
                from,
                from + met - 1,
                met,
                0,
                0,
                0,
                0,
                0,
                true,
                met == 0
                        ? LatencyHistogram.EMPTY
                        : new LatencyHistogram(new TreeMap<>(Map.of(LatencyHistogram.bucket(60_000.0), met))),
                60_000,
                StreamReport.Energy.NONE,
                List.of(),
                fleet.clock.millis(),
                2_000,
                event,
                event == null ? null : why,
                List.of());
    }

    void report(LiveStreamRow row, long epoch, long met, @Nullable Event event, String why) {
        slow.sendOk(
                Topic.Kind.UP_RESULT, reportOf(row, epoch, 1, met, event, why).encode());
    }

    /** What inferences took in a window of a stream, whole or a part. */
    final void window(LiveStreamRow row, StreamReport.Part part, double micros) {
        StreamReport plain = reportOf(row, now(row).epoch, 1, 10, null, "");
        slow.sendOk(
                Topic.Kind.UP_RESULT,
                new StreamReport(
                                plain.stamp(),
                                plain.stream(),
                                plain.epoch(),
                                plain.from(),
                                plain.to(),
                                plain.met(),
                                0,
                                0,
                                0,
                                0,
                                0,
                                true,
                                plain.latency(),
                                plain.latencyMaxMicros(),
                                plain.energy(),
                                List.of(new StreamReport.Runs(
                                        part,
                                        false,
                                        new LatencyHistogram(
                                                new TreeMap<>(Map.of(LatencyHistogram.bucket(micros), 10L))))),
                                plain.atMillis(),
                                plain.windowMillis(),
                                null,
                                null,
                                List.of())
                        .encode());
    }
}
