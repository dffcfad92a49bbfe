package io.fleetwright.scheduler.format;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Writes values as JSON in any of the ways there are: members in any order, white space anywhere, each character and
 * number in each of its spellings. A map is an object, a list an array; {@link #NULL} is null.
 */
final class JsonStyle {
    static final Object NULL = new Object();
    private static final List<String> SPACES = List.of("", "", "", " ", "\n", "\t", "\r\n", "  ");
    private static final String SHORT_ESCAPES = "\"\\/\b\f\n\r\t";

    /** An object that may have members which its reader does not know. */
    record Open(Map<String, Object> members) {}

    private final SplittableRandom random;

    JsonStyle(SplittableRandom random) {
        this.random = random;
    }

    /** Names and values in turn; of an object whose reader knows some of its members. */
    static Open open(Object... namesAndValues) {
        return new Open(members(namesAndValues));
    }

    static Map<String, Object> members(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return members;
    }

    byte[] bytes(Object value) {
        return document(value).getBytes(StandardCharsets.UTF_8);
    }

    String document(Object value) {
        return space() + text(value) + space();
    }

    private String text(Object value) {
        return switch (value) {
            case Open(Map<String, Object> members) -> object(withStrangers(members));
            case Map<?, ?> members -> object(members);
            case List<?> items ->
                items.stream()
                        .map(item -> space() + text(item) + space())
                        .collect(Collectors.joining(",", "[" + space(), "]"));
            case String string -> string(string);
            case Integer number -> number(number);
            case Double number -> number(number);
            case Boolean bool -> bool.toString();
            default -> "null";
        };
    }

    private Map<String, Object> withStrangers(Map<String, Object> members) {
        Map<String, Object> all = new LinkedHashMap<>(members);
        for (int i = random.nextInt(3); i > 0; i--) {
            all.put("x-" + i, value(2));
        }
        return all;
    }

    private String object(Map<?, ?> members) {
        List<String> parts = new ArrayList<>();
        members.forEach((name, value) ->
                parts.add(space() + string((String) name) + space() + ":" + space() + text(value) + space()));
        Collections.shuffle(parts, new Random(random.nextLong()));
        return parts.stream().collect(Collectors.joining(",", "{" + space(), "}"));
    }

    private String space() {
        return SPACES.get(random.nextInt(SPACES.size()));
    }

    private String string(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            int known = SHORT_ESCAPES.indexOf(unit);
            if (known >= 0 && random.nextBoolean()) {
                out.append('\\').append("\"\\/bfnrt".charAt(known));
            } else if (unit < ' ' || unit == '"' || unit == '\\' || random.nextInt(8) == 0) {
                out.append((random.nextBoolean() ? "\\u%04x" : "\\u%04X").formatted((int) unit));
            } else if (Character.isSurrogate(unit)) {
                out.append("\\u%04x".formatted((int) unit));
            } else {
                out.append(unit);
            }
        }
        return out.append('"').toString();
    }

    /** One of the texts that mean exactly this. */
    String number(double value) {
        if (value == 0) {
            return (1 / value < 0 ? "-" : "") + pick("0", "0.0", "0e0", "0E-7", "0.000e+12");
        }
        BigDecimal exact = new BigDecimal(Double.toString(value));
        int shift = random.nextInt(-3, 4);
        boolean plain = exact.precision() < 20 && Math.abs(exact.scale()) < 20;
        return switch (random.nextInt(plain ? 3 : 1)) {
            case 0 -> exact.unscaledValue() + pick("e", "E") + pick(exact.scale() < 0 ? "+" : "", "") + -exact.scale();
            case 1 -> exact.toPlainString();
            default -> exact.movePointLeft(shift).toPlainString() + pick("e", "E") + shift;
        };
    }

    private String pick(String... forms) {
        return forms[random.nextInt(forms.length)];
    }

    /** Any value at all, nested to {@code depth}. */
    Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> NULL;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt(-1000, 1000);
            case 3 -> (random.nextBoolean() ? 1 : -1) * random.nextDouble() * Math.pow(10, random.nextInt(-300, 300));
            case 4, 5 -> string();
            case 6 -> {
                List<Object> items = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    items.add(value(depth - 1));
                }
                yield items;
            }
            default -> {
                Map<String, Object> members = new LinkedHashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    members.put(string(), value(depth - 1));
                }
                yield members;
            }
        };
    }

    /** Up to nine characters of any plane. */
    String string() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(10); i > 0; i--) {
            int point = switch (random.nextInt(5)) {
                case 0 -> random.nextInt(0x20);
                case 1 -> random.nextInt(0x80, 0xd800);
                case 2 -> random.nextInt(0x10000, 0x110000);
                case 3 -> SHORT_ESCAPES.charAt(random.nextInt(SHORT_ESCAPES.length()));
                default -> random.nextInt(0x20, 0x7f);
            };
            text.appendCodePoint(point);
        }
        return text.toString();
    }
}
