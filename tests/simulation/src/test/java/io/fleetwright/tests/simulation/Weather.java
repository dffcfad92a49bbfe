package io.fleetwright.tests.simulation;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What goes wrong until it is calm, and how messages travel meanwhile. */
final class Weather {
    /** How bad it is; all are probabilities of one event. */
    record Faults(
            double loss,
            double duplication,
            double agentCrash,
            double controllerCrash,
            double storeFailure,
            double linkBreak) {}

    private final Timeline time;
    private final SplittableRandom random;
    private final Faults faults;
    private final Map<String, Integer> done = new TreeMap<>();
    private boolean stormy;
    private long trace = 17;
    private int delivered;

    Weather(Timeline time, SplittableRandom random, Faults faults) {
        this.time = time;
        this.random = random;
        this.faults = faults;
    }

    Faults faults() {
        return faults;
    }

    void storm() {
        stormy = true;
    }

    void calm() {
        stormy = false;
    }

    boolean isStormy() {
        return stormy;
    }

    boolean happens(double probability) {
        return stormy && random.nextDouble() < probability;
    }

    void count(String fault) {
        done.merge(fault, 1, Integer::sum);
    }

    /** How often what has happened. */
    Map<String, Integer> done() {
        return new TreeMap<>(done);
    }

    /** A message that may be lost, doubled or late. */
    void travel(Runnable arrival) {
        int copies = happens(faults.loss) ? 0 : happens(faults.duplication) ? 2 : 1;
        if (copies != 1) {
            count(copies == 0 ? "lost messages" : "doubled messages");
        }
        for (int copy = 0; copy < copies; copy++) {
            boolean late = stormy && random.nextInt(10) == 0;
            if (late) {
                count("late messages");
            }
            long delay = stormy ? 1 + random.nextLong(late ? 3000 : 80) : 5;
            time.at(delay, () -> {
                delivered++;
                trace = trace * 31 + time.now();
                arrival.run();
            });
        }
    }

    int delivered() {
        return delivered;
    }

    /** A number of all arrivals and their times. */
    long trace() {
        return trace;
    }
}
