package io.fleetwright.runtime.array;

import java.util.Locale;
import java.util.Optional;

/** How QONNX rounds a real number to an integer. */
public enum QuantRounding {
    /** Half to even. */
    ROUND,
    CEIL,
    FLOOR,
    /** Away from 0. */
    UP,
    /** Towards 0. */
    DOWN,
    /** To nearest, half away from 0. */
    HALF_UP,
    /** To nearest, half towards 0. */
    HALF_DOWN;

    /** The mode of a name in capitals or small letters; HALF_EVEN is another name of ROUND. */
    public static Optional<QuantRounding> named(String name) {
        String wanted = name.toUpperCase(Locale.ROOT);
        for (var mode : values()) {
            if (mode.name().equals(wanted)) {
                return Optional.of(mode);
            }
        }
        return wanted.equals("HALF_EVEN") ? Optional.of(ROUND) : Optional.empty();
    }

    public double apply(double x) {
        return switch (this) {
            case ROUND -> Math.rint(x);
            case CEIL -> Math.ceil(x);
            case FLOOR -> Math.floor(x);
            case UP -> Math.copySign(Math.ceil(Math.abs(x)), x);
            case DOWN -> Math.copySign(Math.floor(Math.abs(x)), x);
            case HALF_UP -> Math.copySign(Math.floor(Math.abs(x) + 0.5), x);
            case HALF_DOWN -> Math.copySign(Math.ceil(Math.abs(x) - 0.5), x);
        };
    }
}
