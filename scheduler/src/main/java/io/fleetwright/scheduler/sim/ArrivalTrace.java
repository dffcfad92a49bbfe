package io.fleetwright.scheduler.sim;

import java.util.List;

/** When jobs arrive, in order, and of which application each is. */
public record ArrivalTrace(List<Arrival> arrivals) {
    public static final int ARRIVALS_MAX = 5_000_000;

    /** One job. */
    public record Arrival(double micros, String application) {
        public Arrival {
            if (!(micros >= 0 && micros <= 1e15)) {
                throw new InvalidWorkloadException("arrival (%s us) must be 0 to 1e15".formatted(micros));
            }
        }
    }

    public ArrivalTrace {
        arrivals = List.copyOf(arrivals);
        for (int i = 1; i < arrivals.size(); i++) {
            if (arrivals.get(i).micros() < arrivals.get(i - 1).micros()) {
                throw new InvalidWorkloadException("job %d arrives at %s us, before job %d at %s us"
                        .formatted(
                                i,
                                arrivals.get(i).micros(),
                                i - 1,
                                arrivals.get(i - 1).micros()));
            }
        }
    }
}
