package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs one child with this process's own streams until it ends, and ends it when this process is told to. */
final class Foreground {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private Foreground() {}

    /** The child's exit code, with signals as 1. */
    static int run(List<String> command) throws CommandFailure, InterruptedException {
        Process child;
        try {
            child = new ProcessBuilder(command).inheritIO().start();
        } catch (IOException failure) {
            throw new CommandFailure(
                    "%s cannot be started: %s".formatted(command.get(0), failure.getMessage()), failure);
        }
        Thread hook = Thread.ofPlatform().unstarted(() -> stop(child));
        Runtime.getRuntime().addShutdownHook(hook);
        int code = child.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            return CommandFailure.FAILED;
        }
        return code == CommandFailure.DONE || code == CommandFailure.WRONG_USAGE ? code : CommandFailure.FAILED;
    }

    private static void stop(Process child) {
        child.destroy();
        try {
            if (!child.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                child.destroyForcibly();
            }
        } catch (InterruptedException stopping) {
            child.destroyForcibly();
        }
    }
}
