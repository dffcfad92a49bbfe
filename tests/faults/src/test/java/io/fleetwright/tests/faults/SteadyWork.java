package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A few callers of which each has one job run after the other, so that there is always work in progress. */
final class SteadyWork implements AutoCloseable {
    private final Operator operator;
    private final AtomicInteger accepted = new AtomicInteger();
    private final Map<String, JsonNode> ended = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean stopped;

    /** Starts so many callers on each of these devices. */
    SteadyWork(Operator operator, int callersPerDevice, String... devices) {
        this.operator = operator;
        for (String device : devices) {
            for (int i = 0; i < callersPerDevice; i++) {
                callers.add(Thread.ofVirtual().start(() -> call(device)));
            }
        }
    }

    private void call(String device) {
        try {
            while (!stopped) {
                String job = operator.submit(device, FaultyFleet.DEADLINE);
                accepted.incrementAndGet();
                JsonNode end =
                        operator.awaitEnded(List.of(job), FaultyFleet.LIMIT).getFirst();
                ended.put(job, end);
                assertThat(end.get("state").asText()).as(end.toString()).isEqualTo("succeeded");
            }
        } catch (Exception | AssertionError wrong) {
            failure.compareAndSet(null, wrong);
        }
    }

    /** Jobs that the controller has accepted. */
    int accepted() {
        return accepted.get();
    }

    /** Waits until so many more jobs have ended; fails with what stopped a caller. */
    void awaitMore(int count) {
        int before = ended.size();
        Await.until(
                "%d more jobs have ended".formatted(count),
                FaultyFleet.LIMIT,
                () -> failure.get() != null || ended.size() >= before + count);
        assertThat(failure.get()).isNull();
    }

    /** Ends the callers, and asks that each accepted job succeeded and is still as it was when it ended. */
    void stopAndCheck() throws Exception {
        close();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(failure.get()).isNull();
        assertThat(ended).as("jobs that have ended, of all accepted").hasSize(accepted.get());
        for (Map.Entry<String, JsonNode> job : ended.entrySet()) {
            assertThat(operator.job(job.getKey()))
                    .as("an ended job stays as it is")
                    .isEqualTo(job.getValue());
        }
    }

    /** Has the callers end once their present jobs have. */
    @Override
    public void close() {
        stopped = true;
    }
}
