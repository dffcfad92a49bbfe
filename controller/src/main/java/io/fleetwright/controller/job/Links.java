package io.fleetwright.controller.job;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.telemetry.wire.Birth;
import org.jspecify.annotations.Nullable;

/** The ways of tensors between nodes: over the links of both, of which the narrower and the one with the longer round trip count. */
final class Links {
    /** Real networks that nobody told of. */
    private static final Link UNKNOWN = Link.of(100_000, 2);
    /** Between devices of one node. */
    private static final Link INSIDE = Link.of(1_000_000, 0.5);

    private Links() {}

    /** What plans count with. */
    static Link between(NodeRow from, NodeRow to) {
        if (from.id.equals(to.id)) {
            return INSIDE;
        }
        Birth.Link emulated = emulated(from, to);
        return emulated == null
                ? UNKNOWN
                : new Link(emulated.kbitPerSecond(), emulated.rttMillis(), emulated.loss(), 0);
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
