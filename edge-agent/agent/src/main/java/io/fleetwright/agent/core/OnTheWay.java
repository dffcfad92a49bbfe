package io.fleetwright.agent.core;

import io.fleetwright.telemetry.wire.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Stretches that have come sooner than their emulated link lets them; they count as here when they are due. */
final class OnTheWay {
    /** Stretches at a time: eight megabytes at most. */
    static final int MAX = 64;

    private final PriorityQueue<One> all = new PriorityQueue<>(Comparator.comparingLong(One::dueMicros));

    /** A stretch, when it is due, and the node that sent it. */
    record One(long dueMicros, String from, Tensor tensor) {}

    /** False when there are too many. */
    boolean add(long dueMicros, String from, Tensor tensor) {
        return all.size() < MAX && all.add(new One(dueMicros, from, tensor));
    }

    /** Those that are here, the earliest first. */
    List<One> takeDue(long nowMicros) {
        List<One> due = new ArrayList<>();
        for (One next = all.peek(); next != null && next.dueMicros <= nowMicros; next = all.peek()) {
            due.add(all.remove());
        }
        return due;
    }

    long nextDueMicros() {
        One next = all.peek();
        return next == null ? Long.MAX_VALUE : next.dueMicros;
    }
}
