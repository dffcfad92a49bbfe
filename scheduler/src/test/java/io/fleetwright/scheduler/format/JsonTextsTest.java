package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.scheduler.format.JsonValue.JsonArray;
import io.fleetwright.scheduler.format.JsonValue.JsonBoolean;
import io.fleetwright.scheduler.format.JsonValue.JsonNull;
import io.fleetwright.scheduler.format.JsonValue.JsonNumber;
import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.format.JsonValue.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Texts written by hand, one rule of RFC 8259 each. Where white space matters it is written as U+2420 (space), U+2409
 * (tab), U+240A (line feed), U+240D (carriage return), U+240B (vertical tab), U+240C
 * (form feed) or U+2400 (zero).
 */
class JsonTextsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # whole numbers
            0                     | 0.0
            -0                    | -0.0
            1                     | 1.0
            -1                    | -1.0
            10                    | 10.0
            1234567890            | 1.23456789E9
            9007199254740992      | 9.007199254740992E15
            9007199254740993      | 9.007199254740992E15
            18446744073709551616  | 1.8446744073709552E19
            # fractions
            0.0                   | 0.0
            -0.0                  | -0.0
            0.5                   | 0.5
            -0.5                  | -0.5
            1.25                  | 1.25
            10.010                | 10.01
            0.1                   | 0.1
            0.30000000000000004   | 0.30000000000000004
            3.141592653589793238462643383279 | 3.141592653589793
            # exponents
            1e0                   | 1.0
            1E0                   | 1.0
            1e1                   | 10.0
            1e+1                  | 10.0
            1e-1                  | 0.1
            1E+2                  | 100.0
            1E-2                  | 0.01
            1e00                  | 1.0
            1e007                 | 1.0E7
            1e-0                  | 1.0
            0e5                   | 0.0
            0e999                 | 0.0
            0.0e-999              | 0.0
            -0e1                  | -0.0
            12.5e3                | 12500.0
            -12.5E-3              | -0.0125
            1.7976931348623157e308| 1.7976931348623157E308
            4.9e-324              | 4.9E-324
            2.2250738585072014e-308 | 2.2250738585072014E-308
            1e-400                | 0.0
            -1e-400               | -0.0
            # words
            true                  | true
            false                 | false
            null                  | null
            # strings
            ""                    | ''
            "a"                   | 'a'
            " "                   | '\\u0020'
            "a b"                 | 'a\\u0020b'
            "\\""                 | '"'
            "\\\\"                | '\\u005c'
            "\\/"                 | '/'
            "/"                   | '/'
            "\\b\\f\\n\\r\\t"     | '\\u0008\\u000c\\u000a\\u000d\\u0009'
            "\\u0000"             | '\\u0000'
            "\\u001f"             | '\\u001f'
            "\\u0041"             | 'A'
            "\\u00e9"             | '\\u00e9'
            "\\u00E9"             | '\\u00e9'
            "\\uABCD"             | '\\uabcd'
            "\\uabcd"             | '\\uabcd'
            "\\uFFFF"             | '\\uffff'
            "\\uFEFF"             | '\\ufeff'
            "\\uD7FF\\uE000"      | '\\ud7ff\\ue000'
            "\\ud83d\\ude80"      | '\\ud83d\\ude80'
            "\\uD83D\\uDE80!"     | '\\ud83d\\ude80!'
            "\\udbff\\udfff"      | '\\udbff\\udfff'
            "\\ud800\\udc00"      | '\\ud800\\udc00'
            "🚀"                  | '\\ud83d\\ude80'
            "é漢"                 | '\\u00e9\\u6f22'
            "\\u00e9é"            | '\\u00e9\\u00e9'
            "\\\\u0041"           | '\\u005cu0041'
            "\\\\\\\\"            | '\\u005c\\u005c'
            "\\u005C\\u0022"      | '\\u005c"'
            "\\u2028\\u2029"      | '\\u2028\\u2029'
            "// no comment"       | '//\\u0020no\\u0020comment'
            "{[,]}:null"          | '{[,]}:null'
            "\\u0065\\u0301"      | 'e\\u0301'
            # arrays
            []                    | []
            [␠]                   | []
            [1]                   | [1.0]
            [1,2]                 | [1.0,2.0]
            [1␠,␠2]               | [1.0,2.0]
            [[]]                  | [[]]
            [[],[]]               | [[],[]]
            [[[1],2],3]           | [[[1.0],2.0],3.0]
            [null]                | [null]
            [null,null,1]         | [null,null,1.0]
            [true,false]          | [true,false]
            ["a","a"]             | ['a','a']
            [{},[],"",0,null]     | [{},[],'',0.0,null]
            [-0,-1e-1]            | [-0.0,-0.1]
            # objects
            {}                    | {}
            {␊}                   | {}
            {"":0}                | {''=0.0}
            {"a":1}               | {'a'=1.0}
            {"a":1,"b":2}         | {'a'=1.0,'b'=2.0}
            {"b":2,"a":1}         | {'b'=2.0,'a'=1.0}
            {"a":{"a":{"a":{}}}}  | {'a'={'a'={'a'={}}}}
            {"a":[{"a":1},{"a":2}]} | {'a'=[{'a'=1.0},{'a'=2.0}]}
            {"a":null}            | {'a'=null}
            {"\\u0061":1}         | {'a'=1.0}
            {"a":1,"A":2}         | {'a'=1.0,'A'=2.0}
            {"e\\u0301":1,"é":2}  | {'e\\u0301'=1.0,'\\u00e9'=2.0}
            {"a␠":1,"a":2}        | {'a\\u0020'=1.0,'a'=2.0}
            {"null":null,"true":true} | {'null'=null,'true'=true}
            {"__proto__":{}}      | {'__proto__'={}}
            # white space
            ␠1                    | 1.0
            1␠                    | 1.0
            ␠␉␊␍1␍␊␉␠             | 1.0
            [␊1␊,␊2␊]␊            | [1.0,2.0]
            {␉"a"␉:␉1␉}           | {'a'=1.0}
            ␍␊{␍␊"a":␍␊[]␍␊}␍␊    | {'a'=[]}
            """)
    void aTextOfTheGrammarIsRead(String text, String meaning) throws Exception {
        assertThat(shown(JsonReader.read(bytes(text)))).isEqualTo(meaning);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # numbers
            -a                  | 1  | expected a value or a digit, found byte 0x61
            --1                 | 1  | expected a value or a digit, found byte 0x2d
            -01                 | 2  | expected the end, found byte 0x31
            00                  | 1  | expected the end, found byte 0x30
            [012]               | 2  | expected ']', found byte 0x31
            [-]                 | 2  | expected a value or a digit, found byte 0x5d
            [1.]                | 3  | expected a value or a digit, found byte 0x5d
            [.1]                | 1  | expected a value or a digit, found byte 0x2e
            [1.e1]              | 3  | expected a value or a digit, found byte 0x65
            [1e]                | 3  | expected a value or a digit, found byte 0x5d
            [1e+]               | 4  | expected a value or a digit, found byte 0x5d
            [1e+-1]             | 4  | expected a value or a digit, found byte 0x2d
            [1e1.5]             | 4  | expected ']', found byte 0x2e
            [1.2.3]             | 4  | expected ']', found byte 0x2e
            [1ee2]              | 3  | expected a value or a digit, found byte 0x65
            [1,000]             | 4  | expected ']', found byte 0x30
            [1_000]             | 2  | expected ']', found byte 0x5f
            [1␠000]             | 3  | expected ']', found byte 0x30
            [0xff]              | 2  | expected ']', found byte 0x78
            [0b1]               | 2  | expected ']', found byte 0x62
            [1f]                | 2  | expected ']', found byte 0x66
            [1L]                | 2  | expected ']', found byte 0x4c
            [1n]                | 2  | expected ']', found byte 0x6e
            [½]                 | 1  | expected a value or a digit, found byte 0xc2
            [１]                | 1  | expected a value or a digit, found byte 0xef
            [٣]                 | 1  | expected a value or a digit, found byte 0xd9
            [NaN]               | 1  | expected a value or a digit, found byte 0x4e
            [-NaN]              | 2  | expected a value or a digit, found byte 0x4e
            [-Infinity]         | 2  | expected a value or a digit, found byte 0x49
            [inf]               | 1  | expected a value or a digit, found byte 0x69
            [1e309]             | 1  | number is out of range
            [0,-1e9999]         | 3  | number is out of range
            1.7976931348623159e308 | 0 | number is out of range
            [$1]                | 1  | expected a value or a digit, found byte 0x24
            # words
            t                   | 1  | expected 'r', found the end
            nul                 | 3  | expected 'l', found the end
            nulL                | 3  | expected 'l', found byte 0x4c
            nil                 | 1  | expected 'u', found byte 0x69
            fals                | 4  | expected 'e', found the end
            FALSE               | 0  | expected a value or a digit, found byte 0x46
            NULL                | 0  | expected a value or a digit, found byte 0x4e
            truefalse           | 4  | expected the end, found byte 0x66
            nullnull            | 4  | expected the end, found byte 0x6e
            undefined           | 0  | expected a value or a digit, found byte 0x75
            None                | 0  | expected a value or a digit, found byte 0x4e
            yes                 | 0  | expected a value or a digit, found byte 0x79
            # strings
            "                   | 1  | expected the rest of a string, found the end
            "a                  | 2  | expected the rest of a string, found the end
            "\\"                | 3  | expected the rest of a string, found the end
            "\\                 | 2  | expected an escape, found the end
            "a␉b"               | 2  | expected the rest of a string, found byte 0x09
            "a␊b"               | 2  | expected the rest of a string, found byte 0x0a
            "a␍b"               | 2  | expected the rest of a string, found byte 0x0d
            "a␀b"               | 2  | expected the rest of a string, found byte 0x00
            "é␉"                | 3  | expected the rest of a string, found byte 0x09
            'a'                 | 0  | expected a value or a digit, found byte 0x27
            “a”                 | 0  | expected a value or a digit, found byte 0xe2
            "\\a"               | 2  | expected an escape, found byte 0x61
            "\\0"               | 2  | expected an escape, found byte 0x30
            "\\x41"             | 2  | expected an escape, found byte 0x78
            "\\U0041"           | 2  | expected an escape, found byte 0x55
            "\\'"               | 2  | expected an escape, found byte 0x27
            "\\␊"               | 2  | expected an escape, found byte 0x0a
            "\\é"               | 2  | expected an escape, found byte 0xc3
            "\\u"               | 3  | expected four hexadecimal digits, found byte 0x22
            "\\u1"              | 4  | expected four hexadecimal digits, found byte 0x22
            "\\u004"            | 6  | expected four hexadecimal digits, found byte 0x22
            "\\u004g"           | 6  | expected four hexadecimal digits, found byte 0x67
            "\\u+041"           | 3  | expected four hexadecimal digits, found byte 0x2b
            "\\u{41}"           | 3  | expected four hexadecimal digits, found byte 0x7b
            "\\u00␠1"           | 5  | expected four hexadecimal digits, found byte 0x20
            "\\u00e             | 6  | expected four hexadecimal digits, found the end
            "\\u００41"         | 3  | expected four hexadecimal digits, found byte 0xef
            "\\ud800"           | 0  | string has half of a surrogate pair
            "\\udfff"           | 0  | string has half of a surrogate pair
            "\\ude80\\ud83d"    | 0  | string has half of a surrogate pair
            "\\ud83d\\ud83d\\ude80" | 0 | string has half of a surrogate pair
            "\\ud83dx\\ude80"   | 0  | string has half of a surrogate pair
            "\\ud83d\\n"        | 0  | string has half of a surrogate pair
            [1,"\\udbff"]       | 3  | string has half of a surrogate pair
            {"\\ud83d":1}       | 1  | string has half of a surrogate pair
            # arrays
            [                   | 1  | expected a value or a digit, found the end
            [[]                 | 3  | expected ']', found the end
            []]                 | 2  | expected the end, found byte 0x5d
            ]                   | 0  | expected a value or a digit, found byte 0x5d
            [,]                 | 1  | expected a value or a digit, found byte 0x2c
            [1,,2]              | 3  | expected a value or a digit, found byte 0x2c
            [1,                 | 3  | expected a value or a digit, found the end
            [1;2]               | 2  | expected ']', found byte 0x3b
            [1:2]               | 2  | expected ']', found byte 0x3a
            [1}                 | 2  | expected ']', found byte 0x7d
            ["a""b"]            | 4  | expected ']', found byte 0x22
            [1]2                | 3  | expected the end, found byte 0x32
            [a]                 | 1  | expected a value or a digit, found byte 0x61
            (1)                 | 0  | expected a value or a digit, found byte 0x28
            # objects
            {                   | 1  | expected a member name, found the end
            }                   | 0  | expected a value or a digit, found byte 0x7d
            {}}                 | 2  | expected the end, found byte 0x7d
            {,}                 | 1  | expected a member name, found byte 0x2c
            {a:1}               | 1  | expected a member name, found byte 0x61
            {null:1}            | 1  | expected a member name, found byte 0x6e
            {[]:1}              | 1  | expected a member name, found byte 0x5b
            {"a"}               | 4  | expected ':', found byte 0x7d
            {"a"                | 4  | expected ':', found the end
            {"a":               | 5  | expected a value or a digit, found the end
            {"a":}              | 5  | expected a value or a digit, found byte 0x7d
            {"a"=1}             | 4  | expected ':', found byte 0x3d
            {"a"::1}            | 5  | expected a value or a digit, found byte 0x3a
            {"a":1              | 6  | expected '}', found the end
            {"a":1]             | 6  | expected '}', found byte 0x5d
            {"a":1;"b":2}       | 6  | expected '}', found byte 0x3b
            {"a":1,,"b":2}      | 7  | expected a member name, found byte 0x2c
            {"a":1,b:2}         | 7  | expected a member name, found byte 0x62
            {"a":1,             | 7  | expected a member name, found the end
            {"a","b"}           | 4  | expected ':', found byte 0x2c
            {"a":1}{}           | 7  | expected the end, found byte 0x7b
            {"a":1,"a":1}       | 7  | member 'a' is repeated
            {"a":1,"\\u0061":2} | 7  | member 'a' is repeated
            {"":1,␠"":2}        | 7  | member '' is repeated
            {"a":1,"b":2,"a":null} | 13 | member 'a' is repeated
            {"x":{"a":1,"a":1}} | 12 | member 'a' is repeated
            {"é":1,"é":2}       | 8  | member 'é' is repeated
            # around the value
            /**/1               | 0  | expected a value or a digit, found byte 0x2f
            1/**/               | 1  | expected the end, found byte 0x2f
            1//                 | 1  | expected the end, found byte 0x2f
            #1                  | 0  | expected a value or a digit, found byte 0x23
            1,                  | 1  | expected the end, found byte 0x2c
            1␠2                 | 2  | expected the end, found byte 0x32
            1␀                  | 1  | expected the end, found byte 0x00
            ␀1                  | 0  | expected a value or a digit, found byte 0x00
            ␠                   | 1  | expected a value or a digit, found the end
            ␊␊                  | 2  | expected a value or a digit, found the end
            \ufeff1             | 0  | expected a value or a digit, found byte 0xef
            \u00a01             | 0  | expected a value or a digit, found byte 0xc2
            1\u2028             | 1  | expected the end, found byte 0xe2
            [␋1]           | 1  | expected a value or a digit, found byte 0x0b
            [1␌]           | 2  | expected ']', found byte 0x0c
            <a/>                | 0  | expected a value or a digit, found byte 0x3c
            a,b                 | 0  | expected a value or a digit, found byte 0x61
            """)
    void aTextOutsideTheGrammarIsRefusedAtItsByte(String text, int offset, String reason) {
        assertRefused(bytes(text), offset, reason);
    }

    /** The bytes of a string in hexadecimal, without its quotation marks; the run that is wrong begins at an offset. */
    @ParameterizedTest
    @CsvSource({
        "80,            1", // a continuation alone
        "bf,            1",
        "6180,          1",
        "c3,            1", // the first of two bytes alone
        "c328,          1",
        "e282,          1", // two of three
        "e28228,        1",
        "f09f9a,        1", // three of four
        "c080,          1", // zero, longer than it need be
        "c1bf,          1",
        "e08080,        1",
        "e09fbf,        1",
        "f0808080,      1",
        "f08fbfbf,      1",
        "eda080,        1", // U+D800
        "edbfbf,        1", // U+DFFF
        "eda0bdedba80,  1", // a surrogate pair as two characters
        "f4908080,      1", // U+110000
        "f5808080,      1",
        "f8888080 80,   1",
        "fe,            1",
        "ff,            1",
        "c3a980,        1",
        "5c6e80,        3", // after an escape
        "615c7480,      4",
    })
    void aStringThatIsNotUtf8IsRefusedAtItsRun(String hexadecimal, int offset) {
        byte[] inside = HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
        byte[] text = new byte[inside.length + 2];
        System.arraycopy(inside, 0, text, 1, inside.length);
        text[0] = '"';
        text[text.length - 1] = '"';
        assertRefused(text, offset, "string is not UTF-8");
    }

    /** The least and the greatest character of each length in UTF-8. */
    @ParameterizedTest
    @CsvSource({
        "7f,       7f",
        "c280,     80",
        "dfbf,     7ff",
        "e0a080,   800",
        "ed9fbf,   d7ff",
        "ee8080,   e000",
        "efbfbd,   fffd",
        "efbfbf,   ffff",
        "f0908080, 10000",
        "f48fbfbf, 10ffff",
    })
    void aCharacterOfEachLengthIsRead(String hexadecimal, String point) throws Exception {
        byte[] text = HexFormat.of().parseHex("22" + hexadecimal + "22");
        assertThat(JsonReader.read(text).asString("text").codePoints().toArray())
                .containsExactly(Integer.parseInt(point, 16));
    }

    private static void assertRefused(byte[] text, int offset, String reason) {
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> JsonReader.read(text));
        assertThat(failure).hasMessage("at byte %d: %s", offset, reason);
        assertThat(failure.offset()).isEqualTo(offset);
    }

    private static byte[] bytes(String text) {
        return text.replace('␠', ' ')
                .replace('␉', '\t')
                .replace('␊', '\n')
                .replace('␍', '\r')
                .replace('␋', '\013')
                .replace('␌', '\f')
                .replace('␀', '\0')
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String shown(JsonValue value) {
        return switch (value) {
            case JsonObject object ->
                object.members().entrySet().stream()
                        .map(member -> shown(member.getKey()) + "=" + shown(member.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case JsonArray array ->
                array.items().stream().map(JsonTextsTest::shown).collect(Collectors.joining(",", "[", "]"));
            case JsonString string -> shown(string.text());
            case JsonNumber number -> String.valueOf(number.value());
            case JsonBoolean bool -> String.valueOf(bool.value());
            case JsonNull _ -> "null";
        };
    }

    private static String shown(String text) {
        return text.chars()
                .mapToObj(unit -> unit > ' ' && unit < 0x7f && unit != '\\'
                        ? String.valueOf((char) unit)
                        : "\\u%04x".formatted(unit))
                .collect(Collectors.joining("", "'", "'"));
    }
}
