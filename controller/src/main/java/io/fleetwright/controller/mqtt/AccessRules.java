package io.fleetwright.controller.mqtt;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.util.regex.Pattern;

/**
 * Which topics an identity may use. Pure. Topics come in the broker's own form, where {@code /} is a dot and {@code +}
 * an asterisk.
 */
final class AccessRules {
    /** Levels of letters, digits, dashes and underscores; wildcards in filters only. */
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*");

    private static final Pattern FILTER = Pattern.compile("([A-Za-z0-9_-]+|\\+)(/([A-Za-z0-9_-]+|\\+))*(/#)?");
    private static final Pattern SHARED = Pattern.compile("\\$share/[A-Za-z0-9_-]+/(.+)");

    private AccessRules() {}

    static boolean isTopic(String topic) {
        return TOPIC.matcher(topic).matches();
    }

    /** A filter that the identity may write at all; whether it may use it is {@link #maySubscribe}'s to say. */
    static boolean isFilter(Identity identity, String filter) {
        if (identity instanceof Identity.Controller) {
            var shared = SHARED.matcher(filter);
            return FILTER.matcher(shared.matches() ? shared.group(1) : filter).matches();
        }
        return FILTER.matcher(filter).matches();
    }

    /** Publishing to the address, or making it in order to publish. */
    static boolean mayPublish(Identity identity, String address) {
        return switch (identity) {
            case Identity.Controller() -> address.startsWith("fw.v1.");
            case Identity.Node(NodeAddress node) ->
                matchesOneMore(address, "fw.v1.%s.%s.up.".formatted(node.tenant(), node.node()))
                        || address.matches("fw\\.v1\\.%s\\.[a-z0-9-]+\\.in\\.tensor\\.%s"
                                .formatted(Pattern.quote(node.tenant()), Pattern.quote(node.node())));
        };
    }

    /**
     * Subscribing to the address, or making or removing the queue behind the subscription.
     *
     * @param queue name of the queue, empty when the check is about the address alone
     */
    static boolean maySubscribe(Identity identity, String address, String queue) {
        return switch (identity) {
            case Identity.Controller() -> address.startsWith("fw.v1.");
            case Identity.Node node -> {
                String own = "fw.v1.%s.%s."
                        .formatted(node.address().tenant(), node.address().node());
                boolean ownAddress = address.startsWith(own + "down.") || address.startsWith(own + "in.");
                yield ownAddress && (queue.isEmpty() || queue.startsWith(node.clientId() + "."));
            }
        };
    }

    private static boolean matchesOneMore(String address, String prefix) {
        return address.startsWith(prefix)
                && address.length() > prefix.length()
                && address.indexOf('.', prefix.length()) < 0
                && address.indexOf('*') < 0
                && address.indexOf('#') < 0;
    }
}
