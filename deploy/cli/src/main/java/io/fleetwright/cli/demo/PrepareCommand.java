package io.fleetwright.cli.demo;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.process.Installation;
import io.fleetwright.cli.process.Ports;
import io.fleetwright.cli.process.StartCaches;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Faster starts of this installation's controller and agents. */
@Command(
        name = "prepare",
        description = {
            "Makes later starts of the controller and of agents take about half as long, until the next build.",
            "Runs the demo's work once on ports and data of its own, and keeps what the JVM learned of it in "
                    + "target/start (some 200 MB)."
        })
public final class PrepareCommand extends CliCommand {
    private static final Duration ASSEMBLY_LIMIT = Duration.ofMinutes(5);
    /** Requests until the inference path is compiled: what a new controller then compiles first. */
    private static final int PRACTICE = 3000;

    private static final int PORT_TRIES_MAX = 50;
    private static final int PORT_LEAST = 20_000;
    private static final int PORT_MOST = 30_000;
    private static final double MEGABYTE = 1 << 20;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        Installation installation = Installation.find();
        StartCaches caches = installation.caches();
        Path work = caches.folder().resolve("work");
        Steps steps = new Steps(out(), Steps.isTerminal());
        try (FileChannel channel = lockFile(caches.folder());
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new CommandFailure("another 'prepare' is at work in %s".formatted(caches.folder()));
            }
            delete(work);
            Files.createDirectories(work);
            StringWriter unheard = new StringWriter();
            Demo.Settings settings = new Demo.Settings(1, freePorts(), true, work, 1, PRACTICE);
            steps.step("controller and boards do the demo's work and note what they use");
            new Demo(settings, installation.recording(), new Steps(new PrintWriter(unheard), false)).run();
            for (String part : Installation.PARTS) {
                assemble(installation, part, work.resolve("logs"));
                steps.step(String.format(Locale.ROOT, "%s: %.0f MB", part, Files.size(caches.cache(part)) / MEGABYTE));
            }
            delete(work);
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be used: %s".formatted(caches.folder(), failure.getMessage()), failure);
        }
        return CommandFailure.DONE;
    }

    private static FileChannel lockFile(Path folder) throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void assemble(Installation installation, String part, Path logs)
            throws CommandFailure, IOException, InterruptedException {
        StartCaches caches = installation.caches();
        Path log = logs.resolve(part + "-cache.log");
        if (!Files.exists(caches.notes(part))) {
            throw new CommandFailure("the %s noted nothing when it ended (logs: %s)".formatted(part, logs));
        }
        Process process = new ProcessBuilder(installation.assembly(part))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(log.toFile()))
                .start();
        try {
            if (!process.waitFor(ASSEMBLY_LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new CommandFailure("the JVM made no cache for the %s (log: %s)".formatted(part, log));
            }
        } finally {
            process.destroyForcibly();
        }
        caches.publish(part);
    }

    /** Ports that nothing else uses, now. */
    private static Ports freePorts() throws CommandFailure {
        RandomGenerator random = RandomGenerator.getDefault();
        for (int attempt = 1; ; attempt++) {
            Ports ports = Ports.from(random.nextInt(PORT_LEAST, PORT_MOST));
            try {
                ports.requireFree();
                return ports;
            } catch (CommandFailure busy) {
                if (attempt == PORT_TRIES_MAX) {
                    throw busy;
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
