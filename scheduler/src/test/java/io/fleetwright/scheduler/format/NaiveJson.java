package io.fleetwright.scheduler.format;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON (RFC 8259) the slow way: one regular expression for all tokens, and a tree in which each value knows the
 * characters that it came from.
 */
public final class NaiveJson {
    public static final int DEPTH_MAX = 32;
    private static final int NUMBER_LENGTH_MAX = 64;

    private static final Pattern TOKEN = Pattern.compile("[\\[\\]{},:]|true|false|null"
            + "|-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
            + "|\"(?:[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+\"");
    private static final Pattern SPACE = Pattern.compile("[ \\t\\n\\r]*");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u([0-9a-fA-F]{4})|.)");

    private final String document;
    private final List<Node> tokens = new ArrayList<>();
    private int next;

    public enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        TRUE,
        FALSE,
        NULL,
        PUNCTUATION
    }

    /**
     * A value, or a token of one character.
     *
     * @param start of its characters in the document
     * @param end after the last of them
     * @param text what a string says, else its characters
     * @param names of an object's members
     * @param items of an array, or the values of an object's members
     */
    public record Node(Kind kind, int start, int end, String text, List<String> names, List<Node> items) {
        public Node get(String name) {
            if (!has(name)) {
                throw new AssertionError("no member '%s' among %s".formatted(name, names));
            }
            return items.get(names.indexOf(name));
        }

        public boolean has(String name) {
            return names.contains(name);
        }

        public double number() {
            if (kind != Kind.NUMBER) {
                throw new AssertionError("no number: " + text);
            }
            return Double.parseDouble(text);
        }

        public int whole() {
            return Math.toIntExact(Math.round(number()));
        }

        public List<String> texts() {
            return items.stream().map(Node::text).toList();
        }
    }

    private NaiveJson(String document) {
        this.document = document;
    }

    /** @throws IllegalArgumentException if the text is no JSON, or over the limits of {@link JsonReader} */
    public static Node parse(String document) {
        var parser = new NaiveJson(document);
        parser.split();
        Node value = parser.value(0);
        check(parser.next == parser.tokens.size(), "text after the value");
        return value;
    }

    /** Whether {@link #parse} takes it. */
    static boolean accepts(String document) {
        try {
            parse(document);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private void split() {
        Matcher space = SPACE.matcher(document);
        Matcher token = TOKEN.matcher(document);
        int at = 0;
        while (space.region(at, document.length()).lookingAt() && space.end() < document.length()) {
            at = space.end();
            check(token.region(at, document.length()).lookingAt(), "no token at " + at);
            tokens.add(leaf(token.group(), at));
            at = token.end();
        }
    }

    private Node leaf(String text, int start) {
        Kind kind = switch (text.charAt(0)) {
            case '"' -> Kind.STRING;
            case 't' -> Kind.TRUE;
            case 'f' -> Kind.FALSE;
            case 'n' -> Kind.NULL;
            case '{', '}', '[', ']', ',', ':' -> Kind.PUNCTUATION;
            default -> Kind.NUMBER;
        };
        if (kind == Kind.NUMBER) {
            check(text.length() <= NUMBER_LENGTH_MAX, "number too long");
            check(Double.isFinite(Double.parseDouble(text)), "number too large");
        }
        String meaning = kind == Kind.STRING ? unescaped(text.substring(1, text.length() - 1)) : text;
        return new Node(kind, start, start + text.length(), meaning, List.of(), List.of());
    }

    private static String unescaped(String text) {
        String plain = ESCAPE.matcher(text)
                .replaceAll(escape -> Matcher.quoteReplacement(
                        escape.group(2) != null
                                ? String.valueOf((char) Integer.parseInt(escape.group(2), 16))
                                : simple(escape.group(1))));
        check(
                plain.chars().filter(unit -> Character.isSurrogate((char) unit)).count()
                        == 2
                                * plain.codePoints()
                                        .filter(point -> point > 0xffff)
                                        .count(),
                "lone surrogate");
        return plain;
    }

    private static String simple(String letter) {
        int place = "bfnrt".indexOf(letter);
        return place < 0 ? letter : "\b\f\n\r\t".substring(place, place + 1);
    }

    private Node value(int depth) {
        check(depth <= DEPTH_MAX, "too deep");
        Node first = take();
        if (first.kind() != Kind.PUNCTUATION) {
            return first;
        }
        check("[{".contains(first.text()), "no value but " + first.text());
        return first.text().equals("[") ? list(Kind.ARRAY, first, "]", depth) : list(Kind.OBJECT, first, "}", depth);
    }

    private Node list(Kind kind, Node open, String close, int depth) {
        Set<String> names = new LinkedHashSet<>();
        List<Node> items = new ArrayList<>();
        while (!isNext(close)) {
            if (!items.isEmpty()) {
                check(take().text().equals(","), "no comma");
            }
            if (kind == Kind.OBJECT) {
                Node name = take();
                check(name.kind() == Kind.STRING && names.add(name.text()), "no new member name");
                check(isNext(":"), "no colon");
                take();
            }
            items.add(value(depth + 1));
        }
        return new Node(kind, open.start(), take().end(), "", List.copyOf(names), List.copyOf(items));
    }

    private boolean isNext(String punctuation) {
        check(next < tokens.size(), "the end");
        Node token = tokens.get(next);
        return token.kind() == Kind.PUNCTUATION && token.text().equals(punctuation);
    }

    private Node take() {
        check(next < tokens.size(), "the end");
        return tokens.get(next++);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
