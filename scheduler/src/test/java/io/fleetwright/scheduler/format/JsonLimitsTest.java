package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.testkit.SeededCases;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is just within a limit is read, what is just beyond it is refused; and how JSON is written. */
class JsonLimitsTest {
    @Test
    void thirtyThreeArraysMayContainEachOther() throws Exception {
        JsonValue value = read("[".repeat(33) + "]".repeat(33));
        int depth = 0;
        while (!value.asArray("level").isEmpty()) {
            value = value.asArray("level").getFirst();
            depth++;
        }
        assertThat(depth).isEqualTo(JsonReader.DEPTH_MAX);
        assertThat(value.offset()).isEqualTo(32);
    }

    /** The value that stands too deep is the 34th: it has 33 around it. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "null", "\"a\"", "[", "{", "x", "]x"})
    void whatStandsInMoreThanThirtyTwoArraysIsRefused(String innermost) {
        assertRefused(
                "[".repeat(33) + innermost,
                innermost.startsWith("]") ? 34 : 33,
                innermost.startsWith("]") ? "expected ']', found byte 0x78" : "nested deeper than 32");
    }

    @Test
    void objectsCountAsArraysDo() throws Exception {
        String thirtyTwo = "{\"a\":[".repeat(16);
        assertThat(read(thirtyTwo + "7" + "]}".repeat(16)).offset()).isZero();
        assertRefused(thirtyTwo + "[7]" + "]}".repeat(16), 97, "nested deeper than 32");
        assertRefused(thirtyTwo + "{\"b\":7}" + "]}".repeat(16), 101, "nested deeper than 32");
    }

    @Test
    void manyShallowArraysAreNotDeep() throws Exception {
        assertThat(read("[" + "[[[]]],".repeat(5000) + "0]").asArray("all")).hasSize(5001);
    }

    @ParameterizedTest
    @CsvSource({"1", "9", "-1", "0.1", "1e1", "-0.5E-1"})
    void aNumberMayHaveSixtyFourCharacters(String number) throws Exception {
        int dot = number.indexOf('.');
        int place = dot < 0 ? number.startsWith("-") ? 1 : 0 : dot + 1;
        String padded = number.substring(0, place) + "1".repeat(64 - number.length()) + number.substring(place);
        assertThat(read(padded).asNumber("number")).isEqualTo(Double.parseDouble(padded));
        String longer = padded.substring(0, place) + "1" + padded.substring(place);
        assertRefused("[" + longer + "]", 1, "number longer than 64");
    }

    @Test
    void aStringMayBeAsLongAsTheDocument() throws Exception {
        String text = "é\n\"漢🚀".repeat(50_000);
        assertThat(read(JsonText.quoted(text)).asString("text")).isEqualTo(text);
    }

    @Test
    void aDocumentOfTheGreatestSizeIsReadAndOneByteMoreIsNot(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[JsonReader.BYTES_MAX];
        Arrays.fill(bytes, (byte) ' ');
        bytes[bytes.length - 1] = '7';
        JsonValue last = JsonReader.read(bytes);
        assertThat(last.asNumber("last")).isEqualTo(7);
        assertThat(last.offset()).isEqualTo(bytes.length - 1);
        Path file = folder.resolve("large.json");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(JsonReader.BYTES_MAX + 3L);
        }
        byte[] cut = JsonReader.bytesOf(file);
        assertThat(cut).hasSize(JsonReader.BYTES_MAX + 1);
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> JsonReader.read(cut));
        assertThat(failure).hasMessage("at byte 67108864: longer than 67108864 bytes");
        var trace = catchThrowableOfType(MalformedWorkloadException.class, () -> ArrivalCsv.read(cut));
        assertThat(trace).hasMessage("at byte 67108864: longer than 67108864 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "0,                     0",
        "-0.0,                  0",
        "1,                     1",
        "-17,                   -17",
        "0.5,                   0.5",
        "-2.25,                 -2.25",
        "123456789,             123456789",
        "999999999999999,       999999999999999",
        "1e15,                  1.0E15",
        "-1e15,                 -1.0E15",
        "1e-3,                  0.001",
        "1e-4,                  1.0E-4",
        "1.7976931348623157e308, 1.7976931348623157E308",
        "4.9e-324,              4.9E-324",
    })
    void aNumberIsWrittenAsBrieflyAsItIsExact(double value, String text) {
        assertThat(JsonText.number(value)).isEqualTo(text);
    }

    /** Bits at random are numbers of every size; a zero loses its sign. */
    @Test
    void everyFiniteNumberComesBackExactly() {
        SeededCases.forEach(1, 3000, (random, seed) -> {
            double value = seed % 3 == 0
                    ? random.nextLong(-5_000_000_000L, 5_000_000_000L)
                    : Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertThat(read(JsonText.number(value)).asNumber("number")).isEqualTo(value);
            }
        });
    }

    @Test
    void everyCharacterComesBackFromItsQuotedForm() throws Exception {
        for (int point = 0; point <= Character.MAX_CODE_POINT; point += point < 0x3000 ? 1 : 97) {
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                String text = "<" + Character.toString(point) + ">";
                assertThat(read(JsonText.quoted(text)).asString("text")).isEqualTo(text);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            abc       | "abc"
            ``        | ""
            a"b       | "a\\"b"
            \\        | "\\\\"
            \\n       | "\\\\n"
            /         | "/"
            'é漢🚀'   | "'é漢🚀'"
            a\u001fb  | "a\\u001fb"
            a\u007fb  | "a\u007fb"
            """)
    void onlyWhatMustBeIsEscaped(String text, String quoted) {
        assertThat(JsonText.quoted(text)).isEqualTo(quoted);
    }

    @Test
    void spacesThatEndALineAreEscapedByTheirNumber() {
        assertThat(JsonText.quoted("\n\r\t\b\f")).isEqualTo("\"\\u000a\\u000d\\u0009\\u0008\\u000c\"");
        assertThat(JsonText.quoted("\0\1\37 ")).isEqualTo("\"\\u0000\\u0001\\u001f \"");
    }

    /** Each way to take a value from its node names what was wanted, at the value's byte. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            object | [] {x} 1 "a" true null        | an object
            array  | {} "[]" 1 "a" false null      | an array
            string | {} [] 1 true null             | a string
            number | {} [] "1" true null           | a number
            amount | {} [] "1" false null          | a number
            int    | {} [] "1" true null           | a number
            """)
    void aValueOfAnotherKindIsRefusedByWhatItIsFor(String wanted, String values, String named) throws Exception {
        for (String value : values.replace("{x}", "[{}]").split(" ")) {
            JsonValue given = read("[ " + value + "]").asArray("all").getFirst();
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> take(given, wanted));
            assertThat(failure).hasMessage("at byte 2: the thing must be " + named);
        }
    }

    private static Object take(JsonValue value, String wanted) throws MalformedWorkloadException {
        return switch (wanted) {
            case "object" -> value.asObject("the thing");
            case "array" -> value.asArray("the thing");
            case "string" -> value.asString("the thing");
            case "number" -> value.asNumber("the thing");
            case "amount" -> value.asAmount("the thing", 1);
            default -> value.asInt("the thing", 0, 1);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "-3,      true",
        "-3.0,    true",
        "7,       true",
        "7e0,     true",
        "0.7e1,   true",
        "0,       true",
        "-0,      true",
        "-4,      false",
        "8,       false",
        "0.5,     false",
        "6.9999999, false",
        "1e300,   false",
        "-1e300,  false",
        "4294967296, false",
    })
    void aWholeNumberKeepsToItsRange(String text, boolean taken) throws Exception {
        JsonValue value = read(text);
        if (taken) {
            assertThat(value.asInt("x", -3, 7)).isEqualTo((int) Double.parseDouble(text));
        } else {
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> value.asInt("x", -3, 7));
            assertThat(failure)
                    .hasMessage("at byte 0: x (%s) must be a whole number from -3 to 7", Double.parseDouble(text));
        }
    }

    @ParameterizedTest
    @CsvSource({"0, true", "-0, true", "2.5, true", "2.50001, false", "-1e-300, false", "1e300, false"})
    void anAmountKeepsToItsRange(String text, boolean taken) throws Exception {
        JsonValue value = read(text);
        if (taken) {
            assertThat(value.asAmount("x", 2.5)).isEqualTo(Double.parseDouble(text));
        } else {
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> value.asAmount("x", 2.5));
            assertThat(failure).hasMessage("at byte 0: x (%s) must be 0 to 2.5", Double.parseDouble(text));
        }
    }

    private static JsonValue read(String text) throws MalformedWorkloadException {
        return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(String text, int offset, String reason) {
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> read(text));
        assertThat(failure).hasMessage("at byte %d: %s", offset, reason);
    }
}
