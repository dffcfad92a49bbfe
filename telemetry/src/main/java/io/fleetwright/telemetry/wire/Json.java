package io.fleetwright.telemetry.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Bounded JSON for state documents: an object tree with typed getters that name the field when it is wrong.
 *
 * <p>Unknown fields are ignored, so that a newer peer may say more.
 */
public final class Json {
    private static final int DEPTH_MAX = 16;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(Limits.MESSAGE_BYTES_MAX)
                    .maxNumberLength(32)
                    .maxNameLength(128)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonWriteFeature.QUOTE_FIELD_NAMES)
            .build();

    private Json() {}

    /** What writes one document. */
    @FunctionalInterface
    public interface Body {
        void write(Writer writer) throws IOException;
    }

    /** Fields of an object in the order written; absent values are left out. */
    public static final class Writer {
        private final JsonGenerator generator;

        private Writer(JsonGenerator generator) {
            this.generator = generator;
        }

        public Writer field(String name, @Nullable String value) throws IOException {
            if (value != null) {
                generator.writeStringField(name, value);
            }
            return this;
        }

        public Writer field(String name, long value) throws IOException {
            generator.writeNumberField(name, value);
            return this;
        }

        public Writer field(String name, double value) throws IOException {
            generator.writeNumberField(name, value);
            return this;
        }

        public Writer field(String name, @Nullable Long value) throws IOException {
            return value == null ? this : field(name, value.longValue());
        }

        public Writer field(String name, @Nullable Double value) throws IOException {
            return value == null ? this : field(name, value.doubleValue());
        }

        public Writer field(String name, boolean value) throws IOException {
            generator.writeBooleanField(name, value);
            return this;
        }

        public Writer bytes(String name, byte @Nullable [] value) throws IOException {
            return value == null ? this : field(name, Base64.getEncoder().encodeToString(value));
        }

        public Writer strings(String name, List<String> values) throws IOException {
            generator.writeArrayFieldStart(name);
            for (String value : values) {
                generator.writeString(value);
            }
            generator.writeEndArray();
            return this;
        }

        /** As {@link #strings}; none are left out. */
        public Writer texts(String name, List<String> values) throws IOException {
            return values.isEmpty() ? this : strings(name, values);
        }

        public Writer numbers(String name, List<? extends Number> values) throws IOException {
            generator.writeArrayFieldStart(name);
            for (Number value : values) {
                generator.writeNumber(value.longValue());
            }
            generator.writeEndArray();
            return this;
        }

        /** An array of objects. */
        public <T> Writer objects(String name, List<T> values, ItemBody<T> body) throws IOException {
            generator.writeArrayFieldStart(name);
            for (T value : values) {
                generator.writeStartObject();
                body.write(this, value);
                generator.writeEndObject();
            }
            generator.writeEndArray();
            return this;
        }

        /** An object, or nothing when it is absent. */
        public <T> Writer object(String name, @Nullable T value, ItemBody<T> body) throws IOException {
            if (value != null) {
                generator.writeObjectFieldStart(name);
                body.write(this, value);
                generator.writeEndObject();
            }
            return this;
        }

        /** An array of two-element arrays of whole numbers. */
        public Writer pairs(String name, List<long[]> pairs) throws IOException {
            generator.writeArrayFieldStart(name);
            for (long[] pair : pairs) {
                generator.writeArray(pair, 0, 2);
            }
            generator.writeEndArray();
            return this;
        }
    }

    /** Whether a document is an object whose first field has that name; says nothing of the rest. */
    static boolean begins(byte[] bytes, String name) {
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            return parser.nextToken() == JsonToken.START_OBJECT && name.equals(parser.nextFieldName());
        } catch (IOException malformed) {
            return false;
        }
    }

    /** What writes one element of an array of objects. */
    @FunctionalInterface
    public interface ItemBody<T> {
        void write(Writer writer, T item) throws IOException;
    }

    /** Writes one object. */
    public static byte[] write(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
            generator.writeStartObject();
            body.write(new Writer(generator));
            generator.writeEndObject();
        } catch (IOException impossible) {
            throw new IllegalStateException("writing JSON into memory failed", impossible);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads one object.
     *
     * @param bytesMax more bytes than this are refused before anything is parsed
     * @throws MalformedMessageException for anything but one well-formed object within the bounds
     */
    public static Node read(byte[] bytes, int bytesMax) throws MalformedMessageException {
        if (bytes.length > bytesMax) {
            throw new MalformedMessageException("%d bytes, at most %d".formatted(bytes.length, bytesMax));
        }
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedMessageException("$ must be an object");
            }
            Map<String, Object> root = readTree(parser);
            if (parser.nextToken() != null) {
                throw new MalformedMessageException("bytes after the document");
            }
            return new Node("$", root);
        } catch (IOException malformed) {
            throw new MalformedMessageException("not JSON: " + clip(String.valueOf(malformed.getMessage())));
        }
    }

    private static Map<String, Object> readTree(JsonParser parser) throws IOException {
        Map<String, Object> root = new LinkedHashMap<>();
        ArrayDeque<Object> open = new ArrayDeque<>();
        open.push(root);
        while (!open.isEmpty()) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw new IOException("document ends early");
            }
            switch (token) {
                case END_OBJECT, END_ARRAY -> open.pop();
                case START_OBJECT -> open.push(attach(open, parser, new LinkedHashMap<String, Object>()));
                case START_ARRAY -> open.push(attach(open, parser, new ArrayList<Object>()));
                case VALUE_STRING -> attach(open, parser, storable(parser.getText()));
                case VALUE_NUMBER_INT -> attach(open, parser, parser.getLongValue());
                case VALUE_NUMBER_FLOAT -> attach(open, parser, parser.getDoubleValue());
                case VALUE_TRUE -> attach(open, parser, Boolean.TRUE);
                case VALUE_FALSE -> attach(open, parser, Boolean.FALSE);
                case VALUE_NULL, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> {
                    // A null is the same as an absent field; names are read with their values.
                }
            }
        }
        return root;
    }

    /** Text that every database and file can hold: no NUL, and no half of a surrogate pair. */
    private static String storable(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == 0) {
                throw new IOException("text with a NUL character");
            }
            if (Character.isHighSurrogate(unit)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(unit)) {
                throw new IOException("text with half a surrogate pair");
            }
        }
        return text;
    }

    @SuppressWarnings("unchecked")
    private static <T> T attach(ArrayDeque<Object> open, JsonParser parser, T value) throws IOException {
        Object parent = open.element();
        if (parent instanceof Map<?, ?> map) {
            ((Map<String, Object>) map).put(parser.currentName(), value);
        } else {
            ((List<Object>) parent).add(value);
        }
        return value;
    }

    private static String clip(String text) {
        String line = text.lines().findFirst().orElse("");
        return line.length() <= 160 ? line : line.substring(0, 160) + "...";
    }

    /** One object of a document with the path to it. */
    public static final class Node {
        private final String path;
        private final Map<String, Object> fields;

        private Node(String path, Map<String, Object> fields) {
            this.path = path;
            this.fields = fields;
        }

        private MalformedMessageException wrong(String name, String expected) {
            Object value = fields.get(name);
            return new MalformedMessageException("%s.%s (%s) must be %s"
                    .formatted(path, name, value == null ? "absent" : clip(value.toString()), expected));
        }

        public boolean has(String name) {
            return fields.containsKey(name);
        }

        /** Names of the fields, in the document's order. */
        public List<String> names() {
            return List.copyOf(fields.keySet());
        }

        /** Refuses any other field, where an unknown one would be a mistake rather than news. */
        public void requireOnly(Set<String> names) throws MalformedMessageException {
            for (String name : fields.keySet()) {
                if (!names.contains(name)) {
                    throw new MalformedMessageException("%s.%s is unknown".formatted(path, clip(name)));
                }
            }
        }

        /** Text of at most {@link Limits#TEXT_CHARS_MAX} characters. */
        public String text(String name) throws MalformedMessageException {
            if (fields.get(name) instanceof String text && text.length() <= Limits.TEXT_CHARS_MAX) {
                return text;
            }
            throw wrong(name, "text of at most %d characters".formatted(Limits.TEXT_CHARS_MAX));
        }

        /** Text of at most {@code charsMax} characters, for what is longer than a name or a reason. */
        public String longText(String name, int charsMax) throws MalformedMessageException {
            if (fields.get(name) instanceof String text && text.length() <= charsMax) {
                return text;
            }
            throw wrong(name, "text of at most %d characters".formatted(charsMax));
        }

        public @Nullable String textOrNull(String name) throws MalformedMessageException {
            return has(name) ? text(name) : null;
        }

        /** Text that matches {@code form} as a whole. */
        public String text(String name, Pattern form) throws MalformedMessageException {
            String text = text(name);
            if (!form.matcher(text).matches()) {
                throw wrong(name, "text like " + form.pattern());
            }
            return text;
        }

        /** One of an enum's names in lower case. */
        public <E extends Enum<E>> E oneOf(String name, Class<E> type) throws MalformedMessageException {
            String text = text(name);
            for (E constant : type.getEnumConstants()) {
                if (wireName(constant).equals(text)) {
                    return constant;
                }
            }
            List<String> names = new ArrayList<>();
            for (E constant : type.getEnumConstants()) {
                names.add(wireName(constant));
            }
            throw wrong(name, "one of " + names);
        }

        /** A whole number within {@code [min, max]}. */
        public long number(String name, long min, long max) throws MalformedMessageException {
            if (fields.get(name) instanceof Long number && number >= min && number <= max) {
                return number;
            }
            throw wrong(name, "a whole number from %d to %d".formatted(min, max));
        }

        public @Nullable Long numberOrNull(String name, long min, long max) throws MalformedMessageException {
            return has(name) ? (Long) number(name, min, max) : null;
        }

        /** A finite number. */
        public double decimal(String name) throws MalformedMessageException {
            Object value = fields.get(name);
            if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
                return number.doubleValue();
            }
            throw wrong(name, "a finite number");
        }

        public @Nullable Double decimalOrNull(String name) throws MalformedMessageException {
            return has(name) ? (Double) decimal(name) : null;
        }

        public boolean flag(String name) throws MalformedMessageException {
            if (fields.get(name) instanceof Boolean flag) {
                return flag;
            }
            throw wrong(name, "true or false");
        }

        /** Base64 of at most {@code bytesMax} bytes. */
        public byte[] bytes(String name, int bytesMax) throws MalformedMessageException {
            if (fields.get(name) instanceof String text && text.length() <= (bytesMax + 2L) / 3 * 4) {
                try {
                    byte[] bytes = Base64.getDecoder().decode(text);
                    if (bytes.length <= bytesMax) {
                        return bytes;
                    }
                } catch (IllegalArgumentException notBase64) {
                    throw wrong(name, "base64");
                }
            }
            throw wrong(name, "base64 of at most %d bytes".formatted(bytesMax));
        }

        public byte @Nullable [] bytesOrNull(String name, int bytesMax) throws MalformedMessageException {
            return has(name) ? bytes(name, bytesMax) : null;
        }

        public List<String> strings(String name, int countMax) throws MalformedMessageException {
            List<String> out = new ArrayList<>();
            for (Object item : array(name, countMax)) {
                if (!(item instanceof String text) || text.length() > Limits.TEXT_CHARS_MAX) {
                    throw wrong(name, "an array of short texts");
                }
                out.add(text);
            }
            return out;
        }

        /** An array of whole numbers within {@code [min, max]}. */
        public List<Long> numbers(String name, int countMax, long min, long max) throws MalformedMessageException {
            List<Long> out = new ArrayList<>();
            for (Object item : array(name, countMax)) {
                if (!(item instanceof Long number) || number < min || number > max) {
                    throw wrong(name, "an array of whole numbers from %d to %d".formatted(min, max));
                }
                out.add(number);
            }
            return out;
        }

        /** An object; one without fields when it is absent. */
        @SuppressWarnings("unchecked")
        public Node object(String name) throws MalformedMessageException {
            if (!has(name)) {
                return new Node(path + "." + name, Map.of());
            }
            if (fields.get(name) instanceof Map<?, ?> map) {
                return new Node(path + "." + name, (Map<String, Object>) map);
            }
            throw wrong(name, "an object");
        }

        /** Objects of an array, each read by {@code reader}. */
        @SuppressWarnings("unchecked")
        public <T> List<T> objects(String name, int countMax, ItemReader<T> reader) throws MalformedMessageException {
            List<?> items = array(name, countMax);
            List<T> out = new ArrayList<>(items.size());
            for (int i = 0; i < items.size(); i++) {
                if (!(items.get(i) instanceof Map<?, ?> map)) {
                    throw wrong(name, "an array of objects");
                }
                out.add(reader.read(new Node("%s.%s[%d]".formatted(path, name, i), (Map<String, Object>) map)));
            }
            return out;
        }

        /** Two-element arrays of whole numbers from 0 up. */
        public List<long[]> pairs(String name, int countMax) throws MalformedMessageException {
            List<long[]> out = new ArrayList<>();
            for (Object item : array(name, countMax)) {
                if (item instanceof List<?> pair
                        && pair.size() == 2
                        && pair.get(0) instanceof Long first
                        && pair.get(1) instanceof Long last
                        && first >= 0
                        && last >= first) {
                    out.add(new long[] {first, last});
                } else {
                    throw wrong(name, "an array of [first, last] with 0 <= first <= last");
                }
            }
            return out;
        }

        private List<?> array(String name, int countMax) throws MalformedMessageException {
            if (fields.get(name) instanceof List<?> list && list.size() <= countMax) {
                return list;
            }
            throw wrong(name, "an array of at most %d".formatted(countMax));
        }

        @Override
        public String toString() {
            return path;
        }
    }

    /** Reads one element of an array of objects. */
    @FunctionalInterface
    public interface ItemReader<T> {
        T read(Node node) throws MalformedMessageException;
    }

    /** An enum constant as it stands on the wire: lower case, dashes for underscores. */
    public static String wireName(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
