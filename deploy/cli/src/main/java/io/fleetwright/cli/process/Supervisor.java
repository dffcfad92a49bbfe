package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps children running: one that dies is started again, at most five times a minute, and every one ends when this
 * closes. Until {@link #keepRunning} nothing is started again. Children are stopped in the reverse order of their starts.
 */
public final class Supervisor implements AutoCloseable {
    private static final int RESTARTS_MAX = 5;
    private static final Duration RESTART_WINDOW = Duration.ofMinutes(1);
    /** How long a child of the usual kind may take to end. */
    public static final Duration STOP_LIMIT = Duration.ofSeconds(5);

    private static final String OWN_ENVIRONMENT = "FLEETWRIGHT_";

    private final Consumer<String> news;
    private final Duration stopLimit;
    private final Map<String, Process> running = new LinkedHashMap<>();
    private final Map<String, Deque<Long>> restarts = new LinkedHashMap<>();
    private boolean keeping;
    private boolean closed;
    private @Nullable String givenUp;

    /** @param news hears, in one line, of every child that ended by itself */
    public Supervisor(Consumer<String> news) {
        this(news, STOP_LIMIT);
    }

    /**
     * @param news as above
     * @param stopLimit how long all children together may take to end before they are killed
     */
    public Supervisor(Consumer<String> news, Duration stopLimit) {
        this.news = news;
        this.stopLimit = stopLimit;
    }

    /** Starts a child and watches it from now on. */
    public synchronized void start(Child child) throws CommandFailure {
        if (closed) {
            throw new CommandFailure("%s is not started: everything is being stopped".formatted(child.name()));
        }
        ProcessBuilder builder = new ProcessBuilder(child.command())
                .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(child.log().toFile()));
        // A child's settings come from its command line; what configures this process is not meant for it.
        builder.environment().keySet().removeIf(name -> name.startsWith(OWN_ENVIRONMENT));
        try {
            Process process = builder.start();
            running.put(child.name(), process);
            var _ = process.onExit().thenAccept(ended -> exited(child, ended));
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be started: %s".formatted(child.name(), failure.getMessage()), failure);
        }
    }

    /** From now on a child that ends is started again; before, its end is final, since a start that fails fails again. */
    public synchronized void keepRunning() {
        keeping = true;
    }

    /**
     * Fails when a child could not be kept running.
     *
     * @throws CommandFailure saying which one, with the end of its log
     */
    public synchronized void check() throws CommandFailure {
        String reason = givenUp;
        if (reason != null) {
            throw new CommandFailure(reason);
        }
    }

    private synchronized void exited(Child child, Process ended) {
        if (closed || !ended.equals(running.get(child.name()))) {
            return;
        }
        running.remove(child.name());
        if (!keeping) {
            givenUp =
                    "%s does not start (exit code %d): %s".formatted(child.name(), ended.exitValue(), lastWords(child));
            return;
        }
        long now = System.nanoTime();
        Deque<Long> recent = restarts.computeIfAbsent(child.name(), _ -> new ArrayDeque<>());
        recent.removeIf(at -> now - at > RESTART_WINDOW.toNanos());
        if (recent.size() >= RESTARTS_MAX) {
            givenUp = "%s ended %d times within a minute (exit code %d): %s"
                    .formatted(child.name(), recent.size() + 1, ended.exitValue(), lastWords(child));
            return;
        }
        recent.add(now);
        news.accept("%s ended (exit code %d), starting it again".formatted(child.name(), ended.exitValue()));
        try {
            start(child);
        } catch (CommandFailure failure) {
            givenUp = failure.getMessage();
        }
    }

    /** The last line of a child's log that says anything, and where to read the rest. */
    private static String lastWords(Child child) {
        String last = "";
        try {
            List<String> lines = Files.readAllLines(child.log());
            last = lines.reversed().stream()
                    .filter(line -> !line.isBlank())
                    .findFirst()
                    .orElse("");
        } catch (IOException unreadable) {
            last = "its log cannot be read";
        }
        return "%s (log: %s)".formatted(last.strip(), child.log());
    }

    /** Ends every child: asks, waits, insists. Safe to call twice and from a shutdown hook. */
    @Override
    public void close() {
        List<Process> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(running.values()).reversed();
            running.clear();
        }
        ending.forEach(Process::destroy);
        long until = System.nanoTime() + stopLimit.toNanos();
        for (Process process : ending) {
            try {
                if (!process.waitFor(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    // Gone from its ports before the demo says that it has ended.
                    var _ = process.destroyForcibly().waitFor(1, TimeUnit.SECONDS);
                }
            } catch (InterruptedException stopping) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
