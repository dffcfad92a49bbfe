package io.fleetwright.agent.boot;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Interrupts the thread that made it, unless that has gone on to something else. */
final class TimeLimit implements Runnable {
    private final Thread self = Thread.currentThread();
    private boolean isOver;

    /** Does something that an interrupt ends, which comes after so many milliseconds and never once this has returned. */
    static <T> T within(ScheduledExecutorService timer, long millis, Supplier<T> work) {
        TimeLimit limit = new TimeLimit();
        Future<?> later = timer.schedule(limit, millis, TimeUnit.MILLISECONDS);
        try {
            return work.get();
        } finally {
            later.cancel(false);
            limit.end();
        }
    }

    @Override
    public synchronized void run() {
        if (!isOver) {
            self.interrupt();
        }
    }

    /** For the thread that made it. */
    private synchronized void end() {
        isOver = true;
        boolean _ = Thread.interrupted();
    }
}
