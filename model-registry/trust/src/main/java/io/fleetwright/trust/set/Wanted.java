package io.fleetwright.trust.set;

import java.util.Optional;

/**
 * A document that must come before an order can be judged.
 *
 * @param line whose targets they are; empty for the snapshot
 * @param reference what to ask for
 */
public record Wanted(Optional<String> line, Reference reference) {}
