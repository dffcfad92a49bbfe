package io.fleetwright.controller.job;

import io.fleetwright.controller.node.NodePeers;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.telemetry.wire.Birth;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The ways of tensors between nodes: over the links of both, of which the narrower and the one with the longer round trip count. */
final class Links {
    /** Real networks that nobody told of. */
    static final Link UNKNOWN = Link.of(100_000, 2);
    /** Between devices of one node. */
    private static final Link INSIDE = Link.of(1_000_000, 0.5);

    private Links() {}

    /** What a plan's way stands on, the least certain first. */
    enum Basis {
        /** Nobody told. */
        ASSUMED,
        /** The nodes emulate it, and their births tell how. */
        TOLD,
        /** Tensors took it. */
        MEASURED
    }

    /** A way, and what it stands on. */
    record Way(Link link, Basis basis) {}

    /** What plans count with. */
    static Way between(Tx tx, NodeRow from, NodeRow to) {
        if (from.id.equals(to.id)) {
            return new Way(INSIDE, Basis.ASSUMED);
        }
        Birth.Link emulated = emulated(from, to);
        if (emulated != null) {
            return new Way(new Link(emulated.kbitPerSecond(), emulated.rttMillis(), emulated.loss(), 0), Basis.TOLD);
        }
        return (NodePeers.between(from, to) == null ? Optional.<Link>empty() : WayRow.between(tx, from, to))
                .map(link -> new Way(link, Basis.MEASURED))
                .orElseGet(() -> new Way(UNKNOWN, Basis.ASSUMED));
    }

    /**
     * Takes into account how a tensor went.
     *
     * @param directMicros how long it took directly, absent when it went by the broker
     */
    static void learn(Tx tx, NodeRow from, NodeRow to, long bytes, @Nullable Long directMicros, long nowMillis) {
        if (from.id.equals(to.id) || emulated(from, to) != null || NodePeers.between(from, to) == null) {
            return;
        }
        if (directMicros == null) {
            WayRow.forget(tx, from, to, nowMillis);
        } else {
            WayRow.learn(tx, from, to, bytes, directMicros, nowMillis);
        }
    }

    /** What the sender has to emulate, absent where neither node emulates anything. */
    static Birth.@Nullable Link emulated(NodeRow from, NodeRow to) {
        Birth.Link one = of(from);
        Birth.Link other = of(to);
        if (from.id.equals(to.id)) {
            return one == null ? null : new Birth.Link(INSIDE.kbitPerSecond(), INSIDE.rttMillis(), 0);
        }
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return new Birth.Link(
                Math.min(one.kbitPerSecond(), other.kbitPerSecond()),
                Math.max(one.rttMillis(), other.rttMillis()),
                Math.max(one.loss(), other.loss()));
    }

    private static Birth.@Nullable Link of(NodeRow node) {
        Double kbit = node.linkKbit;
        return kbit == null ? null : new Birth.Link(kbit, or(node.linkRttMillis), or(node.linkLoss));
    }

    private static double or(@Nullable Double value) {
        return value == null ? 0 : value;
    }
}
