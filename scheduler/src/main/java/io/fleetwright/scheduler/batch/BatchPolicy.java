package io.fleetwright.scheduler.batch;

import java.util.Locale;

/** Rules of the portfolio, in the order in which they are tried; of equal plans the first is taken. */
public enum BatchPolicy {
    /** Each job, in the given order, where it finishes first: what one does who looks at one job at a time. */
    EARLIEST_FINISH,
    /** The job of the earliest deadline first, where it finishes first. */
    EARLIEST_DEADLINE,
    /** The job of the least execution time for its weight first, where it finishes first (Smith 1956). */
    SHORTEST_FIRST,
    /** Again and again the job of the least earliest finish (Ibarra and Kim 1977). */
    MIN_MIN,
    /** Again and again the job of the greatest earliest finish (Ibarra and Kim 1977). */
    MAX_MIN,
    /** Again and again the job that would lose most on the second-best device (Maheswaran et al. 1999). */
    SUFFERAGE,
    /** Each job, in the given order, where it takes least energy among the devices that keep its deadline. */
    LEAST_ENERGY,
    /** The best of those before, with moves and swaps as long as they make it better. */
    IMPROVED;

    /** Name in texts and JSON: {@code earliest-finish}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
