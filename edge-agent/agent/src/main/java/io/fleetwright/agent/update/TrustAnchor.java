package io.fleetwright.agent.update;

import java.time.InstantSource;

/**
 * Where a node's trust begins.
 *
 * @param root the signed root of enrolment
 * @param wall the time of day, by which documents expire
 */
public record TrustAnchor(String tenant, String node, byte[] root, InstantSource wall) {}
