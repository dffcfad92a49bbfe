package io.fleetwright.scheduler.policy;

import java.util.List;

/**
 * Where and when a task is to run, and why.
 *
 * @param candidates every device: the chosen one first, then the possible ones by finish, then the impossible ones
 */
public record Placement(String task, String device, double start, double finish, List<Candidate> candidates) {
    public Placement {
        candidates = List.copyOf(candidates);
    }
}
