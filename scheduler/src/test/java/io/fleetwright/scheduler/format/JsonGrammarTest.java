package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.format.JsonValue.JsonArray;
import io.fleetwright.scheduler.format.JsonValue.JsonBoolean;
import io.fleetwright.scheduler.format.JsonValue.JsonNull;
import io.fleetwright.scheduler.format.JsonValue.JsonNumber;
import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.format.JsonValue.JsonString;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The reader against a grammar that makes documents, and against a second parser that shares nothing with it. */
class JsonGrammarTest {
    private static final List<String> PIECES = List.of(
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "0", "1", "9", "-", "+", ".", "e",
            "E", "true", "false", "null", " ", "\n", "\t", "\u0001", "a", "\"a\"", "\"a\":", "é", "/", "\u00a0",
            "\u2028");

    @Test
    void everySpellingOfAValueIsReadAsThatValue() {
        SeededCases.forEach(1, 800, (random, _) -> {
            var style = new JsonStyle(random);
            Object value = style.value(4);
            assertThat(plain(JsonReader.read(style.bytes(value)))).isEqualTo(comparable(value));
        });
    }

    @Test
    void twoSpellingsOfOneValueAreReadAlike() {
        SeededCases.forEach(1, 300, (random, _) -> {
            Object value = new JsonStyle(random).value(5);
            assertThat(plain(JsonReader.read(new JsonStyle(random.split()).bytes(value))))
                    .isEqualTo(plain(JsonReader.read(new JsonStyle(random.split()).bytes(value))));
        });
    }

    @Test
    void eachValueKnowsTheByteAtWhichItStarts() {
        SeededCases.forEach(1, 300, (random, _) -> {
            var style = new JsonStyle(random);
            String document = style.document(style.value(4));
            assertSame(document, NaiveJson.parse(document), JsonReader.read(utf8(document)));
        });
    }

    private static void assertSame(String document, NaiveJson.Node expected, JsonValue value) {
        assertThat(value.offset()).isEqualTo(utf8(document.substring(0, expected.start())).length);
        List<JsonValue> items = switch (value) {
            case JsonArray array -> array.items();
            case JsonObject object -> {
                assertThat(object.members().keySet()).containsExactlyElementsOf(expected.names());
                yield List.copyOf(object.members().values());
            }
            case JsonString string -> {
                assertThat(string.text()).isEqualTo(expected.text());
                yield List.of();
            }
            case JsonNumber number -> {
                assertThat(number.value()).isEqualTo(Double.parseDouble(expected.text()));
                yield List.of();
            }
            case JsonBoolean bool -> {
                assertThat(String.valueOf(bool.value())).isEqualTo(expected.text());
                yield List.of();
            }
            case JsonNull _ -> {
                assertThat(expected.kind()).isEqualTo(NaiveJson.Kind.NULL);
                yield List.of();
            }
        };
        assertThat(items).hasSameSizeAs(expected.items());
        for (int i = 0; i < items.size(); i++) {
            assertSame(document, expected.items().get(i), items.get(i));
        }
    }

    /** Most of these are no JSON; what matters is that both parsers draw the line at the same place. */
    @Test
    void whatIsJsonIsDecidedAsTheSecondParserDoes() {
        var taken = new AtomicInteger();
        SeededCases.forEach(1, 10_000, (random, _) -> {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(1, 7); i > 0; i--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            taken.addAndGet(assertSameVerdict(text.toString()));
        });
        assertThat(taken.get()).isBetween(250, 5000);
    }

    @Test
    void aChangedDocumentIsTakenOrRefusedAsTheSecondParserDoes() {
        var taken = new AtomicInteger();
        SeededCases.forEach(1, 2000, (random, _) -> {
            var style = new JsonStyle(random);
            StringBuilder text = new StringBuilder(style.document(style.value(3)));
            for (int i = random.nextInt(1, 3); i > 0; i--) {
                int at = random.nextInt(text.length() + 1);
                int until = Math.min(text.length(), at + random.nextInt(3));
                text.replace(at, until, random.nextInt(3) == 0 ? "" : PIECES.get(random.nextInt(PIECES.size())));
            }
            taken.addAndGet(assertSameVerdict(whole(text.toString())));
        });
        assertThat(taken.get()).isBetween(200, 1800);
    }

    private static int assertSameVerdict(String text) {
        boolean expected = NaiveJson.accepts(text);
        try {
            JsonValue value = JsonReader.read(utf8(text));
            assertThat(expected).as("<%s> is no JSON", text).isTrue();
            assertSame(text, NaiveJson.parse(text), value);
            return 1;
        } catch (MalformedWorkloadException refused) {
            assertThat(expected).as("<%s> is JSON", text).isFalse();
            assertThat(refused.offset()).isBetween(0, utf8(text).length);
            return 0;
        }
    }

    /** What comes after the place at which a document goes wrong changes nothing. */
    @Test
    void aFaultIsFoundWhereItIsWhateverFollows() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            var style = new JsonStyle(random);
            String document = style.document(List.of(style.value(3), style.value(3)));
            byte[] broken = utf8(document);
            int at = random.nextInt(utf8(document.stripTrailing()).length);
            if (broken[at] < 0) {
                return;
            }
            byte[] cut = Arrays.copyOf(broken, at);
            broken[at] = 0x01;
            assertThat(offset(broken)).isEqualTo(at);
            assertThat(offset(cut)).isEqualTo(at);
        });
    }

    @Test
    void aValueMayStandAnywhereThatAValueMay() {
        SeededCases.forEach(1, 300, (random, _) -> {
            var style = new JsonStyle(random);
            Object value = style.value(3);
            Map<String, Object> members = JsonStyle.members("before", 1, "value", value, "after", List.of(value));
            assertThat(plain(JsonReader.read(style.bytes(List.of(members, value)))))
                    .isEqualTo(comparable(List.of(members, value)));
        });
    }

    @Test
    void theKindOfAValueIsToldByItsFirstCharacter() throws Exception {
        Map<String, Class<? extends JsonValue>> kinds = Map.of(
                "{}",
                JsonObject.class,
                "[]",
                JsonArray.class,
                "\"\"",
                JsonString.class,
                "-1",
                JsonNumber.class,
                "0",
                JsonNumber.class,
                "true",
                JsonBoolean.class,
                "false",
                JsonBoolean.class,
                "null",
                JsonNull.class);
        for (Map.Entry<String, Class<? extends JsonValue>> kind : kinds.entrySet()) {
            assertThat(JsonReader.read(utf8(kind.getKey()))).isInstanceOf(kind.getValue());
        }
    }

    /** Java's own values, so that they compare by meaning. */
    private static Object plain(JsonValue value) {
        return switch (value) {
            case JsonObject object -> {
                Map<String, Object> members = new LinkedHashMap<>();
                object.members().forEach((name, member) -> members.put(name, plain(member)));
                yield members;
            }
            case JsonArray array ->
                array.items().stream().map(JsonGrammarTest::plain).toList();
            case JsonString string -> string.text();
            case JsonNumber number -> number.value();
            case JsonBoolean bool -> bool.value();
            case JsonNull _ -> JsonStyle.NULL;
        };
    }

    private static Object comparable(Object value) {
        return switch (value) {
            case Map<?, ?> members -> {
                Map<String, Object> all = new LinkedHashMap<>();
                members.forEach((name, member) -> all.put((String) name, comparable(member)));
                yield all;
            }
            case List<?> items -> {
                List<Object> all = new ArrayList<>();
                items.forEach(item -> all.add(comparable(item)));
                yield all;
            }
            case Integer number -> number.doubleValue();
            default -> value;
        };
    }

    /** Without the halves of characters that an edit may have left. */
    private static String whole(String text) {
        return text.codePoints()
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static int offset(byte[] bytes) {
        try {
            JsonReader.read(bytes);
            throw new AssertionError("taken: " + new String(bytes, StandardCharsets.UTF_8));
        } catch (MalformedWorkloadException refused) {
            return refused.offset();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
