package io.fleetwright.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Labelled images that no network was trained on, as evaluation set and as inference requests. */
final class Glyphs {
    /** Images that variants are measured on. */
    static final int EVALUATION_IMAGES = 1000;

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int PIXEL_MAX = 255;

    private final Samples images;
    private final AtomicLong next = new AtomicLong();
    private final double scale;
    private final int zeroPoint;

    /** A request and the class that its image shows. */
    record Question(ObjectNode request, int label) {}

    /**
     * @param seed of the images to ask about
     * @param input the network's input as the controller describes it: {@code scale} and {@code zeroPoint}
     */
    Glyphs(long seed, JsonNode input) {
        this.images = GlyphDataSet.test(seed);
        this.scale = input.path("scale").asDouble(1.0 / PIXEL_MAX);
        this.zeroPoint = input.path("zeroPoint").asInt(Byte.MIN_VALUE);
        // What the evaluation set of the same seed holds is left out.
        next.set(EVALUATION_IMAGES);
    }

    /** The evaluation set of a seed in the form that the controller takes. */
    static byte[] evaluationSet(long seed) {
        return EvaluationSetCodec.encode(GlyphDataSet.test(seed).evaluationSet(EVALUATION_IMAGES));
    }

    /**
     * The next image as a request; safe to call from any thread.
     *
     * @param device {@code node/device}, or null to let the scheduler choose
     */
    Question next(@Nullable String device) {
        long index = next.getAndIncrement();
        byte[] pixels = new byte[GlyphDataSet.BYTES_PER_IMAGE];
        images.draw(index, pixels, 0);
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        ObjectNode tensor = request.putArray("inputs").addObject();
        tensor.put("name", "input").put("datatype", "INT8");
        tensor.putArray("shape")
                .add(1)
                .add(GlyphDataSet.SIDE)
                .add(GlyphDataSet.SIDE)
                .add(1);
        ArrayNode data = tensor.putArray("data");
        for (byte pixel : pixels) {
            long quantized = Math.round((pixel & 0xFF) / (double) PIXEL_MAX / scale) + zeroPoint;
            data.add(Math.clamp(quantized, Byte.MIN_VALUE, Byte.MAX_VALUE));
        }
        ObjectNode parameters = request.putObject("parameters").put("deadline_ms", DEADLINE.toMillis());
        if (device != null) {
            parameters.put("device", device);
        }
        return new Question(request, images.label(index));
    }

    /** The class that an answer names: the largest output. */
    static int answeredClass(JsonNode answer) {
        JsonNode data = answer.path("outputs").path(0).path("data");
        int best = 0;
        for (int i = 1; i < data.size(); i++) {
            if (data.path(i).asInt() > data.path(best).asInt()) {
                best = i;
            }
        }
        return best;
    }
}
