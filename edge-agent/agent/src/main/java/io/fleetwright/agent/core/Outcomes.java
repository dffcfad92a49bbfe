package io.fleetwright.agent.core;

import io.fleetwright.telemetry.wire.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Ends of jobs that this node was told of: the newest ones, each once, for applications on the board. For any thread. */
public final class Outcomes {
    public static final int KEPT_MAX = 64;

    private final Deque<Numbered> kept = new ArrayDeque<>();
    private long last;

    /** An outcome and its place among all of this start, from 1. */
    public record Numbered(long number, Outcome outcome) {}

    /** Takes one in; one that is kept already changes nothing. */
    public synchronized void add(Outcome outcome) {
        if (kept.stream().anyMatch(one -> one.outcome.job().equals(outcome.job()))) {
            return;
        }
        kept.addLast(new Numbered(++last, outcome));
        if (kept.size() > KEPT_MAX) {
            kept.removeFirst();
        }
    }

    /** Those with a number above {@code number}, the oldest first. */
    public synchronized List<Numbered> after(long number) {
        List<Numbered> newer = new ArrayList<>();
        for (Numbered one : kept) {
            if (one.number > number) {
                newer.add(one);
            }
        }
        return newer;
    }
}
