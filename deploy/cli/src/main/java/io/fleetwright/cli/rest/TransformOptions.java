package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Transforms as options have them, {@code resize:height=96,width=96}, and as the API has them. Which ones there are the controller knows. */
final class TransformOptions {
    private static final Pattern NAME = Pattern.compile("[a-z]{1,20}");
    private static final Pattern PARAMETER = Pattern.compile("[a-zA-Z]{1,40}=[a-z0-9-]{1,40}");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,10}");
    private static final Pattern SHAPE = Pattern.compile("[0-9]{1,9}(,[0-9]{1,9})*");

    private static final int VALUES_SHOWN = 8;

    private TransformOptions() {}

    /**
     * The transforms of an option, in their order; null when it was not given.
     *
     * @throws CommandFailure for wrong usage, naming the option and the text
     */
    static @Nullable ArrayNode array(String option, @Nullable List<String> texts) throws CommandFailure {
        if (texts == null) {
            return null;
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (String text : texts) {
            int colon = text.indexOf(':');
            String name = colon < 0 ? text : text.substring(0, colon);
            if (!NAME.matcher(name).matches()) {
                throw wrong(option, text);
            }
            ObjectNode transform = array.addObject().put("transform", name);
            ObjectNode parameters = transform.putObject("parameters");
            for (String one :
                    colon < 0 ? new String[0] : text.substring(colon + 1).split(",", -1)) {
                int equals = one.indexOf('=');
                String key = equals < 0 ? one : one.substring(0, equals);
                if (!PARAMETER.matcher(one).matches() || parameters.has(key)) {
                    throw wrong(option, text);
                }
                String value = one.substring(equals + 1);
                if (NUMBER.matcher(value).matches()) {
                    parameters.put(key, Long.parseLong(value));
                } else {
                    parameters.put(key, value);
                }
            }
        }
        return array;
    }

    private static CommandFailure wrong(String option, String text) {
        return new CommandFailure(
                "%s (%s) must be like resize:height=96,width=96".formatted(option, text), CommandFailure.WRONG_USAGE);
    }

    /**
     * Form of a sensor's frames; null when no shape was given.
     *
     * @param shape such as {@code 240,320,3}
     * @param type int8 or int32, absent for int8
     * @throws CommandFailure for wrong usage
     */
    static @Nullable ObjectNode frame(@Nullable String shape, @Nullable String type) throws CommandFailure {
        if (shape == null) {
            if (type != null) {
                throw new CommandFailure("--frame-type needs --frame-shape", CommandFailure.WRONG_USAGE);
            }
            return null;
        }
        if (!SHAPE.matcher(shape).matches()) {
            throw new CommandFailure(
                    "--frame-shape (%s) must be like 240,320,3".formatted(shape), CommandFailure.WRONG_USAGE);
        }
        ObjectNode frame = JsonNodeFactory.instance.objectNode().put("type", type == null ? "int8" : type);
        ArrayNode sizes = frame.putArray("shape");
        for (String size : shape.split(",", -1)) {
            sizes.add(Long.parseLong(size));
        }
        return frame;
    }

    /**
     * Puts what options say into the body of a request; nothing of what was not given.
     *
     * @throws CommandFailure for wrong usage, naming the option and the text
     */
    static void put(
            ObjectNode body,
            @Nullable String frameShape,
            @Nullable String frameType,
            @Nullable List<String> before,
            @Nullable List<String> after)
            throws CommandFailure {
        ObjectNode frame = frame(frameShape, frameType);
        ArrayNode front = array("--before", before);
        ArrayNode back = array("--after", after);
        if (frame != null) {
            body.set("frame", frame);
        }
        if (front != null) {
            body.set("before", front);
        }
        if (back != null) {
            body.set("after", back);
        }
    }

    /** What transforms of a job took, and what they made. */
    static void print(Connection connection, JsonNode job) {
        if (job.path("before").isArray()) {
            connection.line("before: %s of %s, %s"
                    .formatted(text(job.path("before")), form(job.path("frameForm")), took(job, "beforeMs")));
        }
        if (job.path("after").isArray()) {
            connection.line("after: %s, %s".formatted(text(job.path("after")), took(job, "afterMs")));
        }
        if (job.path("form").isObject() && job.path("output").isTextual()) {
            connection.line("answer %s: %s".formatted(form(job.path("form")), newestAnswer(job)));
        }
    }

    /** What ran before the job was accepted is no time of it. */
    private static String took(JsonNode job, String name) {
        return job.path(name).isNumber()
                ? Connection.decimal(job, name) + " ms on the board"
                : job.path("sensor").isTextual() || name.equals("afterMs") ? "not run yet" : "when it was submitted";
    }

    /** A form of the API, such as {@code int8[240,320,3]}. */
    static String form(JsonNode form) {
        return Connection.text(form, "type") + form.path("shape");
    }

    /** The values of an outcome, or of the last one of several, that transforms made, as many as are quick to read; a dash without any. */
    static String newestAnswer(JsonNode outcomes) {
        JsonNode newest = outcomes.isObject() ? outcomes : outcomes.path(outcomes.size() - 1);
        if (!newest.path("form").isObject() || !newest.path("output").isTextual()) {
            return "-";
        }
        ByteBuffer bytes = ByteBuffer.wrap(
                        Base64.getDecoder().decode(newest.path("output").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        boolean wide = Connection.text(newest.path("form"), "type").equals("int32");
        List<String> values = new ArrayList<>();
        while (values.size() < VALUES_SHOWN && bytes.remaining() >= (wide ? Integer.BYTES : 1)) {
            values.add(String.valueOf(wide ? bytes.getInt() : bytes.get()));
        }
        return String.join(",", values) + (bytes.hasRemaining() ? ",..." : "");
    }

    /** Transforms of the API, one after the other. */
    static String text(JsonNode transforms) {
        List<String> texts = new ArrayList<>();
        for (JsonNode one : transforms) {
            List<String> parameters = new ArrayList<>();
            one.path("parameters")
                    .properties()
                    .forEach(parameter -> parameters.add(
                            parameter.getKey() + "=" + parameter.getValue().asText()));
            texts.add(Connection.text(one, "transform")
                    + (parameters.isEmpty() ? "" : ":" + String.join(",", parameters)));
        }
        return String.join(" ", texts);
    }
}
