package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.AgentCore;
import io.fleetwright.agent.core.AgentSettings;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.release.DocumentRow;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.PolicyJson;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.KeptStore;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.SampleRow;
import io.fleetwright.controller.telemetry.StreamRow;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One history: a controller and its nodes on one virtual clock. During the stormy time messages are lost, doubled and
 * reordered, links break, artifacts arrive damaged, and every process may end at any write. Then faults stop, and what
 * was promised must come true.
 */
final class FleetWorld {
    private static final String TENANT = "default";
    private static final long START_MILLIS = 1_767_225_600_000L;
    private static final long STEP_MILLIS = 500;
    private static final long STORM_MILLIS = 60_000;
    /** Of rollouts: two minutes and a half, the way back, and what a clock that stepped back adds. */
    private static final long CALM_MILLIS = 600_000;
    /** Nothing is asked for any more, and a look that finds all quiet means something. */
    private static final long ASKED_MILLIS = 70_000;

    private static final long QUIET_MILLIS = 15_000;
    private static final long CLOCK_STEP_MILLIS = 120_000;
    /** Operations of a step within which its controller may be replaced. */
    private static final int OPERATIONS = 40;

    private static final long DAY_MILLIS = 24 * 3_600_000L;
    /** A list is fresh for a day: a board that is ahead of that takes none, which docs/registry.md says. */
    private static final long SKEW_MILLIS = DAY_MILLIS - STORM_MILLIS - CALM_MILLIS - 2 * CLOCK_STEP_MILLIS;

    private static final RootChain KEYS = RootChain.generate(Instant.ofEpochMilli(START_MILLIS));
    private static final List<String> VARIANTS = List.of("w1.0-int8", "w0.5-int8");

    /** Half of the boards die of it a few seconds after they have switched it on, and fall back. */
    private static final String KILLER = "3.0.0";

    /** Variants by version; each has a release of its own, so that going back takes permission. */
    private static final Map<String, Map<String, byte[]>> VERSIONS = versions();

    private static final Set<String> KILLERS = VERSIONS.getOrDefault(KILLER, Map.of()).values().stream()
            .map(bytes -> Digest.of(bytes).value())
            .collect(Collectors.toUnmodifiableSet());

    static {
        RememberedSignatures.install();
    }

    private static Map<String, Map<String, byte[]>> versions() {
        Map<String, Map<String, byte[]>> versions = new TreeMap<>();
        for (String variant : VARIANTS) {
            byte[] bytes = GlyphModels.bytes(variant);
            versions.computeIfAbsent("1.0.0", _ -> new TreeMap<>()).put(variant, bytes);
            versions.computeIfAbsent("2.0.0", _ -> new TreeMap<>()).put(variant, Misscaled.of(bytes, 2));
            versions.computeIfAbsent(KILLER, _ -> new TreeMap<>()).put(variant, Misscaled.of(bytes, 4));
        }
        return versions;
    }

    /** How bad the weather is; all are probabilities of one event. */
    record Faults(
            double loss,
            double duplication,
            double agentCrash,
            double controllerCrash,
            double storeFailure,
            double linkBreak) {}

    /** What the operators of a history mostly do. */
    enum Focus {
        JOBS,
        ROLLOUTS
    }

    private record Event(long at, long order, Runnable action) {}

    private final long seed;
    private final SplittableRandom random;
    private final Faults faults;
    private final Focus focus;
    private final RolloutChecks checks;
    private final List<DeviceProfile> profiles = DeviceProfiles.all();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private final MemoryStore store = new MemoryStore();
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, byte[]> artifacts = new HashMap<>();
    private long now = START_MILLIS;
    private long order;
    private boolean stormy;
    private @Nullable FleetCore controller;
    /** A controller that nobody talks to any more, and that does not know: it looks and acts on the same database. */
    private @Nullable FleetCore stale;

    private int controllersBegun;
    /** How wrong the clock of the controller's machine is; the machine that takes over has another one. */
    private long[] clockOff = new long[1];
    /** Operations of the controller that is about to be replaced, until it is; negative when none is. */
    private int replacedIn = -1;
    /** Operations of the replaced controller, until the present one takes a step in between; negative for never. */
    private int steppedIn = -1;

    private int staleNumber;
    private int staleSteps;

    // What the checkers remember.
    private final Map<String, byte[]> acceptedJobs = new TreeMap<>();
    private final Map<String, String> terminalStates = new HashMap<>();
    private final Map<String, Integer> samplesOfFrame = new HashMap<>();
    private long trace = 17;
    private int crashes;
    private int storeFailures;
    private int delivered;
    private final Map<String, Integer> faultsDone = new TreeMap<>();
    private final Sabotage sabotage;

    FleetWorld(long seed, int nodeCount, Faults faults) {
        this(seed, nodeCount, faults, Focus.JOBS);
    }

    FleetWorld(long seed, int nodeCount, Faults faults, Focus focus) {
        this(seed, nodeCount, faults, focus, Sabotage.NONE);
    }

    FleetWorld(long seed, int nodeCount, Faults faults, Focus focus, Sabotage sabotage) {
        this.seed = seed;
        this.sabotage = sabotage;
        this.random = new SplittableRandom(seed);
        this.faults = faults;
        this.focus = focus;
        this.checks = new RolloutChecks(seed, store);
        for (Map<String, byte[]> variants : VERSIONS.values()) {
            variants.values().forEach(bytes -> artifacts.put(Digest.of(bytes).value(), bytes));
        }
        startController();
        publish();
        for (int i = 0; i < nodeCount; i++) {
            Node node = new Node("n-" + i, profiles.get(i % profiles.size()));
            nodes.put(node.address.node(), node);
            enrol(node);
            at(random.nextLong(3000), node::start);
        }
        stormy = true;
    }

    /** What a history was like, to see that faults did happen. */
    record Outcome(
            long seed,
            long trace,
            int crashes,
            int storeFailures,
            int delivered,
            int staleSteps,
            Map<String, Integer> faults,
            Map<String, Integer> jobStates,
            Map<String, Integer> rolloutStates) {}

    /** Runs the history and checks what must hold at its end. */
    Outcome run() {
        if (focus == Focus.ROLLOUTS) {
            for (int i = 0; i < 4; i++) {
                at(2_000 + i * 14_000 + random.nextLong(10_000), this::anyRollout);
            }
            for (int i = 0; i < 20; i++) {
                at(2_000 + random.nextLong(STORM_MILLIS + 20_000), this::command);
            }
            at(5_000 + random.nextLong(STORM_MILLIS / 2), this::leaveStale);
            for (int i = random.nextInt(4); i > 0; i--) {
                at(2_000 + random.nextLong(STORM_MILLIS), this::stepClock);
            }
        } else {
            at(2_000, () -> rollout(List.of(20, 100), List.of()));
            at(25_000 + random.nextLong(10_000), () -> rollout(List.of(100), List.of("w0.5-int8")));
            for (int i = 0; i < 40; i++) {
                at(3_000 + random.nextLong(STORM_MILLIS), this::submit);
            }
        }
        at(0, this::drive);
        runUntil(START_MILLIS + STORM_MILLIS);
        calm();
        runUntil(START_MILLIS + 2 * STORM_MILLIS + ASKED_MILLIS);
        int quiet = 0;
        while (quiet < 2 && now < START_MILLIS + STORM_MILLIS + CALM_MILLIS) {
            runUntil(now + QUIET_MILLIS);
            quiet = isQuiet() ? quiet + 1 : 0;
        }
        return check();
    }

    /** Time that would pass without anything is not worth waiting for. */
    private boolean isQuiet() {
        return checks.isQuiet()
                && nodes.values().stream()
                        .allMatch(node -> node.core != null
                                && node.core.unacknowledged(Stream.RESULT) == 0
                                && node.core.unacknowledged(Stream.REPORTED) == 0)
                && store.transact(tx ->
                                tx.count(Query.of(JobRow.class).in("state", List.of(Jobs.QUEUED, Jobs.RUNNING))))
                        == 0;
    }

    private void count(String fault) {
        faultsDone.merge(fault, 1, Integer::sum);
    }

    private void at(long delay, Runnable action) {
        events.add(new Event(now + delay, order++, action));
    }

    private void runUntil(long end) {
        while (true) {
            Event next = events.peek();
            if (next == null || next.at > end) {
                now = end;
                return;
            }
            events.poll();
            now = Math.max(now, next.at);
            next.action.run();
        }
    }

    private boolean happens(double probability) {
        return stormy && random.nextDouble() < probability;
    }

    private void calm() {
        stormy = false;
        if (controller == null) {
            startController();
        }
        for (Node node : nodes.values()) {
            if (node.core == null) {
                node.start();
            } else if (!node.connected) {
                node.connect(node.life);
            }
        }
    }

    // The controller.

    private void startController() {
        int number = ++controllersBegun;
        long[] clock = clockOff;
        CrashingStore own = new CrashingStore(
                store,
                () -> happens(faults.controllerCrash),
                () -> happens(faults.storeFailure),
                rows -> checks.committed(number, rows),
                rowsWritten -> meanwhile(number, rowsWritten),
                sabotage);
        controller = new FleetCore(
                new KeptStore(own, FleetCore.KEPT),
                this::down,
                () -> Instant.ofEpochMilli(now + clock[0]),
                random.split(),
                KEYS,
                Settings.DEFAULTS,
                this::hint);
        onController(core -> {
            try {
                core.start();
                checks.began(number);
            } catch (FleetStore.StoreException refused) {
                throw new Crash("a controller that cannot begin ends");
            }
        });
    }

    /** The machine's clock is set, forwards or back. */
    private void stepClock() {
        long before = clockOff[0];
        clockOff[0] = random.nextLong(-CLOCK_STEP_MILLIS, CLOCK_STEP_MILLIS);
        count(clockOff[0] < before ? "clock steps back" : "clock steps forward");
    }

    /**
     * The present controller stands still in the middle of a step, or after it, is taken for dead, and another one begins on
     * another machine; for the rest of the storm both act.
     */
    private void leaveStale() {
        FleetCore replaced = controller;
        if (replaced == null) {
            at(1_000, this::leaveStale);
            return;
        }
        stale = replaced;
        staleNumber = controllersBegun;
        replacedIn = random.nextInt(OPERATIONS);
        act(replaced);
        if (replacedIn >= 0) {
            takeOver();
        }
        at(random.nextLong(STEP_MILLIS), this::driveStale);
    }

    private void takeOver() {
        replacedIn = -1;
        nodes.values().forEach(node -> node.disconnect("controller taken for dead"));
        clockOff = new long[] {random.nextLong(-CLOCK_STEP_MILLIS, CLOCK_STEP_MILLIS)};
        startController();
    }

    /**
     * What happens elsewhere between two operations of a transaction. Once it has written something, the other's step would
     * wait for its locks.
     */
    private void meanwhile(int number, int rowsWritten) {
        if (number != staleNumber) {
            return;
        }
        if (replacedIn >= 0 && replacedIn-- == 0) {
            count("replaced within a transaction");
            takeOver();
        } else if (rowsWritten == 0 && steppedIn >= 0 && steppedIn-- == 0) {
            count("commits within a replaced one's transaction");
            onController(FleetCore::step);
        }
    }

    private void driveStale() {
        FleetCore running = stale;
        if (running == null || !stormy) {
            stale = null;
            return;
        }
        steppedIn = random.nextInt(OPERATIONS);
        act(running);
        steppedIn = -1;
        staleSteps++;
        at(1 + random.nextLong(2 * STEP_MILLIS), this::driveStale);
    }

    /** A step of a controller that nobody talks to. */
    private void act(FleetCore replaced) {
        try {
            replaced.step();
        } catch (FleetStore.StoreException refused) {
            boolean replacedNow = String.valueOf(refused.getMessage()).startsWith("another controller");
            count(replacedNow ? "writes of a replaced controller refused" : "database refusals");
        } catch (Crash crash) {
            count("controller crashes");
            crashes++;
            stale = null;
        }
    }

    private void onController(Consumer<FleetCore> action) {
        FleetCore running = controller;
        if (running == null) {
            return;
        }
        try {
            action.accept(running);
        } catch (FleetStore.StoreException refused) {
            storeFailures++; // Whoever asked is not answered; what matters is asked again.
            count("database refusals");
        } catch (Crash crash) {
            crashes++;
            count("controller crashes");
            controller = null;
            // The broker is part of the controller: every connection ends with it.
            nodes.values().forEach(node -> node.disconnect("controller gone"));
            at(500 + random.nextLong(4000), () -> {
                if (controller == null) {
                    startController();
                }
            });
        }
    }

    private void drive() {
        onController(FleetCore::step);
        at(STEP_MILLIS, this::drive);
    }

    private void publish() {
        onController(core -> {
            core.models().create(TENANT, "glyphs");
            VERSIONS.forEach((version, variants) -> {
                core.models().createVersion(TENANT, "glyphs", version);
                variants.forEach((variant, bytes) ->
                        core.models().putVariant(TENANT, "glyphs", version, variant, bytes, "test"));
            });
        });
    }

    private void enrol(Node node) {
        store.transact(tx -> {
            NodeRow row = new NodeRow();
            row.id = node.address.toString();
            row.tenant = TENANT;
            row.node = node.address.node();
            row.status = Nodes.OFFLINE;
            row.createdAt = now;
            row.lastSeenAt = now;
            tx.insert(row);
            return true;
        });
    }

    private void rollout(List<Integer> waves, List<String> variants) {
        ask(core -> core.rollouts().percents(waves), "1.0.0", variants);
    }

    private void anyRollout() {
        String policy = """
                {"waves":[{"count":%d},{"percent":%d},{"percent":100}],"approvals":%s,"startsPerMinute":%d,
                 "changingMax":%d,"bytesPerNodeDay":%d,"failuresTolerated":%d,"successPercent":%d,"dispatchSeconds":%d,
                 "applySeconds":%d,"rolloutSeconds":%d,"onBreach":"%s"}""".formatted(
                        1 + random.nextInt(3),
                        30 + random.nextInt(40),
                        random.nextInt(4) == 0 ? "[1]" : "[]",
                        random.nextInt(3) == 0 ? 10 : 0,
                        random.nextInt(3) == 0 ? 3 : 0,
                        random.nextInt(4) == 0 ? 100_000 : 0,
                        random.nextInt(3),
                        random.nextInt(2) * 50,
                        5 + random.nextInt(30),
                        5 + random.nextInt(30),
                        30 + random.nextInt(120),
                        random.nextInt(3) == 0 ? "pause" : "rollback");
        List<String> variants =
                random.nextBoolean() ? List.of(VARIANTS.get(random.nextInt(VARIANTS.size()))) : List.of();
        ask(
                core -> PolicyJson.read(policy, core.rollouts().percents(List.of())),
                List.of("1.0.0", "2.0.0", KILLER).get(random.nextInt(3)),
                variants);
    }

    /** An operator who asks again when the controller is away, has not heard of any device yet, or is busy with another. */
    private void ask(Function<FleetCore, Policy> policy, String version, List<String> variants) {
        boolean[] accepted = new boolean[1];
        onController(core -> {
            Rollouts.Request request = new Rollouts.Request(
                    "glyphs",
                    version,
                    List.of(),
                    List.of(),
                    null,
                    variants,
                    policy.apply(core),
                    null,
                    null,
                    null,
                    Set.of(Rollouts.Allowance.UNAPPROVED),
                    null);
            try {
                core.act(
                        TENANT,
                        "simulation",
                        "rollout.created",
                        "glyphs",
                        scope -> core.rollouts()
                                .create(scope.tx(), scope.effects(), TENANT, request, scope.nowMillis()));
                accepted[0] = true;
            } catch (Refusal notNow) {
                assertThat(notNow.getMessage())
                        .containsAnyOf("no device matches", "no variant fits", "which has not ended");
            }
        });
        if (!accepted[0] && now < START_MILLIS + 2 * STORM_MILLIS) {
            at(2_000, () -> ask(policy, version, variants));
        }
    }

    /** An operator who does something to the newest rollout, which may refuse it. */
    private void command() {
        RolloutRow newest = checks.newest();
        if (newest == null) {
            return;
        }
        String id = newest.id;
        int choice = random.nextInt(9);
        if (choice == 6 || choice == 7) {
            checks.retried(id);
        }
        onController(core -> {
            try {
                core.act(TENANT, "simulation", "rollout", id, scope -> switch (choice) {
                    case 0, 1 -> core.rollouts().pause(scope.tx(), scope.effects(), TENANT, id, scope.nowMillis());
                    case 2, 3, 4 -> core.rollouts().resume(scope.tx(), scope.effects(), TENANT, id, scope.nowMillis());
                    case 5 -> core.rollouts().approve(scope.tx(), scope.effects(), TENANT, id, scope.nowMillis());
                    case 6, 7 -> core.rollouts().retry(scope.tx(), scope.effects(), TENANT, id, scope.nowMillis());
                    default ->
                        core.rollouts()
                                .abort(
                                        scope.tx(),
                                        scope.effects(),
                                        TENANT,
                                        id,
                                        random.nextBoolean() ? Reach.ALL : Reach.UNFINISHED,
                                        scope.nowMillis());
                });
            } catch (Refusal inThisState) {
                assertThat(inThisState.kind()).isEqualTo(Refusal.Kind.CONFLICT);
            }
        });
        checks.retried(null);
    }

    private void submit() {
        byte[] input = new byte[1024];
        new SplittableRandom(random.nextLong()).nextBytes(input);
        onController(core -> {
            JobRow job = core.run(scope -> core.jobs()
                    .submit(
                            scope.tx(),
                            scope.effects(),
                            TENANT,
                            new Jobs.Request("glyphs", input, null, input.length, Duration.ofSeconds(20), null),
                            scope.nowMillis()));
            acceptedJobs.put(job.id, input); // The caller had its answer.
        });
    }

    /** After every commit: what was terminal stays what it was. */
    private void hint(Effects.Hint hint) {
        if (!hint.kind().equals("job")) {
            return;
        }
        JobRow job = store.transact(tx -> tx.get(JobRow.class, hint.id())).orElseThrow();
        String before = terminalStates.get(job.id);
        if (before != null) {
            assertThat(job.state)
                    .as("seed %d: terminal state of %s changed", seed, job.id)
                    .isEqualTo(before);
        } else if (!List.of(Jobs.QUEUED, Jobs.RUNNING).contains(job.state)) {
            terminalStates.put(job.id, job.state);
        }
    }

    // The network.

    private boolean down(Topic topic, byte[] payload, Duration expiry) {
        Node node = nodes.get(topic.address().node());
        if (node == null || !node.connected) {
            return true; // The broker takes it, and nobody is there.
        }
        int connection = node.connection;
        byte[] sent = payload;
        if (topic.kind() == Topic.Kind.DOWN_DESIRED) {
            if (sabotage == Sabotage.DEAF_NODE && topic.address().node().equals("n-0")) {
                return true;
            }
            sent = sabotage == Sabotage.TWO_DIRECTORS ? otherList(node, payload) : payload;
            node.board.sent(sent, targets());
        }
        byte[] arriving = sent;
        travel(() -> {
            if (node.connected && node.connection == connection) {
                if (topic.kind() == Topic.Kind.DOWN_ACK) {
                    checkAcknowledged(node, payload);
                }
                node.on(core -> core.message(topic.text(), arriving));
            }
        });
        return true;
    }

    private Optional<byte[]> targets() {
        return store.transact(tx -> tx.get(DocumentRow.class, TENANT + "/targets/glyphs"))
                .map(row -> row.content);
    }

    /** What the controller sent, or, every other time, an empty list of that version. */
    private byte[] otherList(Node node, byte[] payload) {
        try {
            Desired desired = Desired.decode(payload);
            if (random.nextBoolean()) {
                return payload;
            }
            SignedList other = KEYS.key(Role.DIRECTOR)
                    .sign(new DesiredList(TENANT, node.address.node(), desired.version(), List.of()));
            return new Desired(desired.version(), other.payload(), other.keyId(), other.signature(), desired.release())
                    .encode();
        } catch (MalformedMessageException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private boolean up(Node node, Topic topic, byte[] payload) {
        if (!node.connected) {
            return false;
        }
        if (topic.kind() == Topic.Kind.UP_TELEMETRY) {
            rememberFrame(node, payload);
        }
        checks.said(node.board, topic, payload);
        travel(() -> onController(core -> {
            String refused = core.message(topic.text(), payload);
            assertThat(refused).as("seed %d: a sound message was dropped", seed).isNull();
        }));
        return true;
    }

    private void travel(Runnable arrival) {
        int copies = happens(faults.loss) ? 0 : happens(faults.duplication) ? 2 : 1;
        if (copies != 1) {
            count(copies == 0 ? "lost messages" : "doubled messages");
        }
        for (int copy = 0; copy < copies; copy++) {
            boolean late = stormy && random.nextInt(10) == 0;
            if (late) {
                count("late messages");
            }
            long delay = stormy ? 1 + random.nextLong(late ? 3000 : 80) : 5;
            at(delay, () -> {
                delivered++;
                trace = trace * 31 + now;
                arrival.run();
            });
        }
    }

    private void rememberFrame(Node node, byte[] payload) {
        try {
            TelemetryFrame frame = TelemetryFrame.decode(payload);
            samplesOfFrame.put(
                    "%s#%s#%d"
                            .formatted(
                                    node.address,
                                    frame.stamp().boot(),
                                    frame.stamp().sequence()),
                    frame.samples().size());
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: agent sent a malformed frame".formatted(seed), wrong);
        }
    }

    /** An acknowledgement on the wire is a promise: what it names is in the store, and stays there. */
    private void checkAcknowledged(Node node, byte[] payload) {
        try {
            Ack ack = Ack.decode(payload);
            String stored = store.transact(tx -> tx.get(
                            StreamRow.class,
                            "%s#%s#%s".formatted(node.address, ack.stream().wireName(), ack.boot())))
                    .map(row -> row.ranges)
                    .orElse("");
            for (Ack.Range range : ack.ranges()) {
                assertThat(covers(stored, range))
                        .as(
                                "seed %d: %s acknowledged [%d, %d], stored %s",
                                seed, ack.stream(), range.first(), range.last(), stored)
                        .isTrue();
            }
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: controller sent a malformed ack".formatted(seed), wrong);
        }
    }

    private static boolean covers(String ranges, Ack.Range wanted) {
        return Arrays.stream(ranges.split(",", -1)).anyMatch(text -> {
            String[] ends = text.split("-", -1);
            return ends.length == 2
                    && Long.parseLong(ends[0]) <= wanted.first()
                    && Long.parseLong(ends[1]) >= wanted.last();
        });
    }

    // The boards.

    private final class Node {
        final NodeAddress address;
        final DeviceProfile profile;
        final CrashingDevice disk = new CrashingDevice(() -> happens(faults.agentCrash), this::written);
        final BoardChecks board;

        @Nullable
        AgentCore core;

        int life;
        boolean connected;
        int connection;
        private byte[] will = new byte[0];
        private long wakeScheduled = Long.MAX_VALUE;
        /** What this board dies of has been switched on, and that is about to happen. */
        private boolean dying;

        /** Of a disk that writes it again. */
        private byte @Nullable [] firstTimestamp;

        /** How wrong the board's clock is. */
        private final long skewMillis = focus == Focus.ROLLOUTS
                ? random.nextLong(-SKEW_MILLIS, SKEW_MILLIS) + (sabotage == Sabotage.SLOW_CLOCK ? DAY_MILLIS : 0)
                : 0;

        Node(String name, DeviceProfile profile) {
            this.address = new NodeAddress(TENANT, name);
            this.profile = profile;
            this.board = new BoardChecks(seed, address, disk, () -> now + skewMillis, KEYS);
        }

        private void written(String name) {
            if (sabotage == Sabotage.ROTTEN_DISK && name.startsWith("artifact/")) {
                byte[] bytes = disk.read(name).orElseThrow();
                bytes[bytes.length / 2] ^= 1;
                disk.spoil(name, bytes);
            }
            if (sabotage == Sabotage.NO_WAY_BACK && name.equals("slots")) {
                disk.list("trust/").stream()
                        .filter(item -> item.name().endsWith("/targets-glyphs"))
                        .forEach(item -> disk.spoil(item.name(), withoutWayBack(item.name())));
            }
            board.written(name);
            if (name.equals("slots")) {
                die();
            }
            if (sabotage == Sabotage.LATE_WRITE && name.endsWith("/timestamp")) {
                firstTimestamp = firstTimestamp == null ? disk.read(name).orElseThrow() : firstTimestamp;
                disk.spoil(name, firstTimestamp);
                board.written(name);
            }
        }

        /** Only on trial: what ran well before is there to fall back to. */
        private void die() {
            boolean dies = focus == Focus.ROLLOUTS
                    && address.node().charAt(address.node().length() - 1) % 2 == 1
                    && board.onTrial().stream().anyMatch(KILLERS::contains);
            if (!dies || dying) {
                return;
            }
            dying = true;
            at(500 + random.nextLong(5_000), () -> {
                dying = false;
                if (core != null && !board.onTrial().isEmpty()) {
                    count("agents killed by a version");
                    crashed();
                }
            });
        }

        private byte[] withoutWayBack(String name) {
            byte[] document = disk.read(name).orElseThrow();
            return new String(document, StandardCharsets.ISO_8859_1)
                    .replaceFirst("\ndowngrade-to [0-9]+", "\ndowngrade-to 99")
                    .getBytes(StandardCharsets.ISO_8859_1);
        }

        void start() {
            life++;
            int mine = life;
            wakeScheduled = Long.MAX_VALUE;
            try {
                core = new AgentCore(
                        AgentSettings.defaults(address, KEYS.root(1).orElseThrow(), "0.1.0"),
                        new AgentCore.Seams(
                                () -> Instant.ofEpochMilli(
                                        now + skewMillis - (sabotage == Sabotage.SLOW_CLOCK ? 2 * DAY_MILLIS : 0)),
                                () -> Instant.ofEpochMilli(now),
                                random.split(),
                                new Link(),
                                disk,
                                source(mine),
                                host(mine),
                                List.of(new EmulatedDriver(profile.id(), profile)),
                                null,
                                (_, _) -> {},
                                Sensors.NONE,
                                PeerSender.NONE,
                                OutputSink.NONE));
                board.started(core);
                die();
            } catch (Crash crash) {
                crashed();
                return;
            } catch (BlockDeviceException impossible) {
                throw new AssertionError("seed %d: the disk could not be read".formatted(seed), impossible);
            }
            at(stormy ? 50 + random.nextLong(2000) : 10, () -> connect(mine));
        }

        void connect(int expectedLife) {
            AgentCore running = core;
            if (life != expectedLife || running == null || connected || controller == null) {
                if (life == expectedLife && running != null && !connected) {
                    at(1000, () -> connect(expectedLife));
                }
                return;
            }
            connected = true;
            connection++;
            will = running.lastWill();
            on(AgentCore::connected);
            if (happens(faults.linkBreak)) {
                int broken = connection;
                at(1000 + random.nextLong(20_000), () -> {
                    if (connected && connection == broken) {
                        count("broken links");
                        disconnect("link broke");
                    }
                });
            }
        }

        void disconnect(String why) {
            if (!connected) {
                return;
            }
            connected = false;
            byte[] lastWill = will;
            travel(() -> onController(core -> core.message(new Topic(address, Topic.Kind.UP_STATUS).text(), lastWill)));
            on(running -> running.disconnected(why));
            int mine = life;
            at(200 + random.nextLong(3000), () -> connect(mine));
        }

        void on(Consumer<AgentCore> action) {
            AgentCore running = core;
            if (running == null) {
                return;
            }
            try {
                action.accept(running);
            } catch (Crash crash) {
                crashed();
                return;
            }
            wake();
        }

        private void wake() {
            AgentCore running = core;
            if (running == null) {
                return;
            }
            long next = Math.max(now + 1, running.wakeAtMillis());
            if (next >= wakeScheduled && wakeScheduled > now) {
                return;
            }
            wakeScheduled = next;
            int mine = life;
            at(next - now, () -> {
                if (life == mine && now >= wakeScheduled) {
                    wakeScheduled = Long.MAX_VALUE;
                    on(AgentCore::step);
                }
            });
        }

        private void crashed() {
            crashes++;
            count("agent crashes");
            core = null;
            if (sabotage == Sabotage.FORGETFUL_DISK) {
                disk.list("artifact/").forEach(item -> disk.spoil(item.name(), null));
            }
            board.powerCut();
            boolean was = connected;
            connected = false;
            if (was) {
                byte[] lastWill = will;
                travel(() -> onController(
                        running -> running.message(new Topic(address, Topic.Kind.UP_STATUS).text(), lastWill)));
            }
            int mine = life;
            at(200 + random.nextLong(4000), () -> {
                if (life == mine && core == null) {
                    start();
                }
            });
        }

        /** An artifact, or a document of the signing set as it is now. */
        private byte @Nullable [] published(String digest) {
            byte[] artifact = artifacts.get(digest);
            return artifact != null
                    ? artifact
                    : store.transact(tx -> new Releases(KEYS).document(tx, TENANT, digest))
                            .orElse(null);
        }

        private ArtifactSource source(int mine) {
            return (digest, _, done) -> {
                byte[] good = published(digest.value());
                at(20 + random.nextLong(800), () -> {
                    if (life != mine) {
                        return;
                    }
                    if (good == null || happens(faults.loss)) {
                        count("failed fetches");
                        on(_ -> done.accept(new ArtifactSource.Fetched.Failed("fetch-failed", true)));
                    } else {
                        byte[] bytes = good.clone();
                        if (happens(faults.duplication)) {
                            bytes[random.nextInt(bytes.length)] ^= 1;
                            count("damaged fetches");
                        }
                        on(_ -> done.accept(new ArtifactSource.Fetched.Bytes(bytes)));
                    }
                });
            };
        }

        private DriverHost host(int mine) {
            return new DriverHost() {
                @Override
                public <T> void run(String device, Supplier<T> work, Consumer<T> done) {
                    T value = work.get();
                    at(1 + random.nextLong(10), () -> {
                        if (life == mine) {
                            on(_ -> done.accept(value));
                        }
                    });
                }
            };
        }

        private final class Link implements Transport {
            @Override
            public boolean send(Topic topic, byte[] payload, Duration expiry) {
                return up(Node.this, topic, payload);
            }
        }
    }

    // What must hold at the end.

    private Outcome check() {
        List<JobRow> jobs = store.transact(tx -> tx.find(Query.of(JobRow.class)));
        Map<String, Integer> states = new TreeMap<>();
        for (JobRow job : jobs) {
            assertThat(job.state)
                    .as("seed %d: job %s has ended", seed, job.id)
                    .isIn(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED);
            states.merge(job.state, 1, Integer::sum);
            byte[] input = acceptedJobs.get(job.id);
            if (job.state.equals(Jobs.SUCCEEDED) && input != null) {
                assertThat(job.output)
                        .as("seed %d: output of %s", seed, job.id)
                        .isEqualTo(expected(String.valueOf(job.digest), input));
            }
        }
        assertThat(jobs.stream().map(job -> job.id))
                .as("seed %d: every accepted job is there", seed)
                .containsAll(acceptedJobs.keySet());
        checkRollouts();
        checkTelemetry();
        for (TargetRow target : store.transact(tx -> tx.find(Query.of(TargetRow.class)))) {
            if (List.of("fell-back", "crash-loop").contains(String.valueOf(target.failure))) {
                count("targets that fell back");
            }
        }
        for (Node node : nodes.values()) {
            AgentCore core = Objects.requireNonNull(node.core);
            for (Stream stream : Stream.values()) {
                assertThat(core.unacknowledged(stream))
                        .as("seed %d: %s of %s left on the agent", seed, stream, node.address)
                        .isLessThanOrEqualTo(stream == Stream.TELEMETRY ? 2 : 0);
            }
        }
        Map<String, Integer> rolloutStates = new TreeMap<>();
        for (RolloutRow rollout : store.transact(tx -> tx.find(Query.of(RolloutRow.class)))) {
            rolloutStates.merge(rollout.state, 1, Integer::sum);
        }
        return new Outcome(
                seed, trace, crashes, storeFailures, delivered, staleSteps, faultsDone, states, rolloutStates);
    }

    private void checkRollouts() {
        List<RolloutRow> rollouts = checks.rollouts();
        checks.atTheEnd();
        for (Node node : nodes.values()) {
            AgentCore core = Objects.requireNonNull(node.core);
            TargetRow last = null;
            for (RolloutRow rollout : rollouts) {
                last = store.transact(tx -> tx.get(
                                TargetRow.class,
                                "%s/%s/%s".formatted(rollout.id, node.address.node(), node.profile.id())))
                        .filter(target -> target.startedAt > 0)
                        .orElse(last);
            }
            for (SlotReport slot : core.slots()) {
                if (slot.digest() != null) {
                    assertThat(artifacts)
                            .as("seed %d: only published bytes run on %s", seed, node.address)
                            .containsKey(slot.digest());
                }
            }
            if (last != null && last.state.equals("withdrawn") && !Objects.equals(last.digest, last.previousDigest)) {
                String withdrawn = last.digest;
                assertThat(core.slots())
                        .as("seed %d: %s runs nothing that was taken back", seed, node.address)
                        .noneMatch(slot ->
                                slot.state() == SlotReport.State.ACTIVE && Objects.equals(slot.digest(), withdrawn));
            }
            if (last != null && last.state.equals("succeeded")) {
                String wanted = last.digest;
                assertThat(core.slots())
                        .as("seed %d: %s runs what its last rollout says it runs", seed, node.address)
                        .anyMatch(
                                slot -> slot.state() == SlotReport.State.ACTIVE && Objects.equals(slot.digest(), wanted)
                                        || slot.state() == SlotReport.State.FAILED && KILLERS.contains(wanted));
            }
        }
    }

    /** Samples in the store are those of the committed frames, each once. */
    private void checkTelemetry() {
        long stored = store.transact(tx -> tx.count(Query.of(SampleRow.class)));
        long committed = 0;
        for (StreamRow row : store.transact(tx -> tx.find(Query.of(StreamRow.class)))) {
            if (!row.id.contains("#telemetry#")) {
                continue;
            }
            String prefix = row.id.replace("#telemetry#", "#");
            for (String text : row.ranges.split(",", -1)) {
                String[] ends = text.split("-", -1);
                for (long sequence = Long.parseLong(ends[0]); sequence <= Long.parseLong(ends[1]); sequence++) {
                    committed += Objects.requireNonNull(samplesOfFrame.get(prefix + "#" + sequence));
                }
            }
        }
        assertThat(stored).as("seed %d: samples stored once each", seed).isEqualTo(committed);
    }

    private byte[] expected(String digest, byte[] input) {
        byte[] output = new byte[10];
        try {
            Interpreter.create(ModelReader.read(Objects.requireNonNull(artifacts.get(digest)), digest), Rounding.DOUBLE)
                    .run(input, 0, output, 0);
        } catch (ModelException impossible) {
            throw new AssertionError(impossible);
        }
        return output;
    }
}
