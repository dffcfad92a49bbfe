package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * The controller's three ports, all derived from the first.
 *
 * @param http REST and console
 * @param edge HTTPS for agents
 * @param mqtt MQTT over TLS
 */
public record Ports(int http, int edge, int mqtt) {
    /** What the controller listens on when nobody says otherwise. */
    public static final int HTTP_DEFAULT = 8080;

    private static final int EDGE_DISTANCE = 363;
    private static final int MQTT_DISTANCE = 803;

    /** Largest first port: the others must exist as well. */
    public static final int HTTP_MAX = 65_535 - MQTT_DISTANCE;

    private record Use(int port, String what) {}

    public static Ports from(int http) {
        if (http < 1 || http > HTTP_MAX) {
            throw new IllegalArgumentException("port (%d) must be from 1 to %d".formatted(http, HTTP_MAX));
        }
        return new Ports(http, http + EDGE_DISTANCE, http + MQTT_DISTANCE);
    }

    /**
     * Asks before anything is started.
     *
     * @throws CommandFailure naming the first port that something else uses
     */
    public void requireFree() throws CommandFailure {
        for (Use use : List.of(new Use(http, "console and REST"), new Use(edge, "agents"), new Use(mqtt, "MQTT"))) {
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), use.port()));
            } catch (IOException busy) {
                throw new CommandFailure(
                        "port %d (%s) is busy: stop what uses it, or choose other ports with --port"
                                .formatted(use.port(), use.what()),
                        busy);
            }
        }
    }
}
