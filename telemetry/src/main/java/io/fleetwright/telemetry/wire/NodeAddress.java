package io.fleetwright.telemetry.wire;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tenant and node, each {@code [a-z0-9-]{1,48}}: the identity in a certificate and the place in the topic tree.
 */
public record NodeAddress(String tenant, String node) implements Comparable<NodeAddress> {
    static final Pattern ID = Pattern.compile("[a-z0-9-]{1,48}");

    /** The one URI that a node's certificate names begins so; tenant and node follow, with a slash between. */
    private static final String URI = "urn:fleetwright:node:";

    public NodeAddress {
        if (!isId(tenant)) {
            throw new IllegalArgumentException("tenant (%s) must match [a-z0-9-]{1,48}".formatted(clip(tenant)));
        }
        if (!isId(node)) {
            throw new IllegalArgumentException("node (%s) must match [a-z0-9-]{1,48}".formatted(clip(node)));
        }
    }

    /** True when {@code text} may be the id of a tenant or a node. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** As the alternative name of a node's certificate says it. */
    public String uri() {
        return URI + this;
    }

    /** Reads an alternative name; absent when it is none of a node. */
    public static Optional<NodeAddress> ofUri(String uri) {
        if (!uri.startsWith(URI)) {
            return Optional.empty();
        }
        String[] parts = uri.substring(URI.length()).split("/", -1);
        return parts.length == 2 && isId(parts[0]) && isId(parts[1])
                ? Optional.of(new NodeAddress(parts[0], parts[1]))
                : Optional.empty();
    }

    @Override
    public int compareTo(NodeAddress other) {
        int byTenant = tenant.compareTo(other.tenant);
        return byTenant != 0 ? byTenant : node.compareTo(other.node);
    }

    @Override
    public String toString() {
        return tenant + "/" + node;
    }

    private static String clip(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
