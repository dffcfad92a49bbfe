package io.fleetwright.forge.select;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a device can run at all.
 *
 * @param device its name
 * @param operators that its runtime has; absent when nobody said, and then operators refuse nothing
 * @param bits of weights that it can take; likewise
 */
public record DeviceFacts(String device, Optional<Set<String>> operators, Optional<Set<Integer>> bits, Memory memory) {
    public DeviceFacts {
        operators = operators.map(Set::copyOf);
        bits = bits.map(Set::copyOf);
    }

    /** Why the candidate cannot run here, whatever it is worth; these are never relaxed. */
    List<Obstacle> obstacles(Candidate candidate) {
        List<Obstacle> obstacles = new ArrayList<>();
        if (operators.isPresent() && !operators.get().containsAll(candidate.operators())) {
            Set<String> missing = new TreeSet<>(candidate.operators());
            missing.removeAll(operators.get());
            obstacles.add(new Obstacle.MissingOperators(List.copyOf(missing)));
        }
        if (bits.isPresent() && !bits.get().contains(candidate.bits())) {
            obstacles.add(new Obstacle.UnsupportedBits(candidate.bits(), bits.get()));
        }
        memory.obstacle(candidate).ifPresent(obstacles::add);
        return obstacles;
    }
}
