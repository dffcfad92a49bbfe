package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.stream.Board;
import io.fleetwright.telemetry.wire.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Attempts whose input is here already and counts as on its way until {@link Item#availableMicros}. */
final class Held {
    private final PriorityQueue<Item> items =
            new PriorityQueue<>(Comparator.comparingLong((Item item) -> item.availableMicros));

    void add(Item item) {
        items.add(item);
    }

    /** Those whose input is there, in that order; they are held no more. */
    List<Item> takeDue(long nowMicros) {
        List<Item> due = new ArrayList<>();
        for (Item next = items.peek(); next != null && next.availableMicros <= nowMicros; next = items.peek()) {
            due.add(items.remove());
        }
        return due;
    }

    /** Those whose deadline has passed; they are held no more. */
    List<Item> takeLate(long nowMicros) {
        return take(item -> nowMicros >= item.deadlineMicros);
    }

    /** Forgets a task; its attempts that were held. */
    List<Item> cancel(String task) {
        return take(item -> item.work.task().equals(task));
    }

    /** Forgets what somebody watches, who hears nothing. */
    void drop(Board.Watcher watcher) {
        items.removeIf(item -> watcher.equals(item.watcher));
    }

    private List<Item> take(Predicate<Item> which) {
        List<Item> taken = new ArrayList<>();
        items.removeIf(item -> {
            boolean one = which.test(item);
            if (one) {
                taken.add(item);
            }
            return one;
        });
        return taken;
    }

    /** What runs of streams hold for a device. */
    Stream<Item> runs(String device) {
        return items.stream()
                .filter(item -> item.turn != null && item.work.device().equals(device));
    }

    boolean has(Predicate<Work> such) {
        return items.stream().anyMatch(item -> such.test(item.work));
    }

    long nextDueMicros() {
        return items.stream()
                .mapToLong(item -> Math.min(item.availableMicros, item.deadlineMicros))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    int count(String device) {
        return (int)
                items.stream().filter(item -> item.work.device().equals(device)).count();
    }

    int size() {
        return items.size();
    }
}
