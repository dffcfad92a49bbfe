package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Place of a message in one stream of one boot; the controller stores each place once.
 *
 * @param boot random id of the agent's start, 16 hexadecimal digits
 * @param sequence from 1, without gaps unless the agent dropped the oldest telemetry
 */
public record Stamp(String boot, long sequence) {
    static final Pattern BOOT = Pattern.compile("[0-9a-f]{16}");

    public Stamp {
        if (!BOOT.matcher(boot).matches()) {
            throw new IllegalArgumentException("boot (%s) must be 16 hexadecimal digits".formatted(boot));
        }
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence (%d) must be at least 1".formatted(sequence));
        }
    }

    void write(Json.Writer out) throws IOException {
        out.field("boot", boot).field("sequence", sequence);
    }

    static Stamp read(Json.Node in) throws MalformedMessageException {
        return new Stamp(in.text("boot", BOOT), in.number("sequence", 1, Long.MAX_VALUE));
    }
}
