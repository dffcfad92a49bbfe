package io.fleetwright.controller.node;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import org.jspecify.annotations.Nullable;

/** The link that a node's agent emulates, as its row keeps it. */
public final class NodeLink {
    private NodeLink() {}

    /** Absent where the network is what it is. */
    public static Birth.@Nullable Link of(NodeRow node) {
        Double kbit = node.linkKbit;
        return kbit == null
                ? null
                : new Birth.Link(
                        kbit,
                        or(node.linkRttMillis),
                        or(node.linkLoss),
                        new Radio(node.linkSendNanojoules, node.linkReceiveNanojoules));
    }

    /** Keeps it. */
    public static void put(NodeRow node, Birth.@Nullable Link link) {
        node.linkKbit = link == null ? null : link.kbitPerSecond();
        node.linkRttMillis = link == null ? null : link.rttMillis();
        node.linkLoss = link == null ? null : link.loss();
        node.linkSendNanojoules = link == null ? null : link.radio().sendNanojoulesPerByte();
        node.linkReceiveNanojoules = link == null ? null : link.radio().receiveNanojoulesPerByte();
    }

    private static double or(@Nullable Double value) {
        return value == null ? 0 : value;
    }
}
