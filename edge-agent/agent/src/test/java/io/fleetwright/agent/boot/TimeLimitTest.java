package io.fleetwright.agent.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TimeLimitTest {
    @Test
    void whatTakesTooLongIsInterruptedAndTheThreadGoesOnAsBefore() {
        try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor()) {
            boolean interrupted = TimeLimit.within(timer, 1, () -> {
                try {
                    return new CountDownLatch(1).await(20, TimeUnit.SECONDS);
                } catch (InterruptedException expected) {
                    return true;
                }
            });
            assertThat(interrupted).isTrue();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    /** A timer whose tasks are run by the test. */
    private static final class Timer extends ScheduledThreadPoolExecutor {
        private final List<Runnable> tasks = new ArrayList<>();

        Timer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            tasks.add(task);
            return super.schedule(() -> {}, delay, unit);
        }
    }

    @Test
    void aLimitThatComesAMomentTooLateInterruptsNothing() {
        try (Timer timer = new Timer()) {
            assertThat(TimeLimit.within(timer, 0, () -> 7)).isEqualTo(7);
            timer.tasks.forEach(Runnable::run);
            assertThat(Thread.interrupted()).isFalse();
        }
    }
}
