package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.scheduler.policy.PlacementDecision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A moment of a tenant's devices and of what they have to do, by which {@link DirectInferences} are placed without a transaction. What
 * is placed by it counts in it until it has ended. Its owner holds its lock while it changes or places.
 */
final class DirectPlacements {
    /** Sorts of inferences that are remembered. */
    private static final int KINDS_MAX = 32;

    private final Settings settings;
    private final Faults faults;
    /** Fair, as those who wait for room are let in by turns. */
    final ReentrantLock lock = new ReentrantLock(true);

    /** Those who wait for room, by sorts: one that finds none does not hold up another that may. None without waiters. */
    private final Map<PlacementRound.Kind, Condition> queues = new HashMap<>();

    private final AtomicBoolean refreshing = new AtomicBoolean();
    private volatile @Nullable Moment moment;
    /** What is placed and ends while it is read again. */
    private final List<Consumer<Moment>> meanwhile = new ArrayList<>();

    private boolean recording;

    DirectPlacements(Settings settings, Faults faults) {
        this.settings = settings;
        this.faults = faults;
    }

    /** What was read at one time. */
    private record Moment(
            long atMillis,
            PlacementRound round,
            Map<PlacementRound.Kind, JobRow> kinds,
            Set<String> waitingModels,
            Set<String> modelsInParts,
            Map<String, Known> known,
            Room room) {
        void ended(Found.Device by) {
            round.ended(by.device(), by.micros());
            room.left++;
        }
    }

    /** What "why" tells of a device and variant. */
    private record Known(Costs.Basis basis, @Nullable String probe) {}

    /** Jobs that the tenant may still open. */
    private static final class Room {
        long left;

        Room(long left) {
            this.left = left;
        }
    }

    /** True when inferences like this one were looked at. */
    boolean knows(JobRow job) {
        Moment now = moment;
        return now != null && now.kinds.containsKey(PlacementRound.Kind.of(job));
    }

    /** Milliseconds since it was read. */
    long age(long nowMillis) {
        Moment now = moment;
        return now == null ? Long.MAX_VALUE : Math.max(0, nowMillis - now.atMillis);
    }

    /** True for the one who is to read it again. */
    boolean beginRefresh() {
        return refreshing.compareAndSet(false, true);
    }

    void endRefresh() {
        refreshing.set(false);
    }

    /**
     * Reads it again, by one at a time; others place by the moment before meanwhile.
     *
     * @param like an inference of a sort that shall be known
     * @param running that no table knows, asked under the lock
     */
    void refresh(Tx tx, JobRow like, Supplier<Collection<JobRow>> running, long nowMillis) {
        Collection<JobRow> beside = locked(() -> {
            meanwhile.clear();
            recording = true;
            return running.get();
        });
        Moment fresh = read(tx, like, beside, nowMillis);
        boolean _ = locked(() -> {
            meanwhile.forEach(change -> change.accept(fresh));
            meanwhile.clear();
            recording = false;
            moment = fresh;
            signal();
            return true;
        });
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private Moment read(Tx tx, JobRow like, Collection<JobRow> running, long nowMillis) {
        Map<PlacementRound.Kind, JobRow> kinds = new LinkedHashMap<>();
        Moment before = moment;
        if (before != null && before.kinds.size() < KINDS_MAX) {
            kinds.putAll(before.kinds);
        }
        kinds.put(PlacementRound.Kind.of(like), Row.copyOf(like)); // It changes once it is placed.
        PlacementRound round = new PlacementRound(tx, running, faults, nowMillis);
        Set<String> waiting = new HashSet<>();
        Set<String> inParts = new HashSet<>();
        Map<String, Known> known = new HashMap<>();
        for (JobRow kind : kinds.values()) {
            if (tx.count(Query.of(JobRow.class)
                            .equal("state", Jobs.QUEUED)
                            .equal("tenant", kind.tenant)
                            .equal("model", kind.model)
                            .equal("reason", Placements.QUEUES_FULL)
                            .equal("probe", false))
                    > 0) {
                waiting.add(kind.model);
            }
            if (tx.find(Query.of(VariantRow.class).equal("tenant", kind.tenant).equal("model", kind.model)).stream()
                    .anyMatch(VariantRow::isPart)) {
                inParts.add(kind.model);
            }
            round.runners(kind)
                    .forEach((device, variant) -> known.put(
                            CostRow.key(device.id, variant.digest),
                            new Known(Costs.basis(tx, device, variant), Costs.probe(tx, device, variant))));
        }
        long open =
                running.stream().filter(job -> job.tenant.equals(like.tenant)).count()
                        + tx.count(Query.of(JobRow.class)
                                .equal("tenant", like.tenant)
                                .equal("probe", false)
                                .in("state", Jobs.OPEN));
        return new Moment(nowMillis, round, kinds, waiting, inParts, known, new Room(settings.jobsOpenMax() - open));
    }

    /** What comes of looking for a device. */
    sealed interface Found {
        /**
         * A device has it, and its row tells so.
         *
         * @param variant what the device runs
         * @param device that counts it until {@link #ended}
         * @param micros that it takes there
         */
        record Device(VariantRow variant, DeviceRow device, double micros) implements Found {}

        /**
         * Devices that can run it have as much to do as they may, or others wait for them.
         *
         * @param elsewhere boards that share the network among them may have room
         */
        record Full(boolean elsewhere) implements Found {}

        /** It has to wait for another reason, or none can run it. */
        record Nowhere() implements Found {}
    }

    /** Looks for the device that would have done an inference, of a sort that is known, first. */
    Found place(JobRow job, long nowMillis) {
        Moment now = moment;
        if (now == null || !knows(job) || now.room.left <= 0) {
            return new Found.Nowhere();
        }
        Found.Full full = new Found.Full(now.modelsInParts.contains(job.model));
        if (now.waitingModels.contains(job.model)) {
            return full;
        }
        if (!(now.round.decide(job) instanceof PlacementDecision.Placed(var placement))) {
            return now.round.isFull(job) ? full : new Found.Nowhere();
        }
        DeviceRow device = now.round.device(job.tenant, placement.device());
        VariantRow variant = now.round.variant(job, placement.device());
        Known known = now.known.get(CostRow.key(device.id, variant.digest));
        if (known == null) {
            return new Found.Nowhere();
        }
        double micros = placement.finish() - placement.start();
        now.round.placed(device, placement.finish());
        now.room.left--;
        record(later -> {
            later.round.placed(device, later.round.busyMicros(device) + micros);
            later.room.left--;
        });
        Placements.assign(
                job,
                device,
                variant,
                Placements.why(placement, known.basis, known.probe),
                Placements.devices(device),
                nowMillis);
        return new Found.Device(variant, device, micros);
    }

    /** True where others of the sort wait already. */
    boolean isWaitedFor(PlacementRound.Kind kind) {
        Condition queue = queues.get(kind);
        return queue != null && lock.hasWaiters(queue);
    }

    /** Where to wait behind all others of a sort; {@link #leave} follows. */
    Condition queue(PlacementRound.Kind kind) {
        return queues.computeIfAbsent(kind, _ -> lock.newCondition());
    }

    /** One has waited; the last one of a sort leaves nothing. */
    void leave(PlacementRound.Kind kind) {
        if (!isWaitedFor(kind)) {
            queues.remove(kind);
        }
    }

    /** How many wait, of all sorts. */
    int waiting() {
        return locked(() ->
                queues.values().stream().mapToInt(lock::getWaitQueueLength).sum());
    }

    /** Something has ended: the first of each sort looks whether there is room now. */
    void signal() {
        queues.values().forEach(Condition::signal);
    }

    /** One of the sort was placed: there may be room for the next one too. */
    void signalNext(PlacementRound.Kind kind) {
        Condition queue = queues.get(kind);
        if (queue != null) {
            queue.signal();
        }
    }

    /** Likewise, for one who does not hold the lock. */
    void hasRoom() {
        boolean _ = locked(() -> {
            signal();
            return true;
        });
    }

    private void record(Consumer<Moment> change) {
        if (recording) {
            meanwhile.add(change);
        }
    }

    /** A device has ended one. */
    void ended(Found.Device by) {
        Moment now = moment;
        if (now != null) {
            now.ended(by);
            record(later -> later.ended(by));
        }
    }
}
