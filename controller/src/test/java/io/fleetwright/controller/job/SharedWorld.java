package io.fleetwright.controller.job;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeLink;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Boards that run a network of fully connected layers, which a job may share; tests say what each takes and what its link is. */
final class SharedWorld {
    static final byte[] ANSWER = {7, 8, 9};
    /** What any part takes, as its board says. */
    static final long TOOK_MICROS = 250;

    static final double MICROJOULES = 10;

    final TestFleet fleet = new TestFleet();
    final TestBoard slow = fleet.board("slow");
    final TestBoard fast = fleet.board("fast");
    private long sequence = 100;

    /** Layers with so many values between them. */
    static byte[] chain(int... widths) {
        return rows(1, widths);
    }

    /** Layers that do the same to each row, with so many values of a row between them. */
    static byte[] rows(int rows, int... widths) {
        List<Tensor> tensors =
                new ArrayList<>(List.of(tensor("in", List.of(rows, widths[0]), ElementType.INT8, Optional.empty())));
        List<Operator> operators = new ArrayList<>();
        int from = 0;
        for (int layer = 1; layer < widths.length; layer++) {
            int weights = tensors.size();
            tensors.add(tensor(
                    "weights" + layer,
                    List.of(widths[layer], widths[layer - 1]),
                    ElementType.INT8,
                    Optional.of(new byte[widths[layer] * widths[layer - 1]])));
            tensors.add(tensor(
                    "bias" + layer,
                    List.of(widths[layer]),
                    ElementType.INT32,
                    Optional.of(new byte[widths[layer] * 4])));
            tensors.add(tensor("out" + layer, List.of(rows, widths[layer]), ElementType.INT8, Optional.empty()));
            operators.add(new Operator(
                    new Kind.FullyConnected(Fused.NONE), List.of(from, weights, weights + 1), List.of(weights + 2)));
            from = weights + 2;
        }
        return TfliteWriter.write(new TfliteModel("chain", tensors, operators, List.of(0), List.of(from), Map.of()));
    }

    private static Tensor tensor(String name, List<Integer> shape, ElementType type, Optional<byte[]> data) {
        return new Tensor(name, shape, type, data, Optional.of(Quantization.perTensor(1f, 0)));
    }

    void run(byte[] network, Map<TestBoard, Double> micros) {
        fleet.publish("glyphs", "1.0.0");
        String digest = fleet.core().run(scope -> {
            String stored = Artifacts.of(scope).put(network).value();
            VariantRow row =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            row.digest = stored;
            scope.tx().update(row);
            return stored;
        });
        micros.forEach((board, mean) -> {
            board.report(TestBoard.active("glyphs", digest));
            fleet.core().run(scope -> {
                CostRow cost = new CostRow();
                cost.id = CostRow.key(board.address + "/cpu0", digest);
                cost.tenant = TestFleet.TENANT;
                cost.deviceId = board.address + "/cpu0";
                cost.count = 100;
                cost.meanMicros = mean;
                cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
                scope.tx().insert(cost);
                return true;
            });
        });
    }

    void link(TestBoard board, Birth.Link link) {
        fleet.core().run(scope -> {
            NodeRow node =
                    scope.tx().get(NodeRow.class, board.address.toString()).orElseThrow();
            NodeLink.put(node, link);
            scope.tx().update(node);
            return true;
        });
    }

    /** Says in a birth where it takes tensors directly. */
    void listens(TestBoard board, @Nullable PeerAddress peer) {
        board.birth(
                board.birthOf(List.of(TestBoard.active("glyphs", digest())), 0).withPeer(peer));
    }

    /** Says in a birth that it has a camera and transforms, of streams and of single orders, and runs a variant. */
    static void sees(TestBoard board, String digest, Birth.Link link, List<String> orderTransforms) {
        board.birth(board.birthOf(List.of(TestBoard.active("glyphs", digest)), 0)
                .withLink(link)
                .withSensors(List.of(TestBoard.CAM))
                .withTransforms(TransformChain.names())
                .withOrderTransforms(orderTransforms));
    }

    private String digest() {
        return fleet.core()
                .run(scope -> scope.tx()
                        .get(VariantRow.class, "acme/glyphs/1.0.0/int8")
                        .orElseThrow()
                        .digest);
    }

    /** A job as a caller asks for it, placed where that is possible. */
    JobRow admit(Jobs.Bounds bounds, Jobs.@Nullable Source source, @Nullable String pinned, Duration deadline) {
        return fleet.core().run(scope -> {
            JobRow job = fleet.core()
                    .jobs()
                    .admit(
                            scope.tx(),
                            scope.effects(),
                            TestFleet.TENANT,
                            new Jobs.Request(
                                    "glyphs",
                                    new byte[TestFleet.INPUT_BYTES],
                                    null,
                                    TestFleet.INPUT_BYTES,
                                    deadline,
                                    pinned,
                                    source,
                                    null,
                                    bounds),
                            scope.nowMillis());
            fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            return scope.tx().get(JobRow.class, job.id).orElseThrow();
        });
    }

    JobRow submit(Jobs.Source source, @Nullable String pinned) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.submitted",
                        "glyphs",
                        scope -> fleet.core()
                                .jobs()
                                .submit(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        new Jobs.Request(
                                                "glyphs",
                                                new byte[TestFleet.INPUT_BYTES],
                                                null,
                                                TestFleet.INPUT_BYTES,
                                                Duration.ofSeconds(60),
                                                pinned,
                                                source),
                                        scope.nowMillis()));
    }

    TaskResult resultOf(TestBoard board, Work work, Outcome outcome) {
        return outcome == Outcome.OK
                ? ran(board, work).withOutput(work.sends() == null ? ANSWER : null)
                : TaskResult.failed(stamp(board), work, outcome, "queue-full").withDigest(work.digest());
    }

    private TaskResult ran(TestBoard board, Work work) {
        return TaskResult.succeeded(stamp(board), work, work.digest())
                .modelled(TOOK_MICROS)
                .withEnergy(MICROJOULES, EnergyMethod.MODEL, 0.1);
    }

    /** As an agent answers, with what transforms took; absent for an agent that ran none. */
    TaskResult transformed(
            TestBoard board, Work work, TaskResult.@Nullable Transformed took, byte @Nullable [] output) {
        boolean isHere = work.sends() == null;
        return TaskResult.succeeded(stamp(board), work, work.digest())
                .withOutput(isHere ? output : null)
                .measured(TOOK_MICROS)
                .withSentBytes(isHere ? null : 4L)
                .withTransformed(took);
    }

    List<SplitPartRow> parts(JobRow job) {
        return fleet.core().run(scope -> SplitPartRow.of(scope.tx(), job.id));
    }

    List<Command> commands(TestBoard board) {
        return fleet.transport.commands(board.address);
    }

    void say(TestBoard board, TaskResult result) {
        board.result(result);
    }

    void ok(TestBoard board, Work work) {
        say(board, resultOf(board, work, Outcome.OK));
    }

    /** A front that has sent so many bytes by the broker. */
    TaskResult sent(TestBoard board, Work work, long bytes) {
        return sent(board, work, bytes, null);
    }

    /** A front that has sent so many bytes, directly where it took so long. */
    TaskResult sent(TestBoard board, Work work, long bytes, @Nullable Long directMicros) {
        return ran(board, work).withSentBytes(bytes).withDirectMicros(directMicros);
    }

    /** A result of a part, with what the radio took. */
    TaskResult radio(
            TestBoard board, Work work, @Nullable Double sendMicrojoules, @Nullable Double receiveMicrojoules) {
        return ran(board, work)
                .withOutput(work.sends() == null ? ANSWER : null)
                .withSentBytes(work.sends() == null ? null : 4L)
                .withOnLink(TaskResult.OnLink.of(sendMicrojoules, receiveMicrojoules));
    }

    /** The next of a board. */
    Stamp stamp(TestBoard board) {
        return new Stamp(board.boot, ++sequence);
    }

    /** Nodes in the order in which they got orders. */
    List<String> orderedNodes() {
        return fleet.transport.all().stream()
                .filter(sent -> sent.kind() == Topic.Kind.DOWN_WORK)
                .map(sent -> sent.to().node())
                .toList();
    }
}
