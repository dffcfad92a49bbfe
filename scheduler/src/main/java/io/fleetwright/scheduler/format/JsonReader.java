package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.format.JsonValue.JsonArray;
import io.fleetwright.scheduler.format.JsonValue.JsonBoolean;
import io.fleetwright.scheduler.format.JsonValue.JsonNull;
import io.fleetwright.scheduler.format.JsonValue.JsonNumber;
import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.format.JsonValue.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Strict JSON (RFC 8259) in UTF-8 with limits: input size, nesting depth, number length. A repeated member name is an
 * error, so that no two readers can disagree about a file.
 */
final class JsonReader {
    static final int BYTES_MAX = 64 << 20;
    static final int DEPTH_MAX = 32;
    static final int NUMBER_LENGTH_MAX = 64;

    private static final int END = -1;

    private final byte[] bytes;
    private int position;

    private JsonReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The content of {@code file}, cut where it is too long to be read as JSON. */
    static byte[] bytesOf(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(BYTES_MAX + 1);
        }
    }

    static JsonValue read(byte[] bytes) throws MalformedWorkloadException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedWorkloadException(BYTES_MAX, "longer than %d bytes".formatted(BYTES_MAX));
        }
        var reader = new JsonReader(bytes);
        reader.skipSpace();
        JsonValue value = reader.value(0);
        reader.skipSpace();
        if (reader.peek() != END) {
            throw reader.unexpected("the end");
        }
        return value;
    }

    private JsonValue value(int depth) throws MalformedWorkloadException {
        if (depth > DEPTH_MAX) {
            throw new MalformedWorkloadException(position, "nested deeper than %d".formatted(DEPTH_MAX));
        }
        int start = position;
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> new JsonString(start, string());
            case 't' -> word("true", new JsonBoolean(start, true));
            case 'f' -> word("false", new JsonBoolean(start, false));
            case 'n' -> word("null", new JsonNull(start));
            default -> number();
        };
    }

    private JsonObject object(int depth) throws MalformedWorkloadException {
        int start = position++;
        Map<String, JsonValue> members = new LinkedHashMap<>();
        skipSpace();
        if (peek() == '}') {
            position++;
            return new JsonObject(start, members);
        }
        while (true) {
            int nameAt = position;
            if (peek() != '"') {
                throw unexpected("a member name");
            }
            String name = string();
            skipSpace();
            expect(':');
            skipSpace();
            if (members.put(name, value(depth + 1)) != null) {
                throw new MalformedWorkloadException(nameAt, "member '%s' is repeated".formatted(name));
            }
            skipSpace();
            if (peek() != ',') {
                expect('}');
                return new JsonObject(start, members);
            }
            position++;
            skipSpace();
        }
    }

    private JsonArray array(int depth) throws MalformedWorkloadException {
        int start = position++;
        List<JsonValue> items = new ArrayList<>();
        skipSpace();
        if (peek() == ']') {
            position++;
            return new JsonArray(start, items);
        }
        while (true) {
            items.add(value(depth + 1));
            skipSpace();
            if (peek() != ',') {
                expect(']');
                return new JsonArray(start, items);
            }
            position++;
            skipSpace();
        }
    }

    private String string() throws MalformedWorkloadException {
        int start = position++;
        StringBuilder text = new StringBuilder();
        while (true) {
            int runStart = position;
            while (peek() >= 0x20 && peek() != '"' && peek() != '\\') {
                position++;
            }
            text.append(decode(runStart, position));
            switch (peek()) {
                case '"' -> {
                    position++;
                    if (hasLoneSurrogate(text)) {
                        throw new MalformedWorkloadException(start, "string has half of a surrogate pair");
                    }
                    return text.toString();
                }
                case '\\' -> {
                    position++;
                    text.append(escape());
                }
                default -> throw unexpected("the rest of a string");
            }
        }
    }

    private String decode(int from, int until) throws MalformedWorkloadException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, until - from))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedWorkloadException(from, "string is not UTF-8");
        }
    }

    private char escape() throws MalformedWorkloadException {
        int escaped = peek();
        char plain = switch (escaped) {
            case '"', '\\', '/' -> (char) escaped;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> 'u';
            default -> throw unexpected("an escape");
        };
        position++;
        if (escaped != 'u') {
            return plain;
        }
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = peek() < 0x80 ? Character.digit(peek(), 16) : -1;
            if (digit < 0) {
                throw unexpected("four hexadecimal digits");
            }
            code = code << 4 | digit;
            position++;
        }
        return (char) code;
    }

    private static boolean hasLoneSurrogate(CharSequence text) {
        return text.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    private JsonNumber number() throws MalformedWorkloadException {
        int start = position;
        if (peek() == '-') {
            position++;
        }
        if (peek() == '0') {
            position++;
        } else {
            digits();
        }
        if (peek() == '.') {
            position++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            position++;
            if (peek() == '+' || peek() == '-') {
                position++;
            }
            digits();
        }
        if (position - start > NUMBER_LENGTH_MAX) {
            throw new MalformedWorkloadException(start, "number longer than %d".formatted(NUMBER_LENGTH_MAX));
        }
        double value = Double.parseDouble(new String(bytes, start, position - start, StandardCharsets.US_ASCII));
        if (Double.isInfinite(value)) {
            throw new MalformedWorkloadException(start, "number is out of range");
        }
        return new JsonNumber(start, value);
    }

    private void digits() throws MalformedWorkloadException {
        if (!isDigit(peek())) {
            throw unexpected("a value or a digit");
        }
        while (isDigit(peek())) {
            position++;
        }
    }

    private static boolean isDigit(int next) {
        return next >= '0' && next <= '9';
    }

    private JsonValue word(String word, JsonValue value) throws MalformedWorkloadException {
        for (int i = 0; i < word.length(); i++) {
            expect(word.charAt(i));
        }
        return value;
    }

    private void expect(char wanted) throws MalformedWorkloadException {
        if (peek() != wanted) {
            throw unexpected("'" + wanted + "'");
        }
        position++;
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            position++;
        }
    }

    private int peek() {
        return position < bytes.length ? bytes[position] & 0xff : END;
    }

    private MalformedWorkloadException unexpected(String wanted) {
        String found = peek() == END ? "the end" : "byte 0x%02x".formatted(peek());
        return new MalformedWorkloadException(position, "expected %s, found %s".formatted(wanted, found));
    }
}
