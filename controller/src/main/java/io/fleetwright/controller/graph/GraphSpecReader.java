package io.fleetwright.controller.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Transform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the specification of a job of several tasks, as {@code docs/protocol/graph-job.schema.json} has it. Each field by itself is
 * in range after it; what they say together is for {@link GraphCheck}.
 */
public final class GraphSpecReader {
    public static final int TASKS_MAX = 64;
    public static final int TASK_INPUTS_MAX = 16;
    public static final int INPUTS_MAX = 64;
    public static final int OUTPUTS_MAX = 16;
    /** All inputs together. */
    public static final int INPUT_BYTES_MAX = 8 << 20;

    static final int PRIORITY_MAX = 9;
    private static final int DEADLINE_MILLIS_DEFAULT = 10_000;
    private static final int DEADLINE_MILLIS_MAX = 600_000;
    private static final double ENERGY_MAX = 1e9;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");
    private static final Pattern REFERENCE =
            Pattern.compile("(input:[a-z0-9][a-z0-9-]{0,39}|task:[a-z0-9][a-z0-9-]{0,39}(\\.[0-9]{1,2})?)");
    private static final Pattern MODEL = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z.+-]{1,64}");
    private static final Pattern DEVICE = Pattern.compile("[a-z0-9-]{1,48}/[a-z0-9][a-z0-9.-]{0,63}");
    private static final int OPERATORS_MAX = 10_000;
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern SENSOR = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern VARIANT = Pattern.compile("[0-9A-Za-z.,:+-]{1,128}");
    private static final Pattern NODE = Pattern.compile("[a-z0-9-]{1,48}");
    private static final Pattern KIND = Pattern.compile("model|segment|transform");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private GraphSpecReader() {}

    /** @throws Refusal that names the field, when one is unknown, absent or out of range */
    public static GraphSpec read(JsonNode root) {
        Fields fields = new Fields("$", root);
        fields.requireOnly(Set.of(
                "name",
                "deadlineMs",
                "priority",
                "energyBudgetMj",
                "accuracyFloor",
                "attempts",
                "inputs",
                "tasks",
                "outputs",
                "notify"));
        return new GraphSpec(
                fields.text("name", NAME),
                Duration.ofMillis(fields.number("deadlineMs", 1, DEADLINE_MILLIS_MAX, DEADLINE_MILLIS_DEFAULT)),
                fields.number("priority", 0, PRIORITY_MAX, 0),
                fields.decimalOrNull("energyBudgetMj", 0, ENERGY_MAX),
                fields.decimalOrNull("accuracyFloor", 0, 1),
                root.has("attempts") ? fields.number("attempts", 1, Jobs.Bounds.ATTEMPTS_MAX) : null,
                inputs(fields.object("inputs")),
                tasks(fields.objects("tasks", 1, TASKS_MAX)),
                fields.texts("outputs", 1, OUTPUTS_MAX, NAME),
                fields.textOrNull("notify", NODE));
    }

    private static Map<String, GraphSpec.Input> inputs(Fields all) {
        if (all.node().size() > INPUTS_MAX) {
            throw Refusal.invalid("%s has %d inputs, at most %d"
                    .formatted(all.path(), all.node().size(), INPUTS_MAX));
        }
        Map<String, GraphSpec.Input> out = new LinkedHashMap<>();
        long bytes = 0;
        for (var names = all.node().fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!NAME.matcher(name).matches()) {
                throw Refusal.invalid(
                        "input (%s) must have a name like %s".formatted(Fields.clip(name), NAME.pattern()));
            }
            GraphSpec.Input input = input(name, all.object(name));
            bytes += input instanceof GraphSpec.Inline inline ? inline.bytes().length : 0;
            if (bytes > INPUT_BYTES_MAX) {
                throw Refusal.invalid("inputs have more than %d bytes in all".formatted(INPUT_BYTES_MAX));
            }
            out.put(name, input);
        }
        return out;
    }

    private static GraphSpec.Input input(String name, Fields fields) {
        fields.requireOnly(Set.of("type", "shape", "data", "digest", "source", "sensor"));
        Form form = TransformReader.form("input " + name, fields);
        long ways =
                List.of("data", "digest", "sensor").stream().filter(fields::has).count();
        if (ways > 1 || fields.has("source") != fields.has("sensor")) {
            throw Refusal.invalid("input %s must have one of data, digest, and source with sensor".formatted(name));
        }
        if (fields.has("digest")) {
            return new GraphSpec.Uploaded(form, fields.text("digest", DIGEST));
        }
        if (fields.has("sensor")) {
            return new GraphSpec.Sensed(form, fields.text("source", DEVICE), fields.text("sensor", SENSOR));
        }
        if (!fields.has("data") || !fields.node().get("data").isTextual()) {
            throw Refusal.invalid("input %s must have data in base64".formatted(name));
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(fields.node().get("data").textValue());
        } catch (IllegalArgumentException notBase64) {
            throw Refusal.invalid("input %s must have data in base64".formatted(name));
        }
        if (bytes.length != form.bytes()) {
            throw Refusal.invalid("input %s has %d bytes; %s has %d".formatted(name, bytes.length, form, form.bytes()));
        }
        return new GraphSpec.Inline(form, bytes);
    }

    private static List<GraphSpec.Task> tasks(List<Fields> all) {
        List<GraphSpec.Task> out = new ArrayList<>();
        for (Fields fields : all) {
            String id = fields.text("id", NAME);
            List<String> inputs = fields.texts("inputs", 1, TASK_INPUTS_MAX, REFERENCE);
            String kind = fields.text("kind", KIND);
            if (kind.equals("segment")) {
                fields.requireOnly(
                        Set.of("id", "kind", "model", "version", "variant", "from", "to", "device", "inputs"));
                out.add(new GraphSpec.SegmentTask(
                        id,
                        fields.text("model", MODEL),
                        fields.text("version", VERSION),
                        fields.text("variant", VARIANT),
                        fields.number("from", 0, OPERATORS_MAX),
                        fields.number("to", 1, OPERATORS_MAX),
                        fields.textOrNull("device", DEVICE),
                        inputs));
            } else if (kind.equals("model")) {
                fields.requireOnly(Set.of("id", "kind", "model", "version", "device", "inputs"));
                out.add(new GraphSpec.ModelTask(
                        id,
                        fields.text("model", MODEL),
                        fields.textOrNull("version", VERSION),
                        fields.textOrNull("device", DEVICE),
                        inputs));
            } else {
                fields.requireOnly(Set.of("id", "kind", "transform", "parameters", "inputs"));
                ObjectNode text = MAPPER.createObjectNode();
                text.set("transform", fields.node().get("transform"));
                if (fields.has("parameters")) {
                    text.set("parameters", fields.node().get("parameters"));
                }
                out.add(new GraphSpec.TransformTask(
                        id, TransformReader.transform("task " + id, fields), text.toString(), inputs));
            }
        }
        return out;
    }

    /** Reads a transform again from {@link GraphSpec.TransformTask#text}. */
    static Transform transform(String task, String text) {
        try {
            return TransformReader.transform("task " + task, new Fields(task, MAPPER.readTree(text)));
        } catch (com.fasterxml.jackson.core.JsonProcessingException damaged) {
            throw new IllegalStateException("the transform of task %s cannot be read".formatted(task), damaged);
        }
    }
}
