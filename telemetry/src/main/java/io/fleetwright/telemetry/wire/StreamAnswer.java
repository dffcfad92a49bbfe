package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link Tensor} that comes back to a stream's source: what the rest of the network gave, and what that took.
 *
 * @param latencyMicros of the rest alone, at least 0
 * @param modelled whether time and energy are a profile's
 * @param energyMicrojoules absent when unknown
 * @param energyUncertainty relative, absent when unknown
 * @param output outputs of the network, at most {@value #OUTPUT_BYTES_MAX} bytes
 */
public record StreamAnswer(
        long latencyMicros,
        boolean modelled,
        @Nullable Double energyMicrojoules,
        EnergyMethod energyMethod,
        @Nullable Double energyUncertainty,
        byte[] output) {
    public static final int OUTPUT_BYTES_MAX = 64 * 1024;
    /** A megajoule, in microjoules. */
    public static final double ENERGY_MAX = 1e12;

    /** Of the whole answer. */
    public static final int BYTES_MAX = Limits.MESSAGE_BYTES_MAX - 1024;

    public byte[] encode() {
        return Json.write(out -> out.field("latencyMicros", latencyMicros)
                .field("modelled", modelled)
                .field("energyMicrojoules", energyMicrojoules)
                .field("energyMethod", energyMethod.wireName())
                .field("energyUncertainty", energyUncertainty)
                .bytes("output", output));
    }

    public static StreamAnswer decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        return new StreamAnswer(
                in.number("latencyMicros", 0, Long.MAX_VALUE),
                in.flag("modelled"),
                energy(in, "energyMicrojoules"),
                in.oneOf("energyMethod", EnergyMethod.class),
                energy(in, "energyUncertainty"),
                in.bytes("output", OUTPUT_BYTES_MAX));
    }

    /** Bounded: the sum of a window's answers must be a number that a report can say. */
    private static @Nullable Double energy(Json.Node in, String field) throws MalformedMessageException {
        Double value = in.decimalOrNull(field);
        if (value != null && !(value >= 0 && value <= ENERGY_MAX)) {
            throw new MalformedMessageException("%s (%s) must be from 0 to %s".formatted(field, value, ENERGY_MAX));
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StreamAnswer that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Objects.hash(latencyMicros, Arrays.hashCode(output));
    }
}
