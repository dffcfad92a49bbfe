package io.fleetwright.agent.core;

import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.telemetry.wire.NodeAddress;

/**
 * Who an agent is, and its bounds.
 *
 * @param root the signed root of enrolment, where the node's trust begins
 * @param queueLength work that may wait on one device
 * @param artifactBytesMax largest artifact that is accepted
 */
public record AgentSettings(
        NodeAddress address,
        byte[] root,
        String agentVersion,
        int queueLength,
        long artifactBytesMax,
        Outbox.Bounds spool) {
    private static final long MEGABYTE = 1024 * 1024;

    public AgentSettings {
        if (queueLength < 1) {
            throw new IllegalArgumentException("queueLength (%d) must be at least 1".formatted(queueLength));
        }
    }

    /** The bounds of a small board. */
    public static AgentSettings defaults(NodeAddress address, byte[] root, String agentVersion) {
        return new AgentSettings(
                address,
                root,
                agentVersion,
                16,
                16 * MEGABYTE,
                new Outbox.Bounds(4 * MEGABYTE, 2 * MEGABYTE, 2 * MEGABYTE));
    }
}
