package io.fleetwright.tests.integration;

import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import io.fleetwright.testkit.SharedData;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts, kills and stops the product's processes. */
public final class Processes {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    /** For processes that live for a minute: compiling them to the last costs more than it gives. */
    private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

    private static final String START_CACHE = "-XX:AOTCache=";

    private Processes() {}

    private static List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.addAll(List.of(options));
        return command;
    }

    /** The flag that starts a part with the cache of {@code ./fleetwright prepare}; none when there is none of this build. */
    private static List<String> startCache(String part, Path program) {
        Path cache = SharedData.projectRoot().resolve("target/start/" + part + ".aot");
        try {
            return Files.exists(cache)
                            && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(program)) > 0
                    ? List.of(START_CACHE + cache)
                    : List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Process start(List<String> command, Map<String, String> environment, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return builder.start();
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException unreadable) {
            return "(no log: " + unreadable.getMessage() + ")";
        }
    }

    /** SIGTERM; SIGKILL when it takes too long, or when the waiting is given up. */
    private static void end(@Nullable Process process, int seconds) {
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (process.waitFor(seconds, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException givenUp) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }

    /** One controller on its own data folder and ports; may be killed and started again on the same ones. */
    public static final class Controller implements AutoCloseable {
        private final Path data;
        private final int httpPort = Ports.free();
        private final int edgePort = Ports.free();
        private final int mqttPort = Ports.free();
        private final Map<String, String> database;
        private final Path log;
        private boolean atFullSpeed;
        private @Nullable Integer heapMegabytes;
        private @Nullable Process process;

        public Controller(Path folder, Map<String, String> database) {
            this.data = folder.resolve("data");
            this.database = database;
            this.log = folder.resolve("controller.log");
        }

        /** Runs it as an installation does, for measurements. */
        public Controller atFullSpeed() {
            atFullSpeed = true;
            return this;
        }

        /** Gives it another heap than the usual 384 MB, or the installation's 1 GB. */
        public Controller heapMegabytes(int megabytes) {
            heapMegabytes = megabytes;
            return this;
        }

        public String url() {
            return "http://127.0.0.1:" + httpPort;
        }

        public String edgeUrl() {
            return "https://127.0.0.1:" + edgePort;
        }

        public int edgePort() {
            return edgePort;
        }

        public int mqttPort() {
            return mqttPort;
        }

        /** Folder of its keys and its database. */
        public Path data() {
            return data;
        }

        /** The H2 database of a controller that is not running. */
        public Connection h2() throws SQLException {
            return DriverManager.getConnection("jdbc:h2:file:" + data.resolve("database/fleetwright"));
        }

        /** Everything that it has said since its first start. */
        public String output() throws IOException {
            return Files.readString(log);
        }

        /** The operating system's view of the running process. */
        public ProcessHandle handle() {
            Process running = process;
            if (running == null) {
                throw new IllegalStateException("the controller has not been started");
            }
            return running.toHandle();
        }

        public void start() throws IOException {
            start(Map.of());
        }

        /** Starts with more settings than the usual ones. */
        public void start(Map<String, String> more) throws IOException {
            Map<String, String> environment = new java.util.HashMap<>(database);
            environment.putAll(more);
            environment.put("FLEETWRIGHT_DATA_DIR", data.toString());
            environment.put("FLEETWRIGHT_HTTP_PORT", Integer.toString(httpPort));
            environment.put("FLEETWRIGHT_EDGE_PORT", Integer.toString(edgePort));
            environment.put("FLEETWRIGHT_MQTT_PORT", Integer.toString(mqttPort));
            Path jar = jar();
            int heap = heapMegabytes == null ? atFullSpeed ? 1024 : 384 : heapMegabytes;
            List<String> command = java("-Xmx%dm".formatted(heap), "-jar", jar.toString());
            command.add(1, atFullSpeed ? "-Xmn%dm".formatted(heap / 16 * 5) : QUICK_START);
            command.addAll(1, startCache("controller", jar));
            Process started = Processes.start(command, environment, log);
            process = started;
            Api open = new Api(url(), null);
            Await.until("controller ready; its log:\n" + tail(log), START_LIMIT, () -> {
                if (!started.isAlive()) {
                    throw new IllegalStateException("the controller ended: " + tail(log));
                }
                return open.get("/v2/health/ready").status() == 200;
            });
        }

        private static Path jar() {
            return SharedData.projectRoot().resolve("controller/target/quarkus-app/quarkus-run.jar");
        }

        /** True when controllers start from the cache of {@code ./fleetwright prepare}. */
        public static boolean isPrepared() {
            return !startCache("controller", jar()).isEmpty();
        }

        /** SIGKILL: nothing is flushed, nothing says goodbye. */
        public void kill() throws InterruptedException {
            Process running = process;
            if (running != null) {
                running.destroyForcibly().waitFor();
            }
        }

        /** SIGTERM, and waits. */
        public void stop() {
            end(process, 30);
        }

        public String setupToken() throws IOException {
            return Files.readString(data.resolve("setup-token")).strip();
        }

        @Override
        public void close() {
            end(process, 30);
        }
    }

    /** One agent process, which may front several emulated nodes. */
    public static final class Agent implements AutoCloseable {
        private final List<String> command;
        private final Path data;
        private final Path log;
        private @Nullable Process process;

        public Agent(Path folder, String name, Controller controller, String token, String... arguments) {
            this(folder, name, controller.edgeUrl(), token, arguments);
        }

        /** An agent that reaches the controller's HTTPS for agents at another address than the controller's own. */
        public Agent(Path folder, String name, String edgeUrl, String token, String... arguments) {
            Path lib = lib();
            this.log = folder.resolve(name + ".log");
            this.data = folder.resolve(name);
            this.command = java(QUICK_START, "-Xmx96m", "-cp", lib + "/*", "io.fleetwright.agent.boot.AgentMain");
            command.addAll(1, startCache("agent", lib));
            command.addAll(List.of("--controller", edgeUrl, "--token", token, "--data", data.toString()));
            command.addAll(List.of(arguments));
        }

        private static Path lib() {
            return SharedData.projectRoot().resolve("edge-agent/agent/target/agent-dist/lib");
        }

        /** Compiles as an installed agent does, which starts slower and computes faster, with its vector kernels. */
        public Agent atFullSpeed() {
            command.set(command.indexOf(QUICK_START), "--add-modules=jdk.incubator.vector");
            // A cache is for the modules that it was made with.
            if (command.removeIf(flag -> flag.startsWith(START_CACHE))) {
                command.addAll(1, startCache("agent-vector", lib()));
            }
            return this;
        }

        /** Starts the agent by another program, which gets the whole command as its last arguments. */
        public Agent startedBy(String... program) {
            command.addAll(0, List.of(program));
            return this;
        }

        /** Folder of its identity, slots and spool. */
        public Path data() {
            return data;
        }

        public Agent start() throws IOException {
            process = Processes.start(command, Map.of(), log);
            return this;
        }

        public void kill() throws InterruptedException {
            Process running = process;
            if (running != null) {
                running.destroyForcibly().waitFor();
            }
        }

        /** The end of what it has said. */
        public String log() {
            return tail(log);
        }

        /** Everything that it has said since its first start. */
        public String output() throws IOException {
            return Files.readString(log);
        }

        /** The operating system's view of the running process. */
        public ProcessHandle handle() {
            Process running = process;
            if (running == null) {
                throw new IllegalStateException("the agent has not been started");
            }
            return running.toHandle();
        }

        /** SIGTERM, and waits. */
        public void stop() {
            end(process, 10);
        }

        @Override
        public void close() {
            end(process, 10);
        }
    }

    /** One run of the command line, as the launcher starts it; everything that it says is kept. */
    static final class Cli implements AutoCloseable {
        private final Path log;
        private final Process process;

        Cli(Path log, String... arguments) throws IOException {
            Path root = SharedData.projectRoot();
            Path target = root.resolve("deploy/cli/target");
            String classPath = target.resolve("cli.jar") + File.pathSeparator + target.resolve("lib") + "/*";
            List<String> command =
                    java("-Dfleetwright.home=" + root, "-cp", classPath, "io.fleetwright.cli.Fleetwright");
            command.addAll(List.of(arguments));
            this.log = log;
            this.process = Processes.start(command, Map.of(), log);
        }

        String output() throws IOException {
            return Files.readString(log);
        }

        /** Waits until the output has this text; fails early when the process ends without saying it. */
        void awaitOutput(String text, Duration limit) throws IOException {
            Await.until("'%s' in the output".formatted(text), limit, () -> !isRunning() || output().contains(text));
            if (!output().contains(text)) {
                throw new AssertionError("the command ended without '%s': %s".formatted(text, output()));
            }
        }

        boolean isRunning() {
            return process.isAlive();
        }

        /** Every process that this one has started, directly or not, and that still runs. */
        List<ProcessHandle> descendants() {
            return process.descendants().toList();
        }

        /** SIGTERM, without waiting. */
        void terminate() {
            process.destroy();
        }

        int awaitExit(Duration limit) throws IOException {
            Await.until("the command has ended", limit, () -> !isRunning());
            return process.exitValue();
        }

        @Override
        public void close() {
            List<ProcessHandle> started = descendants();
            end(process, 15);
            started.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
