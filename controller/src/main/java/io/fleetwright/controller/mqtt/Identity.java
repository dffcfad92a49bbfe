package io.fleetwright.controller.mqtt;

import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Who a broker connection belongs to, by its certificate and nothing else. */
sealed interface Identity {
    /** This controller. */
    record Controller() implements Identity {}

    /** A node. */
    record Node(NodeAddress address) implements Identity {
        /** Underscores are not allowed in ids, so no two nodes share a client id. */
        String clientId() {
            return clientIdOf(address);
        }
    }

    String CONTROLLER_CLIENT_PREFIX = "_controller_";

    static String clientIdOf(NodeAddress address) {
        return address.tenant() + "_" + address.node();
    }

    static Optional<Identity> of(X509Certificate certificate) {
        if (CertificateAuthority.isController(certificate)) {
            return Optional.of(new Controller());
        }
        return CertificateAuthority.nodeOf(certificate).map(Node::new);
    }

    /** True when this identity may use the client id. */
    default boolean owns(String clientId) {
        return switch (this) {
            case Controller() -> clientId.startsWith(CONTROLLER_CLIENT_PREFIX);
            case Node node -> clientId.equals(node.clientId());
        };
    }
}
