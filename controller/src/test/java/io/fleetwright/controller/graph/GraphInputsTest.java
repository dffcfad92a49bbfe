package io.fleetwright.controller.graph;

import static io.fleetwright.controller.graph.GraphFleet.network;
import static io.fleetwright.controller.graph.GraphFleet.ok;
import static io.fleetwright.controller.graph.GraphFleet.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.UploadRow;
import io.fleetwright.controller.model.Uploads;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.scheduler.gantt.Bar;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.ValueForm;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Inputs from elsewhere, stretches of networks, and what a step looks at. */
final class GraphInputsTest {
    private static final byte[] IMAGE = new byte[GraphFleet.IMAGE];

    private final GraphFleet fleet = new GraphFleet(new SplittableRandom(1));

    static {
        new SplittableRandom(5).nextBytes(IMAGE);
    }

    private String put(String tenant, byte[] bytes) {
        return fleet.fleet.core().run(scope -> Uploads.put(scope.tx(), tenant, bytes, scope.nowMillis())).digest;
    }

    private static String reading(String input) {
        return "{'name': 'one', 'inputs': {'a': %s}, 'tasks': [{'id': 'm', 'kind': 'model', 'model': 'glyphs', 'inputs': ['input:a']}], 'outputs': ['m']}"
                .formatted(input);
    }

    private static void refuses(Refusal.Kind kind, String part, Runnable submit) {
        assertThatThrownBy(submit::run).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(kind);
            assertThat(refusal).hasMessageContaining(part);
        });
    }

    @Test
    void anUploadedInputIsReadAsIfItHadComeWithTheJob() {
        TestBoard board = fleet.ready("n1");
        String digest = put(TestFleet.TENANT, IMAGE);
        GraphRow graph = fleet.submit(spec(reading("{'shape': [1,4,4,1], 'digest': '%s'}".formatted(digest))));
        assertThat(board.lastWork().input()).isEqualTo(IMAGE);
        ok(board, board.lastWork());
        assertThat(fleet.value(graph, "task:m")).isEqualTo(network("glyphs", IMAGE));
    }

    @Test
    void aLargeUploadGoesToItsDeviceByDigest() {
        TestBoard board = fleet.ready("n1");
        fleet.change("glyphs", row -> row.inputShape = "1,80,80,1");
        String digest = put(TestFleet.TENANT, new byte[6400]);
        fleet.submit(spec(reading("{'shape': [1,80,80,1], 'digest': '%s'}".formatted(digest))));
        assertThat(board.lastWork().inputDigest()).isEqualTo(digest);
    }

    @Test
    void onlyWhatTheTenantPutItselfMayBeNamedAndOnlyInItsLength() {
        fleet.ready("n1");
        String theirs = put("other", IMAGE);
        String shape = "{'shape': [1,4,4,1], 'digest': '%s'}";
        refuses(
                Refusal.Kind.NOT_FOUND,
                "no input " + theirs,
                () -> fleet.submit(spec(reading(shape.formatted(theirs)))));
        String shorter = put(TestFleet.TENANT, new byte[15]);
        refuses(
                Refusal.Kind.INVALID,
                "input a was put with 15 bytes; int8[1,4,4,1] has 16",
                () -> fleet.submit(spec(reading(shape.formatted(shorter)))));
        String own = put(TestFleet.TENANT, IMAGE);
        fleet.fleet.clock.advance(Uploads.KEPT.plusMillis(1));
        refuses(Refusal.Kind.NOT_FOUND, "no input " + own, () -> fleet.submit(spec(reading(shape.formatted(own)))));
        assertThat(put(TestFleet.TENANT, IMAGE)).isEqualTo(own);
        fleet.submit(spec(reading(shape.formatted(own))));
        assertThat(fleet.fleet.all(GraphRow.class)).hasSize(1);
    }

    @Test
    void whatATenantPutsIsBounded() {
        refuses(Refusal.Kind.INVALID, "an input of 0 bytes", () -> put(TestFleet.TENANT, new byte[0]));
        refuses(
                Refusal.Kind.INVALID,
                "an input of 8388609 bytes",
                () -> put(TestFleet.TENANT, new byte[Uploads.BYTES_MAX + 1]));
        fleet.fleet.core().run(scope -> {
            UploadRow large = new UploadRow();
            large.id = "acme/x";
            large.tenant = TestFleet.TENANT;
            large.bytes = Uploads.BYTES_OF_TENANT_MAX - 1;
            large.createdAt = scope.nowMillis();
            scope.tx().insert(large);
            return true;
        });
        put(TestFleet.TENANT, new byte[1]);
        refuses(Refusal.Kind.TOO_MANY, "2 inputs of 268435456 bytes", () -> put(TestFleet.TENANT, new byte[2]));
        put("other", new byte[2]);
    }

    private TestBoard seeing(String node) {
        return seeing(node, TransformChain.names());
    }

    private TestBoard seeing(String node, List<String> orderTransforms) {
        TestBoard board = fleet.fleet.enrol(TestFleet.TENANT, node);
        born(board, orderTransforms);
        fleet.loaded(board);
        return board;
    }

    private static void born(TestBoard board, List<String> orderTransforms) {
        board.birth(board.birthOf(List.of(), 0)
                .withSensors(List.of(new Birth.Sensor("camera", Birth.SensorKind.FOLDER)))
                .withTransforms(TransformChain.names())
                .withOrderTransforms(orderTransforms));
    }

    @Test
    void aFrameOfASensorIsReadOnItsNode() {
        fleet.ready("blind");
        TestBoard eye = seeing("eye");
        String sensed = "{'shape': [1,4,4,1], 'source': 'eye/cpu0', 'sensor': '%s'}";
        for (int i = 0; i < 3; i++) {
            fleet.submit(spec(reading(sensed.formatted("camera"))));
        }
        assertThat(eye.works()).hasSize(3).allSatisfy(work -> {
            assertThat(work.sensor()).isEqualTo("camera");
            assertThat(work.input()).isNull();
            assertThat(work.inputBytes()).isEqualTo(16);
        });
        refuses(
                Refusal.Kind.NOT_FOUND,
                "lidar at eye/cpu0; it has camera",
                () -> fleet.submit(spec(reading(sensed.formatted("lidar")))));
        refuses(
                Refusal.Kind.NOT_FOUND,
                "device nobody/cpu0, which input a comes from",
                () -> fleet.submit(spec(reading(sensed.formatted("camera").replace("eye/", "nobody/")))));
    }

    private static String seen(String shape, String tasks, String outputs) {
        return "{'name': 'eye', 'inputs': {'cam': {'shape': %s, 'source': 'eye/cpu0', 'sensor': 'camera'}}, 'tasks': [%s], 'outputs': [%s]}"
                .formatted(shape, tasks, outputs);
    }

    private static String model(String id, String input) {
        return "{'id': '%s', 'kind': 'model', 'model': 'glyphs', 'inputs': ['%s']}".formatted(id, input);
    }

    private static String resize(String id, int size, String input) {
        return "{'id': '%s', 'kind': 'transform', 'transform': 'resize', 'parameters': {'height': %d, 'width': %d}, 'inputs': ['%s']}"
                .formatted(id, size, size, input);
    }

    /** As an agent answers an order for a frame. */
    private static TaskResult looked(TestBoard board, Work work, byte[] value) {
        return TaskResult.succeeded(board.stamp(), work, null)
                .withOutput(value)
                .measured(1)
                .withSpan(1_000_000, 1_002_000)
                .withFrame(new TaskResult.Frame(4, Digest.of(value).value()))
                .withTransformed(new TaskResult.Transformed(1200, 0));
    }

    @Test
    void aTransformThatAloneReadsAFrameRunsOnItsBoard() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(
                spec(seen("[8,8,1]", resize("r", 4, "input:cam") + "," + model("m", "task:r"), "'m','r'")));
        Work look = eye.lastWork();
        assertThat(look.isCapture()).isTrue();
        assertThat(look.sensor()).isEqualTo("camera");
        assertThat(look.inputBytes()).isEqualTo(GraphFleet.IMAGE);
        assertThat(look.transforms())
                .isEqualTo(new StreamTransforms(
                        new ValueForm("int8", List.of(8, 8, 1)),
                        List.of("resize:height=4,width=4,method=bilinear"),
                        List.of()));
        assertThat(fleet.task(graph, "r").kind).isEqualTo("transform");
        eye.sendOk(Topic.Kind.UP_RESULT, looked(eye, look, IMAGE).encode());
        assertThat(fleet.value(graph, "task:r")).isEqualTo(IMAGE);
        Work network = eye.lastWork();
        assertThat(network.input()).isEqualTo(IMAGE);
        ok(eye, network);
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.value(graph, "task:m")).isEqualTo(network("glyphs", IMAGE));
        assertThat(fleet.fleet.all(CostRow.class))
                .as("a look teaches nothing of a network")
                .hasSize(1);
    }

    @Test
    void allThatReadAFrameReadTheSameOneThatWasTakenOnce() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(spec(seen(
                "[1,4,4,1]",
                model("m", "input:cam") + "," + model("n", "input:cam") + "," + resize("small", 2, "input:cam"),
                "'m','n','small'")));
        Work look = eye.lastWork();
        assertThat(eye.works()).hasSize(1);
        assertThat(look.isCapture()).isTrue();
        assertThat(look.transforms().isEmpty()).isTrue();
        assertThat(fleet.task(graph, "frame:cam").kind).isEqualTo("frame");
        eye.sendOk(Topic.Kind.UP_RESULT, looked(eye, look, IMAGE).encode());
        List<Work> networks = eye.works().subList(1, eye.works().size());
        assertThat(networks).hasSize(2).allSatisfy(work -> {
            assertThat(work.isCapture()).isFalse();
            assertThat(work.sensor()).isNull();
            assertThat(work.input()).isEqualTo(IMAGE);
        });
        networks.forEach(work -> ok(eye, work));
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.value(graph, "task:m"))
                .isEqualTo(fleet.value(graph, "task:n"))
                .isEqualTo(network("glyphs", IMAGE));
        assertThat(fleet.value(graph, "task:small")).hasSize(4);
    }

    @Test
    void aLookThatFailsIsTriedAgainAndOnlyOneCounts() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(
                spec(seen("[1,4,4,1]", model("m", "input:cam") + "," + model("n", "input:cam"), "'m','n'")));
        Work first = eye.lastWork();
        eye.result(first, TaskResult.Outcome.FAILED);
        Work second = eye.lastWork();
        assertThat(second.task()).isEqualTo(first.task());
        assertThat(second.epoch()).isEqualTo(2);
        eye.sendOk(
                Topic.Kind.UP_RESULT,
                looked(eye, first, new byte[GraphFleet.IMAGE]).encode());
        assertThat(eye.works()).as("a late look counts nothing").hasSize(2);
        eye.sendOk(Topic.Kind.UP_RESULT, looked(eye, second, IMAGE).encode());
        eye.sendOk(
                Topic.Kind.UP_RESULT,
                looked(eye, second, new byte[GraphFleet.IMAGE]).encode());
        assertThat(fleet.value(graph, "task:frame:cam")).isEqualTo(IMAGE);
        assertThat(eye.works()).hasSize(4);
        for (int attempt = 0; attempt < 2; attempt++) {
            eye.sendOk(
                    Topic.Kind.UP_RESULT,
                    answer(eye, eye.works().get(2 + attempt), new byte[GraphFleet.CLASSES])
                            .encode());
        }
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void whatIsLargerThanTheFrameIsMadeHere() {
        TestBoard eye = seeing("eye");
        GraphRow graph =
                fleet.submit(spec(seen("[2,2,1]", resize("r", 4, "input:cam") + "," + model("m", "task:r"), "'m'")));
        Work look = eye.lastWork();
        assertThat(look.transforms().isEmpty()).isTrue();
        assertThat(look.inputBytes()).isEqualTo(4);
        eye.sendOk(
                Topic.Kind.UP_RESULT, looked(eye, look, new byte[] {1, 2, 3, 4}).encode());
        assertThat(fleet.value(graph, "task:r")).hasSize(16);
        assertThat(eye.lastWork().input()).isEqualTo(fleet.value(graph, "task:r"));
    }

    @Test
    void aFrameThatAnotherDeviceReadsIsPutHereAndFetchedByIt() {
        TestBoard eye = seeing("eye");
        TestBoard far = fleet.ready("far");
        fleet.change("glyphs", row -> row.inputShape = "1,80,80,1");
        fleet.submit(spec(
                seen("[1,80,80,1]", model("m", "input:cam").replace("'kind'", "'device': 'far/cpu0', 'kind'"), "'m'")));
        byte[] frame = new byte[6400];
        new SplittableRandom(7).nextBytes(frame);
        Work look = eye.lastWork();
        eye.put(look, frame);
        eye.result(looked(eye, look, frame)
                .withOutput(null)
                .withPut(new TaskResult.PutOutput(Digest.of(frame).value(), frame.length)));
        assertThat(far.lastWork().inputDigest()).isEqualTo(Digest.of(frame).value());
        assertThat(far.lastWork().sensor()).isNull();
    }

    @Test
    void aBoardThatTakesNoFramesForOthersIsRefusedByName() {
        seeing("eye", List.of());
        refuses(
                Refusal.Kind.INVALID,
                "eye/cpu0 cannot run task frame:cam: source-takes-no-frames",
                () -> fleet.submit(
                        spec(seen("[1,4,4,1]", model("m", "input:cam") + "," + model("n", "input:cam"), "'m','n'"))));
        // What such a board has always done it still does.
        fleet.submit(spec(seen("[1,4,4,1]", model("m", "input:cam"), "'m'")));
        refuses(
                Refusal.Kind.INVALID,
                "input cam is a frame of 4194308 bytes, at most 4194304",
                () -> fleet.submit(spec(seen("[1048577], 'type': 'int32'", resize("r", 4, "input:cam"), "'r'"))));
    }

    @Test
    void aLookWaitsForItsBoardAndIsNotSentToAnOlderAgent() {
        TestBoard eye = seeing("eye");
        eye.status(Status.State.STOPPED);
        fleet.submit(spec(seen("[8,8,1]", resize("r", 4, "input:cam"), "'r'")));
        assertThat(eye.works()).isEmpty();
        JobRow waits = fleet.fleet.all(JobRow.class).getFirst();
        assertThat(waits.state).isEqualTo(Jobs.QUEUED);
        assertThat(waits.why).contains("offline");
    }

    @Test
    void aLookOfABoardThatLeavesIsTakenAnewAndAnOlderAgentIsNotTold() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(spec(seen("[8,8,1]", resize("r", 4, "input:cam"), "'r'")));
        Work first = eye.lastWork();
        eye.status(Status.State.LOST);
        fleet.fleet.step(TestFleet.SETTINGS.attemptLimit().plusMillis(1));
        assertThat(fleet.fleet.job(first.task()).state).isEqualTo(Jobs.QUEUED);
        born(eye, List.of());
        fleet.fleet.step(Duration.ofMillis(200));
        assertThat(fleet.fleet.job(first.task()).reason).isEqualTo("source-takes-no-frames");
        born(eye, List.of("argmax"));
        fleet.fleet.step(Duration.ofMillis(200));
        assertThat(fleet.fleet.job(first.task()).reason).isEqualTo("source-runs-no-resize");
        assertThat(eye.works()).hasSize(1);
        born(eye, TransformChain.names());
        fleet.fleet.step(Duration.ofMillis(200));
        Work second = eye.lastWork();
        assertThat(second.epoch()).isEqualTo(2);
        eye.sendOk(
                Topic.Kind.UP_RESULT,
                looked(eye, first, new byte[GraphFleet.IMAGE]).encode());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.RUNNING);
        // The controller may begin anew meanwhile: the look goes on.
        fleet.fleet.restart();
        eye.sendOk(Topic.Kind.UP_RESULT, looked(eye, second, IMAGE).encode());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.value(graph, "task:r")).isEqualTo(IMAGE);
    }

    @Test
    void aLookThatNobodyWaitsForAnyMoreIsCalledOffAndItsFrameCountsNothing() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(spec(seen("[8,8,1]", resize("r", 4, "input:cam"), "'r'")));
        Work look = eye.lastWork();
        fleet.cancel(TestFleet.TENANT, graph.id);
        assertThat(fleet.fleet.transport.commands(eye.address))
                .extracting(Command::task)
                .containsExactly(look.task());
        eye.sendOk(Topic.Kind.UP_RESULT, looked(eye, look, IMAGE).encode());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.fleet.job(look.task()).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.fleet.job(look.task()).output).isNull();

        GraphRow late = fleet.submit(spec(seen("[8,8,1]", resize("r", 4, "input:cam"), "'r'")));
        Work silent = eye.lastWork();
        fleet.fleet.step(Duration.ofHours(2));
        assertThat(fleet.graph(late.id).state).isEqualTo(Jobs.EXPIRED);
        assertThat(fleet.fleet.job(silent.task()).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.task(late, "r").state).isEqualTo(Jobs.EXPIRED);
    }

    @Test
    void aLookThatIsRefusedEachTimeEndsTheJobAndMarksNoDevice() {
        TestBoard eye = seeing("eye");
        GraphRow graph = fleet.submit(spec(seen("[8,8,1]", resize("r", 4, "input:cam"), "'r'")));
        TaskResult asItIs = looked(eye, eye.lastWork(), new byte[64]);
        eye.sendOk(Topic.Kind.UP_RESULT, asItIs.encode());
        assertThat(fleet.fleet.job(asItIs.task()).reason).isEqualTo("not-transformed");
        int attempts = TestFleet.SETTINGS.attemptsMax();
        for (int attempt = 2; attempt <= attempts; attempt++) {
            assertThat(eye.lastWork().epoch()).isEqualTo(attempt);
            eye.result(eye.lastWork(), TaskResult.Outcome.FAILED);
        }
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.FAILED);
        assertThat(eye.works()).hasSize(attempts);
        assertThat(fleet.fleet.all(AuditRow.class))
                .extracting(row -> row.action)
                .doesNotContain("device.failing");
    }

    /** The first of three layers is read by two; the second one's values are the network's output. */
    private String branching() {
        return branching(GraphFleet.IMAGE);
    }

    private String branching(int width) {
        Quantization one = Quantization.perTensor(1f, 0);
        List<Tensor> tensors = List.of(
                new Tensor(
                        "w",
                        List.of(width, width),
                        ElementType.INT8,
                        Optional.of(new byte[width * width]),
                        Optional.of(one)),
                new Tensor("b", List.of(width), ElementType.INT32, Optional.of(new byte[4 * width]), Optional.of(one)),
                new Tensor("in", List.of(1, width), ElementType.INT8, Optional.empty(), Optional.of(one)),
                new Tensor("x", List.of(1, width), ElementType.INT8, Optional.empty(), Optional.of(one)),
                new Tensor("y", List.of(1, width), ElementType.INT8, Optional.empty(), Optional.of(one)),
                new Tensor("z", List.of(1, width), ElementType.INT8, Optional.empty(), Optional.of(one)));
        Kind layer = new Kind.FullyConnected(Fused.NONE);
        byte[] bytes = TfliteWriter.write(new TfliteModel(
                "branching",
                tensors,
                List.of(
                        new Operator(layer, List.of(2, 0, 1), List.of(3)),
                        new Operator(layer, List.of(3, 0, 1), List.of(4)),
                        new Operator(layer, List.of(3, 0, 1), List.of(5))),
                List.of(2),
                List.of(4),
                Map.of()));
        fleet.fleet.publish("branching", "1.0.0");
        return fleet.fleet.core().run(scope -> {
            VariantRow row = scope.tx()
                    .get(VariantRow.class, "acme/branching/1.0.0/int8")
                    .orElseThrow();
            row.digest = Artifacts.of(scope).put(bytes).value();
            row.inputShape = "1," + width;
            row.outputShape = "1," + width;
            scope.tx().update(row);
            return row.digest;
        });
    }

    private static String stretches(String tail) {
        return """
                {'name': 'cut', 'inputs': {'a': {'shape': [1,16], 'data': 'AAAAAAAAAAAAAAAAAAAAAA=='}}, 'tasks': [
                  {'id': 'head', 'kind': 'segment', 'model': 'branching', 'version': '1.0.0', 'variant': 'int8', 'from': 0, 'to': 2,
                   'inputs': ['input:a']},
                  {'id': 'tail', 'kind': 'segment', 'model': 'branching', 'version': '1.0.0', 'variant': 'int8', %s,
                   'inputs': ['task:head']},
                  {'id': 'second', 'kind': 'transform', 'transform': 'normalise', 'inputs': ['task:head.1']}],
                 'outputs': ['tail', 'second']}""".formatted(tail);
    }

    private static TaskResult answer(TestBoard board, Work work, byte[] output) {
        return board.resultOf(work, TaskResult.Outcome.OK).withOutput(output).measured(500);
    }

    @Test
    void severalTensorsOfACutTravelAsOneValueAndCanBeReadOneByOne() {
        String digest = branching();
        TestBoard board = fleet.fleet.board("n1");
        board.report(TestBoard.active("branching", digest));
        GraphRow graph = fleet.submit(spec(stretches("'from': 2, 'to': 3")));
        Work head = board.lastWork();
        assertThat(head.segment()).isEqualTo(new Work.Segment(0, 2));
        assertThat(head.sends()).isNull();
        byte[] crossing = new byte[32];
        new SplittableRandom(3).nextBytes(crossing);
        board.sendOk(Topic.Kind.UP_RESULT, answer(board, head, crossing).encode());
        Work tail = board.lastWork();
        assertThat(tail.segment()).isEqualTo(new Work.Segment(2, 3));
        assertThat(tail.input()).isEqualTo(crossing);
        assertThat(fleet.value(graph, "task:second")).isEqualTo(java.util.Arrays.copyOfRange(crossing, 16, 32));
        board.sendOk(Topic.Kind.UP_RESULT, answer(board, tail, new byte[16]).encode());
        assertThat(fleet.graph(graph.id).state).isEqualTo(Jobs.SUCCEEDED);
        // What a part takes says nothing of the whole.
        assertThat(fleet.fleet.all(CostRow.class)).isEmpty();
    }

    @Test
    void largeTensorsOfACutTravelAsOneArtifactAndCanBeReadOneByOne() {
        String digest = branching(3000);
        TestBoard board = fleet.fleet.board("n1");
        board.report(TestBoard.active("branching", digest));
        String input = Base64.getEncoder().encodeToString(new byte[3000]);
        String part =
                "{'id': 'alone', 'kind': 'segment', 'model': 'branching', 'version': '1.0.0', 'variant': 'int8', 'from': 1,"
                        + " 'to': 2, 'inputs': ['task:head.1']},";
        GraphRow graph = fleet.submit(spec(stretches("'from': 2, 'to': 3")
                .replace("[1,16]", "[1,3000]")
                .replace("AAAAAAAAAAAAAAAAAAAAAA==", input)
                .replace("{'id': 'second'", part + "{'id': 'second'")
                .replace("['tail', 'second']", "['tail', 'second', 'alone']")));
        byte[] crossing = new byte[6000];
        new SplittableRandom(3).nextBytes(crossing);
        board.largeResult(board.lastWork(), crossing);
        byte[] second = java.util.Arrays.copyOfRange(crossing, 3000, 6000);
        assertThat(fleet.value(graph, "task:second")).isEqualTo(second);
        Work tail = board.works().stream()
                .filter(work -> new Work.Segment(2, 3).equals(work.segment()))
                .findFirst()
                .orElseThrow();
        assertThat(tail.input()).isNull();
        assertThat(tail.inputDigest()).isEqualTo(Digest.of(crossing).value());
        assertThat(tail.inputBytes()).isEqualTo(6000);
        Work alone = board.works().stream()
                .filter(work -> new Work.Segment(1, 2).equals(work.segment()))
                .findFirst()
                .orElseThrow();
        assertThat(alone.input()).as("a part that a message carries").isEqualTo(second);
    }

    @Test
    void aStretchThatIsNotThereIsRefusedByName() {
        branching();
        refuses(
                Refusal.Kind.INVALID,
                "task tail: no operators from 2 to 9; variant int8 has 3",
                () -> fleet.submit(spec(stretches("'from': 2, 'to': 9"))));
        refuses(
                Refusal.Kind.INVALID,
                "task head: variant int8 was not measured to reach accuracyFloor 0.9",
                () -> fleet.submit(spec(stretches("'from': 2, 'to': 3")
                        .replace("'name': 'cut',", "'name': 'cut', 'accuracyFloor': 0.9,"))));
        refuses(
                Refusal.Kind.NOT_FOUND,
                "variant int4 of version 1.0.0 of model branching, which task head runs",
                () -> fleet.submit(spec(stretches("'from': 2, 'to': 3").replace("int8'", "int4'"))));
    }

    @Test
    void anotherVariantIsNoPlaceForAStretch() {
        branching();
        TestBoard board = fleet.fleet.board("n1");
        String other = fleet.fleet.publish(TestFleet.TENANT, "branching", "1.0.0", "int4");
        board.report(TestBoard.active("branching", other));
        fleet.submit(spec(stretches("'from': 2, 'to': 3")));
        assertThat(board.works()).isEmpty();
        assertThat(fleet.fleet.all(JobRow.class))
                .singleElement()
                .satisfies(job -> assertThat(job.why).contains("has variant int4, and int8 is wanted"));
    }

    @Test
    void theChartHasThePlanAboveWhatWasSeen() {
        TestBoard board = fleet.ready("n1");
        GraphRow graph = fleet.submit(spec("""
                {'name': 'pair', 'inputs': {'a': %s}, 'tasks': [
                  {'id': 'l', 'kind': 'model', 'model': 'glyphs', 'inputs': ['input:a']},
                  {'id': 'r', 'kind': 'model', 'model': 'glyphs', 'inputs': ['input:a']},
                  {'id': 'c', 'kind': 'transform', 'transform': 'argmax', 'inputs': ['task:l']}],
                 'outputs': ['c', 'r']}""".formatted(GraphFleet.image(IMAGE))));
        fleet.fleet.clock.advance(Duration.ofMillis(7));
        ok(board, board.works().getFirst());
        Gantt chart =
                fleet.fleet.core().run(scope -> GraphChart.of(scope.tx(), fleet.graph(graph.id), scope.nowMillis()));
        assertThat(chart.rows()).containsExactly("planned", "planned (2)", "controller", "n1/cpu0", "n1/cpu0 (2)");
        assertThat(chart.bars())
                .filteredOn(bar -> bar.row() >= 2)
                .containsExactlyInAnyOrder(
                        new Bar(2, "c", 0, 2, 7000, 7000, true),
                        new Bar(3, "l", 0, 0, 0, 7000, true),
                        new Bar(4, "r", 0, 1, 0, 7000, false));
    }

    /** Looks through a step's reads. */
    private int findsOfAStep() {
        AtomicInteger finds = new AtomicInteger();
        fleet.fleet.core().run(scope -> {
            Tx counting = (Tx) Proxy.newProxyInstance(
                    Tx.class.getClassLoader(), new Class<?>[] {Tx.class}, (_, method, arguments) -> {
                        if (method.getName().equals("find")) {
                            finds.incrementAndGet();
                        }
                        try {
                            return method.invoke(scope.tx(), arguments);
                        } catch (InvocationTargetException failure) {
                            throw failure.getCause();
                        }
                    });
            fleet.fleet.core().graphs().step(counting, scope.effects(), scope.nowMillis());
            return true;
        });
        return finds.get();
    }

    @Test
    void aStepReadsOnlyJobsWithSomethingToDoOverARestartToo() {
        TestBoard board = fleet.ready("n1");
        for (int i = 0; i < 5; i++) {
            fleet.submit(spec(reading(GraphFleet.image(IMAGE))));
        }
        int idle = findsOfAStep();
        assertThat(idle).isEqualTo(2);
        // The end of an inference is committed before a controller dies that would have looked at its job.
        Work work = board.lastWork();
        fleet.fleet.core().run(scope -> {
            JobRow job = scope.tx().get(JobRow.class, work.task()).orElseThrow();
            job.state = Jobs.SUCCEEDED;
            job.output = new byte[GraphFleet.CLASSES];
            job.finishedAt = scope.nowMillis();
            job.graphDue = true;
            scope.tx().update(job);
            return true;
        });
        fleet.fleet.restart();
        assertThat(findsOfAStep()).isGreaterThan(idle);
        assertThat(fleet.fleet.all(GraphRow.class))
                .filteredOn(graph -> graph.state.equals(Jobs.SUCCEEDED))
                .hasSize(1);
        assertThat(findsOfAStep()).isEqualTo(idle);
        assertThat(fleet.fleet.all(JobRow.class)).noneMatch(job -> job.graphDue);
    }
}
