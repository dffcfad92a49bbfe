package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.http.InferenceResource.Request;
import io.fleetwright.controller.http.InferenceResource.Tensor;
import io.fleetwright.controller.http.InferenceResource.TensorParameters;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Arrays;
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
     * @throws Refusal when the header says something else than a part of the body, or a tensor is null
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

    private static @Nullable Request request(ObjectMapper mapper, byte[] json) {
        try {
            Request request = mapper.readValue(json, Request.class);
            if (request != null) {
                var _ = RolloutResource.orEmpty("inputs", request.inputs());
                var _ = RolloutResource.orEmpty("outputs", request.outputs());
            }
            return request;
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
     * @param wide it has numbers of four bytes, which are little-endian in what comes back
     * @throws Refusal that names what is wrong with it
     */
    byte[] input(boolean wide) {
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
        String type = wide ? "INT32" : "INT8";
        if (!type.equals(tensor.datatype())) {
            throw Refusal.invalid("datatype (%s) must be %s".formatted(tensor.datatype(), type));
        }
        int width = wide ? Integer.BYTES : 1;
        int elements = elements(tensor.shape(), ELEMENTS_MAX / width);
        Long binary = tensor.parameters() == null ? null : tensor.parameters().binarySize();
        if (binary == null) {
            if (behind != null && behind.length > 0) {
                throw Refusal.invalid(
                        "%d bytes follow the JSON, and no tensor has a binary_data_size".formatted(behind.length));
            }
            if (tensor.data() == null) {
                throw Refusal.invalid("the input tensor must have shape and data");
            }
            return tensor.data().bytes(elements, tensor.shape(), width);
        }
        if (tensor.data() != null || behind == null) {
            throw Refusal.invalid(
                    behind == null
                            ? "a tensor has a binary_data_size, and the header %s is missing".formatted(HEADER)
                            : "a tensor has either data or a binary_data_size");
        }
        if (binary != behind.length || binary != (long) elements * width) {
            throw Refusal.invalid("binary_data_size is %d; %d bytes follow the JSON, and shape %s has %d elements%s"
                    .formatted(binary, behind.length, tensor.shape(), elements, wide ? " of 4 bytes" : ""));
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

    private static int elements(@Nullable List<Long> shape, int max) {
        if (shape == null || shape.isEmpty()) {
            throw Refusal.invalid("the input tensor must have shape and data");
        }
        long elements = 1;
        for (Long size : shape) {
            if (size == null || size < 1 || size > max || elements * size > max) {
                throw Refusal.invalid("shape %s must have 1 to %d elements".formatted(shape, max));
            }
            elements *= size;
        }
        return (int) elements;
    }
}
