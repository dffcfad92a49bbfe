package io.fleetwright.agent.core;

import java.util.HashMap;
import java.util.Map;

/** Whose turn it is to run in a shadow: an even share of the inputs, and never so many that serving waits for long. */
final class Shadows {
    private static final int RUNNING_MAX = 2;

    private final Map<String, Integer> credit = new HashMap<>();
    private final Map<String, Integer> running = new HashMap<>();

    /** Counts one served input; true when the shadow gets it too. */
    boolean isTurn(String device, String slot, int percent) {
        int sum = credit.merge(device + "/" + slot, percent, Integer::sum);
        if (sum < 100) {
            return false;
        }
        credit.put(device + "/" + slot, sum - 100);
        return running.getOrDefault(device, 0) < RUNNING_MAX;
    }

    void begin(String device) {
        running.merge(device, 1, Integer::sum);
    }

    void end(String device) {
        running.merge(device, -1, Integer::sum);
    }
}
