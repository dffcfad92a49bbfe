package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;

/**
 * Many nodes on real connections with real certificates send telemetry and answer work, while callers ask for inferences
 * and lists. Afterwards the database is compared with what was sent: every acknowledged sample is there once.
 */
final class IngestLoad {
    /** As an agent's: frames of one node that may be on their way without an acknowledgement. */
    private static final int WINDOW = 16;

    private static final int SAMPLES_PER_FRAME_MAX = 20;
    private static final int NODES_PER_ENROLLER = 10;
    private static final int CALLERS = 8;
    private static final int LISTERS = 2;
    private static final int WAITING_MAX = 48;
    /** More callers at once than may wait for an inference. */
    private static final int CROWD = 80;

    private static final long FRAME_NANOS = 100_000_000L;
    private static final long RESEND_NANOS = 5_000_000_000L;
    private static final long HEARTBEAT_NANOS = 4_000_000_000L;
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String SILENT = "silent";
    private static final int OK = 200;
    private static final int TOO_MANY = 429;
    private static final int GATEWAY_TIMEOUT = 504;

    private final Plan plan;
    private final Path folder;
    private final SplittableRandom random;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Map<Integer, AtomicInteger> inferences = new ConcurrentSkipListMap<>();
    private final Map<Integer, AtomicInteger> crowd = new ConcurrentSkipListMap<>();
    private final AtomicInteger lists = new AtomicInteger();
    private final Map<String, Long> samplesByNode = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /**
     * What to do.
     *
     * @param seed of frame sizes, repeated frames and broken connections
     */
    record Plan(int nodes, Duration time, long seed) {
        Plan {
            if (nodes < 1 || nodes > 2000 || time.toSeconds() < 1) {
                throw new IllegalArgumentException(
                        "nodes (%d) must be from 1 to 2000 and time (%s) at least 1 s".formatted(nodes, time));
            }
        }
    }

    /**
     * What came of it.
     *
     * @param crowd answers by status to more callers at once than may wait
     * @param inferences answers by status to the steady callers
     * @param stored samples in the database
     * @param distinct samples in the database that differ in node or value
     * @param gaps nodes whose stored places are not one range from 1 to the last frame sent
     * @param peakBytes most resident memory of the controller
     */
    record Outcome(
            Plan plan,
            long frames,
            long samples,
            double seconds,
            Map<Integer, Integer> inferences,
            Map<Integer, Integer> crowd,
            int lists,
            long stored,
            long distinct,
            List<String> gaps,
            long jobsSucceeded,
            long peakBytes,
            boolean healthy,
            List<String> complaints) {
        double framesPerSecond() {
            return frames / seconds;
        }

        double samplesPerSecond() {
            return samples / seconds;
        }

        double inferencesPerSecond() {
            return inferences.getOrDefault(OK, 0) / seconds;
        }

        /** One object with everything. */
        JsonNode json() {
            ObjectNode out = Api.JSON.createObjectNode();
            out.put("nodes", plan.nodes).put("seed", plan.seed).put("seconds", seconds);
            out.put("frames", frames).put("framesPerSecond", framesPerSecond());
            out.put("samples", samples).put("samplesPerSecond", samplesPerSecond());
            out.put("inferencesPerSecond", inferencesPerSecond());
            ObjectNode statuses = out.putObject("inferences");
            inferences.forEach((status, count) -> statuses.put(String.valueOf(status), count));
            ObjectNode crowded = out.putObject("crowd");
            crowd.forEach((status, count) -> crowded.put(String.valueOf(status), count));
            out.put("lists", lists).put("listsPerSecond", lists / seconds);
            out.put("samplesStored", stored).put("samplesDistinct", distinct);
            out.put("controllerPeakBytes", peakBytes);
            out.put("ok", problems().isEmpty());
            return out;
        }

        String text() {
            return "%d nodes, %.1f s, seed %d: %.0f frames/s (%.0f samples/s), %.0f inferences/s, %.0f lists/s; %d samples stored once each; the controller took at most %d MB"
                    .formatted(
                            plan.nodes,
                            seconds,
                            plan.seed,
                            framesPerSecond(),
                            samplesPerSecond(),
                            inferencesPerSecond(),
                            lists / seconds,
                            distinct,
                            peakBytes >> 20);
        }

        /** Every promise that was not kept. */
        List<String> problems() {
            List<String> problems = new ArrayList<>(complaints);
            if (stored != samples || distinct != samples) {
                problems.add("%d samples were acknowledged, %d are stored, %d of them distinct"
                        .formatted(samples, stored, distinct));
            }
            if (!gaps.isEmpty()) {
                problems.add("places missing or made up: " + gaps);
            }
            if (!List.of(OK, TOO_MANY).containsAll(inferences.keySet())) {
                problems.add("inferences were answered with " + inferences);
            }
            if (!List.of(OK, TOO_MANY, GATEWAY_TIMEOUT).containsAll(crowd.keySet()) || !crowd.containsKey(TOO_MANY)) {
                problems.add("%d callers at once were answered with %s".formatted(CROWD, crowd));
            }
            if (jobsSucceeded != inferences.getOrDefault(OK, 0)) {
                problems.add("%d inferences were answered, %d jobs have succeeded"
                        .formatted(inferences.getOrDefault(OK, 0), jobsSucceeded));
            }
            if (!healthy) {
                problems.add("the controller is not ready afterwards");
            }
            return problems;
        }
    }

    IngestLoad(Plan plan, Path folder) {
        this.plan = plan;
        this.folder = folder;
        this.random = new SplittableRandom(plan.seed);
    }

    /** Starts a controller, loads it, and looks at what is left. */
    Outcome run() throws Exception {
        try (Processes.Controller controller = new Processes.Controller(folder, Map.of()).atFullSpeed()) {
            controller.start(Map.of("FLEETWRIGHT_INFERENCES_WAITING_MAX", String.valueOf(WAITING_MAX)));
            Operator operator = Operator.signIn(controller);
            operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
            List<WireNode> nodes = enrol(controller, operator);
            try {
                return load(controller, operator, nodes);
            } finally {
                stopped = true;
                for (WireNode node : nodes) {
                    node.close();
                }
            }
        }
    }

    /** Enrols and connects the nodes, a few at a time, the silent one last. */
    private List<WireNode> enrol(Processes.Controller controller, Operator operator) throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < plan.nodes; i++) {
            names.add("n%04d".formatted(i));
        }
        names.add(SILENT);
        Map<String, WireNode> nodes = new ConcurrentSkipListMap<>();
        List<Thread> threads = new ArrayList<>();
        for (int first = 0; first < names.size(); first += NODES_PER_ENROLLER) {
            List<String> own = names.subList(first, Math.min(names.size(), first + NODES_PER_ENROLLER));
            String token = operator.enrolmentToken(own.size());
            SplittableRandom boots = random.split();
            threads.add(start(() -> {
                for (String name : own) {
                    WireNode node = new WireNode(
                            WireNode.enrol(controller, token, name, folder), "%016x".formatted(boots.nextLong()));
                    nodes.put(name, node.answersWork(!name.equals(SILENT)).connect());
                }
            }));
        }
        start(() -> {
            while (!stopped) {
                for (WireNode node : nodes.values()) {
                    node.heartbeat();
                }
                LockSupport.parkNanos(HEARTBEAT_NANOS);
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
        rethrow();
        operator.awaitOnline(names);
        operator.awaitSucceeded(operator.rollOut("1.0.0"));
        return List.copyOf(nodes.values());
    }

    private Outcome load(Processes.Controller controller, Operator operator, List<WireNode> all) throws Exception {
        List<WireNode> nodes = all.subList(0, plan.nodes);
        long start = System.nanoTime();
        long end = start + plan.time.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (WireNode node : nodes) {
            SplittableRandom own = random.split();
            threads.add(start(() -> report(node, own, end)));
        }
        for (int i = 0; i < CALLERS; i++) {
            SplittableRandom own = random.split();
            threads.add(start(() -> {
                Api api = operator.api().at(controller.url());
                while (System.nanoTime() < end && !stopped) {
                    count(
                            inferences,
                            infer(api, "n%04d/%s".formatted(own.nextInt(plan.nodes), WireNode.DEVICE), DEADLINE));
                }
            }));
        }
        for (int i = 0; i < LISTERS; i++) {
            int which = i;
            threads.add(start(() -> {
                Api api = operator.api().at(controller.url());
                while (System.nanoTime() < end && !stopped) {
                    api.get(which == 0 ? "/api/v1/nodes?limit=200" : "/api/v1/jobs?limit=200")
                            .expect(OK);
                    lists.incrementAndGet();
                }
            }));
        }
        AtomicLong peak = new AtomicLong();
        threads.add(start(() -> {
            while (System.nanoTime() < end && !stopped) {
                peak.accumulateAndGet(residentBytes(controller), Math::max);
                LockSupport.parkNanos(FRAME_NANOS);
            }
        }));
        for (Thread thread : threads) {
            thread.join();
        }
        rethrow();
        for (WireNode node : nodes) {
            Await.until(
                    "all of %s is acknowledged".formatted(node.address()),
                    LIMIT,
                    () -> node.unacknowledged(Stream.TELEMETRY) == 0);
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        crowd(operator.api().at(controller.url()));
        rethrow();
        boolean healthy = operator.api().get("/v2/health/ready").status() == OK
                && infer(operator.api(), "n0000/" + WireNode.DEVICE, DEADLINE) == OK;
        count(inferences, OK); // The one that has just been asked for.
        peak.accumulateAndGet(residentBytes(controller), Math::max);
        controller.stop();
        List<String> complaints = controller
                .output()
                .lines()
                .filter(line -> line.contains(" ERROR ") || line.contains("OutOfMemoryError"))
                // So the broker marks what it meets with clients that were still there when it was stopped.
                .filter(line -> !line.contains("[Error Occurred After Shutdown]"))
                .limit(5)
                .toList();
        try (Connection database = controller.h2()) {
            return new Outcome(
                    plan,
                    nodes.stream()
                            .mapToLong(node -> node.sent(Stream.TELEMETRY))
                            .sum(),
                    samplesByNode.values().stream().mapToLong(Long::longValue).sum(),
                    seconds,
                    counts(inferences),
                    counts(crowd),
                    lists.get(),
                    number(database, "select count(*) from sample where metric = ?", WireNode.METRIC),
                    number(
                            database,
                            "select count(*) from (select distinct node_id, amount from sample where metric = ?)",
                            WireNode.METRIC),
                    gaps(database, nodes),
                    number(database, "select count(*) from job where state = ?", "succeeded"),
                    peak.get(),
                    healthy,
                    complaints);
        }
    }

    /** One node's life: frames at their time, some sent twice, everything again that is not acknowledged, some new starts. */
    private void report(WireNode node, SplittableRandom own, long end) throws Exception {
        long value = 0;
        long resendAt = System.nanoTime() + RESEND_NANOS;
        while (!stopped && (System.nanoTime() < end || node.unacknowledged(Stream.TELEMETRY) > 0)) {
            long now = System.nanoTime();
            try {
                if (now < end && node.unacknowledged(Stream.TELEMETRY) < WINDOW) {
                    double[] values = new double[1 + own.nextInt(SAMPLES_PER_FRAME_MAX)];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = value++;
                    }
                    samplesByNode.put(node.address().node(), value);
                    node.sendFrame(System.currentTimeMillis(), values);
                    if (own.nextInt(20) == 0) {
                        node.resend(1);
                    }
                }
                if (own.nextInt(400) == 0) {
                    node.close();
                    node.connect();
                    resendAt = now;
                }
                if (now >= resendAt) {
                    node.resend(WINDOW);
                    resendAt = now + RESEND_NANOS;
                }
            } catch (MqttException cutMeanwhile) {
                node.close();
                node.connect();
                resendAt = now;
            }
            LockSupport.parkNanos(FRAME_NANOS / 2 + own.nextLong(FRAME_NANOS));
        }
    }

    /** More callers at once than may wait, for a device that does not answer: the limit answers some, time the others. */
    private void crowd(Api api) throws InterruptedException {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            callers.add(start(() -> count(crowd, infer(api, SILENT + "/" + WireNode.DEVICE, Duration.ofSeconds(4)))));
        }
        for (Thread caller : callers) {
            caller.join();
        }
    }

    private static int infer(Api api, String device, Duration deadline) throws IOException, InterruptedException {
        return api.post("/v2/models/glyphs/infer", INFERENCE.formatted(deadline.toMillis(), device))
                .status();
    }

    private static final String INFERENCE =
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,32,32,1],\"datatype\":\"INT8\",\"data\":[%s0]}],"
                            .formatted("0,".repeat(Operator.INPUT_BYTES - 1))
                    + "\"parameters\":{\"deadline_ms\":%d,\"device\":\"%s\"}}";

    private static List<String> gaps(Connection database, List<WireNode> nodes) throws SQLException {
        Map<String, String> stored = new TreeMap<>();
        try (PreparedStatement select =
                        database.prepareStatement("select node_id, ranges from stream where id like '%#telemetry#%'");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                stored.put(rows.getString(1), rows.getString(2));
            }
        }
        List<String> gaps = new ArrayList<>();
        for (WireNode node : nodes) {
            long last = node.sent(Stream.TELEMETRY);
            String places = stored.getOrDefault(node.address().toString(), "none");
            if (!places.equals(last == 1 ? "1" : "1-" + last) && !places.equals("1-" + last)) {
                gaps.add("%s sent 1-%d, stored is %s".formatted(node.address(), last, places));
            }
        }
        return gaps;
    }

    private static long number(Connection database, String query, String parameter) throws SQLException {
        try (PreparedStatement select = database.prepareStatement(query)) {
            select.setString(1, parameter);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    /** Resident memory of the controller; 0 where the system does not say. */
    static long residentBytes(Processes.Controller controller) throws IOException {
        Path status = Path.of("/proc/%d/status".formatted(controller.handle().pid()));
        if (!Files.isReadable(status)) {
            return 0;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    private static void count(Map<Integer, AtomicInteger> statuses, int status) {
        statuses.computeIfAbsent(status, _ -> new AtomicInteger()).incrementAndGet();
    }

    private static Map<Integer, Integer> counts(Map<Integer, AtomicInteger> statuses) {
        Map<Integer, Integer> out = new TreeMap<>();
        statuses.forEach((status, count) -> out.put(status, count.get()));
        return out;
    }

    /** Part of the load; whatever it throws ends the run. */
    @FunctionalInterface
    private interface Part {
        void run() throws Exception;
    }

    private Thread start(Part part) {
        return Thread.ofVirtual().start(() -> {
            try {
                part.run();
            } catch (Exception | AssertionError wrong) {
                failure.compareAndSet(null, wrong);
                stopped = true;
            }
        });
    }

    private void rethrow() {
        Throwable wrong = failure.get();
        if (wrong != null) {
            throw new AssertionError("a part of the load failed: " + wrong, wrong);
        }
    }
}
