package io.fleetwright.scheduler.partition;

import java.util.List;

/**
 * A network, the devices that may run it, and the ways between them.
 *
 * @param tiers in the order in which a network may move on; the first one has the input
 * @param links {@code links[from][to]} for {@code to > from}
 * @param inputBits of the input as the source gives it; it is sent in no others
 * @param bits that tensors may be sent in, such as 32, 8, 4
 */
public record PartitionProblem(
        LayerGraph graph,
        List<Tier> tiers,
        List<List<Link>> links,
        WireFormat format,
        int inputBits,
        List<Integer> bits,
        Penalty penalty) {
    private static final int TIERS_MAX = 8;
    private static final int BITS_MAX = 32;

    public PartitionProblem {
        tiers = List.copyOf(tiers);
        links = links.stream().map(List::copyOf).toList();
        bits = List.copyOf(bits);
        if (tiers.size() < 2 || tiers.size() > TIERS_MAX) {
            throw new IllegalArgumentException("devices (%d) must be 2 to %d".formatted(tiers.size(), TIERS_MAX));
        }
        for (Tier tier : tiers) {
            if (tier.millis().length != graph.size()) {
                throw new IllegalArgumentException("%s has times of %d layers, the network has %d"
                        .formatted(tier.name(), tier.millis().length, graph.size()));
            }
        }
        for (int from = 0; from < tiers.size() - 1; from++) {
            if (links.size() <= from || links.get(from).size() != tiers.size()) {
                throw new IllegalArgumentException("links from %s must name one for each device"
                        .formatted(tiers.get(from).name()));
            }
        }
        if (bits.isEmpty() || bits.stream().anyMatch(one -> one < 1 || one > BITS_MAX)) {
            throw new IllegalArgumentException("bits (%s) must be some of 1 to %d".formatted(bits, BITS_MAX));
        }
    }

    /** Two devices. */
    public static PartitionProblem of(
            LayerGraph graph, Tier device, Tier server, Link link, WireFormat format, List<Integer> bits) {
        return new PartitionProblem(
                graph, List.of(device, server), List.of(List.of(link, link)), format, Byte.SIZE, bits, Penalty.NONE);
    }

    /** The same with another cost of few bits. */
    public PartitionProblem with(Penalty other) {
        return new PartitionProblem(graph, tiers, links, format, inputBits, bits, other);
    }

    Link link(int from, int to) {
        return links.get(from).get(to);
    }

    /** The input travels as its source gives it, other tensors in no fewer bits than they may. */
    boolean maySend(int producer, int bits) {
        return producer == LayerGraph.INPUT
                ? bits == inputBits
                : penalty.loss(producer, bits) < Double.POSITIVE_INFINITY;
    }

    /** The transfer of a layer's output. */
    Transfer transfer(int producer, int bits, int from, int to) {
        long bytes = format.bytes(graph.feature(producer), bits);
        Link link = link(from, to);
        return new Transfer(
                producer,
                bits,
                from,
                to,
                bytes,
                link.millis(bytes),
                link.millijoules(bytes),
                link.receiverMillijoules(bytes));
    }
}
