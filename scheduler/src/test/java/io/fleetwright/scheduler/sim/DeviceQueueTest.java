package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeviceQueueTest {
    @Test
    void lowerKeysComeFirstAndEqualOnesAsTheyWereAdded() {
        var queue = new DeviceQueue();
        queue.add(10, 2);
        queue.add(11, 1);
        queue.add(12, 2);
        queue.add(13, 0);
        queue.add(14, 1);
        assertThat(tasks(queue)).containsExactly(13, 11, 14, 10, 12);
    }

    @Test
    void theFirstWhoseInputsAreThereMayOvertakeOthers() {
        var queue = new DeviceQueue();
        queue.add(0, 0);
        queue.add(1, 1);
        queue.add(2, 2);
        double[] arrival = {9, 5, 4};
        assertThat(queue.firstArrived(arrival, 3)).isEqualTo(DeviceQueue.NONE);
        assertThat(queue.firstArrived(arrival, 4)).isEqualTo(2);
        assertThat(queue.firstArrived(arrival, 5)).isEqualTo(1);
        assertThat(queue.firstArrived(arrival, 9)).isZero();
    }

    @Test
    void aTaskIsTakenOutOfTheMiddleAndAnUnknownOneChangesNothing() {
        var queue = new DeviceQueue();
        IntStream.range(0, 20).forEach(task -> queue.add(task, task));
        queue.remove(7);
        queue.remove(0);
        queue.remove(19);
        queue.remove(99);
        assertThat(queue.size()).isEqualTo(17);
        assertThat(tasks(queue)).doesNotContain(0, 7, 19).isSorted();
    }

    private static List<Integer> tasks(DeviceQueue queue) {
        return IntStream.range(0, queue.size()).map(queue::task).boxed().toList();
    }
}
