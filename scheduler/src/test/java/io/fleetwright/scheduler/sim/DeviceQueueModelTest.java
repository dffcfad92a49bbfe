package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The queue of a device against a list that is sorted anew each time. */
class DeviceQueueModelTest {
    private record Waiting(int task, double key) {}

    @Test
    void itIsASortedListThatKeepsTheOrderOfEqualKeys() {
        SeededCases.forEach(1, 150, (random, _) -> {
            var queue = new DeviceQueue();
            List<Waiting> list = new ArrayList<>();
            double[] arrival = random.doubles(200, 0, 20).map(Math::rint).toArray();
            for (int step = 0; step < 200; step++) {
                if (random.nextInt(5) < 3) {
                    double key = random.nextInt(5) == 0 ? Double.POSITIVE_INFINITY : random.nextInt(-3, 4);
                    queue.add(step, key);
                    list.add(new Waiting(step, key));
                } else if (!list.isEmpty()) {
                    int gone = random.nextInt(4) == 0
                            ? 1000
                            : list.get(random.nextInt(list.size())).task();
                    queue.remove(gone);
                    list.removeIf(waiting -> waiting.task() == gone);
                }
                list.sort(Comparator.comparingDouble(Waiting::key));
                assertThat(IntStream.range(0, queue.size()).mapToObj(queue::task))
                        .isEqualTo(list.stream().map(Waiting::task).toList());
                double now = random.nextInt(22);
                assertThat(queue.firstArrived(arrival, now))
                        .isEqualTo(list.stream()
                                .map(Waiting::task)
                                .filter(task -> arrival[task] <= now)
                                .findFirst()
                                .orElse(DeviceQueue.NONE));
            }
        });
    }
}
