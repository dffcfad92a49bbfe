package io.fleetwright.runtime.transform;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Transforms as one line of text: the name, and behind a colon all parameters, such as {@code resize:height=96,width=96,method=bilinear}
 * or {@code argmax}. There is one text for each transform.
 */
final class TransformTexts {
    private static final int CHARS_MAX = 200;
    private static final int SHOWN_CHARS_MAX = 60;

    private TransformTexts() {}

    static String of(Transform transform) {
        return transform.name()
                + switch (transform) {
                    case Resize(int height, int width, Resize.Method method) ->
                        ":height=%d,width=%d,method=%s".formatted(height, width, lower(method));
                    case Normalise(int offset, int multiplier, int divisor, int zeroPoint) ->
                        ":offset=%d,multiplier=%d,divisor=%d,zeroPoint=%d"
                                .formatted(offset, multiplier, divisor, zeroPoint);
                    case Window(int length, int hop) -> ":length=%d,hop=%d".formatted(length, hop);
                    case NonMaximumSuppression(int iouPerMille, int topK, int scoreMin) ->
                        ":iouPerMille=%d,topK=%d,scoreMin=%d".formatted(iouPerMille, topK, scoreMin);
                    case Threshold(int atLeast) -> ":atLeast=%d".formatted(atLeast);
                    case Argmax() -> "";
                    case Vote() -> "";
                };
    }

    /** Reads what {@link #of} writes. */
    static Transform parse(String text) throws TransformException {
        Parameters with = new Parameters(text);
        Transform transform;
        try {
            transform = switch (with.name) {
                case "resize" -> new Resize(with.number("height"), with.number("width"), with.method());
                case "normalise" ->
                    new Normalise(
                            with.number("offset"),
                            with.number("multiplier"),
                            with.number("divisor"),
                            with.number("zeroPoint"));
                case "window" -> new Window(with.number("length"), with.number("hop"));
                case "nms" ->
                    new NonMaximumSuppression(with.number("iouPerMille"), with.number("topK"), with.number("scoreMin"));
                case "threshold" -> new Threshold(with.number("atLeast"));
                case "argmax" -> new Argmax();
                case "vote" -> new Vote();
                default -> throw with.refused("there is no such transform");
            };
        } catch (IllegalArgumentException outOfRange) {
            throw with.refused(String.valueOf(outOfRange.getMessage()));
        }
        if (!with.values.isEmpty()) {
            throw with.refused("%s is no parameter of it".formatted(with.values.keySet()));
        }
        return transform;
    }

    private static String lower(Resize.Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    /** What stands behind a name; each is taken out when it is read. */
    private static final class Parameters {
        final String name;
        final Map<String, String> values = new LinkedHashMap<>();

        private final String text;

        Parameters(String text) throws TransformException {
            this.text = text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "...";
            if (text.length() > CHARS_MAX) {
                throw refused("%d characters, at most %d".formatted(text.length(), CHARS_MAX));
            }
            int colon = text.indexOf(':');
            this.name = colon < 0 ? text : text.substring(0, colon);
            if (colon >= 0) {
                for (String one : text.substring(colon + 1).split(",", -1)) {
                    int equals = one.indexOf('=');
                    if (equals < 1 || values.put(one.substring(0, equals), one.substring(equals + 1)) != null) {
                        throw refused("parameters must be like height=96,width=96, each once");
                    }
                }
            }
        }

        TransformException refused(String why) {
            return new TransformException("%s: %s".formatted(text, why));
        }

        private String take(String parameter) throws TransformException {
            String value = values.remove(parameter);
            if (value == null) {
                throw refused(parameter + " is missing");
            }
            return value;
        }

        int number(String parameter) throws TransformException {
            String value = take(parameter);
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException none) {
                throw refused("%s (%s) must be a whole number".formatted(parameter, value));
            }
        }

        Resize.Method method() throws TransformException {
            String value = take("method");
            for (Resize.Method method : Resize.Method.values()) {
                if (lower(method).equals(value)) {
                    return method;
                }
            }
            throw refused("method (%s) must be nearest or bilinear".formatted(value));
        }
    }
}
