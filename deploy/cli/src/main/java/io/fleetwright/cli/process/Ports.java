package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.TreeMap;

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
        Map<Integer, String> uses = new TreeMap<>(Map.of(http, "console and REST", edge, "agents", mqtt, "MQTT"));
        for (Map.Entry<Integer, String> use : uses.entrySet()) {
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), use.getKey()));
            } catch (IOException busy) {
                throw new CommandFailure(
                        "port %d (%s) is busy: stop what uses it, or choose other ports with --port"
                                .formatted(use.getKey(), use.getValue()),
                        busy);
            }
        }
    }
}
