package io.fleetwright.agent.boot;

import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.identity.PeerTls;
import io.fleetwright.agent.link.DirectPeers;
import io.fleetwright.agent.link.PeerEndpoint;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.telemetry.wire.PeerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node's direct ways: to others always, from others where it listens. Without them everything goes by the broker. */
final class NodePeers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");

    private final DirectPeers direct;
    private final @Nullable PeerEndpoint endpoint;
    private final @Nullable PeerAddress address;

    /** Where a node listens. */
    record At(String host, int port) {}

    /**
     * Takes the address; one that cannot be had costs nothing but the direct way.
     *
     * @param at absent for a node that takes tensors from the broker alone
     * @param receiver gets what comes after {@link #start}
     */
    NodePeers(Supplier<NodeIdentity> identity, LongSupplier nanos, @Nullable At at, PeerEndpoint.Receiver receiver)
            throws GeneralSecurityException {
        String node = identity.get().address().node();
        PeerTls tls = new PeerTls(identity);
        this.direct = new DirectPeers(node, tls::client, nanos);
        PeerEndpoint opened = null;
        PeerAddress told = null;
        if (at != null) {
            try {
                opened = new PeerEndpoint(
                        new InetSocketAddress(at.host, at.port),
                        identity.get().address().tenant(),
                        tls.server(),
                        receiver);
                told = new PeerAddress(at.host, opened.port());
                LOG.log(System.Logger.Level.INFO, "peer.listening node=%s address=%s".formatted(node, told.text()));
            } catch (IOException taken) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "peer.not_listening node=%s host=%s port=%d reason=%s"
                                .formatted(node, at.host, at.port, taken.getMessage()));
            }
        }
        this.endpoint = opened;
        this.address = told;
    }

    /** What others are told, absent when the node does not listen. */
    @Nullable
    PeerAddress address() {
        return address;
    }

    PeerSender sender() {
        return direct;
    }

    void start() {
        if (endpoint != null) {
            endpoint.start();
        }
    }

    @Override
    public void close() {
        if (endpoint != null) {
            endpoint.close();
        }
        direct.close();
    }
}
