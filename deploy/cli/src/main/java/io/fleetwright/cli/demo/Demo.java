package io.fleetwright.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.process.Child;
import io.fleetwright.cli.process.Installation;
import io.fleetwright.cli.process.Ports;
import io.fleetwright.cli.process.Supervisor;
import io.fleetwright.cli.rest.ApiClient;
import io.fleetwright.cli.rest.ApiException;
import io.fleetwright.cli.rest.RolloutCommand;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The main job: controller and fleet up, network published and rolled out, inference on every device. */
final class Demo {
    private static final Duration CONTROLLER_LIMIT = Duration.ofSeconds(90);
    private static final Duration NODES_LIMIT = Duration.ofSeconds(90);
    private static final Duration ROLLOUT_LIMIT = Duration.ofMinutes(3);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final Duration GENTLY = Duration.ofSeconds(1);
    /** Above this the profile of a slow microcontroller asks for the narrower network. */
    private static final double LATENCY_MS_MAX = 10;

    private static final int REQUESTS_PER_DEVICE = 3;
    private static final int FREE_REQUESTS = 12;
    private static final int PRACTICE_ASKERS = 4;
    private static final int TRIES_MAX = 3;
    /** Both widths answer over 98 of 100 images rightly; far fewer means that something computes wrong bytes. */
    private static final double CORRECT_MIN = 0.8;
    /** While running on, every so many requests one is pinned, device by device, so that each shows fresh figures. */
    private static final int PINNED_EVERY = 3;

    /**
     * What was asked for.
     *
     * @param realNodes cpu agents beside the emulated boards
     * @param data absolute folder of everything that is kept
     * @param seed of the images
     * @param practice requests after the first pass, several at a time, so that the JVM learns what runs often
     */
    record Settings(int realNodes, Ports ports, boolean once, Path data, long seed, int practice) {}

    private final Settings settings;
    private final Steps steps;
    private final Installation installation;
    private final DemoFleet fleet;
    private final Supervisor supervisor;

    Demo(Settings settings, Installation installation, Steps steps) {
        this.settings = settings;
        this.installation = installation;
        this.steps = steps;
        this.fleet = new DemoFleet(installation, settings.data(), settings.ports(), settings.realNodes());
        this.supervisor = new Supervisor(steps::step, installation.stopLimit());
    }

    /** Returns after the first pass when only one was asked for, else when the process is stopped. */
    void run() throws CommandFailure, InterruptedException {
        Path controllerData = settings.data().resolve("controller");
        Path supervisorToken = controllerData.resolve("demo-token");
        // Asked before anything starts: whatever is missing or busy is said in one line.
        Child controller = fleet.controller(controllerData, supervisorToken);
        List<Child> agentsWithoutToken = fleet.agents("-");
        settings.ports().requireFree();
        prepareFolders(controllerData);
        Thread hook = Thread.ofPlatform().unstarted(supervisor::close);
        try (FileChannel _ = lock()) {
            Runtime.getRuntime().addShutdownHook(hook);
            supervisor.start(controller);
            steps.step("controller and %d agent processes starting".formatted(agentsWithoutToken.size()));
            pass(controllerData, supervisorToken);
        } catch (ApiException refused) {
            throw refused.asFailure();
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be used: %s".formatted(settings.data(), failure.getMessage()), failure);
        } finally {
            supervisor.close();
        }
    }

    private void pass(Path controllerData, Path supervisorToken)
            throws ApiException, CommandFailure, IOException, InterruptedException {
        String url = "http://127.0.0.1:" + settings.ports().http();
        awaitController(url, supervisorToken);
        steps.step("controller up on " + url);
        supervisor.keepRunning();
        try (ApiClient client = new ApiClient(url, token(supervisorToken))) {
            for (Child agent : fleet.agents(enrolmentToken(client))) {
                supervisor.start(agent);
            }
            Publisher publisher = new Publisher(client, steps);
            Path seedFile = settings.data().resolve("evaluation.seed");
            List<Object> both = together(List.of(() -> publisher.glyphs(seedFile, settings.seed()), () -> {
                awaitNodes(client);
                return "online";
            }));
            publisher.besideTheProject(installation.home());
            JsonNode variant = (JsonNode) both.get(0);
            Map<String, String> devices = devices(client);
            List<String> ready = rollOut(client, devices);

            Glyphs glyphs = new Glyphs(settings.seed(), variant.path("input"));
            Tally tally = new Tally(devices);
            infer(client, glyphs, tally, ready);
            steps.heading("What ran where");
            tally.table().print(steps.out());
            steps.line(
                    "modelled: time and energy from published figures of that board; the bytes are computed for real");
            judge(tally);
            practise(client, glyphs);
            if (!settings.once()) {
                steps.heading("Console  %s/".formatted(url));
                steps.line("Sign in with this one-time admin token: "
                        + Files.readString(controllerData.resolve("setup-token"))
                                .strip());
                steps.line("Inference goes on, one request a second. Ctrl-C stops everything.");
                if (!installation.isPrepared()) {
                    steps.line("Later starts are faster after './fleetwright prepare'.");
                }
                runOn(client, glyphs, ready);
            }
        }
    }

    // Start.

    private void prepareFolders(Path controllerData) throws CommandFailure {
        try {
            Files.createDirectories(controllerData);
            Files.createDirectories(settings.data().resolve("logs"));
            Files.createDirectories(settings.data().resolve("nodes"));
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be used: %s".formatted(settings.data(), failure.getMessage()), failure);
        }
    }

    /** One demo per folder; the lock goes with the process. */
    private FileChannel lock() throws CommandFailure, IOException {
        FileChannel channel = FileChannel.open(
                settings.data().resolve("demo.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            held = null;
        }
        if (held == null) {
            channel.close();
            throw new CommandFailure("another demo uses %s".formatted(settings.data()));
        }
        return channel;
    }

    /** Ready means that our own controller answers, and not whoever else took the port in between. */
    private void awaitController(String url, Path supervisorToken) throws CommandFailure, InterruptedException {
        await("the controller is not ready", CONTROLLER_LIMIT, () -> {
            if (!Files.exists(supervisorToken)) {
                return false;
            }
            try (ApiClient client = new ApiClient(url, token(supervisorToken))) {
                client.get("/api/v1/whoami");
                return client.get("/v2/health/ready").path("ready").asBoolean();
            } catch (ApiException notYet) {
                return false;
            }
        });
    }

    private static String token(Path file) throws CommandFailure {
        try {
            return Files.readString(file).strip();
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be read: %s".formatted(file, failure.getMessage()), failure);
        }
    }

    private String enrolmentToken(ApiClient client) throws ApiException, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("uses", fleet.nodes().size()).put("minutes", 60);
        return client.post("/api/v1/enrolment-tokens", body).path("token").asText();
    }

    private void awaitNodes(ApiClient client) throws ApiException, CommandFailure, InterruptedException {
        Set<String> missing = new HashSet<>(fleet.nodes());
        try {
            await("nodes are not online", NODES_LIMIT, () -> {
                for (JsonNode node : client.all("/api/v1/nodes")) {
                    if (node.path("status").asText().equals("online")
                            && !node.path("devices").isEmpty()) {
                        missing.remove(node.path("node").asText());
                    }
                }
                return missing.isEmpty();
            });
        } catch (CommandFailure late) {
            throw missing.isEmpty()
                    ? late
                    : new CommandFailure("%s; missing: %s"
                            .formatted(
                                    late.getMessage(),
                                    String.join(", ", missing.stream().sorted().toList())));
        }
        steps.step("%d nodes enrolled and online".formatted(fleet.nodes().size()));
    }

    /** Class by {@code node/device} of the nodes of this run. */
    private Map<String, String> devices(ApiClient client) throws ApiException, InterruptedException {
        Set<String> nodes = new HashSet<>(fleet.nodes());
        Map<String, String> devices = new TreeMap<>();
        for (JsonNode device : client.all("/api/v1/devices")) {
            if (nodes.contains(device.path("node").asText())) {
                devices.put(
                        device.path("node").asText() + "/"
                                + device.path("device").asText(),
                        device.path("class").asText());
            }
        }
        return devices;
    }

    // Rollout.

    /** The devices that run the network afterwards. */
    private List<String> rollOut(ApiClient client, Map<String, String> devices)
            throws ApiException, CommandFailure, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", GlyphModels.MODEL).put("version", Publisher.VERSION).put("maxLatencyMs", LATENCY_MS_MAX);
        body.put("allowUnapproved", true);
        body.putArray("waves").add(20).add(100);
        ArrayNode selected = body.putObject("selector").putArray("devices");
        devices.keySet().forEach(selected::add);
        String id = client.post("/api/v1/rollouts", body).path("rollout").asText();
        JsonNode[] last = new JsonNode[1];
        await("rollout %s has not ended".formatted(id), ROLLOUT_LIMIT, () -> {
            JsonNode seen = client.get("/api/v1/rollouts/" + ApiClient.segment(id));
            last[0] = seen;
            return !RolloutCommand.OPEN.contains(seen.path("state").asText());
        });
        JsonNode rollout = last[0];
        List<String> ready = new ArrayList<>();
        Map<String, Integer> variants = new TreeMap<>();
        for (JsonNode target : rollout.path("targets")) {
            String place =
                    target.path("node").asText() + "/" + target.path("device").asText();
            if (target.path("state").asText().equals("succeeded")) {
                ready.add(place);
                variants.merge(target.path("variant").asText(), 1, Integer::sum);
            } else {
                steps.step("%s %s: %s"
                        .formatted(
                                place,
                                target.path("state").asText(),
                                target.path("reason").asText()));
            }
        }
        if (!rollout.path("state").asText().equals("succeeded")) {
            throw new CommandFailure("rollout %s %s: %s"
                    .formatted(
                            id,
                            rollout.path("state").asText(),
                            rollout.path("reason").asText()));
        }
        List<String> shares = new ArrayList<>();
        variants.forEach((variant, count) -> shares.add("%s on %d".formatted(variant, count)));
        steps.step("rollout succeeded on %d devices in %d waves: %s"
                .formatted(ready.size(), rollout.path("waves").size(), String.join(", ", shares)));
        return ready;
    }

    // Inference.

    private void infer(ApiClient client, Glyphs glyphs, Tally tally, List<String> ready)
            throws ApiException, CommandFailure, InterruptedException {
        List<Callable<Object>> perDevice = new ArrayList<>();
        for (String device : ready) {
            perDevice.add(() -> {
                for (int i = 0; i < REQUESTS_PER_DEVICE; i++) {
                    String place = ask(client, glyphs, tally, device);
                    if (!place.equals(device)) {
                        throw new CommandFailure("a request for %s was answered by %s".formatted(device, place));
                    }
                }
                return device;
            });
        }
        together(perDevice);
        steps.step("%d requests answered, %d by each device".formatted(tally.requests(), REQUESTS_PER_DEVICE));
        Map<String, Integer> places = new TreeMap<>();
        for (int i = 0; i < FREE_REQUESTS; i++) {
            places.merge(ask(client, glyphs, tally, null), 1, Integer::sum);
        }
        List<String> shares = new ArrayList<>();
        places.forEach((place, count) -> shares.add("%s %d".formatted(place, count)));
        steps.step("%d more placed by the scheduler: %s".formatted(FREE_REQUESTS, String.join(", ", shares)));
    }

    /** One question with a few tries; where it was answered. */
    private static String ask(ApiClient client, Glyphs glyphs, Tally tally, @Nullable String device)
            throws ApiException, InterruptedException {
        Glyphs.Question question = glyphs.next(device);
        for (int attempt = 1; ; attempt++) {
            try {
                JsonNode answer = client.post("/v2/models/%s/infer".formatted(GlyphModels.MODEL), question.request());
                return tally.add(answer, question.label());
            } catch (ApiException refused) {
                if (attempt == TRIES_MAX) {
                    throw refused;
                }
                Thread.sleep(LOOK_AGAIN);
            }
        }
    }

    private void practise(ApiClient client, Glyphs glyphs) throws ApiException, CommandFailure, InterruptedException {
        if (settings.practice() == 0) {
            return;
        }
        AtomicInteger left = new AtomicInteger(settings.practice());
        Tally unseen = new Tally(Map.of());
        Callable<Object> asker = () -> {
            while (left.getAndDecrement() > 0) {
                ask(client, glyphs, unseen, null);
            }
            return left;
        };
        together(Collections.nCopies(PRACTICE_ASKERS, asker));
        steps.step("%d more requests answered, %d at a time".formatted(settings.practice(), PRACTICE_ASKERS));
    }

    private static void judge(Tally tally) throws CommandFailure {
        if (tally.correct() < CORRECT_MIN * tally.requests()) {
            throw new CommandFailure("only %d of %d answers are right".formatted(tally.correct(), tally.requests()));
        }
    }

    /** A gentle load until the process is stopped; what fails while a part restarts is counted, not printed. */
    private void runOn(ApiClient client, Glyphs glyphs, List<String> ready)
            throws CommandFailure, InterruptedException {
        int failedInARow = 0;
        for (int request = 0; ; request++) {
            supervisor.check();
            boolean pinned = request % PINNED_EVERY == 0;
            String device = pinned ? ready.get(request / PINNED_EVERY % ready.size()) : null;
            try {
                client.post(
                        "/v2/models/%s/infer".formatted(GlyphModels.MODEL),
                        glyphs.next(device).request());
                if (failedInARow > 1) {
                    steps.step("inference works again after %d failed requests".formatted(failedInARow));
                }
                failedInARow = 0;
            } catch (ApiException refused) {
                failedInARow++;
                if (failedInARow == 2) {
                    steps.step("inference fails: " + refused.getMessage());
                }
            }
            Thread.sleep(GENTLY);
        }
    }

    // Waiting.

    /** Looks until it is so, a child cannot be kept running, or the limit has passed. */
    private void await(String what, Duration limit, Callable<Boolean> condition)
            throws CommandFailure, InterruptedException {
        long until = System.nanoTime() + limit.toNanos();
        while (true) {
            supervisor.check();
            try {
                if (condition.call()) {
                    return;
                }
            } catch (CommandFailure | InterruptedException passOn) {
                throw passOn;
            } catch (ApiException refused) {
                throw refused.asFailure();
            } catch (Exception bug) {
                throw new IllegalStateException(bug);
            }
            if (System.nanoTime() >= until) {
                throw new CommandFailure("%s after %d s (logs: %s)"
                        .formatted(what, limit.toSeconds(), settings.data().resolve("logs")));
            }
            Thread.sleep(LOOK_AGAIN);
        }
    }

    /** Does all at once; the first failure stops the rest. */
    private static List<Object> together(List<Callable<Object>> works)
            throws ApiException, CommandFailure, InterruptedException {
        List<Object> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Object>> futures = new ArrayList<>();
            works.forEach(work -> futures.add(threads.submit(work)));
            try {
                for (Future<Object> future : futures) {
                    results.add(future.get());
                }
            } catch (ExecutionException failed) {
                threads.shutdownNow();
                switch (failed.getCause()) {
                    case ApiException refused -> throw refused;
                    case CommandFailure failure -> throw failure;
                    case InterruptedException interrupted -> throw interrupted;
                    case null, default -> throw new IllegalStateException(failed.getCause());
                }
            }
        }
        return results;
    }
}
