package io.fleetwright.tests.simulation;

import java.util.PriorityQueue;

/** Virtual time, Unix milliseconds, and what is going to happen; of two things at one time, what was planned first. */
final class Timeline {
    private record Event(long at, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private long now;
    private long order;

    Timeline(long startMillis) {
        this.now = startMillis;
    }

    long now() {
        return now;
    }

    void at(long delayMillis, Runnable action) {
        events.add(new Event(now + delayMillis, order++, action));
    }

    void runUntil(long end) {
        while (true) {
            Event next = events.peek();
            if (next == null || next.at > end) {
                now = end;
                return;
            }
            events.poll();
            now = Math.max(now, next.at);
            next.action.run();
        }
    }
}
