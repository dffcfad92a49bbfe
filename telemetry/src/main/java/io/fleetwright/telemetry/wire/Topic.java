package io.fleetwright.telemetry.wire;

import java.util.Locale;

/**
 * A place in the {@code fw/v1} topic tree: {@code fw/v1/{tenant}/{node}/{kind}}.
 *
 * @param address the node that the message is from ({@code up}) or for ({@code down})
 * @param kind what the message is
 */
public record Topic(NodeAddress address, Kind kind) {
    public static final String ROOT = "fw/v1/";

    /** Every kind of document; {@code in/tensor} has its own form and arrives with offload. */
    public enum Kind {
        UP_BIRTH,
        UP_STATUS,
        UP_REPORTED,
        UP_TELEMETRY,
        UP_RESULT,
        DOWN_DESIRED,
        DOWN_WORK,
        DOWN_ACK,
        DOWN_COMMAND;

        private final String path = name().toLowerCase(Locale.ROOT).replace('_', '/');

        /** The last two levels, such as {@code up/birth}. */
        public String path() {
            return path;
        }
    }

    /** The topic as text. */
    public String text() {
        return ROOT + address.tenant() + "/" + address.node() + "/" + kind.path();
    }

    /** Filter for all that comes down to one node. */
    public static String downFilter(NodeAddress address) {
        return ROOT + address.tenant() + "/" + address.node() + "/down/#";
    }

    /** Filter for all that goes up from every node. */
    public static String upFilter() {
        return ROOT + "+/+/up/#";
    }

    /**
     * Reads a topic.
     *
     * @throws MalformedMessageException naming what is wrong with it
     */
    public static Topic parse(String text) throws MalformedMessageException {
        String[] levels = text.split("/", -1);
        if (levels.length == 6 && levels[0].equals("fw") && levels[1].equals("v1")) {
            String path = levels[4] + "/" + levels[5];
            for (Kind kind : Kind.values()) {
                if (kind.path().equals(path) && NodeAddress.isId(levels[2]) && NodeAddress.isId(levels[3])) {
                    return new Topic(new NodeAddress(levels[2], levels[3]), kind);
                }
            }
        }
        String shown = text.length() <= 120 ? text : text.substring(0, 120) + "...";
        throw new MalformedMessageException("topic (%s) is not fw/v1/{tenant}/{node}/{kind}".formatted(shown));
    }
}
