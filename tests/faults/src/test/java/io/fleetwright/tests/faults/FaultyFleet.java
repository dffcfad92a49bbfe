package io.fleetwright.tests.faults;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A controller with one version of the glyph networks, for agents that things happen to. */
final class FaultyFleet implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    static final Duration DEADLINE = Duration.ofSeconds(60);

    final Path folder;
    final Processes.Controller controller;
    final Operator operator;

    FaultyFleet(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        controller = new Processes.Controller(folder, Map.of());
        controller.start();
        operator = Operator.signIn(controller);
        operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
    }

    /** A new node, not started yet. */
    Processes.Agent agent(String node, String edgeUrl, String... arguments) throws IOException, InterruptedException {
        String[] all =
                Stream.concat(Stream.of("--node", node), Stream.of(arguments)).toArray(String[]::new);
        return new Processes.Agent(folder, node, edgeUrl, operator.enrolmentToken(1), all);
    }

    /** Has one job run on the device to its good end. */
    void assertRuns(String device) throws IOException, InterruptedException {
        JsonNode ended = operator.awaitEnded(List.of(operator.submit(device, DEADLINE)), LIMIT)
                .getFirst();
        if (!ended.get("state").asText().equals("succeeded")) {
            throw new AssertionError("a job on %s ended otherwise: %s".formatted(device, ended));
        }
    }

    /** Lines of an agent's log that have this text. */
    static long lines(Processes.Agent agent, String text) throws IOException {
        return agent.output().lines().filter(line -> line.contains(text)).count();
    }

    /** Files of a folder of an agent's disk, by name. */
    static List<Path> files(Processes.Agent agent, String folder) throws IOException {
        Path start = agent.data().resolve("state").resolve(folder);
        if (!Files.isDirectory(start)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(start)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Override
    public void close() {
        controller.close();
    }
}
