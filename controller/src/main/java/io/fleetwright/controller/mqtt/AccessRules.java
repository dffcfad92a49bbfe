package io.fleetwright.controller.mqtt;

import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which topics an identity may use. Pure. Topics come in the broker's own form, where {@code /} is a dot and {@code +}
 * an asterisk.
 */
final class AccessRules {
    /** Levels of letters, digits, dashes and underscores; wildcards in filters only. */
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*");

    private static final Pattern FILTER = Pattern.compile("([A-Za-z0-9_-]+|\\+)(/([A-Za-z0-9_-]+|\\+))*(/#)?");
    private static final Pattern SHARED = Pattern.compile("\\$share/[A-Za-z0-9_-]+/(.+)");

    /** What a node may name after its own name. A broker keeps whatever address was named once, so they are few. */
    private static final Set<String> UP = kinds("up.").collect(Collectors.toUnmodifiableSet());

    private static final Set<String> OWN_FILTERS =
            Stream.concat(kinds("down."), Stream.of("down.#", "in.#")).collect(Collectors.toUnmodifiableSet());
    private static final Pattern TENSOR = Pattern.compile("(fw\\.v1\\.[^.]+\\.[^.]+\\.in\\.)tensor\\.[^.]+");

    private AccessRules() {}

    private static Stream<String> kinds(String prefix) {
        return Arrays.stream(Topic.Kind.values())
                .map(kind -> kind.path().replace('/', '.'))
                .filter(path -> path.startsWith(prefix));
    }

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
                isOneOf(UP, address, node)
                        || address.matches("fw\\.v1\\.%s\\.[a-z0-9-]+\\.in\\.tensor\\.%s"
                                .formatted(Pattern.quote(node.tenant()), Pattern.quote(node.node())));
        };
    }

    /** Where the node that a tensor goes to subscribes to it; absent for any other address. */
    static Optional<String> subscriptionFor(String address) {
        Matcher tensor = TENSOR.matcher(address);
        return tensor.matches() ? Optional.of(tensor.group(1) + "#") : Optional.empty();
    }

    /**
     * Subscribing to the address, or making or removing the queue behind the subscription.
     *
     * @param queue name of the queue, empty when the check is about the address alone
     */
    static boolean maySubscribe(Identity identity, String address, String queue) {
        return switch (identity) {
            case Identity.Controller() -> address.startsWith("fw.v1.");
            case Identity.Node node ->
                isOneOf(OWN_FILTERS, address, node.address())
                        && (queue.isEmpty() || queue.startsWith(node.clientId() + "."));
        };
    }

    private static boolean isOneOf(Set<String> own, String address, NodeAddress node) {
        String prefix = "fw.v1.%s.%s.".formatted(node.tenant(), node.node());
        return address.startsWith(prefix) && own.contains(address.substring(prefix.length()));
    }
}
