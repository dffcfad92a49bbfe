package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.stream.Board;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeviceQueueTest {
    private static final Digest DIGEST = Digest.of(new byte[] {1});

    private final DeviceQueue queue =
            new DeviceQueue(new EmulatedDriver("x", DeviceProfiles.find("gap9").orElseThrow()));

    private static final class Silent implements Board.Watcher {
        @Override
        public @Nullable Measured ran(Measured measured, @Nullable SensorFrame frame, long beforeMicros) {
            return null;
        }

        @Override
        public void failed(String reason) {}
    }

    private static Item order(String name) {
        return new Item(World.work(name, 1, "x", DIGEST, 1000), 1_000_000);
    }

    private static Item run(String name, int priority, boolean urgent, long deadline) {
        return new Item(
                World.work(name, 1, "x", DIGEST, 1000), new Board.Turn(priority, urgent, deadline), null, new Silent());
    }

    private List<String> drain() {
        List<String> names = new ArrayList<>();
        for (Item item = queue.poll(_ -> true); item != null; item = queue.poll(_ -> true)) {
            names.add(item.work.task());
        }
        return names;
    }

    @Test
    void runsGoByPriorityThenByDeadlineInThePlacesThatTheyHave() {
        queue.add(run("low", 0, false, 10));
        queue.add(order("first"));
        queue.add(run("late", 5, false, 90));
        queue.add(order("second"));
        queue.add(run("soon", 5, false, 50));
        queue.add(run("high", 9, false, 99));
        assertThat(drain()).containsExactly("high", "first", "soon", "second", "late", "low");
    }

    @Test
    void anUrgentRunBringsAPlaceBeforeAllAndAHigherPriorityTakesItFirst() {
        queue.add(order("order"));
        queue.add(run("waits", 3, false, 10));
        queue.add(run("urgent", 3, true, 90));
        assertThat(drain()).containsExactly("urgent", "order", "waits");
        queue.add(order("order"));
        queue.add(run("high", 4, false, 10));
        queue.add(run("urgent", 3, true, 90));
        assertThat(drain()).containsExactly("high", "order", "urgent");
    }

    @Test
    void ofTwoThatAreAlikeTheOneThatCameFirstIsFirst() {
        queue.add(run("a", 1, true, 10));
        queue.add(run("b", 1, true, 10));
        queue.add(run("c", 1, false, 10));
        queue.add(run("d", 1, false, 10));
        assertThat(drain()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatMayNotRunYetLetsTheNextOneGoAndKeepsItsPlace() {
        queue.add(order("large"));
        queue.add(run("frame", 0, false, 10));
        queue.add(order("small"));
        Item frame = queue.poll(item -> !item.work.task().equals("large"));
        assertThat(frame == null ? "" : frame.work.task()).isEqualTo("frame");
        assertThat(queue.poll(_ -> false)).isNull();
        assertThat(drain()).containsExactly("large", "small");
    }

    /** Places are those of orders and of runs; at each poll the first run is looked for among all. */
    @Test
    void whateverComesThePlacesOfOrdersStayAndTheFirstRunIsTaken() {
        SeededCases.forEach(1, 500, (random, _) -> {
            DeviceQueue real = new DeviceQueue(
                    new EmulatedDriver("x", DeviceProfiles.find("gap9").orElseThrow()));
            List<Item> orders = new ArrayList<>();
            List<Item> runs = new ArrayList<>();
            List<Boolean> places = new ArrayList<>();
            for (int step = 0; step < 60; step++) {
                switch (random.nextInt(5)) {
                    case 0 -> {
                        Item item = order("o" + step);
                        real.add(item);
                        orders.add(item);
                        places.add(false);
                    }
                    case 1, 2 -> {
                        Item item = anyRun(random, step);
                        real.add(item);
                        runs.add(item);
                        boolean urgent = item.turn != null && item.turn.isUrgent();
                        places.add(urgent ? 0 : places.size(), true);
                    }
                    default -> assertThat(real.poll(_ -> true)).isSameAs(next(orders, runs, places));
                }
                assertThat(real.waiting()).isEqualTo(orders.size() + runs.size());
            }
        });
    }

    private static Item anyRun(SplittableRandom random, int step) {
        return run("r" + step, random.nextInt(3), random.nextInt(4) == 0, random.nextInt(5));
    }

    private static @Nullable Item next(List<Item> orders, List<Item> runs, List<Boolean> places) {
        if (places.isEmpty()) {
            return null;
        }
        if (!places.removeFirst()) {
            return orders.removeFirst();
        }
        Item first = runs.getFirst();
        for (Item one : runs) {
            first = isBefore(one, first) ? one : first;
        }
        runs.remove(first);
        return first;
    }

    private static boolean isBefore(Item one, Item other) {
        Board.Turn a = one.turn;
        Board.Turn b = other.turn;
        if (a == null || b == null) {
            throw new AssertionError("not a run");
        }
        if (a.priority() != b.priority()) {
            return a.priority() > b.priority();
        }
        return a.isUrgent() != b.isUrgent() ? a.isUrgent() : a.deadlineMicros() < b.deadlineMicros();
    }
}
