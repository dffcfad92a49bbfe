package io.fleetwright.controller.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Argmax;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.NonMaximumSuppression;
import io.fleetwright.runtime.transform.Normalise;
import io.fleetwright.runtime.transform.Resize;
import io.fleetwright.runtime.transform.Threshold;
import io.fleetwright.runtime.transform.Transform;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.Vote;
import io.fleetwright.runtime.transform.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads transforms and forms of values as callers write them: {@code {"transform":"resize","parameters":{"height":96,"width":96}}}. */
public final class TransformReader {
    private static final Pattern NAME = Pattern.compile("[a-z]{1,20}");
    private static final Pattern METHOD = Pattern.compile("nearest|bilinear");
    private static final Pattern TYPE = Pattern.compile("int8|int32");

    private static final Map<String, Set<String>> PARAMETERS = Map.of(
            "resize", Set.of("height", "width", "method"),
            "normalise", Set.of("offset", "multiplier", "divisor", "zeroPoint"),
            "window", Set.of("length", "hop"),
            "argmax", Set.of(),
            "nms", Set.of("iouPerMille", "topK", "scoreMin"),
            "threshold", Set.of("atLeast"),
            "vote", Set.of());
    private static final Map<String, Function<Fields, Transform>> TRANSFORMS = Map.of(
            "resize",
            f -> new Resize(
                    any(f, "height"),
                    any(f, "width"),
                    f.has("method") && f.text("method", METHOD).equals("nearest")
                            ? Resize.Method.NEAREST
                            : Resize.Method.BILINEAR),
            "normalise",
            f -> new Normalise(
                    any(f, "offset", 0), any(f, "multiplier", 1), any(f, "divisor", 1), any(f, "zeroPoint", 0)),
            "window",
            f -> new Window(any(f, "length"), any(f, "hop", 1)),
            "argmax",
            _ -> new Argmax(),
            "nms",
            f -> new NonMaximumSuppression(
                    any(f, "iouPerMille", 500), any(f, "topK"), any(f, "scoreMin", Integer.MIN_VALUE)),
            "threshold",
            f -> new Threshold(any(f, "atLeast")),
            "vote",
            _ -> new Vote());

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TransformReader() {}

    private static int any(Fields fields, String name) {
        return fields.number(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static int any(Fields fields, String name, int otherwise) {
        return fields.number(name, Integer.MIN_VALUE, Integer.MAX_VALUE, otherwise);
    }

    /** Names of all transforms. */
    static Set<String> names() {
        return TRANSFORMS.keySet();
    }

    /**
     * The transform of an object.
     *
     * @param owner what it is of, for refusals
     * @throws Refusal that names the field, when one is unknown, absent or out of range
     */
    static Transform transform(String owner, Fields fields) {
        String name = fields.text("transform", NAME);
        Function<Fields, Transform> maker = TRANSFORMS.get(name);
        if (maker == null) {
            throw Refusal.notFound("transform", "%s (%s)".formatted(name, owner));
        }
        Fields parameters = fields.has("parameters")
                ? fields.object("parameters")
                : new Fields(fields.path() + ".parameters", MAPPER.createObjectNode());
        parameters.requireOnly(PARAMETERS.getOrDefault(name, Set.of()));
        try {
            return maker.apply(parameters);
        } catch (IllegalArgumentException outOfRange) {
            throw Refusal.invalid("%s: %s".formatted(owner, outOfRange.getMessage()));
        }
    }

    /**
     * Transforms one after the other.
     *
     * @param name of the field that has them
     * @param array absent for none
     * @throws Refusal that names the field, when one is unknown, absent or out of range, or there are too many
     */
    public static TransformChain chain(String name, @Nullable JsonNode array) {
        if (array == null || array.isNull()) {
            return TransformChain.NONE;
        }
        if (!array.isArray() || array.size() > TransformChain.TRANSFORMS_MAX) {
            throw Refusal.invalid(
                    "%s must be an array of at most %d transforms".formatted(name, TransformChain.TRANSFORMS_MAX));
        }
        List<Transform> transforms = new ArrayList<>();
        for (JsonNode one : array) {
            String path = "%s[%d]".formatted(name, transforms.size());
            Fields fields = new Fields(path, one);
            fields.requireOnly(Set.of("transform", "parameters"));
            transforms.add(transform(path, fields));
        }
        return new TransformChain(transforms);
    }

    /**
     * A form, {@code {"type":"int8","shape":[240,320,3]}}; int8 where no type is named.
     *
     * @param name of the field that has it
     * @param object absent for none
     * @throws Refusal that names the field, when one is unknown, absent or out of range
     */
    public static @Nullable Form form(String name, @Nullable JsonNode object) {
        if (object == null || object.isNull()) {
            return null;
        }
        Fields fields = new Fields(name, object);
        fields.requireOnly(Set.of("type", "shape"));
        return form(name, fields);
    }

    /** The form that an object has beside other things. */
    static Form form(String owner, Fields fields) {
        try {
            return new Form(
                    fields.has("type") && fields.text("type", TYPE).equals("int32") ? Form.Type.INT32 : Form.Type.INT8,
                    fields.numbers("shape", 1, Form.DIMENSIONS_MAX));
        } catch (IllegalArgumentException outOfRange) {
            throw Refusal.invalid("%s: %s".formatted(owner, outOfRange.getMessage()));
        }
    }
}
