package io.fleetwright.telemetry.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a node's radio takes for each byte of payload, as its emulated link says. A figure that nobody told is absent: such an energy is
 * unknown and not 0.
 *
 * @param sendNanojoulesPerByte above 0, at most {@value #NANOJOULES_MAX}; absent when unknown
 * @param receiveNanojoulesPerByte the same for what arrives
 */
public record Radio(
        @Nullable Double sendNanojoulesPerByte, @Nullable Double receiveNanojoulesPerByte) {
    /** Nobody told anything. */
    public static final Radio UNKNOWN = new Radio(null, null);

    /** A joule for a byte. */
    public static final double NANOJOULES_MAX = 1e9;

    private static final String SEND = "sendNanojoulesPerByte";
    private static final String RECEIVE = "receiveNanojoulesPerByte";

    // Written out in full because a compact constructor loses the annotations in the class file.
    public Radio(@Nullable Double sendNanojoulesPerByte, @Nullable Double receiveNanojoulesPerByte) {
        this.sendNanojoulesPerByte = checked(SEND, sendNanojoulesPerByte);
        this.receiveNanojoulesPerByte = checked(RECEIVE, receiveNanojoulesPerByte);
    }

    private static @Nullable Double checked(String name, @Nullable Double value) {
        if (value != null && !(value > 0 && value <= NANOJOULES_MAX)) {
            throw new IllegalArgumentException(
                    "%s (%s) must be above 0 and at most %.0f".formatted(name, value, NANOJOULES_MAX));
        }
        return value;
    }

    /**
     * What sending takes.
     *
     * @param bytes on the link, header included
     * @param loss share of what is sent that has to be sent again, 0 to below 1
     * @return microjoules, absent when unknown
     */
    public @Nullable Double sendMicrojoules(long bytes, double loss) {
        return microjoules(sendNanojoulesPerByte, bytes, loss);
    }

    /** What receiving takes, as {@link #sendMicrojoules}: what comes again is received again. */
    public @Nullable Double receiveMicrojoules(long bytes, double loss) {
        return microjoules(receiveNanojoulesPerByte, bytes, loss);
    }

    private static @Nullable Double microjoules(@Nullable Double nanojoules, long bytes, double loss) {
        return nanojoules == null ? null : Double.valueOf(bytes * nanojoules / ((1 - loss) * 1000));
    }

    void write(Json.Writer out) throws IOException {
        out.field(SEND, sendNanojoulesPerByte).field(RECEIVE, receiveNanojoulesPerByte);
    }

    static Radio read(Json.Node in) throws MalformedMessageException {
        return new Radio(in.decimalOrNull(SEND), in.decimalOrNull(RECEIVE));
    }
}
