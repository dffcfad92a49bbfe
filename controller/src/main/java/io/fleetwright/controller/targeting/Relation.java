package io.fleetwright.controller.targeting;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** How a comparison of a query holds between the values of a field and its arguments. */
enum Relation {
    EQUAL("==", "==", false, 0, 0),
    NOT_EQUAL("!=", "!=", true, 0, 0),
    IN("=in=", "=in=", false, 0, 0),
    OUT("=out=", "=out=", true, 0, 0),
    LESS("=lt=", "<", false, -1, -1),
    AT_MOST("=le=", "<=", false, -1, 0),
    GREATER("=gt=", ">", false, 1, 1),
    AT_LEAST("=ge=", ">=", false, 0, 1);

    private static final Pattern VERSION_PARTS = Pattern.compile("[.+-]");
    private static final Pattern DIGITS = Pattern.compile("\\d{1,18}");

    private final String word;
    private final String symbol;
    private final boolean negates;
    private final int signFrom;
    private final int signTo;

    /**
     * @param signFrom least sign of a comparison for which an order holds
     * @param signTo largest
     */
    Relation(String word, String symbol, boolean negates, int signFrom, int signTo) {
        this.word = word;
        this.symbol = symbol;
        this.negates = negates;
        this.signFrom = signFrom;
        this.signTo = signTo;
    }

    static Optional<Relation> of(String symbol) {
        return Arrays.stream(values())
                .filter(relation -> relation.word.equals(symbol) || relation.symbol.equals(symbol))
                .findFirst();
    }

    boolean negates() {
        return negates;
    }

    boolean orders() {
        return signFrom != 0 || signTo != 0;
    }

    /**
     * Whether the values of a field fit.
     *
     * @throws IllegalArgumentException when an argument is none of the kind, or the kind has no order
     */
    Predicate<List<String>> with(Field.Kind kind, List<String> arguments) {
        Predicate<String> one = orders()
                ? ordered(kind, arguments.getFirst())
                : arguments.stream()
                        .map(argument -> equal(kind, argument))
                        .reduce(Predicate::or)
                        .orElse(_ -> false);
        Predicate<List<String>> any = values -> values.stream().anyMatch(one);
        return negates ? any.negate() : any;
    }

    private Predicate<String> ordered(Field.Kind kind, String argument) {
        Comparator<String> order = order(kind);
        check(kind, argument);
        return value -> {
            int sign = Integer.signum(order.compare(value, argument));
            return sign >= signFrom && sign <= signTo;
        };
    }

    private static Comparator<String> order(Field.Kind kind) {
        return switch (kind) {
            case NUMBER -> Comparator.comparingDouble(Double::parseDouble);
            case TIME -> Comparator.comparing(text -> OffsetDateTime.parse(text).toInstant());
            case VERSION -> Relation::compareVersions;
            case TEXT, FLAG -> throw new IllegalArgumentException("it has no order");
        };
    }

    private static Predicate<String> equal(Field.Kind kind, String argument) {
        if (argument.contains("*") && (kind == Field.Kind.TEXT || kind == Field.Kind.VERSION)) {
            return like(argument);
        }
        check(kind, argument);
        return switch (kind) {
            case TEXT, FLAG -> argument::equals;
            case NUMBER, TIME, VERSION -> value -> order(kind).compare(value, argument) == 0;
        };
    }

    /** Pieces between stars in their order; linear in the value, whatever the stars are. */
    private static Predicate<String> like(String argument) {
        List<String> pieces = List.of(argument.split("[*]", -1));
        String first = pieces.getFirst();
        String last = pieces.getLast();
        return value -> {
            if (!value.startsWith(first) || !value.endsWith(last) || value.length() < first.length() + last.length()) {
                return false;
            }
            int from = first.length();
            int to = value.length() - last.length();
            for (String piece : pieces.subList(1, pieces.size() - 1)) {
                int at = value.indexOf(piece, from);
                if (at < 0 || at + piece.length() > to) {
                    return false;
                }
                from = at + piece.length();
            }
            return true;
        };
    }

    private static void check(Field.Kind kind, String argument) {
        switch (kind) {
            case TEXT, VERSION -> {}
            case FLAG -> require(argument.equals("true") || argument.equals("false"), argument, "true or false");
            case NUMBER -> require(isNumber(argument), argument, "a number");
            case TIME -> require(isTime(argument), argument, "a time as 2026-01-31T12:00:00Z");
        }
    }

    private static void require(boolean holds, String argument, String what) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "(%s) must be %s".formatted(argument.length() <= 60 ? argument : argument.substring(0, 60), what));
        }
    }

    private static boolean isNumber(String text) {
        try {
            return Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException none) {
            return false;
        }
    }

    private static boolean isTime(String text) {
        try {
            OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeException none) {
            return false;
        }
    }

    private static int compareVersions(String left, String right) {
        String[] ours = VERSION_PARTS.split(left);
        String[] theirs = VERSION_PARTS.split(right);
        for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
            boolean numbers = DIGITS.matcher(ours[i]).matches()
                    && DIGITS.matcher(theirs[i]).matches();
            int order = numbers
                    ? Long.compare(Long.parseLong(ours[i]), Long.parseLong(theirs[i]))
                    : ours[i].compareTo(theirs[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(ours.length, theirs.length);
    }
}
