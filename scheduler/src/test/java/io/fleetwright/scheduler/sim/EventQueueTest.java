package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private record Event(double time, int phase, double known, long what) {}

    @Test
    void timeComesFirstThenPhaseThenWhenItWasKnownThenTheOrderOfAdding() {
        var queue = new EventQueue();
        queue.add(2, EventQueue.EARLY, 1);
        queue.add(1, EventQueue.LATE, 0.0, 2);
        queue.add(1, EventQueue.EARLY, 0.5, 3);
        queue.add(1, EventQueue.EARLY, 0.2, 4);
        queue.add(1, EventQueue.EARLY, 0.2, 5);
        queue.add(1, EventQueue.LATE, -1.0, 6);
        assertThat(drained(queue)).containsExactly(4L, 5L, 3L, 6L, 2L, 1L);
    }

    @Test
    void aLookAtTheFirstTakesNothingOut() {
        var queue = new EventQueue();
        assertThat(queue.isEmpty()).isTrue();
        queue.add(7, EventQueue.LATE, 42);
        assertThat(queue.time()).isEqualTo(7);
        assertThat(queue.isLate()).isTrue();
        assertThat(queue.peek()).isEqualTo(42);
        assertThat(queue.isEmpty()).isFalse();
        assertThat(queue.remove()).isEqualTo(42);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void addingAndTakingByTurnsGivesTheOrderOfASortedList() {
        SeededCases.forEach(1, 100, (random, _) -> {
            var queue = new EventQueue();
            List<Event> list = new ArrayList<>();
            for (long what = 0; what < 400; what++) {
                var event = new Event(random.nextInt(12), random.nextInt(2), random.nextInt(3), what);
                queue.add(event.time(), event.phase(), event.known(), what);
                list.add(event);
                if (random.nextInt(3) == 0) {
                    assertThat(queue.remove()).isEqualTo(removeFirst(list));
                }
            }
            while (!list.isEmpty()) {
                assertThat(queue.remove()).isEqualTo(removeFirst(list));
            }
            assertThat(queue.isEmpty()).isTrue();
        });
    }

    private static long removeFirst(List<Event> list) {
        Event first = list.stream()
                .min(Comparator.comparingDouble(Event::time)
                        .thenComparingInt(Event::phase)
                        .thenComparingDouble(Event::known)
                        .thenComparingLong(Event::what))
                .orElseThrow();
        list.remove(first);
        return first.what();
    }

    private static List<Long> drained(EventQueue queue) {
        List<Long> all = new ArrayList<>();
        while (!queue.isEmpty()) {
            all.add(queue.remove());
        }
        return all;
    }
}
