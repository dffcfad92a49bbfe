package io.fleetwright.agent.update;

import io.fleetwright.agent.core.AgentLog;
import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.driver.Program.Loading;
import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.agent.update.SlotTable.Artifact;
import io.fleetwright.agent.update.SlotTable.Place;
import io.fleetwright.agent.update.SlotTable.Refused;
import io.fleetwright.agent.update.SlotTable.Row;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.ShadowSlot;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.SlotReport.State;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.VerifiedOrder;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Brings the slots to what the newest signed list says, one slot at a time.
 *
 * <p>Files: {@code desired} (the list, kept before anything is done about it), {@code artifact/{hex}} (content by
 * digest) and {@code slots} (what is on). A slot changes by one replacement of {@code slots}, after the artifact is on
 * disk and passed its self-test: a crash leaves the old variant or the new one. What ran well before stays on disk until
 * the next change, and the slot falls back to it by itself when the new variant does not pass its {@link Trial}.
 */
public final class Updater {
    /** Failures that another try, asked for by the controller, may cure. */
    private static final Set<String> TRANSIENT = Set.of("fetch-failed", "hash-mismatch", "no-space", "storage-failed");

    /** Why a fetch failed, where that is more than the line. */
    private static final Set<String> KNOWN = Set.of("too-large", "hash-mismatch");

    private static final int TRIES_MAX = 6;
    private static final long DELAY_MILLIS_FIRST = 500;
    private static final long DELAY_MILLIS_MAX = 30_000;
    private static final long STORAGE_DELAY_MILLIS = 1_000;
    private static final long REFUSAL_MILLIS_SAME = 60_000;
    private static final long REFUSAL_MILLIS_OTHER = 1_000;
    private static final String NOT_STORED = "not-stored";
    /** Left free for the spool and the documents. */
    private static final long RESERVE_BYTES = 1024 * 1024;

    private final Parts parts;
    private final Gate gate;
    private final Map<Place, Program> programs = new HashMap<>();
    private final Map<Place, Failure> failures = new HashMap<>();
    /** How each version does that runs, on trial or not. */
    private final Map<Place, Trial> trials = new HashMap<>();

    private SlotTable table = SlotTable.EMPTY;
    private @Nullable DesiredList wanted;
    /** What the lines say of the artifacts of {@link #wanted}. */
    private final Map<DesiredSlot, Expected> expected = new HashMap<>();

    private @Nullable Change change;
    private long floor;
    private long notBeforeMillis = Long.MIN_VALUE;
    private boolean changed;
    /** Set while documents cannot be stored and that has been said; it is tried again every few seconds. */
    private boolean told;

    private @Nullable Report due;
    /** The newest list that came, while it is refused. */
    private Reported.@Nullable Refused refused;

    private boolean refusalDue;
    private Reported.@Nullable Refused refusalTold;
    private long refusalToldMillis;

    /** What the updater works with. */
    public record Parts(
            BlockDevice device,
            TrustAnchor anchor,
            ArtifactSource artifacts,
            DriverHost host,
            InstantSource steady,
            RandomGenerator random,
            AgentLog log,
            Map<String, Driver> drivers,
            long artifactBytesMax) {
        public Parts {
            drivers = Map.copyOf(drivers);
        }

        /** What weights and activations may take there: nothing on a device that is not here. */
        private long memoryBytes(String device) {
            Driver driver = drivers.get(device);
            return driver == null
                    ? 0
                    : Objects.requireNonNullElse(driver.device().memoryBytes(), Long.MAX_VALUE);
        }

        /** Makes a model ready on a device. */
        private Loading load(
                String device,
                String model,
                byte[] artifact,
                long bytesMax,
                Optional<Digest> golden,
                BooleanSupplier unwanted) {
            Driver driver = drivers.get(device);
            return driver == null
                    ? new Loading.Refused("no-such-device", "%s is not on this node".formatted(device))
                    : Program.load(driver, model, artifact, bytesMax, golden, unwanted);
        }
    }

    /** A report that should go to the controller. */
    public record Report(long version, boolean settled, List<SlotReport> slots, Reported.@Nullable Refused refused) {}

    private record Failure(Digest digest, String reason) {}

    private enum Stage {
        WAITING,
        FETCHING,
        TESTING
    }

    private static final class Change {
        final DesiredSlot target;
        Stage stage = Stage.WAITING;
        int tries;
        long notBeforeMillis = Long.MIN_VALUE;
        /** Read by the device's thread, which tests it. */
        volatile boolean unwanted;

        Change(DesiredSlot target) {
            this.target = target;
        }
    }

    /** Loads what is on disk: each slot's active variant when its bytes still have their digest, else the previous. */
    public Updater(Parts parts) throws BlockDeviceException {
        this.parts = parts;
        try {
            this.gate = new Gate(parts.device, parts.anchor, parts.artifacts, parts.steady, parts.random, parts.log);
        } catch (IOException failure) {
            throw new BlockDeviceException(
                    BlockDeviceException.Kind.FAILED, String.valueOf(failure.getMessage()), failure);
        }
        Optional<byte[]> stored = parts.device.read("slots");
        if (stored.isPresent()) {
            try {
                table = SlotTable.decode(stored.get());
            } catch (MalformedMessageException damaged) {
                parts.log.warn("slots.damaged reason=%s", AgentLog.word(String.valueOf(damaged.getMessage())));
            }
        }
        floor = table.applied();
        Optional<byte[]> list = parts.device.read("desired");
        if (list.isPresent()) {
            try {
                Desired desired = Desired.decode(list.get());
                if (gate.again(desired) instanceof Gate.Entry.Admitted(var stillTrusted)
                        && stillTrusted.list().version() >= floor) {
                    want(stillTrusted);
                    floor = stillTrusted.list().version();
                } else {
                    parts.log.warn("desired.stored_list_rejected version=%d", desired.version());
                }
            } catch (MalformedMessageException damaged) {
                parts.log.warn("desired.stored_list_damaged");
            }
        }
        boolean counted = countTrialStarts();
        for (Row row : table.rows()) {
            restore(!counted && row.isOnTrial() && isRunnable(row.previous()) ? row.withoutTrial() : row);
        }
        for (Row row : table.rows()) {
            Refused refused = row.refused();
            if (refused != null && isWanted(row.key(), refused.digest())) {
                failures.put(row.key(), new Failure(refused.digest(), refused.reason()));
            }
        }
        collect();
    }

    /**
     * Is on disk before anything on trial is loaded, so that each start counts however it ends.
     *
     * @return false when it cannot be stored
     */
    private boolean countTrialStarts() {
        SlotTable counted = table;
        for (Row row : table.rows()) {
            if (!row.isOnTrial()) {
                continue;
            }
            boolean looping = row.trialStarts() >= Trial.STARTS_MAX && isRunnable(row.previous());
            counted =
                    counted.with(looping ? fallenBack(row, "crash-loop") : row.withTrialStarts(row.trialStarts() + 1));
        }
        if (counted.equals(table)) {
            return true;
        }
        if (switchTo(counted)) {
            changed = counted.rows().stream().anyMatch(row -> row.refused() != null);
            return true;
        }
        return false;
    }

    private boolean isRunnable(@Nullable Artifact artifact) {
        return artifact != null && readArtifact(artifact.digest()) != null;
    }

    private Row fallenBack(Row row, String reason) {
        parts.log.warn(
                "slot.fell_back device=%s slot=%s from=%s to=%s reason=%s",
                row.key().device(),
                row.key().slot(),
                Objects.requireNonNull(row.active()).digest(),
                Objects.requireNonNull(row.previous()).digest(),
                reason);
        return row.fallenBack(reason);
    }

    private boolean isWanted(Place place, Digest digest) {
        DesiredList list = wanted;
        return list != null
                && list.slots().stream()
                        .anyMatch(slot ->
                                Place.of(slot).equals(place) && slot.digest().equals(digest));
    }

    /** What became of an offered list. */
    public enum Answer {
        ACCEPTED,
        /** Known already; a report is due again. */
        REPEATED,
        /** Older than what is known; nothing is to be said. */
        OLD,
        /** Judged when the documents that it needs are there. */
        WAITS,
        /** Not to be trusted, or not storable now. */
        REJECTED
    }

    /** Takes a list in, when it may be applied. It is on disk before anything is done about it. */
    public Answer offer(Desired desired) {
        return switch (gate.offer(desired)) {
            case Gate.Entry.Old() -> Answer.OLD;
            case Gate.Entry.Refused(var reason) -> {
                refuse(desired.version(), reason);
                yield Answer.REJECTED;
            }
            case Gate.Entry.NotStored(var failure) -> {
                notStored("desired", failure);
                refuse(desired.version(), NOT_STORED);
                yield Answer.REJECTED;
            }
            case Gate.Entry.Waits() -> Answer.WAITS;
            case Gate.Entry.Admitted(var order) -> order.list().version() < floor ? Answer.OLD : admit(desired, order);
        };
    }

    /**
     * The newest list that came is not applied. The controller is told with the next step, of the same one once a minute at most
     * and of different ones once a second: it sends a list again and again.
     *
     * @param version as the message says; 0 when it could not be read
     * @param reason for a machine, such as {@code bad-signature}
     */
    public void refuse(long version, String reason) {
        Reported.Refused now = new Reported.Refused(version, reason);
        refused = now;
        refusalDue = !now.equals(refusalTold) || parts.steady.millis() - refusalToldMillis >= REFUSAL_MILLIS_SAME;
    }

    private void noMoreRefused() {
        refused = null;
        refusalTold = null;
        refusalDue = false;
    }

    private void tellRefusal(long nowMillis) {
        if (refusalDue && (refusalTold == null || nowMillis - refusalToldMillis >= REFUSAL_MILLIS_OTHER)) {
            refusalDue = false;
            refusalTold = refused;
            refusalToldMillis = nowMillis;
            reportNow();
        }
    }

    private void want(VerifiedOrder order) {
        wanted = order.list();
        expected.clear();
        order.artifacts().forEach((slot, artifact) -> expected.put(slot, Expected.of(artifact)));
    }

    private Answer admit(Desired desired, VerifiedOrder order) {
        DesiredList list = order.list();
        failures.values().removeIf(failure -> TRANSIENT.contains(failure.reason));
        DesiredList before = wanted;
        if (before != null && before.version() == list.version()) {
            noMoreRefused();
            reportNow();
            return Answer.REPEATED;
        }
        try {
            parts.device.write("desired", desired.encode());
        } catch (BlockDeviceException failure) {
            notStored("desired", failure);
            refuse(desired.version(), NOT_STORED);
            return Answer.REJECTED;
        }
        told = false;
        noMoreRefused();
        floor = list.version();
        want(order);
        dropUnlessIn(list);
        failures.entrySet()
                .removeIf(entry -> list.slots().stream()
                        .noneMatch(slot -> Place.of(slot).equals(entry.getKey())
                                && slot.digest().equals(entry.getValue().digest)));
        parts.log.info(
                "desired.accepted version=%d slots=%d",
                list.version(), list.slots().size());
        reportNow();
        return Answer.ACCEPTED;
    }

    /** What the new list wants no more is neither downloaded nor tested to its end. */
    private void dropUnlessIn(DesiredList list) {
        Change running = change;
        if (running == null || list.slots().contains(running.target)) {
            return;
        }
        change = null;
        running.unwanted = true;
        if (running.stage == Stage.TESTING) {
            parts.log.info("test.stopped digest=%s", running.target.digest());
        } else if (running.stage == Stage.FETCHING) {
            parts.log.info("fetch.stopped digest=%s", running.target.digest());
            parts.artifacts.stop(running.target.digest());
        }
    }

    /**
     * Takes the next step that can be taken.
     *
     * @param connected artifacts are only asked for while the controller is there
     */
    public void step(boolean connected) {
        gate.step(connected).ifPresent(this::offer);
        gate.takeGivenUp().ifPresent(list -> refuse(list.version(), list.reason()));
        DesiredList list = wanted;
        long nowMillis = parts.steady.millis();
        tellRefusal(nowMillis);
        judgeTrials(nowMillis);
        if (list == null || nowMillis < notBeforeMillis) {
            return;
        }
        if (!emptyOthers(list)) {
            return;
        }
        while (change == null || change.stage == Stage.WAITING) {
            Change next = change == null ? nextChange(list) : change;
            if (next == null) {
                break;
            }
            change = next;
            advance(next, nowMillis, connected);
            if (change == next && next.stage == Stage.WAITING) {
                break;
            }
        }
        boolean settling = changed || table.applied() != list.version();
        if (change == null && settling && nextChange(list) == null) {
            if (table.applied() == list.version() || switchTo(table.settled(list))) {
                changed = false;
                reportNow();
                parts.log.info("desired.settled version=%d failed=%d", list.version(), failures.size());
            }
        }
    }

    /** Whether something is being brought to a slot. */
    public boolean isChanging() {
        return change != null;
    }

    /** When {@link #step} has something to do without any other event. */
    public long nextDueMillis() {
        Change running = change;
        long own = running != null && running.stage == Stage.WAITING
                ? Math.max(notBeforeMillis, running.notBeforeMillis)
                : notBeforeMillis;
        long waiting = gate.nextDueMillis();
        return own == Long.MIN_VALUE || waiting == Long.MIN_VALUE ? Math.max(own, waiting) : Math.min(own, waiting);
    }

    /** The report that is due, once. */
    public Optional<Report> takeReport() {
        Report report = due;
        due = null;
        return Optional.ofNullable(report);
    }

    /** Puts a report back that could not be kept. */
    public void reportNow() {
        DesiredList list = wanted;
        if (list != null) {
            boolean settled =
                    change == null && !changed && nextChange(list) == null && table.applied() == list.version();
            due = new Report(list.version(), settled, slots(), refused);
        } else if (refused != null) {
            due = new Report(table.applied(), false, slots(), refused);
        }
    }

    /** What runs in the slot. */
    public Optional<Program> program(String device, String slot) {
        return Optional.ofNullable(programs.get(new Place(device, slot)));
    }

    /** A program answered; {@code saturated} when its output says nothing any more. */
    public void answered(String device, String slot, Digest digest, boolean saturated) {
        trial(new Place(device, slot), digest).ifPresent(trial -> trial.answered(saturated));
    }

    /** The driver gave no output for a program. */
    public void driverFailed(String device, String slot, Digest digest) {
        trial(new Place(device, slot), digest).ifPresent(trial -> trial.failed(parts.steady.millis()));
    }

    private Optional<Trial> trial(Place place, Digest digest) {
        Program program = programs.get(place);
        return program != null && program.digest().equals(digest)
                ? Optional.ofNullable(trials.get(place))
                : Optional.empty();
    }

    private void judgeTrials(long nowMillis) {
        if (nowMillis < notBeforeMillis) {
            return;
        }
        for (Row row : table.rows()) {
            Artifact active = row.active();
            Trial trial =
                    active == null ? null : trial(row.key(), active.digest()).orElse(null);
            if (!row.isOnTrial() || trial == null) {
                continue; // What does not run shows nothing.
            }
            switch (trial.verdict(nowMillis)) {
                case Trial.Verdict.Open() -> {}
                case Trial.Verdict.Passed() -> pass(row);
                case Trial.Verdict.Failed(String reason) -> fallBack(row, reason);
            }
        }
    }

    private void pass(Row row) {
        if (switchTo(table.with(row.withTrialStarts(0)))) {
            parts.log.info(
                    "slot.trial_passed device=%s slot=%s",
                    row.key().device(), row.key().slot());
        }
    }

    /** Runs what ran before; the new variant goes on when that is not there any more. */
    private void fallBack(Row row, String reason) {
        Artifact previous = row.previous();
        byte[] bytes = previous == null ? null : readArtifact(previous.digest());
        if (previous == null || bytes == null) {
            parts.log.warn(
                    "slot.nothing_to_fall_back_to device=%s slot=%s reason=%s",
                    row.key().device(), row.key().slot(), reason);
            switchTo(table.with(row.withTrialStarts(0)));
            return;
        }
        Digest bad = Objects.requireNonNull(row.active()).digest();
        if (!switchTo(table.with(fallenBack(row, reason)))) {
            return;
        }
        programs.remove(row.key());
        trials.remove(row.key());
        if (isWanted(row.key(), bad)) {
            failures.put(row.key(), new Failure(bad, reason));
        }
        parts.host.run(
                row.key().device(),
                () -> parts.load(
                        row.key().device(), previous.model(), bytes, Long.MAX_VALUE, Optional.empty(), () -> false),
                loading -> backAgain(row.key(), previous.digest(), loading));
    }

    private void backAgain(Place place, Digest digest, Loading loading) {
        Artifact active = table.row(place).map(Row::active).orElse(null);
        if (active == null || !active.digest().equals(digest) || programs.containsKey(place)) {
            return; // The list has moved on meanwhile.
        }
        switch (loading) {
            case Loading.Ready(Program program) -> runs(place, program, null);
            case Loading.Refused(String reason, String detail) -> notRestored(place, reason, detail);
        }
        changed = true;
        collect();
    }

    private void runs(Place place, Program program, @Nullable Trial before) {
        programs.put(place, program);
        trials.put(place, new Trial(parts.steady.millis(), before));
    }

    private void notRestored(Place place, String reason, String detail) {
        parts.log.warn(
                "slot.not_restored device=%s slot=%s reason=%s detail=%s",
                place.device(), place.slot(), reason, AgentLog.word(detail));
    }

    /** A version that runs beside another one. */
    public record Shadow(Program program, int percent) {}

    /** What runs in the shadow of a slot. */
    public Optional<Shadow> shadow(String device, String slot) {
        for (Map.Entry<Place, Program> entry : programs.entrySet()) {
            Optional<ShadowSlot> shadow = entry.getKey().device().equals(device)
                    ? ShadowSlot.parse(entry.getKey().slot())
                            .filter(beside -> beside.serving().equals(slot))
                    : Optional.empty();
            if (shadow.isPresent()) {
                return Optional.of(new Shadow(entry.getValue(), shadow.get().percent()));
            }
        }
        return Optional.empty();
    }

    /** Highest version that all slots were settled for. */
    public long applied() {
        return table.applied();
    }

    /** Every slot as it is now. */
    public List<SlotReport> slots() {
        Map<String, SlotReport> reports = new TreeMap<>();
        for (Row row : table.rows()) {
            Program program = programs.get(row.key());
            put(reports, row.key(), program, program == null ? State.EMPTY : State.ACTIVE, null);
        }
        DesiredList list = wanted;
        if (list != null) {
            for (DesiredSlot slot : list.slots()) {
                Place key = Place.of(slot);
                Program program = programs.get(key);
                Failure failure = failures.get(key);
                if (program != null && program.digest().equals(slot.digest())) {
                    put(reports, key, program, State.ACTIVE, null);
                } else if (failure != null) {
                    put(reports, key, program, State.FAILED, failure.reason);
                } else {
                    put(reports, key, program, State.CHANGING, null);
                }
            }
        }
        // Where not all have room, those that hold nothing come last.
        return reports.values().stream()
                .sorted(Comparator.comparing(report -> report.state() == State.EMPTY))
                .limit(Limits.SLOTS_PER_NODE_MAX)
                .toList();
    }

    private static void put(
            Map<String, SlotReport> reports,
            Place key,
            @Nullable Program program,
            State state,
            @Nullable String reason) {
        String digest = program == null ? null : program.digest().value();
        reports.put(key.device() + "/" + key.slot(), new SlotReport(key.device(), key.slot(), digest, state, reason));
    }

    private void restore(Row row) {
        for (Artifact artifact : new @Nullable Artifact[] {row.active(), row.previous()}) {
            if (artifact == null) {
                if (row.active() == null) {
                    return;
                }
                continue;
            }
            byte[] bytes = readArtifact(artifact.digest());
            if (bytes == null) {
                parts.log.warn(
                        "slot.artifact_damaged device=%s slot=%s digest=%s",
                        row.key().device(), row.key().slot(), artifact.digest());
                continue;
            }
            boolean onTrial = row.isOnTrial() && artifact.equals(row.active());
            switch (parts.load(
                    row.key().device(),
                    artifact.model(),
                    bytes,
                    Long.MAX_VALUE,
                    onTrial ? golden(row.key(), artifact.digest()) : Optional.empty(),
                    () -> false)) {
                case Loading.Ready(Program program) -> {
                    runs(row.key(), program, null);
                    return;
                }
                case Loading.Refused(String reason, String detail) -> {
                    notRestored(row.key(), reason, detail);
                    if (onTrial && isRunnable(row.previous()) && switchTo(table.with(fallenBack(row, reason)))) {
                        changed = true;
                        table.row(row.key()).ifPresent(this::restore);
                        return;
                    }
                }
            }
        }
    }

    private Optional<Digest> golden(Place place, Digest digest) {
        return expected.entrySet().stream()
                .filter(entry -> Place.of(entry.getKey()).equals(place)
                        && entry.getKey().digest().equals(digest))
                .findFirst()
                .flatMap(entry -> entry.getValue().golden());
    }

    /** Slots that the list does not name stop at once. */
    private boolean emptyOthers(DesiredList list) {
        SlotTable emptied = table;
        for (Row row : table.rows()) {
            boolean named =
                    list.slots().stream().anyMatch(slot -> Place.of(slot).equals(row.key()));
            if (!named && row.active() != null) {
                emptied = emptied.with(Row.empty(row.key()));
            }
        }
        if (emptied.equals(table)) {
            return true;
        }
        if (!switchTo(emptied)) {
            return false;
        }
        for (Row row : emptied.rows()) {
            if (row.active() == null) {
                programs.remove(row.key());
                trials.remove(row.key());
            }
        }
        collect();
        return true;
    }

    private @Nullable Change nextChange(DesiredList list) {
        for (DesiredSlot slot : list.slots()) {
            Program program = programs.get(Place.of(slot));
            boolean there = program != null && program.digest().equals(slot.digest());
            if (!there && !failures.containsKey(Place.of(slot))) {
                return new Change(slot);
            }
        }
        return null;
    }

    private void advance(Change running, long nowMillis, boolean connected) {
        if (running.stage != Stage.WAITING || nowMillis < running.notBeforeMillis) {
            return;
        }
        DesiredSlot target = running.target;
        if (!parts.drivers.containsKey(target.device())) {
            fail(running, "no-such-device", target.device());
            return;
        }
        if (target.bytes() > parts.artifactBytesMax) {
            fail(running, "too-large", "%d bytes, at most %d".formatted(target.bytes(), parts.artifactBytesMax));
            return;
        }
        long memory = expected.getOrDefault(target, Expected.NOTHING).memoryBytes();
        if (memory > freeMemory(target)) {
            fail(running, "out-of-memory", "needs %d bytes, %d are free".formatted(memory, freeMemory(target)));
            return;
        }
        byte[] stored = readArtifact(target.digest());
        if (stored != null) {
            test(running, stored);
            return;
        }
        if (!freeSpace(target)) {
            fail(running, "no-space", "%d bytes are free".formatted(parts.device.freeBytes()));
            return;
        }
        if (connected) {
            running.stage = Stage.FETCHING;
            running.tries++;
            parts.artifacts.fetch(wanted(target), fetched -> fetched(running, fetched));
        }
    }

    private ArtifactSource.Wanted wanted(DesiredSlot target) {
        Optional<Digest> chunks =
                expected.getOrDefault(target, Expected.NOTHING).chunks();
        List<byte[]> older = new ArrayList<>();
        if (chunks.isPresent()) {
            table.row(Place.of(target)).ifPresent(row -> {
                for (Artifact artifact : new @Nullable Artifact[] {row.active(), row.previous()}) {
                    byte[] bytes = artifact == null ? null : readArtifact(artifact.digest());
                    if (bytes != null) {
                        older.add(bytes);
                    }
                }
            });
        }
        return new ArtifactSource.Wanted(target.digest(), target.bytes(), chunks, older);
    }

    private void fetched(Change running, Fetched fetched) {
        if (running != change || running.stage != Stage.FETCHING) {
            return; // The list has moved on meanwhile.
        }
        switch (fetched) {
            case Fetched.Bytes(byte[] bytes) -> {
                if (bytes.length == running.target.bytes() && Digest.of(bytes).equals(running.target.digest())) {
                    test(running, bytes);
                } else {
                    again(running, "hash-mismatch", true);
                }
            }
            case Fetched.Failed(String reason, boolean again) ->
                again(running, KNOWN.contains(reason) ? reason : "fetch-failed", again);
        }
    }

    private void again(Change running, String reason, boolean again) {
        if (!again || running.tries >= TRIES_MAX) {
            fail(running, reason, "after %d tries".formatted(running.tries));
            return;
        }
        long delay = Math.min(DELAY_MILLIS_MAX, DELAY_MILLIS_FIRST << running.tries);
        running.stage = Stage.WAITING;
        running.notBeforeMillis = parts.steady.millis() + 1 + parts.random.nextLong(delay);
    }

    private void test(Change running, byte[] bytes) {
        running.stage = Stage.TESTING;
        String device = running.target.device();
        String model = running.target.model();
        long free = freeMemory(running.target);
        Optional<Digest> golden =
                expected.getOrDefault(running.target, Expected.NOTHING).golden();
        parts.host.run(
                device,
                () -> parts.load(device, model, bytes, free, golden, () -> running.unwanted),
                loading -> tested(running, bytes, loading));
    }

    private long freeMemory(DesiredSlot target) {
        long all = parts.memoryBytes(target.device());
        if (all == Long.MAX_VALUE) {
            return all;
        }
        long used = 0;
        for (Map.Entry<Place, Program> entry : programs.entrySet()) {
            if (entry.getKey().device().equals(target.device())
                    && !entry.getKey().equals(Place.of(target))) {
                used += entry.getValue().memoryBytes();
            }
        }
        return Math.max(0, all - used);
    }

    private void tested(Change running, byte[] bytes, Loading loading) {
        if (running != change || running.stage != Stage.TESTING) {
            return;
        }
        switch (loading) {
            case Loading.Refused(String reason, String detail) -> fail(running, reason, detail);
            case Loading.Ready(Program program) -> activate(running, bytes, program);
        }
    }

    private void activate(Change running, byte[] bytes, Program program) {
        DesiredSlot target = running.target;
        Place key = Place.of(target);
        Row before = table.row(key).orElse(Row.empty(key));
        Artifact fallback = lastGood(before, target);
        int starts = fallback == null || isProven(before, target) ? 0 : 1;
        try {
            if (readArtifact(target.digest()) == null) {
                parts.device.write(file(target.digest()), bytes);
            }
            SlotTable next = table.with(new Row(key, Artifact.of(target), fallback, starts, null));
            parts.device.write("slots", next.encode());
            table = next;
        } catch (BlockDeviceException failure) {
            String reason = failure.kind() == BlockDeviceException.Kind.FULL ? "no-space" : "storage-failed";
            fail(running, reason, String.valueOf(failure.getMessage()));
            collect();
            return;
        }
        runs(key, program, trials.get(key));
        change = null;
        changed = true;
        parts.log.info(
                "slot.active device=%s slot=%s variant=%s digest=%s",
                target.device(), target.slot(), target.variant(), target.digest());
        collect();
    }

    /** What the slot falls back to from {@code target}: what runs, when that has passed its trial, else what ran before. */
    private @Nullable Artifact lastGood(Row before, DesiredSlot target) {
        Program old = programs.get(before.key());
        Artifact active = before.active();
        boolean runs = active != null && old != null && active.digest().equals(old.digest());
        Artifact good = runs && !before.isOnTrial() ? active : before.previous();
        // A trial that a newer list ends early leaves what ran before it; without that, what runs is the best there is.
        Artifact kept = good == null && runs ? active : good;
        return kept != null && !kept.digest().equals(target.digest()) && isRunnable(kept) ? kept : null;
    }

    /** Going back to what ran well is no trial. */
    private static boolean isProven(Row before, DesiredSlot target) {
        Artifact previous = before.previous();
        Artifact active = before.active();
        return previous != null && previous.digest().equals(target.digest())
                || active != null && !before.isOnTrial() && active.digest().equals(target.digest());
    }

    private void fail(Change running, String reason, String detail) {
        failures.put(Place.of(running.target), new Failure(running.target.digest(), reason));
        change = null;
        changed = true;
        parts.log.warn(
                "slot.failed device=%s slot=%s digest=%s reason=%s detail=%s",
                running.target.device(), running.target.slot(), running.target.digest(), reason, AgentLog.word(detail));
    }

    /**
     * True when the artifact fits. Gives up bytes of what ran before for it, never those of what runs, shall run or a trial may end with.
     * The row still says what ran before: going back to it is no trial, though it is fetched again.
     */
    private boolean freeSpace(DesiredSlot target) {
        long needed = target.bytes() + RESERVE_BYTES;
        for (Row row : table.rows()) {
            Artifact previous = row.previous();
            if (parts.device.freeBytes() < needed && previous != null && !isNeeded(previous.digest())) {
                delete(file(previous.digest()));
            }
        }
        return parts.device.freeBytes() >= needed;
    }

    private boolean isNeeded(Digest digest) {
        return isAwaited(digest.hex())
                || programs.values().stream()
                        .anyMatch(program -> program.digest().equals(digest))
                || table.rows().stream().anyMatch(row -> row.needs(digest));
    }

    private boolean switchTo(SlotTable next) {
        try {
            parts.device.write("slots", next.encode());
            table = next;
            told = false;
            notBeforeMillis = Long.MIN_VALUE;
            return true;
        } catch (BlockDeviceException failure) {
            notBeforeMillis = parts.steady.millis() + STORAGE_DELAY_MILLIS;
            notStored("slots", failure);
            return false;
        }
    }

    private void notStored(String document, BlockDeviceException failure) {
        if (!told) {
            parts.log.warn("%s.not_stored reason=%s", document, AgentLog.word(String.valueOf(failure.getMessage())));
        }
        told = true;
    }

    /** Deletes artifacts that no slot names and none shall have. */
    private void collect() {
        try {
            for (BlockDevice.Item item : parts.device.list("artifact/")) {
                String hex = item.name().substring("artifact/".length());
                if (!isAwaited(hex) && !table.names(hex)) {
                    parts.device.delete(item.name());
                }
            }
        } catch (BlockDeviceException failure) {
            notCollected(failure);
        }
    }

    private void delete(String file) {
        try {
            parts.device.delete(file);
        } catch (BlockDeviceException failure) {
            notCollected(failure);
        }
    }

    private void notCollected(BlockDeviceException failure) {
        parts.log.warn("artifacts.not_collected reason=%s", AgentLog.word(String.valueOf(failure.getMessage())));
    }

    private boolean isAwaited(String hex) {
        DesiredList list = wanted;
        return list != null
                && list.slots().stream().anyMatch(slot -> slot.digest().hex().equals(hex));
    }

    private byte @Nullable [] readArtifact(Digest digest) {
        try {
            byte[] bytes = parts.device.read(file(digest)).orElse(null);
            return bytes != null && Digest.of(bytes).equals(digest) ? bytes : null;
        } catch (BlockDeviceException unreadable) {
            return null; // The same as not there: it is fetched again.
        }
    }

    private static String file(Digest digest) {
        return "artifact/" + digest.hex();
    }
}
