package io.fleetwright.telemetry.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place in the {@code fw/v1} topic tree: {@code fw/v1/{tenant}/{node}/{kind}}, for tensors between nodes {@code
 * fw/v1/{tenant}/{node}/in/tensor/{from}}.
 *
 * @param address the node that the message is from ({@code up}) or for ({@code down}, {@code in})
 * @param kind what the message is
 * @param from node of the same tenant that a tensor comes from; absent for every other kind
 */
public record Topic(
        NodeAddress address, Kind kind, @Nullable String from) {
    public static final String ROOT = "fw/v1/";

    public Topic {
        if ((kind == Kind.IN_TENSOR) != (from != null)) {
            throw new IllegalArgumentException("a tensor, and nothing else, comes from a node");
        }
    }

    public Topic(NodeAddress address, Kind kind) {
        this(address, kind, null);
    }

    /** Every kind of message. */
    public enum Kind {
        UP_BIRTH,
        UP_STATUS,
        UP_REPORTED,
        UP_TELEMETRY,
        UP_RESULT,
        DOWN_DESIRED,
        DOWN_WORK,
        DOWN_ACK,
        DOWN_COMMAND,
        DOWN_OUTCOME,
        IN_TENSOR;

        private final String path = name().toLowerCase(Locale.ROOT).replace('_', '/');

        /** The two levels after the node, such as {@code up/birth}. */
        public String path() {
            return path;
        }
    }

    /** The topic as text. */
    public String text() {
        String place = ROOT + address.tenant() + "/" + address.node() + "/" + kind.path();
        return from == null ? place : place + "/" + from;
    }

    /** Filter for all that comes down to one node. */
    public static String downFilter(NodeAddress address) {
        return ROOT + address.tenant() + "/" + address.node() + "/down/#";
    }

    /** Filter for all tensors that other nodes send to one node. */
    public static String inFilter(NodeAddress address) {
        return ROOT + address.tenant() + "/" + address.node() + "/in/#";
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
        if ((levels.length == 6 || levels.length == 7) && levels[0].equals("fw") && levels[1].equals("v1")) {
            String path = levels[4] + "/" + levels[5];
            String from = levels.length == 7 ? levels[6] : null;
            for (Kind kind : Kind.values()) {
                if (kind.path().equals(path)
                        && (kind == Kind.IN_TENSOR) == (from != null)
                        && (from == null || NodeAddress.isId(from))
                        && NodeAddress.isId(levels[2])
                        && NodeAddress.isId(levels[3])) {
                    return new Topic(new NodeAddress(levels[2], levels[3]), kind, from);
                }
            }
        }
        String shown = text.length() <= 120 ? text : text.substring(0, 120) + "...";
        throw new MalformedMessageException("topic (%s) is not fw/v1/{tenant}/{node}/{kind}".formatted(shown));
    }
}
