package io.fleetwright.forge.evaluate;

/**
 * What it costs to send what crosses a cut in four bits for each value.
 *
 * @param boundary first operator behind the cut, at least 1
 * @param loss against the network that is not cut
 */
public record CutLoss(int boundary, PairedLoss loss) {}
