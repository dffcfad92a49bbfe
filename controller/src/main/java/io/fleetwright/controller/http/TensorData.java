package io.fleetwright.controller.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fleetwright.controller.core.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a tensor in JSON, nested as deep as the caller likes, row by row: kept as numbers, since a tree of them would be many
 * times as large, and stay for as long as the inference takes.
 */
@JsonDeserialize(using = TensorData.Reader.class)
final class TensorData {
    private static final int COUNT_FIRST = 256;
    private static final int SHOWN_CHARS_MAX = 40;

    private final boolean array;
    private int[] numbers = new int[COUNT_FIRST];
    private int count;
    /** What follows the numbers and is none; absent when all are. */
    private @Nullable String wrong;

    private TensorData(boolean array) {
        this.array = array;
    }

    private void add(int number) {
        if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, count + (count >> 1));
        }
        numbers[count++] = number;
    }

    /**
     * As they go to a device.
     *
     * @param elements so many there must be
     * @param shape that says so
     * @param width bytes of each: 1, or 4, which are little-endian
     * @throws Refusal when it is something else than so many numbers of that width
     */
    byte[] bytes(int elements, @Nullable List<Long> shape, int width) {
        if (!array) {
            throw Refusal.invalid("the input tensor must have shape and data");
        }
        boolean wide = width > 1;
        int min = wide ? Integer.MIN_VALUE : Byte.MIN_VALUE;
        int max = wide ? Integer.MAX_VALUE : Byte.MAX_VALUE;
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.min(count, elements) * width).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int number = numbers[i];
            if (number < min || number > max) {
                throw notWhole(i, Integer.toString(number), min, max);
            }
            if (i == elements) {
                throw Refusal.invalid("data has more than the %d elements of its shape".formatted(elements));
            }
            var _ = wide ? bytes.putInt(number) : bytes.put((byte) number);
        }
        if (wrong != null) {
            throw notWhole(count, wrong, min, max);
        }
        if (count != elements) {
            throw Refusal.invalid("data has %d elements, its shape %s has %d".formatted(count, shape, elements));
        }
        return bytes.array();
    }

    private static Refusal notWhole(int index, String shown, int min, int max) {
        return Refusal.invalid("data[%d] (%s) must be a whole number from %d to %d".formatted(index, shown, min, max));
    }

    /** Reads it without a tree. */
    static final class Reader extends JsonDeserializer<TensorData> {
        @Override
        public TensorData deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (!in.isExpectedStartArrayToken()) {
                in.skipChildren();
                return new TensorData(false);
            }
            TensorData data = new TensorData(true);
            int depth = 1;
            while (depth > 0) {
                JsonToken token = in.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    depth++;
                } else if (token == JsonToken.END_ARRAY) {
                    depth--;
                } else if (data.wrong != null) {
                    in.skipChildren(); // What comes behind something wrong is not looked at.
                } else if (token == JsonToken.VALUE_NUMBER_INT && in.getNumberType() == JsonParser.NumberType.INT) {
                    data.add(in.getIntValue());
                } else {
                    data.wrong = shown(in, token);
                    in.skipChildren();
                }
            }
            return data;
        }

        private static String shown(JsonParser in, JsonToken token) throws IOException {
            if (token == JsonToken.START_OBJECT) {
                return "an object";
            }
            String text = in.getText();
            return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "...";
        }
    }
}
