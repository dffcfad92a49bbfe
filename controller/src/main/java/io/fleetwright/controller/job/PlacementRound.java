package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.policy.FinishOrder;
import io.fleetwright.scheduler.policy.PlacementDecision;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the placements of one step share: devices, what each has to do, and what jobs of one kind cost on them. It is of one
 * transaction and one moment; work that is placed is added as it goes.
 */
final class PlacementRound {
    /** Attempts that a device may have at a time; what is more waits here. An agent takes sixteen and one that runs. */
    static final int ATTEMPTS_PER_DEVICE_MAX = 12;

    private static final String TRIED = "has had an attempt at it already, and others can run it";

    /** Candidates that are kept to answer "why this device", all of a fleet that has no more, and "why none". */
    static final int CANDIDATES_KEPT = 24;
    /** Of a larger fleet, from which the others are left out anyway: each job has them in its row, written whenever it changes. */
    private static final int CANDIDATES_OF_MANY = 8;

    private final Tx tx;
    private final Collection<JobRow> beside;
    private final Faults faults;
    private final ChainCosts chainCosts;
    private final long nowMillis;
    /** What was found out about networks that no device holds whole. */
    final Relays.Memory relays = new Relays.Memory();

    private final Map<String, List<VariantRow>> variants = new HashMap<>();
    private final Map<String, Fleet> fleets = new HashMap<>();
    private final Map<Kind, Able> kinds = new HashMap<>();
    private final Set<Kind> seen = new HashSet<>();

    /** @param beside attempts that no table knows yet */
    PlacementRound(Tx tx, Collection<JobRow> beside, Faults faults, long nowMillis) {
        this(tx, beside, faults, new ChainCosts(), nowMillis);
    }

    /** @param chainCosts what transforms take */
    PlacementRound(Tx tx, Collection<JobRow> beside, Faults faults, ChainCosts chainCosts, long nowMillis) {
        this.faults = faults;
        this.chainCosts = chainCosts;
        this.tx = tx;
        this.beside = beside;
        this.nowMillis = nowMillis;
    }

    /**
     * What decides where a job can run at all.
     *
     * @param prefers others before those that fail; false when any will do
     */
    record Kind(
            String tenant,
            String model,
            long inputBytes,
            @Nullable String version,
            @Nullable Double floor,
            @Nullable String variant,
            int from,
            int to,
            double share,
            @Nullable Double energyBudget,
            @Nullable String pinned,
            @Nullable String source,
            String transforms,
            boolean prefers) {
        static Kind of(JobRow job) {
            return new Kind(
                    job.tenant,
                    job.model,
                    job.inputBytes,
                    job.wantedVersion,
                    job.accuracyFloor,
                    job.wantedVariant,
                    job.segmentFrom,
                    job.segmentTo,
                    job.workShare,
                    job.energyBudgetMicrojoules,
                    job.pinnedDevice,
                    job.source,
                    job.sensor == null
                            ? job.afterNetwork
                            : String.join("|", String.valueOf(job.frame), job.beforeNetwork, job.afterNetwork),
                    true);
        }

        /** As if no device failed. */
        Kind anyDevice() {
            return new Kind(
                    tenant,
                    model,
                    inputBytes,
                    version,
                    floor,
                    variant,
                    from,
                    to,
                    share,
                    energyBudget,
                    pinned,
                    source,
                    transforms,
                    false);
        }
    }

    /**
     * Where jobs of one kind can run.
     *
     * @param order in which devices would finish the next one
     * @param runs those that can and that no others go before, full or not
     * @param loaded variants of all that can
     * @param hasBehind some can that others go before
     */
    private record Able(
            FinishOrder order,
            Map<String, DeviceOption.Runs> runs,
            Map<String, VariantRow> loaded,
            boolean hasBehind) {}

    /** What a device has to do. */
    private static final class Load {
        double busyMicros;
        int attempts;
    }

    /** Devices of a tenant. */
    private static final class Fleet {
        final Map<String, DeviceRow> devices = new LinkedHashMap<>();
        final Map<String, Load> loads = new HashMap<>();

        Load of(String device) {
            return loads.computeIfAbsent(device, _ -> new Load());
        }
    }

    private Fleet fleet(String tenant) {
        return fleets.computeIfAbsent(tenant, _ -> {
            Fleet fleet = new Fleet();
            tx.find(Query.of(DeviceRow.class).equal("tenant", tenant))
                    .forEach(device -> fleet.devices.put(device.id, device));
            for (SplitPartRow part : tx.find(
                    Query.of(SplitPartRow.class).equal("tenant", tenant).less("answerBy", SharedAttempts.NEVER))) {
                if (fleet.devices.containsKey(part.nodeId + "/" + part.device)) {
                    Load load = fleet.of(part.nodeId + "/" + part.device);
                    load.attempts++;
                    load.busyMicros += Math.max(0, part.plannedMicros - (nowMillis - part.sentAt) * 1000.0);
                }
            }
            for (Object[] attempt : Jobs.ATTEMPTS.in(tx, tenant)) {
                attempted(
                        fleet,
                        attempt[0] + "/" + attempt[1],
                        String.valueOf(attempt[2]),
                        String.valueOf(attempt[3]),
                        (long) attempt[4],
                        (double) attempt[5],
                        (double) attempt[6]);
            }
            beside.stream()
                    .filter(job -> job.tenant.equals(tenant))
                    .forEach(job -> attempted(
                            fleet,
                            job.nodeId + "/" + job.device,
                            job.model,
                            String.valueOf(job.digest),
                            job.sentAt,
                            job.workShare,
                            job.chainMicros));
            return fleet;
        });
    }

    private void attempted(
            Fleet fleet, String deviceId, String model, String digest, long sentAt, double share, double chainMicros) {
        DeviceRow device = fleet.devices.get(deviceId);
        if (device != null) {
            Load load = fleet.of(device.id);
            load.attempts++;
            load.busyMicros += leftMicros(device, model, digest, sentAt, share, chainMicros);
        }
    }

    private double leftMicros(
            DeviceRow device, String model, String digest, long sentAt, double share, double chainMicros) {
        List<VariantRow> sameBytes = variants(device.tenant, model, digest);
        // A look at a sensor runs no network.
        double network = sameBytes.isEmpty() ? 0 : share * Costs.p90Micros(tx, device, sameBytes.getFirst());
        return Math.max(0, chainMicros + network - (nowMillis - sentAt) * 1000.0);
    }

    private List<VariantRow> variants(String tenant, String model, String digest) {
        return variants.computeIfAbsent(
                String.join("/", tenant, model, digest),
                _ -> tx.find(Query.of(VariantRow.class)
                        .equal("tenant", tenant)
                        .equal("model", model)
                        .equal("digest", digest)));
    }

    /** Bytes that are there under several versions are a variant of the one that the job wants. */
    private @Nullable VariantRow variant(JobRow job, SlotRow slot, String digest) {
        return VariantRow.meant(
                        variants(job.tenant, job.model, digest),
                        job.model,
                        job.wantedVersion == null ? slot.desiredVersion : job.wantedVersion,
                        job.wantedVariant == null ? slot.desiredVariant : job.wantedVariant)
                .orElse(null);
    }

    /** Time until a device has done what it was given, microseconds from now. */
    double busyMicros(DeviceRow device) {
        return fleet(device.tenant).of(device.id).busyMicros;
    }

    /** A device has been given one attempt more, and is done with everything so many microseconds from now. */
    void placed(DeviceRow device, double finishMicros) {
        Load load = fleet(device.tenant).of(device.id);
        load.attempts++;
        load.busyMicros = finishMicros;
        kinds.values().forEach(able -> {
            if (load.attempts >= ATTEMPTS_PER_DEVICE_MAX && able.runs.containsKey(device.id)) {
                able.order.exclude(device.id, Exclusion.QUEUE_FULL, full(load));
            } else {
                able.order.ready(device.id, finishMicros);
            }
        });
    }

    /** A device has ended an attempt that took it so long, and may have another one. */
    void ended(DeviceRow device, double micros) {
        Load load = fleet(device.tenant).of(device.id);
        load.attempts = Math.max(0, load.attempts - 1);
        load.busyMicros = load.attempts == 0 ? 0 : Math.max(0, load.busyMicros - micros);
        kinds.values().forEach(able -> {
            DeviceOption.Runs option = able.runs.get(device.id);
            if (option != null && load.attempts < ATTEMPTS_PER_DEVICE_MAX) {
                able.order.include(device.id, option, load.busyMicros);
            }
        });
    }

    /** The device counts as it is, whatever was said of it before. */
    private void renew(Able able, String tenant, String device) {
        Load load = fleet(tenant).of(device);
        DeviceOption.Runs option = able.runs.get(device);
        if (option == null || load.attempts >= ATTEMPTS_PER_DEVICE_MAX) {
            able.order.exclude(device, Exclusion.QUEUE_FULL, full(load));
        } else {
            able.order.include(device, option, load.busyMicros);
        }
    }

    private static String full(Load load) {
        return "has %d attempts, at most %d".formatted(load.attempts, ATTEMPTS_PER_DEVICE_MAX);
    }

    private Able able(JobRow job) {
        return able(Kind.of(job), job);
    }

    /** Of the devices that can run the job and that no others go before, those that have had an attempt at it. */
    Set<String> tried(JobRow job) {
        Set<String> places = Places.all(job.places);
        if (places.isEmpty()) {
            return Set.of();
        }
        Map<String, DeviceOption.Runs> runs = able(job).runs;
        return places.stream()
                .map(place -> job.tenant + "/" + place)
                .filter(runs::containsKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Asks for a place for the job, where devices that have had an attempt at it count as if they could not run it, unless there are no
     * others. They are few: a look at all devices for each such job would take long where many have to be placed again.
     */
    private <T> T untried(JobRow job, Function<FinishOrder, T> question) {
        Able able = able(job);
        Set<String> tried = tried(job);
        if (tried.isEmpty()) {
            return question.apply(able.order);
        }
        if (tried.size() == able.runs.size()) {
            return question.apply(able(Kind.of(job).anyDevice(), job).order);
        }
        tried.forEach(device -> able.order.exclude(device, Exclusion.CONSTRAINT, TRIED));
        try {
            return question.apply(able.order);
        } finally {
            tried.forEach(device -> renew(able, job.tenant, device));
        }
    }

    /** Where it can run; without those that others go before, unless there are no others. */
    private Able able(Kind kind, JobRow job) {
        return kinds.computeIfAbsent(kind, _ -> {
            Map<String, DeviceOption> byDevice = new HashMap<>();
            Map<String, Double> busy = new HashMap<>();
            Map<String, DeviceOption.Runs> runs = new HashMap<>();
            Map<String, DeviceOption.Runs> behind = new HashMap<>();
            Map<String, VariantRow> loaded = new HashMap<>();
            Fleet fleet = fleet(job.tenant);
            for (DeviceRow device : fleet.devices.values()) {
                DeviceOption option = option(job, device, loaded);
                if (option instanceof DeviceOption.Runs one) {
                    String reason = behind(kind, device, loaded).orElse(null);
                    if (reason == null) {
                        runs.put(device.id, one);
                    } else {
                        behind.put(device.id, one);
                        option = new DeviceOption.Excluded(Exclusion.CONSTRAINT, reason);
                    }
                }
                byDevice.put(device.id, option);
                busy.put(device.id, fleet.of(device.id).busyMicros);
            }
            boolean others = !runs.isEmpty();
            if (!others) {
                runs.putAll(behind);
                byDevice.putAll(behind);
            }
            for (String device : runs.keySet()) {
                Load load = fleet.of(device);
                if (load.attempts >= ATTEMPTS_PER_DEVICE_MAX) {
                    byDevice.put(device, new DeviceOption.Excluded(Exclusion.QUEUE_FULL, full(load)));
                }
            }
            int candidates = byDevice.size() > CANDIDATES_KEPT ? CANDIDATES_OF_MANY : CANDIDATES_KEPT;
            return new Able(new FinishOrder(byDevice, busy, candidates), runs, loaded, others && !behind.isEmpty());
        });
    }

    /** Why others go before a device that can run it. */
    private Optional<String> behind(Kind kind, DeviceRow device, Map<String, VariantRow> loaded) {
        if (!kind.prefers) {
            return Optional.empty();
        }
        VariantRow variant = loaded.get(device.id);
        return variant == null ? Optional.empty() : faults.of(device.id, variant.digest, nowMillis);
    }

    /** Where the job would be done first, of devices that no others go before. */
    PlacementDecision decide(JobRow job) {
        return untried(job, order -> order.place(job.id, leftMicros(job)));
    }

    /**
     * Where the job would be done: on the device that a plan has for it, if that still takes it and keeps its deadline. Without a plan
     * where it would be done first; on devices that others go before only when none of these keeps its deadline.
     */
    PlacementDecision decide(JobRow job, @Nullable String device) {
        if (device != null) {
            return untried(job, order -> order.place(job.id, device, leftMicros(job)));
        }
        PlacementDecision decision = decide(job);
        return decision instanceof PlacementDecision.Refused && isLeftToOthers(job)
                ? able(Kind.of(job).anyDevice(), job).order.place(job.id, leftMicros(job))
                : decision;
    }

    /** True when some can run the job that others go before, and none of these others keeps its deadline, with or without room. */
    private boolean isLeftToOthers(JobRow job) {
        Able able = able(job);
        Set<String> tried = tried(job);
        if (!able.hasBehind && tried.isEmpty()) {
            return false;
        }
        boolean allTried = tried.size() == able.runs.size();
        Map<String, DeviceOption.Runs> others = allTried ? able(Kind.of(job).anyDevice(), job).runs : able.runs;
        double leftMicros = leftMicros(job);
        Fleet fleet = fleet(job.tenant);
        return others.entrySet().stream().noneMatch(one -> {
            DeviceOption.Runs runs = one.getValue();
            double start = Math.max(runs.inputTransfer(), fleet.of(one.getKey()).busyMicros);
            return start + runs.executionP90() <= leftMicros && (allTried || !tried.contains(one.getKey()));
        });
    }

    /** True when the job has to wait for room: no use in looking closer. */
    boolean waits(JobRow job) {
        return isFull(job) && !isLeftToOthers(job);
    }

    private double leftMicros(JobRow job) {
        return Math.max(0, (job.deadlineAt - nowMillis) * 1000.0);
    }

    /** True when some device that no others go before has room for the job, in time or not. */
    boolean isAble(JobRow job) {
        return untried(job, FinishOrder::isAble);
    }

    /** What it takes on devices that can run the job and that no others go before, full or not; microseconds. */
    Map<String, DeviceOption.Runs> runs(JobRow job) {
        Map<String, DeviceOption.Runs> runs = able(job).runs;
        Set<String> tried = tried(job);
        if (tried.isEmpty()) {
            return runs;
        }
        if (tried.size() == runs.size()) {
            return able(Kind.of(job).anyDevice(), job).runs;
        }
        Map<String, DeviceOption.Runs> others = new HashMap<>(runs);
        others.keySet().removeAll(tried);
        return others;
    }

    /** Attempts that a device may have beside those that it has. */
    int freePlaces(String tenant, String device) {
        return Math.max(0, ATTEMPTS_PER_DEVICE_MAX - fleet(tenant).of(device).attempts);
    }

    /** Devices that can run the job, with what they would run. */
    Map<DeviceRow, VariantRow> runners(JobRow job) {
        Map<DeviceRow, VariantRow> runners = new HashMap<>();
        able(job).loaded.forEach((device, variant) -> runners.put(device(job.tenant, device), variant));
        return runners;
    }

    /** All of the tenant's devices. */
    Collection<DeviceRow> devices(String tenant) {
        return fleet(tenant).devices.values();
    }

    /** What a job's transforms are expected to take around a variant, on a device. */
    Chains.Guess around(JobRow job, DeviceRow device, VariantRow variant) {
        return chainCosts.of(device.id, job.onBoards(), variant);
    }

    /** What they are expected to take where a network is shared: those before it on the first device, those behind it on the last. */
    Chains.Guess around(JobRow job, Splits.Split split, VariantRow variant) {
        double before = around(job, split.stages().getFirst().device(), variant).beforeMicros();
        return new Chains.Guess(before, around(job, split.last(), variant).afterMicros());
    }

    /** The node of a device. */
    Optional<NodeRow> node(DeviceRow device) {
        return tx.get(NodeRow.class, device.nodeId);
    }

    /** One of the tenant's devices. */
    DeviceRow device(String tenant, String id) {
        DeviceRow device = fleet(tenant).devices.get(id);
        if (device == null) {
            throw new IllegalStateException("tenant %s has no device %s".formatted(tenant, id));
        }
        return device;
    }

    /** The variant that the job would run on a device that can. */
    VariantRow variant(JobRow job, String device) {
        VariantRow variant = able(job).loaded.get(device);
        if (variant == null) {
            throw new IllegalStateException("placed on %s, which has no variant".formatted(device));
        }
        return variant;
    }

    /** True once in this round for all jobs of one kind. */
    boolean isFirst(JobRow job) {
        return seen.add(Kind.of(job));
    }

    /** True when every device that can run the job, and that no others go before, has as much to do as it may. */
    boolean isFull(JobRow job) {
        return !able(job).loaded.isEmpty() && !isAble(job);
    }

    private DeviceOption option(JobRow job, DeviceRow device, Map<String, VariantRow> loaded) {
        String place = device.node + "/" + device.device;
        if (job.source != null && !job.source.equals(place)) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, "the input is on " + job.source);
        }
        if (job.pinnedDevice != null && !job.pinnedDevice.equals(place)) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, "the caller chose " + job.pinnedDevice);
        }
        NodeRow node = tx.get(NodeRow.class, device.nodeId).orElse(null);
        if (node == null || !node.status.equals(Nodes.ONLINE)) {
            return new DeviceOption.Excluded(Exclusion.OFFLINE, node == null ? "gone" : node.status);
        }
        Optional<String> absence = OrderTransforms.absence(job, node);
        if (absence.isPresent()) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, absence.get());
        }
        SlotRow slot = tx.get(SlotRow.class, device.id + "/" + job.model).orElse(null);
        if (slot == null || slot.reportedDigest == null) {
            return new DeviceOption.Excluded(Exclusion.NOT_LOADED, "no variant of " + job.model);
        }
        VariantRow variant = variant(job, slot, slot.reportedDigest);
        if (variant != null && variant.isPart()) {
            return new DeviceOption.Excluded(
                    Exclusion.NOT_LOADED,
                    "has operators %d to %d of %s".formatted(variant.partFrom, variant.partTo - 1, variant.partOf));
        }
        if (variant == null || job.segmentTo == 0 && Jobs.inputBytes(variant) != job.inputBytes) {
            return new DeviceOption.Excluded(
                    Exclusion.NOT_LOADED, variant == null ? "unknown variant" : "another input size");
        }
        String wanted = job.wantedVariant;
        String exclusion = wanted == null || wanted.equals(variant.variant)
                ? Part.exclusion(job.wantedVersion, job.accuracyFloor, variant)
                : "has variant %s, and %s is wanted".formatted(variant.variant, wanted);
        if (exclusion != null) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, exclusion);
        }
        Chains chains = job.onBoards();
        Optional<String> misfit = chains.misfit(variant);
        if (misfit.isPresent()) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, "transforms-do-not-fit: " + misfit.get());
        }
        Costs.Cost cost = Costs.of(tx, device, variant, nowMillis);
        double part = part(tx, job, device, variant);
        OptionalDouble microjoules = share(cost.microjoules(), part);
        Double budget = job.energyBudgetMicrojoules;
        // One that has the input may still hand on what it would take itself.
        if (budget != null && job.source == null && !EnergyBudget.isKept(budget, microjoules)) {
            return new DeviceOption.Excluded(Exclusion.CONSTRAINT, EnergyBudget.excess(budget, microjoules));
        }
        loaded.put(device.id, variant);
        return new DeviceOption.Runs(
                part * cost.p90Micros()
                        + chainCosts.of(device.id, chains, variant).micros(),
                cost.overheadMicros(),
                microjoules);
    }

    /** What a job runs of the network's time on a device: by the operators that the device has timed, else by their products. */
    private static double part(Tx tx, JobRow job, DeviceRow device, VariantRow variant) {
        return timed(tx, job, device, variant)
                .map(shares -> shares.of(job.segmentFrom, job.segmentTo))
                .orElse(job.workShare);
    }

    /** What a device has told of the operators of a job's stretch; empty for jobs of whole networks too. */
    static Optional<OperatorShares> timed(Tx tx, JobRow job, DeviceRow device, VariantRow variant) {
        return job.segmentTo == 0
                ? Optional.empty()
                : OperatorShares.of(tx, device, variant.digest).filter(shares -> job.segmentTo <= shares.size());
    }

    private static OptionalDouble share(OptionalDouble whole, double part) {
        return whole.isPresent() ? OptionalDouble.of(whole.getAsDouble() * part) : whole;
    }
}
