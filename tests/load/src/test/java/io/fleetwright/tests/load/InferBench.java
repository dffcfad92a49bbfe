package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code ./fleetwright bench infer}: what an inference by way of {@code /v2} takes beside the network itself, at a steady rate of
 * requests. Exit 0 when every request was answered, 1 when not, 2 for a wrong command line.
 */
public final class InferBench {
    private static final String USAGE = """
            usage: fleetwright bench infer [--rate N] [--seconds N] [--agents N] [--warm-up SECONDS] [--json]
            Starts a controller and N agents of its own (default 2), and asks for N inferences a second (default 200) for so many
            seconds (default 30) after a warm-up (default 60 s), the first half of it at a fifth of that rate. A request is due at its time whether the ones before it have been
            answered or not, and its time counts from there. Beside it, at the same rate, a request that no agent sees.
            """;
    private static final int RATE = 200;
    private static final int SECONDS = 30;
    private static final int AGENTS = 2;
    private static final int WARM_UP_SECONDS = 60;
    /** A fresh process answers more slowly than one that has compiled what it does; nobody starts it with all its load. */
    private static final int SLOWER = 5;

    private static final int OK = 200;
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e6;

    private InferBench() {}

    /** What to do. */
    private record Plan(int rate, int seconds, int agents, int warmUpSeconds) {
        Plan {
            if (rate < 1
                    || rate > 5000
                    || seconds < 1
                    || seconds > 3600
                    || agents < 1
                    || agents > 20
                    || warmUpSeconds < 2
                    || warmUpSeconds > 3600) {
                throw new IllegalArgumentException(
                        "rate (%d) must be from 1 to 5000, seconds (%d) from 1 to 3600, agents (%d) from 1 to 20, warm-up (%d s) from 2 to 3600"
                                .formatted(rate, seconds, agents, warmUpSeconds));
            }
        }
    }

    /** One request, which answers what of its time the controller does not answer for, milliseconds. */
    private interface Request {
        double send() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.read("infer", USAGE, arguments, "rate", "seconds", "agents", "warm-up");
        Plan plan = options.make(() -> new Plan(
                (int) options.number("rate", RATE),
                (int) options.number("seconds", SECONDS),
                (int) options.number("agents", AGENTS),
                (int) options.number("warm-up", WARM_UP_SECONDS)));
        System.exit(BenchOptions.inFolder(folder -> run(plan, folder, options.isJson())));
    }

    private static int run(Plan plan, Path folder, boolean json) throws Exception {
        List<Processes.Agent> agents = new ArrayList<>();
        try (Processes.Controller controller = new Processes.Controller(folder, Map.of()).atFullSpeed()) {
            controller.start();
            Operator operator = Operator.signIn(controller);
            operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
            String token = operator.enrolmentToken(plan.agents);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < plan.agents; i++) {
                String name = "board-" + i;
                names.add(name);
                agents.add(new Processes.Agent(folder, name, controller, token, "--node", name)
                        .atFullSpeed()
                        .start());
            }
            operator.awaitOnline(names);
            operator.awaitSucceeded(operator.rollOut("1.0.0"));

            Api api = operator.api();
            String body = """
                    {"inputs":[{"name":"input","shape":[1,32,32,1],"datatype":"INT8","data":[%s]}],"parameters":{"deadline_ms":10000}}""".formatted(String.join(",", Arrays.asList(new String[Operator.INPUT_BYTES]))
                    .replace("null", "0"));
            Request infer = () -> {
                Api.Answer answer = api.post("/v2/models/glyphs/infer", body);
                if (answer.status() != OK) {
                    throw new IOException("%d %s"
                            .formatted(
                                    answer.status(), answer.body().path("title").asText()));
                }
                return answer.body().at("/parameters/latency_ms").asDouble();
            };
            Request floor = () -> {
                api.get("/v2/models/glyphs").expect(OK);
                return 0;
            };
            load(infer, Math.max(1, plan.rate / SLOWER), plan.warmUpSeconds / 2);
            load(infer, plan.rate, plan.warmUpSeconds / 2);
            ObjectNode out = Api.JSON.createObjectNode();
            out.put("ratePerSecond", plan.rate)
                    .put("warmUpSeconds", plan.warmUpSeconds)
                    .put("seconds", plan.seconds)
                    .put("agents", plan.agents)
                    .put("prepared", Processes.Controller.isPrepared());
            List<ProcessHandle> boards =
                    agents.stream().map(Processes.Agent::handle).toList();
            for (Map.Entry<String, Request> request :
                    Map.of("inference", infer, "metadata", floor).entrySet()) {
                double controllerBefore = processorSeconds(List.of(controller.handle()));
                double agentsBefore = processorSeconds(boards);
                ObjectNode row = load(request.getValue(), plan.rate, plan.seconds);
                int requests = plan.rate * plan.seconds;
                out.set(
                        request.getKey(),
                        row.put(
                                        "controllerProcessorMs",
                                        (processorSeconds(List.of(controller.handle())) - controllerBefore)
                                                * 1000
                                                / requests)
                                .put("agentsProcessorMs", (processorSeconds(boards) - agentsBefore) * 1000 / requests));
            }
            System.out.println(json ? out : text(out));
            return out.at("/inference/failed").asInt() == 0 ? 0 : 1;
        } finally {
            agents.forEach(Processes.Agent::close);
        }
    }

    private static double processorSeconds(List<ProcessHandle> processes) {
        return processes.stream()
                .mapToDouble(process ->
                        process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / NANOS)
                .sum();
    }

    private static String text(ObjectNode out) {
        StringBuilder text = new StringBuilder(
                "request     answered  failed    p50 ms    p90 ms    p99 ms    max ms  controller CPU ms  agents");
        for (String request : List.of("inference", "metadata")) {
            JsonNode row = out.path(request);
            text.append("%n%-10s  %8d  %6d  %8.2f  %8.2f  %8.2f  %8.2f  %17.2f  %6.2f"
                    .formatted(
                            request,
                            row.path("answered").asInt(),
                            row.path("failed").asInt(),
                            row.path("p50Ms").asDouble(),
                            row.path("p90Ms").asDouble(),
                            row.path("p99Ms").asDouble(),
                            row.path("maxMs").asDouble(),
                            row.path("controllerProcessorMs").asDouble(),
                            row.path("agentsProcessorMs").asDouble()));
        }
        return text.append(
                        out.path("prepared").asBoolean()
                                ? ""
                                : "%nNot prepared: the controller compiled more while it was measured ('./fleetwright prepare')."
                                        .formatted())
                .toString();
    }

    private static ObjectNode load(Request request, int rate, int seconds) throws InterruptedException {
        ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
        Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < rate * seconds; i++) {
            long due = start + Math.round(i * NANOS / rate);
            for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    double other = request.send();
                    millis.add((System.nanoTime() - due) / MILLIS - other);
                } catch (Exception failure) {
                    failures.computeIfAbsent(String.valueOf(failure.getMessage()), _ -> new AtomicInteger())
                            .incrementAndGet();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        failures.forEach(
                (message, count) -> System.err.println("fleetwright: %d times: %s".formatted(count.get(), message)));
        double[] sorted =
                millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return Api.JSON
                .createObjectNode()
                .put("answered", sorted.length)
                .put("failed", rate * seconds - sorted.length)
                .put("p50Ms", percentile(sorted, 0.5))
                .put("p90Ms", percentile(sorted, 0.9))
                .put("p99Ms", percentile(sorted, 0.99))
                .put("maxMs", percentile(sorted, 1));
    }

    private static double percentile(double[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }
}
