package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A rollout to a whole fleet of connected nodes at once: a real controller with its own broker and database, and nodes
 * with certificates of their own on mutual TLS, enrolled over HTTPS. How long until each has its list, until the
 * controller has stored what each says, and until the rollout has succeeded.
 */
final class FleetLoad {
    private static final int NODES_MAX = 10_000;
    private static final int ENROLLERS = 8;
    private static final int TOKEN_USES = 100;
    /** Connections that are being made at a time. */
    private static final int CONNECTING_MAX = 100;

    private static final Duration STEP_LIMIT = Duration.ofSeconds(60);

    private final Plan plan;
    private final Path folder;

    /**
     * What to do.
     *
     * @param limit for each of: all connected, all told, the rollout's end
     */
    record Plan(int nodes, Duration limit, long seed) {
        Plan {
            if (nodes < 1 || nodes > NODES_MAX || limit.toSeconds() < 1) {
                throw new IllegalArgumentException("nodes (%d) must be from 1 to %d and the limit (%s) at least 1 s"
                        .formatted(nodes, NODES_MAX, limit));
            }
        }
    }

    /**
     * What came of it, in seconds; the last three since the rollout was asked for.
     *
     * @param dialled connections that were begun; more than nodes when the broker ended some before they stood
     * @param notified until the last node had its list
     * @param reported until the last node was told that its report is stored
     * @param succeeded until the rollout had succeeded
     * @param end the rollout as it is then
     */
    record Outcome(
            Plan plan,
            double enrolled,
            double connected,
            int dialled,
            double notified,
            double reported,
            double succeeded,
            JsonNode end,
            long peakBytes) {
        JsonNode json() {
            ObjectNode out = Api.JSON.createObjectNode();
            out.put("nodes", plan.nodes).put("seed", plan.seed);
            out.put("enrolledSeconds", enrolled).put("connectedSeconds", connected);
            out.put("connectionsBegun", dialled);
            out.put("notifiedSeconds", notified)
                    .put("reportedSeconds", reported)
                    .put("succeededSeconds", succeeded);
            out.put("controllerPeakBytes", peakBytes);
            out.set("counts", end.get("counts"));
            return out;
        }

        String text() {
            return "%d nodes: enrolled in %.1f s, connected in %.1f s over %d connections; of a rollout to all of them, told in %.1f s, reports stored in %.1f s, succeeded in %.1f s; the controller took at most %d MB"
                    .formatted(
                            plan.nodes, enrolled, connected, dialled, notified, reported, succeeded, peakBytes >> 20);
        }
    }

    FleetLoad(Plan plan, Path folder) {
        this.plan = plan;
        this.folder = folder;
    }

    /** Runs all of it; what takes longer than the plan's limit ends it with an error. */
    Outcome run() throws Exception {
        EventLoopGroup loop = new NioEventLoopGroup(1);
        try (Processes.Controller controller =
                new Processes.Controller(folder, Map.of()).atFullSpeed().heapMegabytes(384 + plan.nodes / 5)) {
            controller.start();
            Operator operator = Operator.signIn(controller);
            operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
            long began = System.nanoTime();
            List<LightNode> nodes = enrol(controller, operator);
            double enrolled = seconds(began, System.nanoTime());
            began = System.nanoTime();
            connect(loop, nodes);
            awaitOnline(operator);
            double connected = seconds(began, System.nanoTime());
            Outcome outcome = rollOut(controller, operator, nodes, enrolled, connected);
            nodes.forEach(LightNode::close);
            return outcome;
        } finally {
            loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private Outcome rollOut(
            Processes.Controller controller,
            Operator operator,
            List<LightNode> nodes,
            double enrolled,
            double connected)
            throws Exception {
        long began = System.nanoTime();
        String rollout = operator.rollOut("1.0.0");
        await("told", nodes, node -> node.notifiedNanos() > 0);
        awaitFine(
                () -> "the rollout has ended",
                plan.limit,
                nodes,
                () -> !operator.rollout(rollout).get("state").asText().equals("running"));
        long succeeded = System.nanoTime();
        await("acknowledged", nodes, node -> node.acknowledgedNanos() > 0);
        return new Outcome(
                plan,
                enrolled,
                connected,
                nodes.stream().mapToInt(LightNode::attempts).sum(),
                seconds(began, latest(nodes, LightNode::notifiedNanos)),
                seconds(began, latest(nodes, LightNode::acknowledgedNanos)),
                seconds(began, succeeded),
                operator.rollout(rollout),
                IngestLoad.residentBytes(controller));
    }

    private static long latest(List<LightNode> nodes, ToLongFunction<LightNode> time) {
        return nodes.stream().mapToLong(time).max().orElseThrow();
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    private List<LightNode> enrol(Processes.Controller controller, Operator operator) throws Exception {
        SplittableRandom random = new SplittableRandom(plan.seed);
        Queue<String> names = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < plan.nodes; i++) {
            names.add("n%05d".formatted(i));
        }
        Queue<LightNode> nodes = new ConcurrentLinkedQueue<>();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < ENROLLERS; i++) {
            SplittableRandom boots = random.split();
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    int uses = 0;
                    String token = "";
                    for (String name = names.poll(); name != null; name = names.poll()) {
                        if (uses == 0) {
                            token = operator.enrolmentToken(TOKEN_USES);
                            uses = TOKEN_USES;
                        }
                        uses--;
                        nodes.add(new LightNode(
                                WireNode.enrol(controller, token, name, folder), "%016x".formatted(boots.nextLong())));
                    }
                } catch (Exception wrong) {
                    failure.compareAndSet(null, wrong);
                    names.clear();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Exception wrong = failure.get();
        if (wrong != null) {
            throw wrong;
        }
        return List.copyOf(nodes);
    }

    private void connect(EventLoopGroup loop, List<LightNode> nodes) throws Exception {
        for (int from = 0; from < nodes.size(); from += CONNECTING_MAX) {
            List<LightNode> some = nodes.subList(from, Math.min(nodes.size(), from + CONNECTING_MAX));
            for (LightNode node : some) {
                node.connect(loop);
            }
            awaitFine(
                    () -> "%d more nodes connected; they are %s".formatted(some.size(), stages(some)),
                    STEP_LIMIT,
                    some,
                    () -> some.stream().allMatch(node -> node.stage() == LightNode.Stage.LISTENING));
        }
    }

    private static Map<LightNode.Stage, Long> stages(List<LightNode> nodes) {
        return nodes.stream().collect(Collectors.groupingBy(LightNode::stage, TreeMap::new, Collectors.counting()));
    }

    private void awaitOnline(Operator operator) {
        Await.until("all nodes are online", plan.limit, () -> online(operator) == plan.nodes);
    }

    private static int online(Operator operator) throws Exception {
        return operator.api()
                .get("/api/v1/overview")
                .expect(200)
                .body()
                .get("nodes")
                .get("online")
                .asInt();
    }

    private void await(String what, List<LightNode> nodes, Predicate<LightNode> done) {
        awaitFine(
                () -> "all nodes are " + what,
                plan.limit,
                nodes,
                () -> nodes.stream().allMatch(done));
    }

    /** Waits, and gives up as soon as something went wrong with one of the nodes. */
    private static void awaitFine(
            Supplier<String> what, Duration limit, List<LightNode> nodes, Callable<Boolean> condition) {
        Await.until(what, limit, () -> firstWrong(nodes).isPresent() || condition.call());
        firstWrong(nodes).ifPresent(node -> {
            throw new IllegalStateException("node %s: %s".formatted(node.address(), node.wrong()), node.wrong());
        });
    }

    private static Optional<LightNode> firstWrong(List<LightNode> nodes) {
        return nodes.stream().filter(node -> node.wrong() != null).findFirst();
    }
}
