package io.fleetwright.controller.job;

import io.fleetwright.controller.node.NodeLink;
import io.fleetwright.controller.node.NodePeers;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import java.util.Objects;
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

    /**
     * A way, and what it stands on.
     *
     * @param isEnergyKnown whether the energies of the link are what both ends take; else they are not known, and 0 there
     */
    record Way(Link link, Basis basis, boolean isEnergyKnown) {
        /** Nobody told what it takes. */
        Way(Link link, Basis basis) {
            this(link, basis, false);
        }
    }

    /** What plans count with. */
    static Way between(Tx tx, NodeRow from, NodeRow to) {
        if (from.id.equals(to.id)) {
            return new Way(INSIDE, Basis.ASSUMED, true);
        }
        Birth.Link emulated = emulated(from, to);
        if (emulated != null) {
            return told(emulated);
        }
        return (NodePeers.between(from, to) == null ? Optional.<Link>empty() : WayRow.between(tx, from, to))
                .map(link -> new Way(link, Basis.MEASURED))
                .orElseGet(() -> new Way(UNKNOWN, Basis.ASSUMED));
    }

    private static Way told(Birth.Link way) {
        Double send = way.radio().sendNanojoulesPerByte();
        Double receive = way.radio().receiveNanojoulesPerByte();
        if (send == null || receive == null) {
            return new Way(new Link(way.kbitPerSecond(), way.rttMillis(), way.loss(), 0), Basis.TOLD);
        }
        return new Way(
                new Link(way.kbitPerSecond(), way.rttMillis(), way.loss(), send / Byte.SIZE, receive / Byte.SIZE),
                Basis.TOLD,
                true);
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
        Birth.Link one = NodeLink.of(from);
        Birth.Link other = NodeLink.of(to);
        if (from.id.equals(to.id)) {
            return one == null ? null : new Birth.Link(INSIDE.kbitPerSecond(), INSIDE.rttMillis(), 0);
        }
        if (one == null && other == null) {
            return null;
        }
        Radio radio = new Radio(
                one == null ? null : one.radio().sendNanojoulesPerByte(),
                other == null ? null : other.radio().receiveNanojoulesPerByte());
        if (one == null || other == null) {
            Birth.Link known = one == null ? Objects.requireNonNull(other) : one;
            return new Birth.Link(known.kbitPerSecond(), known.rttMillis(), known.loss(), radio);
        }
        return new Birth.Link(
                Math.min(one.kbitPerSecond(), other.kbitPerSecond()),
                Math.max(one.rttMillis(), other.rttMillis()),
                Math.max(one.loss(), other.loss()),
                radio);
    }

    /** What the receiver counts by, absent where nobody told what it takes. */
    static Birth.@Nullable Link received(NodeRow from, NodeRow to) {
        Birth.Link way = emulated(from, to);
        return way == null || way.radio().receiveNanojoulesPerByte() == null ? null : way;
    }
}
