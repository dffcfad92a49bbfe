package io.fleetwright.controller.mqtt;

import io.fleetwright.telemetry.wire.Topic;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Configuration that has a broker of another make let through what {@link AccessRules} let through, by the common name of the
 * certificate ({@code tenant/node}) and nothing else. Paths in it are where the operator puts the files of the controller's authority
 * and the broker's own certificate.
 */
public final class BrokerFiles {
    /** Common name of the controller's own certificate. */
    static final String CONTROLLER_NAME = "Fleetwright controller client";

    private BrokerFiles() {}

    /** A make of broker. */
    public enum Kind {
        MOSQUITTO,
        EMQX;

        public static Optional<Kind> of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.name().equalsIgnoreCase(word))
                    .findFirst();
        }
    }

    /** File names and texts. */
    public static Map<String, String> of(Kind kind, int port) {
        return new TreeMap<>(
                switch (kind) {
                    case MOSQUITTO -> Map.of("mosquitto.conf", mosquitto(port), "fleetwright.acl", mosquittoRules());
                    case EMQX -> Map.of("emqx.conf", emqx(port), "acl.conf", emqxRules());
                });
    }

    private static String mosquitto(int port) {
        return """
                # Mosquitto 2. Revocation: Mosquitto reads a list of revoked certificates only when it is restarted or told
                # to (SIGHUP), and cuts no open session then. Keep certificates of nodes at 24 hours or less
                # (fleetwright.node-certificate-validity=PT24H), so that a revoked node is out when its certificate ends.
                per_listener_settings false
                listener %d
                cafile /etc/fleetwright/ca.pem
                certfile /etc/fleetwright/broker.pem
                keyfile /etc/fleetwright/broker.key
                tls_version tlsv1.3
                require_certificate true
                use_identity_as_username true
                use_username_as_clientid true
                allow_anonymous false
                acl_file /etc/fleetwright/fleetwright.acl
                persistence false
                max_packet_size 1049600
                max_keepalive 60
                retain_available false
                """.formatted(port);
    }

    /**
     * A pattern knows the whole common name and not its parts, so tensors between nodes are not let through here. Subscriptions are
     * checked when a message is to be delivered.
     */
    private static String mosquittoRules() {
        return """
                # Each node: its own tree, by the common name tenant/node of its certificate.
                %s
                pattern read fw/v1/%%u/down/#
                pattern read fw/v1/%%u/in/#
                # The controller.
                user %s
                topic readwrite fw/v1/#
                """.formatted(
                up().map("pattern write fw/v1/%%u/%s"::formatted).collect(Collectors.joining("\n")), CONTROLLER_NAME);
    }

    /** The ways up, by which a node tells of itself; no others. */
    private static Stream<String> up() {
        return Arrays.stream(Topic.Kind.values()).map(Topic.Kind::path).filter(path -> path.startsWith("up/"));
    }

    private static String emqx(int port) {
        return """
                # EMQX 5.7 or later. Revocation: the controller bans and kicks a revoked node through the management API
                # (fleetwright.emqx.url, .key and .secret).
                listeners.ssl.default {
                  bind = "0.0.0.0:%d"
                  ssl_options {
                    cacertfile = "/etc/fleetwright/ca.pem"
                    certfile = "/etc/fleetwright/broker.pem"
                    keyfile = "/etc/fleetwright/broker.key"
                    verify = verify_peer
                    fail_if_no_peer_cert = true
                    versions = ["tlsv1.3"]
                  }
                }
                listeners.tcp.default.enable = false
                listeners.ws.default.enable = false
                listeners.wss.default.enable = false
                mqtt {
                  peer_cert_as_username = cn
                  peer_cert_as_clientid = cn
                  max_packet_size = 1049600
                  retain_available = false
                  client_attrs_init = [
                    {expression = "nth(1,tokens(cn,'/'))", set_as_attr = "tenant"}
                    {expression = "nth(2,tokens(cn,'/'))", set_as_attr = "node"}
                  ]
                }
                authorization {
                  no_match = deny
                  deny_action = disconnect
                  cache.enable = false
                  sources = [{type = file, enable = true, path = "/etc/fleetwright/acl.conf"}]
                }
                """.formatted(port);
    }

    private static String emqxRules() {
        return """
                {allow, {username, "%s"}, all, ["fw/v1/#", "$share/controllers/fw/v1/#"]}.
                {allow, all, publish, [%s]}.
                {allow, all, publish, ["fw/v1/${client_attrs.tenant}/+/in/tensor/${client_attrs.node}"]}.
                {allow, all, subscribe, ["fw/v1/${client_attrs.tenant}/${client_attrs.node}/down/#"]}.
                {allow, all, subscribe, ["fw/v1/${client_attrs.tenant}/${client_attrs.node}/in/#"]}.
                {deny, all}.
                """.formatted(
                        CONTROLLER_NAME,
                        up().map("\"fw/v1/${client_attrs.tenant}/${client_attrs.node}/%s\""::formatted)
                                .collect(Collectors.joining(", ")));
    }
}
