package io.fleetwright.controller.core;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.audit.Breaches;
import io.fleetwright.controller.audit.RefusedAttempts;
import io.fleetwright.controller.gate.Gates;
import io.fleetwright.controller.graph.Graphs;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.DirectInferences;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.CutMeasures;
import io.fleetwright.controller.model.Deltas;
import io.fleetwright.controller.model.Derivation;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.removal.ArtifactCollector;
import io.fleetwright.controller.removal.NodeRemoval;
import io.fleetwright.controller.repository.ModelRepository;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.GatheringTx;
import io.fleetwright.controller.store.KeptStore;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.Streams;
import io.fleetwright.controller.telemetry.Ingest;
import io.fleetwright.controller.telemetry.Retention;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.trust.set.ReleaseKeys;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The controller without its frameworks: messages and requests go in, one transaction each, and messages and hints come
 * out after the commit. One lock owns the rows, so that a step never sees half of another.
 *
 * <p>It keeps nothing in memory that it could not read from the store again, but for when nodes were last heard, which they tell again:
 * after a crash a new core over the same store goes on.
 */
public final class FleetCore implements Models.Transactions {
    private static final Set<Class<? extends Row>> KEPT =
            Set.of(NodeRow.class, DeviceRow.class, SlotRow.class, VariantRow.class, CostRow.class);

    private static final long RETENTION_MILLIS = 600_000;

    private final FleetStore store;
    private final Transport transport;
    private final InstantSource clock;
    private final Consumer<Effects.Hint> hints;
    /** Fair: messages that never cease to arrive must not keep requests and steps from their turn. */
    private final ReentrantLock lock = new ReentrantLock(true);

    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong unsent = new AtomicLong();
    /** Of this controller among all that have begun on this database; 0 before it has. */
    private long epoch;

    private volatile boolean replaced;
    /** Round of retention that ran last; a new core runs one soon, which does no harm. */
    private long retentionRound = -1;

    private final Releases releases;
    private final Nodes nodes;
    private final DirectInferences direct;
    private final Jobs jobs;
    private final Graphs graphs;
    private final Streams streams;
    private final Rollouts rollouts;
    private final Gates gates;
    private final Ingest ingest;
    private final Models models;
    private final CutMeasures cutMeasures;
    private final Derivation derivation;
    private final Parts parts;
    private final Deltas deltas;
    private final NodeRemoval removal;
    private final ModelRepository repository;
    private final RefusedAttempts refused = new RefusedAttempts();
    private final Breaches breaches = new Breaches();
    private final Retention retention = new Retention();
    private final ArtifactCollector collector = new ArtifactCollector();

    public FleetCore(
            FleetStore store,
            Transport transport,
            InstantSource clock,
            RandomGenerator random,
            ReleaseKeys keys,
            Settings settings,
            Consumer<Effects.Hint> hints) {
        this.store = store;
        this.transport = transport;
        this.clock = clock;
        this.hints = hints;
        this.releases = new Releases(keys);
        this.nodes = new Nodes(settings, releases);
        this.direct = new DirectInferences(settings, this::handOver, clock, random.nextLong(), this);
        this.jobs = new Jobs(settings, random, direct);
        this.graphs = new Graphs(settings, random, jobs);
        this.streams = new Streams(random, refused);
        this.removal = new NodeRemoval(nodes, jobs);
        this.repository = new ModelRepository(nodes);
        this.gates = new Gates(nodes);
        this.rollouts = new Rollouts(settings, nodes, random, gates);
        this.ingest = new Ingest(nodes, jobs, streams, gates);
        this.models = new Models(this);
        this.derivation = new Derivation(models);
        this.parts = new Parts(models);
        this.cutMeasures = new CutMeasures(models, this, System::nanoTime);
        this.deltas = new Deltas(this);
    }

    /** A store for a core alone that remembers what every placement asks for. */
    public static FleetStore remembering(FleetStore store) {
        return new KeptStore(store, KEPT, List.of(Jobs.ATTEMPTS));
    }

    public Releases releases() {
        return releases;
    }

    public Models models() {
        return models;
    }

    public Derivation derivation() {
        return derivation;
    }

    /** Variants as parts for boards that cannot hold all of a network. */
    public Parts parts() {
        return parts;
    }

    /** What cuts of variants lose, measured behind all else. */
    public CutMeasures cutMeasures() {
        return cutMeasures;
    }

    public Deltas deltas() {
        return deltas;
    }

    public Jobs jobs() {
        return jobs;
    }

    /** Inferences whose callers wait. */
    public DirectInferences direct() {
        return direct;
    }

    public Graphs graphs() {
        return graphs;
    }

    public Streams streams() {
        return streams;
    }

    /** What was refused at the edges; steps write it to the audit log. */
    public RefusedAttempts refused() {
        return refused;
    }

    public NodeRemoval removal() {
        return removal;
    }

    public ModelRepository repository() {
        return repository;
    }

    public Rollouts rollouts() {
        return rollouts;
    }

    public Gates gates() {
        return gates;
    }

    /** When a node was last heard, Unix milliseconds; later than its row says when all was quiet since. */
    public long lastSeenAt(NodeRow node) {
        return nodes.lastSeenAt(node);
    }

    /** Messages that were dropped because they were not what their topic promises. */
    public long droppedMessages() {
        return dropped.get();
    }

    /** Messages that could not be handed to the transport; steps send again what matters. */
    public long unsentMessages() {
        return unsent.get();
    }

    /**
     * Call once before anything else: presence is not known yet. From here on controllers that began before write nothing
     * any more, wherever in a transaction they are.
     */
    public void start() {
        epoch = run(scope -> {
            // First: what the controller before commits until then is read below, and not written over.
            long begun = begin(scope.tx());
            nodes.forgetPresence(scope.tx(), scope.nowMillis());
            jobs.begin(scope.nowMillis());
            return begun;
        });
    }

    private static long begin(Tx tx) {
        EpochRow row = tx.get(EpochRow.class, EpochRow.ONLY).orElseGet(() -> {
            EpochRow first = new EpochRow();
            tx.insert(first);
            return first;
        });
        long before = row.epoch;
        row.epoch++;
        if (!tx.updateIf(row, "epoch", before)) {
            throw replaced(row.epoch);
        }
        return row.epoch;
    }

    private static StoreException replaced(long epoch) {
        return new ReplacedException(epoch);
    }

    /** Another controller has begun on the database: this one writes and sends nothing any more, however often it tries. */
    public static final class ReplacedException extends StoreException {
        private static final long serialVersionUID = 1L;

        private ReplacedException(long epoch) {
            super(
                    "another controller has begun since, and this one writes nothing any more",
                    new IllegalStateException("epoch %d is over".formatted(epoch)));
        }
    }

    /** True once another controller has begun on the same database and this one has noticed. */
    public boolean isReplaced() {
        return replaced;
    }

    /**
     * Takes in one message.
     *
     * @return null when it was taken, otherwise why it was dropped; it is counted then, and nothing is stored
     */
    public @Nullable String message(String topic, byte[] payload) {
        List<Transport.Arrived> left =
                ingest.withoutHeartbeats(List.of(new Transport.Arrived(topic, payload)), clock.millis());
        return left.isEmpty() ? null : message(left.getFirst());
    }

    private @Nullable String message(Transport.Arrived message) {
        try {
            take(List.of(message));
            return null;
        } catch (Dropped malformed) {
            dropped.incrementAndGet();
            return String.valueOf(malformed.getMessage());
        }
    }

    /**
     * Takes in messages that have arrived close together, in their order: all in one transaction, because a commit is
     * dearer than what most of them change; or, when one of them fails, each in its own. Heartbeats that change nothing wait for none.
     *
     * @param whenDropped hears of each that was dropped, and why
     * @throws RuntimeException the first failure, when some could not be taken in or stored; the others are taken in then
     */
    public void messages(List<Transport.Arrived> arrived, BiConsumer<Transport.Arrived, String> whenDropped) {
        List<Transport.Arrived> messages = ingest.withoutHeartbeats(arrived, clock.millis());
        if (messages.isEmpty()) {
            return;
        }
        if (messages.size() > 1) {
            try {
                take(messages);
                return;
            } catch (ReplacedException over) {
                throw over;
            } catch (RuntimeException one) {
                // Nothing of them is stored; below it shows which one it was, also where it is a fault of this
                // controller.
            }
        }
        RuntimeException first = null;
        for (Transport.Arrived message : messages) {
            try {
                String why = message(message);
                if (why != null) {
                    whenDropped.accept(message, why);
                }
            } catch (ReplacedException over) {
                throw over;
            } catch (RuntimeException failure) {
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private void take(List<Transport.Arrived> messages) {
        run(scope -> {
            Set<Topic> moved = new LinkedHashSet<>();
            GatheringTx gathering = Ingest.gathering(scope.tx());
            try {
                List<Topic> topics = new ArrayList<>();
                for (Transport.Arrived message : messages) {
                    topics.add(Topic.parse(message.topic()));
                }
                Ingest.readAhead(gathering, topics);
                for (int i = 0; i < topics.size(); i++) {
                    if (ingest.message(gathering, scope.effects(), topics.get(i), messages.get(i), scope.nowMillis())) {
                        moved.add(topics.get(i));
                    }
                }
            } catch (MalformedMessageException malformed) {
                throw new Dropped(malformed);
            }
            gathering.flush();
            moved(scope, moved);
            return true;
        });
    }

    /** Looks at everything that time may have changed. */
    public void step() {
        run(scope -> {
            nodes.step(scope.tx(), scope.effects(), scope.nowMillis());
            streams.step(scope.tx(), scope.effects(), scope.nowMillis());
            advance(scope);
            gates.step(scope.tx(), scope.effects(), scope.nowMillis());
            refused.write(scope.tx(), scope.nowMillis());
            breaches.write(scope.tx(), scope.nowMillis());
            long round = scope.nowMillis() / RETENTION_MILLIS;
            if (round != retentionRound) {
                retentionRound = round;
                retention.run(scope.tx(), scope.nowMillis());
                collector.run(scope.tx(), scope.nowMillis());
            }
            return true;
        });
        refused.written(clock.millis());
        breaches.written(clock.millis());
    }

    /** Runs {@code work}, and then moves on what it may have made possible. */
    public <T> T act(String tenant, String who, String action, String what, Function<Models.Scope, T> work) {
        return act(tenant, who, action, _ -> what, work);
    }

    /** Likewise, where only the result says what was done. */
    public <T> T act(
            String tenant, String who, String action, Function<T, String> what, Function<Models.Scope, T> work) {
        return run(scope -> {
            direct.writeAll(scope.tx(), scope.effects());
            T result = work.apply(scope);
            audit(scope, tenant, who, action, what.apply(result));
            advance(scope);
            return result;
        });
    }

    /**
     * Runs {@code work} in one transaction; its effects follow the commit.
     *
     * @throws StoreException when the database failed, or another controller has begun since; nothing is stored or sent then
     */
    @Override
    public <T> T run(Function<Models.Scope, T> work) {
        Instant begun = clock.instant();
        lock.lock();
        try {
            Effects effects = new Effects(begun);
            long now = clock.millis();
            T result;
            try {
                result = store.transact(tx -> {
                    T done = work.apply(new Models.Scope(tx, effects, now));
                    if (epoch > 0 && !tx.holds(EpochRow.class, EpochRow.ONLY, "epoch", epoch)) {
                        replaced = true;
                        throw replaced(epoch);
                    }
                    return done;
                });
            } catch (RuntimeException | Error failure) {
                effects.undone();
                throw failure;
            }
            effects.sends().forEach(this::handOver);
            effects.breaches().forEach(breaches::note);
            effects.sent(clock.instant());
            effects.hints().forEach(hints);
            return result;
        } finally {
            lock.unlock();
        }
    }

    private boolean handOver(Effects.Send send) {
        boolean gone = transport.send(send.topic(), send.payload(), send.expiry());
        if (!gone) {
            unsent.incrementAndGet();
        }
        return gone;
    }

    /**
     * Runs {@code work}, which only reads, on what is committed, without waiting for transactions of others. Nothing that it writes
     * or would send is kept.
     *
     * @throws StoreException when the database failed
     */
    public <T> T read(Function<Models.Scope, T> work) {
        return store.read(tx -> work.apply(new Models.Scope(tx, new Effects(), clock.millis())));
    }

    /** Sends every node that is there its list, with the signing set of now. */
    public void tellAll(Models.Scope scope) {
        nodes.sendAll(scope.tx(), scope.effects(), scope.nowMillis());
    }

    /** Notes a change of state for the audit log. */
    public static void audit(Models.Scope scope, String tenant, String who, String action, String what) {
        AuditLog.append(scope.tx(), tenant, who, action, what, scope.nowMillis());
    }

    /** What messages may have made possible: their nodes' part, or, where a gate has decided, all of a rollout. */
    private void moved(Models.Scope scope, Set<Topic> topics) {
        Map<String, Set<String>> nodesByTenant = new LinkedHashMap<>();
        boolean decided = false;
        boolean results = false;
        for (Topic topic : topics) {
            switch (topic.kind()) {
                case UP_TELEMETRY -> decided = true;
                case UP_RESULT -> results = true;
                default -> {
                    NodeAddress node = topic.address();
                    nodesByTenant
                            .computeIfAbsent(node.tenant(), _ -> new LinkedHashSet<>())
                            .add(node.toString());
                }
            }
        }
        nodesByTenant.forEach(
                (tenant, nodes) -> rollouts.heard(scope.tx(), scope.effects(), tenant, nodes, scope.nowMillis()));
        if (decided) {
            rollouts.step(scope.tx(), scope.effects(), scope.nowMillis());
        }
        if (scope.effects().isGraphDue()) {
            graphs.step(scope.tx(), scope.effects(), scope.nowMillis());
        }
        if (results || !nodesByTenant.isEmpty()) {
            jobs.place(scope.tx(), scope.effects(), scope.nowMillis());
        }
    }

    private void advance(Models.Scope scope) {
        rollouts.step(scope.tx(), scope.effects(), scope.nowMillis());
        stepJobs(scope);
    }

    /** Jobs of several tasks take in what their inferences came to before and after those are looked at. */
    private void stepJobs(Models.Scope scope) {
        graphs.step(scope.tx(), scope.effects(), scope.nowMillis());
        jobs.step(scope.tx(), scope.effects(), scope.nowMillis());
        if (graphs.step(scope.tx(), scope.effects(), scope.nowMillis())) {
            jobs.step(scope.tx(), scope.effects(), scope.nowMillis());
        }
    }

    /** Carries a malformed message out of the transaction, so that it rolls back. */
    private static final class Dropped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Dropped(MalformedMessageException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
