package io.fleetwright.trust.set;

import java.util.List;
import java.util.TreeSet;

/**
 * The keys of a role.
 *
 * @param threshold how many of them must sign, 1 to their number
 * @param keyIds names of the keys, ascending
 */
public record RoleKeys(int threshold, List<String> keyIds) {
    public RoleKeys {
        keyIds = List.copyOf(new TreeSet<>(keyIds));
        if (threshold < 1 || threshold > keyIds.size()) {
            throw new IllegalArgumentException(
                    "threshold (%d) must be 1 to the number of keys (%d)".formatted(threshold, keyIds.size()));
        }
    }
}
