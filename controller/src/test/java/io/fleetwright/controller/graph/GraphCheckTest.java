package io.fleetwright.controller.graph;

import static io.fleetwright.controller.graph.GraphFleet.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class GraphCheckTest {
    private static final String IMAGE = GraphFleet.image(new byte[16]);

    private static List<GraphCheck.Offer> models(String model) {
        return switch (model) {
            case "see" -> List.of(new GraphCheck.Offer("1.0.0", Form.int8(1, 4, 4, 1), Form.int8(1, 10), 0.9));
            case "big" ->
                List.of(new GraphCheck.Offer(
                        "1.0.0", Form.int8(1, 4, 4, 1), new Form(Form.Type.INT32, List.of(1, 2_097_153)), null));
            case "wide" ->
                List.of(new GraphCheck.Offer(
                        "1.0.0", Form.int8(1, 4, 4, 1), new Form(Form.Type.INT32, List.of(1, 2_097_152)), null));
            case "two" ->
                List.of(
                        new GraphCheck.Offer("1.0.0", Form.int8(1, 4, 4, 1), Form.int8(1, 10), null),
                        new GraphCheck.Offer("2.0.0", Form.int8(1, 4, 4, 1), Form.int8(1, 12), null));
            default -> List.of();
        };
    }

    /** Ten operators of 4x4 values; two tensors cross the cut at 5. */
    private static Stretches.Stretch stretch(GraphSpec.SegmentTask task) {
        List<Form> one = List.of(Form.int8(1, 4, 4, 1));
        List<Form> two = List.of(Form.int8(1, 4, 4, 1), Form.int8(1, 2, 2, 2));
        return new Stretches.Stretch(
                task.from() == 5 ? two : one, task.to() == 5 ? two : one, (task.to() - task.from()) / 10.0);
    }

    private static GraphCheck.Checked check(GraphSpec spec) {
        return GraphCheck.check(
                spec, GraphCheckTest::models, List.of("n1/cpu0", "n9/cpu0")::contains, GraphCheckTest::stretch);
    }

    private static String graph(String outputs, String... tasks) {
        return "{'name': 'g', 'inputs': {'a': %s}, 'tasks': [%s], 'outputs': [%s]}"
                .formatted(IMAGE, String.join(",", tasks), outputs);
    }

    private static String model(String id, String model, String input) {
        return "{'id': '%s', 'kind': 'model', 'model': '%s', 'inputs': ['%s']}".formatted(id, model, input);
    }

    private static String transform(String id, String name, String... inputs) {
        return "{'id': '%s', 'kind': 'transform', 'transform': '%s', 'inputs': [%s]}"
                .formatted(
                        id,
                        name,
                        Arrays.stream(inputs).map(in -> "'" + in + "'").collect(Collectors.joining(",")));
    }

    private static void refuses(Refusal.Kind kind, String part, String json) {
        assertThatThrownBy(() -> assertThat(check(spec(json))).isNull())
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal).hasMessageContaining(part);
                    assertThat(refusal.kind()).isEqualTo(kind);
                });
    }

    private static void invalid(String part, String json) {
        refuses(Refusal.Kind.INVALID, part, json);
    }

    private static void absent(String part, String json) {
        refuses(Refusal.Kind.NOT_FOUND, part, json);
    }

    @Test
    void anOrderAndAFormAreFoundForEachTask() {
        GraphCheck.Checked checked = check(spec(graph(
                "'v'",
                transform("v", "vote", "task:c", "task:d"),
                transform("c", "argmax", "task:m"),
                transform("d", "argmax", "task:m"),
                model("m", "see", "input:a"))));
        assertThat(checked.order().stream().map(GraphSpec.Task::id)).containsExactly("m", "c", "d", "v");
        assertThat(checked.forms())
                .isEqualTo(Map.of("m", Form.int8(1, 10), "c", Form.int32(1), "d", Form.int32(1), "v", Form.int32(1)));
    }

    @Test
    void aCycleIsNamed() {
        invalid(
                "y <- z <- y",
                graph(
                        "'x'",
                        transform("x", "vote", "task:y"),
                        transform("y", "vote", "task:z"),
                        transform("z", "vote", "task:y")));
        invalid("x <- x", graph("'x'", transform("x", "vote", "task:x")));
    }

    @Test
    void unknownNamesAreNotFound() {
        absent("input b, which task m reads", graph("'m'", model("m", "see", "input:b")));
        absent("task q, which task m reads", graph("'m'", model("m", "see", "task:q")));
        absent("model nope", graph("'m'", model("m", "nope", "input:a")));
        absent("transform blend (task x)", graph("'x'", transform("x", "blend", "input:a")));
        absent("task q, which is an output", graph("'q'", model("m", "see", "input:a")));
        absent(
                "version 9.9.9",
                graph("'m'", "{'id':'m','kind':'model','model':'see','version':'9.9.9','inputs':['input:a']}"));
        absent(
                "device n2/cpu0, which task m is for",
                graph("'m'", "{'id':'m','kind':'model','model':'see','device':'n2/cpu0','inputs':['input:a']}"));
    }

    @Test
    void anEdgeThatDoesNotFitIsNamedWithBothForms() {
        invalid(
                "task:m -> task:n: int8[1,10] comes, and model see takes int8[1,4,4,1]",
                graph("'n'", model("m", "see", "input:a"), model("n", "see", "task:m")));
        invalid(
                "task:m, task:c -> task:v: vote: takes inputs of one form, not int8[1,10] and int32[1]",
                graph(
                        "'v'",
                        model("m", "see", "input:a"),
                        transform("c", "argmax", "task:m"),
                        transform("v", "vote", "task:m", "task:c")));
        invalid("takes one input, not 2", graph("'m'", model("m", "see", "input:a','input:a")));
        invalid("more than the 8388608 bytes", graph("'m'", model("m", "big", "input:a")));
        invalid("int8[1,10] and int8[1,12]; name a version", graph("'m'", model("m", "two", "input:a")));
    }

    @Test
    void whatIsThereTwiceOrForNothingIsRefused() {
        invalid("two tasks have the id m", graph("'m'", model("m", "see", "input:a"), model("m", "see", "input:a")));
        invalid(
                "no output can be reached from task n",
                graph("'m'", model("m", "see", "input:a"), model("n", "see", "input:a")));
        invalid("an output is named twice", graph("'m','m'", model("m", "see", "input:a")));
    }

    @Test
    void anAccuracyFloorNeedsAMeasuredVariant() {
        UnaryOperator<String> floor = json -> json.replaceFirst("\\{", "{'accuracyFloor': 0.95, ");
        invalid("reach accuracyFloor 0.95", floor.apply(graph("'m'", model("m", "see", "input:a"))));
        String reached = graph("'m'", model("m", "see", "input:a")).replaceFirst("\\{", "{'accuracyFloor': 0.9, ");
        assertThat(check(spec(reached)).order()).hasSize(1);
    }

    @Test
    void fieldsAreRefusedByName() {
        String good = graph("'m'", model("m", "see", "input:a"));
        assertThat(check(spec(good)).order()).hasSize(1);
        invalid("$.acuracyFloor is unknown", good.replaceFirst("\\{", "{'acuracyFloor': 0.9, "));
        invalid("$.priority (10) must be a whole number from 0 to 9", good.replaceFirst("\\{", "{'priority': 10, "));
        invalid("$.deadlineMs (0)", good.replaceFirst("\\{", "{'deadlineMs': 0, "));
        invalid("$.energyBudgetMj (0)", good.replaceFirst("\\{", "{'energyBudgetMj': 0, "));
        invalid("$.name (\"G\")", good.replace("'g'", "'G'"));
        invalid("$.tasks[0].kind (\"network\")", good.replace("'kind': 'model'", "'kind': 'network'"));
        invalid("$.tasks[0].version (absent)", good.replace("'kind': 'model'", "'kind': 'segment'"));
        invalid("input a has 16 bytes; int8[1,4,4,2] has 32", good.replace("[1,4,4,1]", "[1,4,4,2]"));
        invalid("input a must have data in base64", good.replaceFirst("'data': '[^']*'", "'data': '***'"));
        invalid("input a: shape [0]", good.replace("[1,4,4,1]", "[0]"));
        invalid(
                "task x: height (0)",
                graph(
                        "'x'",
                        "{'id':'x','kind':'transform','transform':'resize','parameters':{'height':0,'width':3},'inputs':['input:a']}"));
        invalid(
                "parameters.size is unknown",
                graph(
                        "'x'",
                        "{'id':'x','kind':'transform','transform':'argmax','parameters':{'size':0},'inputs':['input:a']}"));
    }

    @Test
    void tooManyTasksAndTooLargeInputsAreRefused() {
        String[] tasks = new String[GraphSpecReader.TASKS_MAX + 1];
        for (int i = 0; i < tasks.length; i++) {
            tasks[i] = model("m" + i, "see", "input:a");
        }
        invalid("$.tasks", graph("'m0'", tasks));
        String inputs = "input:a','".repeat(GraphSpecReader.TASK_INPUTS_MAX) + "input:a";
        invalid("$.tasks[0].inputs", graph("'v'", transform("v", "vote", inputs)));
        String large = "{'shape': [3000000], 'data': '%s'}".formatted("A".repeat(4_000_000));
        invalid(
                "more than 8388608 bytes",
                "{'name':'g','inputs':{'a':%s,'b':%s,'c':%s},'tasks':[%s],'outputs':['v']}"
                        .formatted(large, large, large, transform("v", "vote", "input:a")));
    }

    @Test
    void outputsHaveToFitIntoOneAnswer() {
        String wide = model("a", "wide", "input:a") + "," + model("b", "wide", "input:a");
        assertThat(check(spec(graph("'a','b'", wide))).forms()).hasSize(2);
        invalid(
                "outputs have 16777226 bytes; all together may have 16777216",
                graph("'a','b','m'", wide, model("m", "see", "input:a")));
        assertThat(check(spec(graph(
                                "'a','m','c'", wide, model("m", "see", "input:a"), transform("c", "argmax", "task:b"))))
                        .order())
                .as("what goes on inside the job is no output")
                .hasSize(4);
    }

    private static String segment(String id, int from, int to, String... inputs) {
        return "{'id': '%s', 'kind': 'segment', 'model': 'see', 'version': '1.0.0', 'variant': 'int8', 'from': %d, 'to': %d, 'inputs': ['%s']}"
                .formatted(id, from, to, String.join("','", inputs));
    }

    @Test
    void stretchesFitWhereTheSameTensorsCross() {
        GraphCheck.Checked checked = check(spec(graph(
                "'tail','c'",
                segment("head", 0, 5, "input:a"),
                segment("tail", 5, 10, "task:head"),
                transform("c", "argmax", "task:head.1"))));
        assertThat(checked.forms().get("head")).isEqualTo(Form.int8(24));
        assertThat(checked.forms().get("tail")).isEqualTo(Form.int8(1, 4, 4, 1));
        assertThat(checked.forms().get("c")).isEqualTo(Form.int32(1, 2, 2));
        assertThat(checked.stretches().values())
                .extracting(Stretches.Stretch::share)
                .containsExactly(0.5, 0.5);
        invalid("operators from 5 of model see take int8[24]", graph("'t'", segment("t", 5, 10, "input:a")));
        invalid(
                "operators from 2 of model see take int8[1,4,4,1]",
                graph("'t'", segment("h", 0, 5, "input:a"), segment("t", 2, 10, "task:h")));
        invalid("takes one input, not 2", graph("'t'", segment("t", 0, 5, "input:a", "input:a")));
        absent(
                "tensor 2 of task:h, which task c reads; there are 2",
                graph("'c'", segment("h", 0, 5, "input:a"), transform("c", "argmax", "task:h.2")));
        absent(
                "tensor 1 of task:m, which task c reads; there is one, number 0",
                graph("'c'", model("m", "see", "input:a"), transform("c", "argmax", "task:m.1")));
        assertThat(check(spec(graph("'c'", model("m", "see", "input:a"), transform("c", "argmax", "task:m.0"))))
                        .forms())
                .containsEntry("c", Form.int32(1));
    }

    private static String seeing(String tasks) {
        return "{'name': 'g', 'inputs': {'cam': {'shape': [1,4,4,1], 'source': 'n1/cpu0', 'sensor': 'camera'}}, 'tasks': [%s], 'outputs': ['m']}"
                .formatted(tasks);
    }

    @Test
    void aFrameStaysOnItsBoardWhereANetworkAloneReadsItThere() {
        assertThat(check(spec(seeing(model("m", "see", "input:cam")))).forms())
                .containsOnly(Map.entry("m", Form.int8(1, 10)));
        assertThat(check(spec(seeing(segment("m", 0, 10, "input:cam")))).forms())
                .containsOnlyKeys("m");
        assertThat(check(spec(seeing(transform("m", "threshold", "input:cam")
                                .replace("'inputs'", "'parameters':{'atLeast':1},'inputs'"))))
                        .forms())
                .as("it makes nothing larger of the frame")
                .containsOnlyKeys("m");
    }

    @Test
    void whatIsLargerThanItsFrameIsNotMadeOnTheBoard() {
        assertThat(check(spec(seeing(transform("m", "argmax", "input:cam")))).forms())
                .as("four bytes of each")
                .containsOnlyKeys("frame:cam", "m");
    }

    @Test
    void aFrameThatOthersReadTooIsATaskOfItsOwn() {
        GraphCheck.Checked two =
                check(spec(seeing(model("m", "see", "input:cam") + "," + model("n", "see", "input:cam"))
                        .replace("['m']", "['m','n']")));
        assertThat(two.order()).extracting(GraphSpec.Task::id).containsExactly("frame:cam", "m", "n");
        assertThat(two.forms()).containsEntry("frame:cam", Form.int8(1, 4, 4, 1));
        assertThat(two.order().getLast().inputs()).containsExactly("task:frame:cam");
        invalid(
                "input:cam -> task:m: int8[7] comes, and model see takes int8[1,4,4,1]",
                seeing(model("m", "see", "input:cam") + "," + model("n", "see", "input:cam"))
                        .replace("[1,4,4,1]", "[7]")
                        .replace("['m']", "['m','n']"));
        invalid(
                "input:cam -> task:m: ",
                seeing(transform("m", "resize", "input:cam")
                                        .replace("'inputs'", "'parameters':{'height':9,'width':9},'inputs'")
                                + ","
                                + transform("n", "nms", "input:cam")
                                        .replace("'inputs'", "'parameters':{'topK':1},'inputs'"))
                        .replace("[1,4,4,1]", "[7]")
                        .replace("['m']", "['m','n']"));
    }

    @Test
    void anInputIsInOneOfThreePlaces() {
        String two =
                "{'name':'g','inputs':{'a':{'shape':[1],'data':'AA==','digest':'sha256:%s'}},'tasks':[%s],'outputs':['c']}"
                        .formatted("0".repeat(64), transform("c", "argmax", "input:a"));
        invalid("one of data, digest, and source with sensor", two);
        invalid("one of data, digest, and source with sensor", two.replace("'digest'", "'source'"));
        invalid("$.inputs.a.digest", two.replace("'data':'AA==',", "").replace("sha256:0", "md5:0"));
        invalid(
                "must have data in base64",
                two.replaceAll(",'digest':'[^']*'", "").replace("'data':'AA=='", "'type':'int8'"));
    }

    @Test
    void thePublishedSchemaNamesTheSameTransformsAndLimits() throws IOException {
        JsonNode schema = new ObjectMapper()
                .readTree(SharedData.projectRoot()
                        .resolve("docs/protocol/graph-job.schema.json")
                        .toFile());
        List<String> transforms = new ArrayList<>();
        schema.at("/$defs/transform/properties/transform/enum").forEach(name -> transforms.add(name.asText()));
        assertThat(transforms).containsExactlyInAnyOrderElementsOf(TransformReader.names());
        assertThat(schema.at("/properties/tasks/items/oneOf")).hasSize(3);
        assertThat(schema.at("/$defs/segment/required"))
                .extracting(JsonNode::asText)
                .contains("model", "version", "variant", "from", "to");
        assertThat(schema.at("/properties/tasks/maxItems").asInt()).isEqualTo(GraphSpecReader.TASKS_MAX);
        assertThat(schema.at("/properties/inputs/maxProperties").asInt()).isEqualTo(GraphSpecReader.INPUTS_MAX);
        assertThat(schema.at("/properties/outputs/maxItems").asInt()).isEqualTo(GraphSpecReader.OUTPUTS_MAX);
        assertThat(schema.at("/$defs/references/maxItems").asInt()).isEqualTo(GraphSpecReader.TASK_INPUTS_MAX);
        assertThat(schema.at("/properties/priority/maximum").asInt()).isEqualTo(GraphSpecReader.PRIORITY_MAX);
    }

    @Test
    void theLongestPathGivesStartsRanksAndTheBound() {
        GraphCheck.Checked checked = check(spec(graph(
                "'v','n'",
                model("m", "see", "input:a"),
                model("n", "see", "input:a"),
                transform("c", "argmax", "task:m"),
                transform("v", "vote", "task:c"))));
        CriticalPath path = CriticalPath.of(checked.order(), Map.of("m", 500L, "n", 700L, "c", 100L, "v", 10L));
        assertThat(path.micros()).isEqualTo(700);
        assertThat(path.rankMicros()).isEqualTo(Map.of("m", 610L, "n", 700L, "c", 110L, "v", 10L));
        assertThat(path.startMicros()).isEqualTo(Map.of("m", 0L, "n", 0L, "c", 500L, "v", 600L));
    }
}
