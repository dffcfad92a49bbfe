package io.fleetwright.agent.boot;

import io.fleetwright.agent.boot.AgentOptions.UsageException;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A link that a node emulates: {@code NODE=KBIT,RTT[,LOSS][,tx=NJ][,rx=NJ]}.
 *
 * @param link with what its radio takes, nanojoules for each byte
 */
record LinkOption(String node, Birth.Link link) {
    private static final Pattern FORM = Pattern.compile(
            "([a-z0-9-]{1,48})=([0-9.]{1,12}),([0-9.]{1,8})(?:,([0-9.]{1,8}))?(?:,tx=([0-9.]{1,12}))?(?:,rx=([0-9.]{1,12}))?");

    static LinkOption parse(String text) throws UsageException {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(
                    "--link (%s) must be node=kbit,rtt-ms or node=kbit,rtt-ms,loss, and may end in ,tx=nanojoules-a-byte and ,rx=nanojoules-a-byte"
                            .formatted(text));
        }
        try {
            String loss = matcher.group(4);
            return new LinkOption(
                    matcher.group(1),
                    new Birth.Link(
                            Double.parseDouble(matcher.group(2)),
                            Double.parseDouble(matcher.group(3)),
                            loss == null ? 0 : Double.parseDouble(loss),
                            new Radio(decimal(matcher.group(5)), decimal(matcher.group(6)))));
        } catch (IllegalArgumentException outOfRange) {
            throw new UsageException("--link (%s): %s".formatted(text, outOfRange.getMessage()));
        }
    }

    private static @Nullable Double decimal(@Nullable String text) {
        return text == null ? null : Double.valueOf(text);
    }
}
