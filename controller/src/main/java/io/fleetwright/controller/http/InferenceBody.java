package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.http.InferenceResource.Request;
import io.fleetwright.controller.http.InferenceResource.Tensor;
import io.fleetwright.controller.http.InferenceResource.TensorParameters;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of an inference: JSON, and behind it what its tensor carries as bytes (the protocol's binary tensor data extension). A JSON
 * part of length 0 makes all of the body the input.
 *
 * @param request absent when there is no JSON
 * @param behind the bytes behind the JSON; absent when the header does not say where that ends, so that all is JSON
 */
record InferenceBody(@Nullable Request request, byte @Nullable [] behind) {
    /** Says how many bytes of the body are JSON; in a request and in an answer. */
    static final String HEADER = "Inference-Header-Content-Length";

    private static final int ELEMENTS_MAX = 8 * 1024 * 1024;
    private static final int DIGITS_MAX = 9;

    /**
     * Takes a body apart.
     *
     * @param jsonBytes value of {@link #HEADER}, absent when all is JSON
     * @throws WebApplicationException 400 when the JSON cannot be read
     * @throws Refusal when the header says something else than a part of the body
     */
    static InferenceBody read(ObjectMapper mapper, @Nullable String jsonBytes, byte[] body) {
        if (jsonBytes == null) {
            return new InferenceBody(body.length == 0 ? null : request(mapper, body), null);
        }
        boolean number = jsonBytes.length() <= DIGITS_MAX && jsonBytes.matches("[0-9]+");
        int length = number ? Integer.parseInt(jsonBytes) : -1;
        if (length < 0 || length > body.length) {
            throw Refusal.invalid("%s (%s) must be 0 to the %d bytes of the body"
                    .formatted(HEADER, jsonBytes.substring(0, Math.min(40, jsonBytes.length())), body.length));
        }
        byte[] behind = Arrays.copyOfRange(body, length, body.length);
        return new InferenceBody(length == 0 ? null : request(mapper, Arrays.copyOf(body, length)), behind);
    }

    private static Request request(ObjectMapper mapper, byte[] json) {
        try {
            return mapper.readerFor(Request.class)
                    .without(
                            DeserializationFeature
                                    .FAIL_ON_UNKNOWN_PROPERTIES) // The protocol has more than is used here.
                    .readValue(json);
        } catch (IOException malformed) {
            // Of several kinds: bytes may be no text already.
            throw new WebApplicationException("the JSON is malformed", malformed, Response.Status.BAD_REQUEST);
        }
    }

    /** True when the answer shall carry the output as bytes: the tensor's own word first, then that for all. */
    boolean wantsBytes() {
        if (request == null) {
            return false;
        }
        List<Tensor> outputs = request.outputs();
        TensorParameters own =
                outputs == null || outputs.isEmpty() ? null : outputs.getFirst().parameters();
        Boolean all = request.parameters() == null ? null : request.parameters().binaryOutput();
        return Boolean.TRUE.equals(own == null || own.binary() == null ? all : own.binary());
    }

    /**
     * The input.
     *
     * @throws Refusal that names what is wrong with it
     */
    byte[] input() {
        if (request == null) {
            if (behind == null || behind.length == 0) {
                throw Refusal.invalid("inputs must hold one tensor");
            }
            return behind;
        }
        List<Tensor> inputs = request.inputs();
        if (inputs == null || inputs.size() != 1) {
            throw Refusal.invalid("inputs must hold one tensor");
        }
        Tensor tensor = inputs.getFirst();
        if (!"INT8".equals(tensor.datatype())) {
            throw Refusal.invalid("datatype (%s) must be INT8".formatted(tensor.datatype()));
        }
        int elements = elements(tensor.shape());
        Long binary = tensor.parameters() == null ? null : tensor.parameters().binarySize();
        if (binary == null) {
            if (behind != null && behind.length > 0) {
                throw Refusal.invalid(
                        "%d bytes follow the JSON, and no tensor has a binary_data_size".formatted(behind.length));
            }
            return numbers(tensor.data(), elements, tensor.shape());
        }
        if (tensor.data() != null || behind == null) {
            throw Refusal.invalid(
                    behind == null
                            ? "a tensor has a binary_data_size, and the header %s is missing".formatted(HEADER)
                            : "a tensor has either data or a binary_data_size");
        }
        if (binary != behind.length || binary != elements) {
            throw Refusal.invalid("binary_data_size is %d; %d bytes follow the JSON, and shape %s has %d elements"
                    .formatted(binary, behind.length, tensor.shape(), elements));
        }
        return behind;
    }

    /** Refuses an input beside a sensor, which gives it. */
    void requireNoInput() {
        List<Tensor> inputs = request == null ? null : request.inputs();
        if (inputs != null && !inputs.isEmpty() || behind != null && behind.length > 0) {
            throw Refusal.invalid("a request has either inputs or a sensor");
        }
    }

    private static int elements(@Nullable List<Long> shape) {
        if (shape == null || shape.isEmpty()) {
            throw Refusal.invalid("the input tensor must have shape and data");
        }
        long elements = 1;
        for (Long size : shape) {
            if (size == null || size < 1 || size > ELEMENTS_MAX || elements * size > ELEMENTS_MAX) {
                throw Refusal.invalid("shape %s must have 1 to %d elements".formatted(shape, ELEMENTS_MAX));
            }
            elements *= size;
        }
        return (int) elements;
    }

    /** Nested as deep as the caller likes, row by row. */
    private static byte[] numbers(@Nullable JsonNode data, int elements, @Nullable List<Long> shape) {
        if (data == null || !data.isArray()) {
            throw Refusal.invalid("the input tensor must have shape and data");
        }
        byte[] bytes = new byte[elements];
        int filled = 0;
        ArrayDeque<Iterator<JsonNode>> open = new ArrayDeque<>();
        open.push(data.elements());
        while (!open.isEmpty()) {
            if (!open.element().hasNext()) {
                open.pop();
                continue;
            }
            JsonNode next = open.element().next();
            if (next.isArray()) {
                open.push(next.elements());
            } else if (next.isIntegralNumber() && next.asLong() >= Byte.MIN_VALUE && next.asLong() <= Byte.MAX_VALUE) {
                if (filled == bytes.length) {
                    throw Refusal.invalid("data has more than the %d elements of its shape".formatted(elements));
                }
                bytes[filled++] = (byte) next.asInt();
            } else {
                throw Refusal.invalid("data[%d] (%s) must be a whole number from -128 to 127".formatted(filled, next));
            }
        }
        if (filled != bytes.length) {
            throw Refusal.invalid("data has %d elements, its shape %s has %d".formatted(filled, shape, elements));
        }
        return bytes;
    }
}
