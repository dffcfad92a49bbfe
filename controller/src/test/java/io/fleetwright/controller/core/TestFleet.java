package io.fleetwright.controller.core;

import io.fleetwright.controller.identity.TrustKeys;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.Outputs;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.PairedLoss;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.RootChain;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A core over rows in memory, with a clock and a transport that tests own. */
public final class TestFleet {
    public static final String TENANT = "acme";
    public static final int INPUT_BYTES = 16;
    public static final Settings SETTINGS =
            new Settings(Duration.ofSeconds(5), Duration.ofSeconds(120), Duration.ofSeconds(5), 4, 50, 100);

    public static final RootChain KEYS = RootChain.begin(
            Role.ALL.stream().collect(Collectors.toMap(role -> role, _ -> TrustKeys.quick(SigningKey.generate()))),
            TestClock.START);

    public final TestClock clock = new TestClock();
    public final RecordedTransport transport = new RecordedTransport();
    public final List<Effects.Hint> hints = new ArrayList<>();
    private final SplittableRandom random;
    private final Settings settings;
    private final FleetStore rows = new MemoryStore();
    private Predicate<Tx> failing = _ -> false;
    private FleetCore core;

    public TestFleet() {
        this(new SplittableRandom(1));
    }

    public TestFleet(SplittableRandom random) {
        this(random, SETTINGS);
    }

    public TestFleet(SplittableRandom random, Settings settings) {
        this.settings = settings;
        this.random = random;
        this.core = fresh();
    }

    private FleetCore fresh() {
        FleetCore made = new FleetCore(new Guarded(), transport, clock, random.split(), KEYS, settings, hints::add);
        made.start();
        return made;
    }

    public FleetCore core() {
        return core;
    }

    /** Throws the core away as a crash would, and starts another one over the same rows. */
    public void restart() {
        core = fresh();
    }

    /** From now on every transaction fails at its commit, or no longer does. */
    public void failCommits(boolean yes) {
        failing = _ -> yes;
    }

    /** From now on a transaction fails at its commit that has done this. */
    public void failCommitsOf(Predicate<Tx> done) {
        failing = done;
    }

    public void step(Duration later) {
        clock.advance(later);
        core.step();
    }

    /** A node with a certificate that has not been heard of yet. */
    public TestBoard enrol(String tenant, String node) {
        NodeAddress address = new NodeAddress(tenant, node);
        NodeRow row = new NodeRow();
        row.id = address.toString();
        row.tenant = tenant;
        row.node = node;
        row.status = Nodes.OFFLINE;
        row.keySha256 = "key of " + address;
        row.createdAt = clock.millis();
        row.lastSeenAt = clock.millis();
        core.run(scope -> {
            scope.tx().insert(row);
            return true;
        });
        return new TestBoard(this, address);
    }

    /** An enrolled node that has said who it is. */
    public TestBoard board(String node) {
        TestBoard board = enrol(TENANT, node);
        board.birth();
        return board;
    }

    /** Digest that stands for a variant's bytes. */
    public static String digest(String name) {
        return Digest.of(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)).value();
    }

    /** A variant as if it had been published; answers its digest. */
    public String publish(String tenant, String model, String version, String variant) {
        VariantRow row = new VariantRow();
        row.id = String.join("/", tenant, model, version, variant);
        row.tenant = tenant;
        row.model = model;
        row.version = version;
        row.versionId = String.join("/", tenant, model, version);
        row.variant = variant;
        row.digest = digest(row.id);
        row.bytes = 1000;
        row.macs = 100_000;
        row.operators = "CONV_2D";
        row.inputShape = "1,4,4,1";
        row.outputShape = "1,10";
        row.createdAt = clock.millis();
        core.run(scope -> {
            ModelRow modelRow = new ModelRow();
            modelRow.id = tenant + "/" + model;
            modelRow.tenant = tenant;
            modelRow.model = model;
            scope.tx().insertIfAbsent(modelRow);
            VersionRow versionRow = new VersionRow();
            versionRow.id = row.versionId;
            versionRow.tenant = tenant;
            versionRow.model = model;
            versionRow.version = version;
            versionRow.state = "draft";
            versionRow.createdAt = clock.millis();
            scope.tx().insertIfAbsent(versionRow);
            scope.tx().insert(row);
            return true;
        });
        return row.digest;
    }

    public String publish(String model, String version) {
        return publish(TENANT, model, version, "int8");
    }

    /** The bytes of a variant that is there, under another version. */
    public void publishAgain(String model, String version, String digest) {
        publish(model, version);
        boolean _ = core.run(scope -> {
            VariantRow row = scope.tx()
                    .get(VariantRow.class, String.join("/", TENANT, model, version, "int8"))
                    .orElseThrow();
            row.digest = digest;
            scope.tx().update(row);
            return true;
        });
    }

    public RolloutRow rollOut(String model, String version, Integer... waves) {
        return rollOut(model, version, core.rollouts().percents(List.of(waves)));
    }

    public RolloutRow rollOut(String model, String version, Policy policy) {
        Rollouts.Request request = requestOf(model, version, policy);
        return core.act(
                TENANT,
                "test",
                "rollout.created",
                model,
                scope -> core.rollouts().create(scope.tx(), scope.effects(), TENANT, request, scope.nowMillis()));
    }

    public static Rollouts.Request requestOf(String model, String version, Policy policy) {
        return new Rollouts.Request(
                model,
                version,
                List.of(),
                List.of(),
                null,
                List.of(),
                policy,
                null,
                null,
                null,
                Set.of(Rollouts.Allowance.UNAPPROVED),
                null);
    }

    public RolloutRow rollout(String id) {
        return get(RolloutRow.class, id);
    }

    public TargetRow target(String rollout, TestBoard board) {
        return get(TargetRow.class, rollout + "/" + board.address.node() + "/" + TestBoard.DEVICE);
    }

    public JobRow submit(String model, Duration deadline, @Nullable String pinned) {
        return core.act(
                TENANT,
                "test",
                "job.submitted",
                model,
                scope -> core.jobs()
                        .submit(
                                scope.tx(),
                                scope.effects(),
                                TENANT,
                                new Jobs.Request(model, new byte[INPUT_BYTES], null, INPUT_BYTES, deadline, pinned),
                                scope.nowMillis()));
    }

    /** At each cut of the published network packing was measured to lose so many right answers. */
    public void measuredCuts(int inputs, int layers, int lost) {
        core.run(scope -> {
            CutLossRow row = new CutLossRow();
            row.id = "acme/glyphs/1.0.0/int8";
            row.tenant = TENANT;
            row.model = "glyphs";
            row.version = "1.0.0";
            row.variant = "int8";
            row.write(
                    new CutLosses(
                            CutLosses.Basis.ACCURACY,
                            inputs,
                            IntStream.range(1, layers)
                                    .mapToObj(boundary -> new CutLoss(boundary, PairedLoss.of(inputs, lost, 0)))
                                    .toList()),
                    scope.nowMillis());
            scope.tx().insert(row);
            return true;
        });
    }

    public JobRow submit(String model) {
        return submit(model, Duration.ofSeconds(60), null);
    }

    public JobRow job(String id) {
        return get(JobRow.class, id);
    }

    /** The output of a job, wherever it is; null when it is not kept. */
    public byte @Nullable [] output(String id) {
        return core.run(scope -> Outputs.read(scope.tx(), job(id), scope.nowMillis()))
                .orElse(null);
    }

    public <R extends Row> R get(Class<R> type, String id) {
        return rows.transact(tx -> tx.get(type, id))
                .orElseThrow(() -> new AssertionError("no %s %s".formatted(type.getSimpleName(), id)));
    }

    public <R extends Row> List<R> all(Class<R> type) {
        return rows.transact(tx -> tx.find(Query.of(type)));
    }

    private final class Guarded implements FleetStore {
        @Override
        public <T> T transact(Work<T> work) {
            return rows.transact(tx -> {
                AtomicBoolean over = new AtomicBoolean();
                try {
                    T result = work.run(watched(tx, over));
                    if (failing.test(tx)) {
                        throw new StoreException("commit failed", new IllegalStateException("disk full"));
                    }
                    return result;
                } finally {
                    over.set(true);
                }
            });
        }

        /** A database's transaction answers nobody who has kept it. */
        private static Tx watched(Tx tx, AtomicBoolean over) {
            return (Tx) Proxy.newProxyInstance(
                    Tx.class.getClassLoader(), new Class<?>[] {Tx.class}, (_, method, values) -> {
                        if (over.get()) {
                            throw new IllegalStateException(
                                    "%s of a transaction that is over".formatted(method.getName()));
                        }
                        try {
                            return method.invoke(tx, values);
                        } catch (InvocationTargetException thrown) {
                            throw thrown.getCause();
                        }
                    });
        }
    }
}
