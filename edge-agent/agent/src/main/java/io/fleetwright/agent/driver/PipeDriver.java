package io.fleetwright.agent.driver;

import io.fleetwright.runtime.SelfTest;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.trust.Digest;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A device that another program on this board works: a drone behind a radio, an accelerator with a library of its own. The program
 * is spoken with over its standard input and output, as docs/drivers.md tells; it is started again when it has ended, and ended when
 * it does not answer.
 */
public final class PipeDriver implements Driver, AutoCloseable {
    /** How a device is called whose program runs stretches of networks, and one whose program runs whole networks only. */
    public static final String KIND = "program";

    public static final String WHOLE = "program-whole";

    private static final String HELLO = "fleetwright-driver";
    private static final int PROTOCOL = 1;
    private static final int LINE_BYTES_MAX = 4096;
    /** Artifacts that are kept for a program that is started again; the one admitted longest ago goes first. */
    private static final int FILES_MAX = 16;

    private static final long RESTART_NANOS = 1_000_000_000L;
    private static final double MICROS_MAX = 1e10;

    private final String name;
    private final DeviceClass deviceClass;
    private final List<String> command;
    private final Path folder;
    private final LongSupplier nanos;
    private final Duration limit;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("driver-watch").factory());
    private final Map<Digest, Path> files = new LinkedHashMap<>();
    private final Hello hello;

    private @Nullable Running running;
    private long startedNanos;
    private volatile boolean closed;

    /** What a program says of itself. */
    private record Hello(@Nullable Long memoryBytes, boolean segments, EnergyMethod energy) {}

    /** A program that runs, and what it has loaded. */
    private record Running(Process process, InputStream from, OutputStream to, Set<Digest> loaded) {}

    /**
     * Starts the program and waits for its greeting.
     *
     * @param command program and arguments
     * @param folder where artifacts are put for it; made when it is not there
     * @param nanos a clock that never goes back, nanoseconds
     * @param limit how long the program may take for any answer
     * @throws IOException when it cannot be started or does not greet as it should
     */
    public PipeDriver(
            String name, DeviceClass deviceClass, List<String> command, Path folder, LongSupplier nanos, Duration limit)
            throws IOException {
        this.name = name;
        this.deviceClass = deviceClass;
        this.command = List.copyOf(command);
        this.folder = folder;
        this.nanos = nanos;
        this.limit = limit;
        Files.createDirectories(folder);
        // What is active is admitted again after a start; nothing else of earlier ones is known to anybody.
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
        try {
            this.hello = start();
        } catch (IOException failure) {
            watch.shutdownNow();
            throw failure;
        }
    }

    @Override
    public Birth.Device device() {
        return new Birth.Device(name, deviceClass, hello.segments ? KIND : WHOLE, null, false, hello.memoryBytes);
    }

    @Override
    public EnergyMethod energyMethod() {
        return hello.energy;
    }

    /** Gives the artifact to the program, and asks the device what this board's own runtime was asked. */
    @Override
    public Optional<String> admit(Program program, byte[] artifact, BooleanSupplier unwanted) {
        try {
            Path file = folder.resolve(program.digest().hex());
            Files.write(file, artifact);
            files.remove(program.digest());
            files.put(program.digest(), file);
            while (files.size() > FILES_MAX) {
                Map.Entry<Digest, Path> oldest = files.entrySet().iterator().next();
                files.remove(oldest.getKey());
                Files.deleteIfExists(oldest.getValue());
            }
            byte[] here = program.selfTest(unwanted);
            byte[] there = SelfTest.of(program.inputBytes(), input -> {
                if (unwanted.getAsBoolean()) {
                    throw new CancellationException("not wanted any more");
                }
                return run(program, input).output();
            });
            return Arrays.equals(here, there)
                    ? Optional.empty()
                    : Optional.of("device %s answers otherwise than the runtime".formatted(name));
        } catch (IOException | UncheckedIOException failure) {
            return Optional.of(String.valueOf(failure.getMessage()));
        }
    }

    @Override
    public Measured run(Program program, byte[] input) {
        return run(program, null, input, program.outputBytes());
    }

    @Override
    public Measured run(Program program, Program.Cut cut, byte[] input) {
        if (!hello.segments) {
            throw failed(new IOException("runs whole networks only"));
        }
        return run(program, cut, input, program.outputBytes(cut));
    }

    private Measured run(Program program, Program.@Nullable Cut cut, byte[] input, int outputBytes) {
        Path file = files.remove(program.digest());
        if (file == null) {
            throw failed(new IOException("was never given %s".formatted(program.digest())));
        }
        files.put(program.digest(), file); // As the one used last.
        try {
            Running one = ready(program.digest(), file);
            ScheduledFuture<?> alarm = alarm(one.process);
            try {
                long began = nanos.getAsLong();
                send(
                        one,
                        Json.write(out -> {
                            out.field("run", program.digest().value()).field("bytes", input.length);
                            if (cut != null) {
                                out.field("from", cut.from()).field("to", cut.to());
                            }
                        }),
                        input);
                Json.Node answer = answer(one);
                refuse(answer);
                int bytes = (int) answer.number("bytes", 0, Integer.MAX_VALUE);
                if (bytes != outputBytes) {
                    throw new IOException("answers %d bytes instead of %d".formatted(bytes, outputBytes));
                }
                byte[] output = one.from.readNBytes(bytes);
                double micros = (nanos.getAsLong() - began) / 1000.0;
                if (output.length != bytes) {
                    throw new IOException("has ended within an answer");
                }
                return measured(answer, output, micros);
            } finally {
                alarm.cancel(false);
            }
        } catch (IOException failure) {
            stop();
            throw failed(failure);
        } catch (MalformedMessageException malformed) {
            stop();
            throw failed(new IOException("answers " + malformed.getMessage(), malformed));
        }
    }

    private Measured measured(Json.Node answer, byte[] output, double micros)
            throws MalformedMessageException, IOException {
        Double told = answer.decimalOrNull("micros");
        Double energy = answer.decimalOrNull("microjoules");
        Double uncertainty = answer.decimalOrNull("uncertainty");
        if (told != null && !(told > 0 && told <= MICROS_MAX)) {
            throw new IOException("took %s us".formatted(told));
        }
        if (energy != null
                && (hello.energy == EnergyMethod.UNKNOWN
                        || !(energy >= 0 && energy <= StreamAnswer.ENERGY_MAX)
                        || uncertainty == null
                        || !(uncertainty >= 0 && uncertainty <= 1))) {
            throw new IOException("took %s uJ with uncertainty %s by method %s"
                    .formatted(energy, uncertainty, hello.energy.wireName()));
        }
        return new Measured(
                output,
                told == null ? micros : told,
                null,
                false,
                energy,
                energy == null ? EnergyMethod.UNKNOWN : hello.energy,
                energy == null ? null : uncertainty);
    }

    /** The program with an artifact loaded. */
    private Running ready(Digest digest, Path file) throws IOException, MalformedMessageException {
        Running one = running;
        if (one == null || !one.process.isAlive()) {
            if (nanos.getAsLong() - startedNanos < RESTART_NANOS) {
                throw new IOException("has ended, and is started again at most once a second");
            }
            stop();
            start();
            one = running;
        }
        if (one == null) {
            throw new IOException("is not running");
        }
        if (one.loaded.add(digest)) {
            ScheduledFuture<?> alarm = alarm(one.process);
            try {
                send(
                        one,
                        Json.write(out ->
                                out.field("load", digest.value()).field("file", String.valueOf(file.toAbsolutePath()))),
                        new byte[0]);
                refuse(answer(one));
            } finally {
                alarm.cancel(false);
            }
        }
        return one;
    }

    private static void refuse(Json.Node answer) throws IOException, MalformedMessageException {
        String reason = answer.textOrNull("failed");
        if (reason != null) {
            throw new IOException("says " + (reason.length() > 200 ? reason.substring(0, 200) : reason));
        }
    }

    private Hello start() throws IOException {
        if (closed) {
            throw new IOException("is closed");
        }
        startedNanos = nanos.getAsLong();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Running one = new Running(
                process, new BufferedInputStream(process.getInputStream()), process.getOutputStream(), new HashSet<>());
        ScheduledFuture<?> alarm = alarm(process);
        try {
            Json.Node said = answer(one);
            if (said.number(HELLO, 0, Integer.MAX_VALUE) != PROTOCOL) {
                throw new IOException("speaks another version than %d".formatted(PROTOCOL));
            }
            Hello greeting = new Hello(
                    said.numberOrNull("memoryBytes", 1, Long.MAX_VALUE),
                    said.has("segments") && said.flag("segments"),
                    said.has("energy") ? said.oneOf("energy", EnergyMethod.class) : EnergyMethod.UNKNOWN);
            running = one;
            return greeting;
        } catch (MalformedMessageException malformed) {
            process.destroyForcibly();
            throw new IOException(
                    "driver program %s greets with %s".formatted(command.getFirst(), malformed.getMessage()),
                    malformed);
        } catch (IOException failure) {
            process.destroyForcibly();
            throw new IOException("driver program %s: %s".formatted(command.getFirst(), failure.getMessage()), failure);
        } finally {
            alarm.cancel(false);
        }
    }

    private ScheduledFuture<?> alarm(Process process) {
        return watch.schedule(process::destroyForcibly, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void send(Running one, byte[] line, byte[] bytes) throws IOException {
        one.to.write(line);
        one.to.write('\n');
        one.to.write(bytes);
        one.to.flush();
    }

    private static Json.Node answer(Running one) throws IOException, MalformedMessageException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = one.from.read();
            if (next < 0) {
                throw new IOException("has ended, or did not answer in time");
            }
            if (next == '\n') {
                return Json.read(line.toByteArray(), LINE_BYTES_MAX);
            }
            line.write(next);
            if (line.size() > LINE_BYTES_MAX) {
                throw new IOException("answers a line of more than %d bytes: %s"
                        .formatted(
                                LINE_BYTES_MAX,
                                line.toString(StandardCharsets.US_ASCII).substring(0, 40)));
            }
        }
    }

    private UncheckedIOException failed(IOException failure) {
        return new UncheckedIOException("device %s %s".formatted(name, failure.getMessage()), failure);
    }

    private void stop() {
        Running one = running;
        running = null;
        if (one != null) {
            one.process.destroyForcibly();
        }
    }

    /** Ends the program; from any thread. */
    @Override
    public void close() {
        closed = true;
        watch.shutdownNow();
        Running one = running;
        if (one != null) {
            one.process.destroy();
        }
    }
}
