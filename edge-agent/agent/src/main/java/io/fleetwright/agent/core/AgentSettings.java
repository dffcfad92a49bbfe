package io.fleetwright.agent.core;

import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.PeerAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who an agent is, and its bounds.
 *
 * @param root the signed root of enrolment, where the node's trust begins
 * @param kernels name of the set that the runtime chose on this machine, such as {@code vector-256}
 * @param queueLength work that may wait on one device
 * @param artifactBytesMax largest artifact that is accepted
 * @param link that is emulated between this node and others, absent where the network is what it is
 * @param peer where this node takes tensors from others directly, absent where it does not
 * @param timesOperatorsAfter how long after the controller has asked a program's operators are timed, not negative; absent where they never are
 */
public record AgentSettings(
        NodeAddress address,
        byte[] root,
        String agentVersion,
        String kernels,
        int queueLength,
        long artifactBytesMax,
        Outbox.Bounds spool,
        Birth.@Nullable Link link,
        @Nullable PeerAddress peer,
        Optional<Duration> timesOperatorsAfter) {
    /** By then the trial of a program is over, and the JIT compiler has seen it run. */
    public static final Duration TIMES_OPERATORS_AFTER = Duration.ofSeconds(30);

    private static final long MEGABYTE = 1024 * 1024;

    public AgentSettings {
        if (queueLength < 1) {
            throw new IllegalArgumentException("queueLength (%d) must be at least 1".formatted(queueLength));
        }
        if (timesOperatorsAfter.filter(Duration::isNegative).isPresent()) {
            throw new IllegalArgumentException(
                    "timesOperatorsAfter (%s) must not be negative".formatted(timesOperatorsAfter));
        }
    }

    /** On a real network. */
    public AgentSettings(
            NodeAddress address,
            byte[] root,
            String agentVersion,
            String kernels,
            int queueLength,
            long artifactBytesMax,
            Outbox.Bounds spool) {
        this(
                address,
                root,
                agentVersion,
                kernels,
                queueLength,
                artifactBytesMax,
                spool,
                null,
                null,
                Optional.of(TIMES_OPERATORS_AFTER));
    }

    /** The same on an emulated link. */
    public AgentSettings on(Birth.@Nullable Link other) {
        return new AgentSettings(
                address,
                root,
                agentVersion,
                kernels,
                queueLength,
                artifactBytesMax,
                spool,
                other,
                peer,
                timesOperatorsAfter);
    }

    /** The same, taking tensors at an address. */
    public AgentSettings at(@Nullable PeerAddress other) {
        return new AgentSettings(
                address,
                root,
                agentVersion,
                kernels,
                queueLength,
                artifactBytesMax,
                spool,
                link,
                other,
                timesOperatorsAfter);
    }

    /** The same, timing operators at another time, or never. */
    public AgentSettings timingOperatorsAfter(Optional<Duration> other) {
        return new AgentSettings(
                address, root, agentVersion, kernels, queueLength, artifactBytesMax, spool, link, peer, other);
    }

    /** The bounds of a small board, on a real network and with the fastest kernels of this machine. */
    public static AgentSettings defaults(NodeAddress address, byte[] root, String agentVersion) {
        return new AgentSettings(
                address,
                root,
                agentVersion,
                Kernels.best().name(),
                16,
                16 * MEGABYTE,
                new Outbox.Bounds(4 * MEGABYTE, 2 * MEGABYTE, 2 * MEGABYTE));
    }
}
