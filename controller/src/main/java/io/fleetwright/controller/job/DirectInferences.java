package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Inferences whose callers wait for them. Their order goes out before anything is written, placed by a snapshot of a moment ago, and
 * the caller has the answer as soon as the result is here; its job is written once, together with the result. A job that is not
 * answered within {@link #WRITTEN_AFTER} is written as it is, and is then a job as any: whatever becomes of it is decided by
 * {@link Jobs}. So what a crash can lose is younger than that, and its caller's connection is lost with it.
 *
 * <p>Only what is sure to go well goes this way: an input in the message, for a device that is there and keeps the deadline, and nothing
 * older of the model that waits in the database for room. Where there is none a caller waits here for its turn, for three quarters of its
 * deadline, and is refused then: as a job in the database, which finds no room either, it would cost several times as much as one that is
 * answered, and take the processor away from those. The rest is submitted.
 */
public final class DirectInferences {
    /** Inferences that are not written yet. */
    static final int OPEN_MAX = 512;

    /** Age at which a job is written although its result is not here. */
    static final Duration WRITTEN_AFTER = Duration.ofSeconds(1);

    /** Wait for a device that has room, and half of the deadline at most, where a job could go through parts of the network. */
    static final Duration WAIT_FOR_WHOLE = Duration.ofSeconds(5);

    /** Age at which a snapshot is made anew while it still serves. */
    private static final long OLD_MILLIS = 250;
    /** Wait after which who waits looks itself. */
    private static final long LOOK_AGAIN_NANOS = 200_000_000;

    private static final long LOOK_SOON_NANOS = 5_000_000;

    /** Age up to which nobody waits for that. */
    private static final long SOMEWHAT_OLD_MILLIS = 500;

    /** Age at which it serves no more. */
    private static final long STALE_MILLIS = 1000;

    private final Settings settings;
    private final Predicate<Effects.Send> sender;
    private final InstantSource clock;
    private final SplittableRandom ids;
    private final Models.Transactions transactions;

    /** Those that are not known to be written, by job. */
    private final Map<String, Sent> open = new ConcurrentHashMap<>();

    private final Faults faults = new Faults();

    private final Map<String, DirectPlacements> byTenant = new LinkedHashMap<>();

    private volatile Executor beside = Runnable::run;

    /**
     * @param sender hands a message over, or answers false
     * @param seed of job ids
     */
    public DirectInferences(
            Settings settings,
            Predicate<Effects.Send> sender,
            InstantSource clock,
            long seed,
            Models.Transactions transactions) {
        this.settings = settings;
        this.sender = sender;
        this.clock = clock;
        this.ids = new SplittableRandom(seed);
        this.transactions = transactions;
    }

    /** An inference that was sent to a device. */
    public static final class Sent {
        private final JobRow row;
        private final DirectPlacements.Found.Device by;
        private final DirectPlacements placements;
        private final CompletableFuture<Optional<JobRow>> outcome = new CompletableFuture<>();
        /** Set before the outcome is. */
        private volatile @Nullable Heard heard;

        /** Of the transaction that writes it, committed or not; set under the lock of its placements. */
        private volatile @Nullable Effects writer;

        /** An answer, and when it was here. */
        private record Heard(TaskResult result, long atMillis) {}

        Sent(JobRow row, DirectPlacements.Found.Device by, DirectPlacements placements) {
            this.row = row;
            this.by = by;
            this.placements = placements;
        }

        public String id() {
            return row.id;
        }

        /** What the device runs. */
        public VariantRow variant() {
            return by.variant();
        }

        /**
         * Waits for the answer, at most {@link #WRITTEN_AFTER} and until its row is written.
         *
         * @return the job as it succeeded; empty when it takes longer, did not go well, has a large output or was written before, and
         *     its row tells more, see {@link DirectInferences#settle(String)}
         */
        public Optional<JobRow> await() throws InterruptedException {
            try {
                return outcome.get(
                        Math.min(WRITTEN_AFTER.toMillis(), row.deadlineAt - row.createdAt), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException notYet) {
                return Optional.empty();
            }
        }

        /** The job as it succeeded; empty as long as that is not known. */
        Optional<JobRow> answer() {
            return outcome.getNow(Optional.empty());
        }

        /** @return true when it went well, and all of the answer is here */
        private boolean hear(TaskResult result, long nowMillis) {
            JobRow done = Row.copyOf(row);
            Optional<JobRow> answer = result.put() == null && Jobs.answer(done, result)
                    ? Optional.of(Jobs.ended(done, Jobs.SUCCEEDED, null, nowMillis))
                    : Optional.empty();
            placements.lock.lock();
            try {
                if (writer != null) {
                    return false; // What becomes of it is decided by its row, which may be on its way elsewhere.
                }
                if (answer.isPresent() && !outcome.isDone()) {
                    heard = new Heard(result, nowMillis);
                }
                if (outcome.complete(answer)) {
                    placements.ended(by);
                    placements.signal();
                }
            } finally {
                placements.lock.unlock();
            }
            return answer.isPresent();
        }

        /** @return false when that transaction writes it already */
        private boolean begin(Effects transaction) {
            placements.lock.lock();
            try {
                boolean isFirst = writer != transaction;
                writer = transaction;
                return isFirst;
            } finally {
                placements.lock.unlock();
            }
        }
    }

    /**
     * Sends an inference to the device that would have done it first, as soon as one has room.
     *
     * @return empty when it has to be submitted instead; nothing was sent or kept then
     * @throws Refusal when no device has had room for three quarters of its deadline
     */
    public Optional<Sent> send(String tenant, Jobs.Request request) throws InterruptedException {
        return send(tenant, request, request.deadline().multipliedBy(3).dividedBy(4));
    }

    /** @param waitMax for room, where all devices are full */
    Optional<Sent> send(String tenant, Jobs.Request request, Duration waitMax) throws InterruptedException {
        byte[] input = request.input();
        if (input == null || request.source() != null || request.notifyNode() != null) {
            return Optional.empty();
        }
        long now = clock.millis();
        JobRow job = row(tenant, request, input, now);
        Sent sent = place(job, waitMax);
        if (sent == null) {
            return Optional.empty();
        }
        JobRow running = sent.row;
        String node = String.valueOf(running.nodeId);
        Topic topic = new Topic(new NodeAddress(tenant, node.substring(node.indexOf('/') + 1)), Topic.Kind.DOWN_WORK);
        long budget = Math.max(1, running.deadlineAt - running.sentAt);
        byte[] work = Jobs.work(running, budget).encode();
        if (!sender.test(new Effects.Send(topic, work, Duration.ofMillis(budget)))) {
            sent.outcome.complete(Optional.empty()); // As with any order that is lost, the next attempt follows.
        }
        return Optional.of(sent);
    }

    private JobRow row(String tenant, Jobs.Request request, byte[] input, long nowMillis) {
        JobRow job = new JobRow();
        synchronized (ids) {
            job.id = Jobs.id(nowMillis, ids.nextInt());
        }
        job.tenant = tenant;
        job.model = request.model();
        job.state = Jobs.QUEUED;
        job.createdAt = nowMillis;
        job.deadlineAt = nowMillis + request.deadline().toMillis();
        job.turnMicros = nowMillis * 1000;
        job.pinnedDevice = request.pinnedDevice();
        job.input = input;
        job.inputBytes = request.inputBytes();
        job.energyMethod = EnergyMethod.UNKNOWN.wireName();
        return job;
    }

    /** Places it as soon as there is room, those of its sort who wait already first. */
    private @Nullable Sent place(JobRow job, Duration waitMax) throws InterruptedException {
        DirectPlacements placements = placements(job.tenant);
        PlacementRound.Kind kind = PlacementRound.Kind.of(job); // Before it is placed, which changes it.
        long begunNanos = System.nanoTime();
        boolean waited = false;
        while (true) {
            boolean fresh = refreshIfOld(placements, job);
            placements.lock.lockInterruptibly();
            try {
                DirectPlacements.Found found = open.size() >= OPEN_MAX || !waited && placements.isWaitedFor(kind)
                        ? new DirectPlacements.Found.Full(false)
                        : placements.place(job, clock.millis());
                if (found instanceof DirectPlacements.Found.Device device) {
                    placements.signalNext(kind);
                    Sent sent = new Sent(job, device, placements);
                    open.put(job.id, sent);
                    return sent;
                }
                Duration most = found instanceof DirectPlacements.Found.Full(boolean elsewhere) && elsewhere
                        ? wholeWaitMax(job, waitMax)
                        : waitMax;
                long left = Math.min(begunNanos + most.toNanos() - System.nanoTime(), LOOK_AGAIN_NANOS);
                if (left <= 0 && found instanceof DirectPlacements.Found.Full(boolean elsewhere) && !elsewhere) {
                    throw new Refusal(
                            Refusal.Kind.TOO_MANY,
                            "no device has had room for an inference of model %s in %d ms"
                                    .formatted(job.model, waitMax.toMillis()));
                }
                if (found instanceof DirectPlacements.Found.Nowhere && fresh || left <= 0) {
                    return null;
                }
                waited = found instanceof DirectPlacements.Found.Full;
                try {
                    long _ = placements.queue(kind).awaitNanos(waited ? left : Math.min(left, LOOK_SOON_NANOS));
                } finally {
                    placements.leave(kind);
                }
            } finally {
                placements.lock.unlock();
            }
        }
    }

    /** How many wait for room. */
    int waiting(String tenant) {
        return placements(tenant).waiting();
    }

    private static Duration wholeWaitMax(JobRow job, Duration waitMax) {
        Duration half = Duration.ofMillis((job.deadlineAt - job.createdAt) / 2);
        return Stream.of(half, waitMax, WAIT_FOR_WHOLE)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** True when it is as of a moment ago. */
    private boolean refreshIfOld(DirectPlacements placements, JobRow job) {
        long age = placements.age(clock.millis());
        if (placements.knows(job) && age <= OLD_MILLIS) {
            return true;
        }
        boolean usable = placements.knows(job) && age <= STALE_MILLIS;
        if (!usable) {
            refresh(placements, job);
            return true;
        }
        if (!placements.beginRefresh()) {
            return false; // Somebody is at it, and it still serves.
        }
        if (age > SOMEWHAT_OLD_MILLIS) {
            refreshAsBegun(placements, job);
            return true;
        }
        JobRow like = Row.copyOf(job); // It changes once it is placed.
        beside.execute(() -> {
            try {
                refreshAsBegun(placements, like);
            } catch (StoreException failed) {
                // Who comes when the snapshot serves no more tries again, and is told.
            }
        });
        return false;
    }

    private void refreshAsBegun(DirectPlacements placements, JobRow like) {
        try {
            refresh(placements, like);
        } finally {
            placements.endRefresh();
        }
    }

    private DirectPlacements placements(String tenant) {
        synchronized (byTenant) {
            return byTenant.computeIfAbsent(tenant, _ -> new DirectPlacements(settings, faults));
        }
    }

    private void refresh(DirectPlacements placements, JobRow job) {
        boolean _ = transactions.run(scope -> {
            placements.refresh(scope.tx(), job, () -> running(scope.effects()), scope.nowMillis());
            return true;
        });
    }

    /** From now on snapshots that still serve are made anew there, and nobody waits; until then by who finds them old. */
    public void refreshBy(Executor executor) {
        beside = executor;
    }

    /** Devices that fail, for all who place. */
    Faults faults() {
        return faults;
    }

    /**
     * Rows, not to be changed, of those that run and that no table knows.
     *
     * @param present of the transaction that asks: what it has written itself, its tables know
     */
    Collection<JobRow> running(Effects present) {
        return open.values().stream()
                .filter(sent -> sent.writer != present && !sent.outcome.isDone())
                .map(sent -> sent.row)
                .toList();
    }

    /** The row, not to be changed, of one that is not known to be written. */
    Optional<JobRow> running(String id) {
        return Optional.ofNullable(open.get(id)).map(sent -> sent.row);
    }

    /**
     * Hears of a message before it is stored.
     *
     * @param topicText as the broker gave it
     * @return true when it is the answer that a caller waited for, so that nobody waits for it to be stored
     */
    public boolean heard(String topicText, byte[] payload) {
        if (open.isEmpty() || !topicText.endsWith(Topic.Kind.UP_RESULT.path()) || StreamReport.is(payload)) {
            return false;
        }
        try {
            TaskResult result = TaskResult.decode(payload);
            Sent sent = open.get(result.task());
            return sent != null
                    && Topic.parse(topicText).address().toString().equals(sent.row.nodeId)
                    && result.device().equals(sent.row.device)
                    && result.epoch() == sent.row.epoch
                    && sent.hear(result, clock.millis());
        } catch (MalformedMessageException dropped) {
            return false; // Dropped, counted and told of where it is stored.
        }
    }

    /**
     * Writes the row of an open inference for one that takes in its result, in this transaction.
     *
     * @return its row, which runs; empty when there is none of that id that is not written
     */
    Optional<JobRow> take(Tx tx, Effects effects, String id) {
        Sent sent = open.get(id);
        return sent == null || !sent.begin(effects)
                ? Optional.empty()
                : Optional.of(insert(tx, effects, sent, Row.copyOf(sent.row)));
    }

    /** Writes the row of an open inference as it is known to be. */
    private void write(Tx tx, Effects effects, String id) {
        Sent sent = open.get(id);
        if (sent != null && sent.begin(effects)) {
            JobRow row = insert(tx, effects, sent, Row.copyOf(sent.answer().orElse(sent.row)));
            Sent.Heard heard = sent.heard;
            if (heard != null && row.state.equals(Jobs.SUCCEEDED)) {
                learn(tx, effects, row, heard);
            }
            effects.hint(row.tenant, "job", id);
        }
    }

    /** What its result would teach, which finds it ended when it is taken in. */
    private void learn(Tx tx, Effects effects, JobRow row, Sent.Heard heard) {
        String device = row.nodeId + "/" + row.device;
        String digest = String.valueOf(row.digest);
        effects.whenUndone(faults.asItIs(device, digest));
        faults.succeeded(device, digest);
        double roundTripMicros = Math.max(0, heard.atMillis - row.sentAt) * 1000.0;
        Costs.learn(tx, row.tenant, device, digest, heard.result, roundTripMicros, heard.atMillis);
    }

    private JobRow insert(Tx tx, Effects effects, Sent sent, JobRow row) {
        tx.insert(row);
        effects.whenSent(_ -> {
            if (open.remove(sent.id(), sent)) {
                sent.placements.hasRoom();
            }
            sent.outcome.complete(Optional.empty()); // Who waits for it looks at its row from now on.
        });
        return row;
    }

    /** Writes all that are not written. */
    public void writeAll(Tx tx, Effects effects) {
        List.copyOf(open.keySet()).forEach(id -> write(tx, effects, id));
    }

    /** Writes those that a node has. */
    void writeOf(Tx tx, Effects effects, String nodeId) {
        open.values().stream()
                .filter(sent -> nodeId.equals(sent.row.nodeId))
                .forEach(sent -> write(tx, effects, sent.id()));
    }

    /** Writes those that have waited long enough for their result. */
    void writeOld(Tx tx, Effects effects, long nowMillis) {
        open.values().stream()
                .filter(sent -> nowMillis - sent.row.sentAt >= WRITTEN_AFTER.toMillis())
                .forEach(sent -> write(tx, effects, sent.id()));
    }

    /** Returns when the job has its row. */
    public void settle(String id) {
        if (open.containsKey(id)) {
            boolean _ = transactions.run(scope -> {
                write(scope.tx(), scope.effects(), id);
                return true;
            });
        }
    }

    /** Returns when every job has its row that was sent before. */
    public void settle() {
        if (!open.isEmpty()) {
            boolean _ = transactions.run(scope -> {
                writeAll(scope.tx(), scope.effects());
                return true;
            });
        }
    }
}
