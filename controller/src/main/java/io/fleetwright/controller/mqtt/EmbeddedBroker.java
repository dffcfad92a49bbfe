package io.fleetwright.controller.mqtt;

import io.fleetwright.telemetry.wire.NodeAddress;

/** The broker inside the controller; production may use an external one with the same protocol. */
public interface EmbeddedBroker extends AutoCloseable {
    /** Listens; returns when connections are accepted. */
    void start() throws BrokerException;

    /** Cuts a node's open session. */
    void disconnect(NodeAddress node);

    /** Cuts the open sessions of certificates that are refused by now. */
    void cutRefused();

    @Override
    void close();

    /** The broker cannot start. */
    final class BrokerException extends Exception {
        private static final long serialVersionUID = 1L;

        public BrokerException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
