package io.fleetwright.scheduler.partition;

/**
 * A tensor on its way.
 *
 * @param producer the layer whose output it is, {@link LayerGraph#INPUT} for the input
 * @param bits of each value
 * @param from the device that sends it, by its place among the tiers
 * @param bytes on the link
 * @param millijoules that the sender pays
 * @param receiverMillijoules that the receiver pays
 */
public record Transfer(
        int producer,
        int bits,
        int from,
        int to,
        long bytes,
        double millis,
        double millijoules,
        double receiverMillijoules) {}
