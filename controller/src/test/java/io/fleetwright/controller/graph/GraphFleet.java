package io.fleetwright.controller.graph;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.util.Base64;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A fleet whose boards run two networks that tests can compute themselves: {@code blur} (16 to 16) and {@code glyphs} (16 to 10). */
final class GraphFleet {
    static final int IMAGE = 16;
    static final int CLASSES = 10;

    final TestFleet fleet;
    private final String blur;
    private final String glyphs;

    GraphFleet(SplittableRandom random) {
        fleet = new TestFleet(random);
        glyphs = fleet.publish("glyphs", "1.0.0");
        blur = fleet.publish("blur", "1.0.0");
        change("blur", row -> row.outputShape = "1,4,4,1");
    }

    void change(String model, java.util.function.Consumer<VariantRow> change) {
        fleet.core().run(scope -> {
            VariantRow row = scope.tx()
                    .get(VariantRow.class, "acme/%s/1.0.0/int8".formatted(model))
                    .orElseThrow();
            change.accept(row);
            scope.tx().update(row);
            return true;
        });
    }

    TestBoard ready(String node) {
        TestBoard board = fleet.board(node);
        loaded(board);
        return board;
    }

    void loaded(TestBoard board) {
        board.report(TestBoard.active("glyphs", glyphs));
        board.report(TestBoard.active("blur", blur));
    }

    static byte[] network(String model, byte[] input) {
        byte[] out = new byte[model.equals("blur") ? IMAGE : CLASSES];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) (input[i] * 3 + input[(i + 1) % IMAGE] + (model.equals("blur") ? 1 : 2));
        }
        return out;
    }

    static TaskResult answer(TestBoard board, Work work, TaskResult.Outcome outcome, @Nullable Double microjoules) {
        TaskResult plain = board.resultOf(work, outcome);
        if (outcome != TaskResult.Outcome.OK) {
            return plain;
        }
        byte[] input = work.input();
        TaskResult read = plain.withOutput(input == null ? null : network(work.slot(), input));
        return microjoules == null ? read : read.withEnergy(microjoules, EnergyMethod.EXTERNAL, null);
    }

    static void ok(TestBoard board, Work work) {
        board.sendOk(
                Topic.Kind.UP_RESULT,
                answer(board, work, TaskResult.Outcome.OK, null).encode());
    }

    static GraphSpec spec(String json) {
        try {
            return GraphSpecReader.read(new ObjectMapper().readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException wrong) {
            throw new AssertionError(wrong);
        }
    }

    static String image(byte[] bytes) {
        return "{'shape': [1,4,4,1], 'data': '%s'}"
                .formatted(Base64.getEncoder().encodeToString(bytes));
    }

    GraphRow submit(GraphSpec spec) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.submitted",
                        spec.name(),
                        scope -> fleet.core()
                                .graphs()
                                .submit(scope.tx(), scope.effects(), TestFleet.TENANT, spec, scope.nowMillis()));
    }

    GraphRow cancel(String tenant, String id) {
        return fleet.core()
                .act(
                        tenant,
                        "test",
                        "job.cancelled",
                        id,
                        scope -> fleet.core()
                                .graphs()
                                .cancel(scope.tx(), scope.effects(), tenant, id, scope.nowMillis()));
    }

    GraphRow graph(String id) {
        return fleet.get(GraphRow.class, id);
    }

    GraphTaskRow task(GraphRow graph, String task) {
        return fleet.get(GraphTaskRow.class, graph.id + "#" + task);
    }

    byte[] value(GraphRow graph, String reference) {
        byte[] content = fleet.get(GraphTensorRow.class, graph.id + "/" + reference).content;
        if (content == null) {
            throw new AssertionError("%s is not in its row".formatted(reference));
        }
        return content;
    }
}
