package io.fleetwright.controller.stream;

import io.fleetwright.controller.node.NodeLink;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.telemetry.wire.Birth;
import org.jspecify.annotations.Nullable;

/**
 * The ways of a stream's frame: there over the source's link, back over the helper's. Pure.
 *
 * @param isEnergyKnown whether the energies of both are what radios take; where one is unknown it is 0 there
 */
record FrameWay(Link there, Link back, boolean isEnergyKnown) {
    /** A real network that nobody told of. */
    private static final Link UNKNOWN = Link.of(100_000, 2);

    static FrameWay between(NodeRow source, NodeRow helper) {
        Birth.Link own = NodeLink.of(source);
        Birth.Link other = NodeLink.of(helper);
        return new FrameWay(way(own, other), way(other, own), isKnown(own) && isKnown(other));
    }

    private static Link way(Birth.@Nullable Link sender, Birth.@Nullable Link receiver) {
        Double receive = receiver == null ? null : receiver.radio().receiveNanojoulesPerByte();
        if (sender == null) {
            return new Link(UNKNOWN.kbitPerSecond(), UNKNOWN.rttMillis(), 0, 0, perBit(receive));
        }
        return new Link(
                sender.kbitPerSecond(),
                sender.rttMillis(),
                sender.loss(),
                perBit(sender.radio().sendNanojoulesPerByte()),
                perBit(receive));
    }

    private static double perBit(@Nullable Double nanojoulesPerByte) {
        return nanojoulesPerByte == null ? 0 : nanojoulesPerByte / Byte.SIZE;
    }

    private static boolean isKnown(Birth.@Nullable Link link) {
        return link != null
                && link.radio().sendNanojoulesPerByte() != null
                && link.radio().receiveNanojoulesPerByte() != null;
    }
}
