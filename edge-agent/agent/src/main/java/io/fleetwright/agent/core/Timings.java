package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.runtime.LayerProfile;
import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the operators of programs take on this node's devices, for the controller that asks. Each program is timed for the same kernels and
 * agent until two measurements in a row agree, with a rest between them that doubles: code that is still being compiled is slow, and
 * some of it is slower than other. That begins some time after the question and takes place in short slices while no device of the node
 * has anything to do, with rests that leave most of a processor to others; work that comes waits for a row of one operator at most. What was found is kept, in {@code operators/{device}/{digest}}, so that neither a new start nor another question measures anew.
 */
final class Timings {
    /** Of computing in a row. */
    private static final long SLICE_MICROS = 20_000;
    /** After each slice, for each microsecond of it: a tenth of a processor is what others may notice. */
    private static final long REST_FACTOR = 9;
    /** How long to wait for a program whose kernels are still being chosen, and for a place in the spool. */
    private static final long AGAIN_MICROS = 1_000_000;
    /** Between the first measurement and the second; the next rest is twice as long. */
    private static final long REST_MICROS = 5_000_000;
    /** The last one comes some twelve minutes after the first. */
    private static final int MEASUREMENTS_MAX = 8;

    /** Of the sums of two measurements that agree. */
    private static final double TOTAL_RATIO_MAX = 1.15;
    /** Of the shares that all operators before any cut have in two measurements that agree. */
    private static final double SHARE_DIFFERENCE_MAX = 0.03;

    private static final String FOLDER = "operators/";
    private static final int WORD_CHARS_MAX = 64;

    private final BlockDevice disk;
    private final Map<String, DeviceQueue> devices;
    private final Results results;
    private final AgentLog log;
    private final Node node;
    private final long afterMicros;
    private final @Nullable String timing;

    /** Programs to tell of, in the order in which they were asked for, by what was in the slot then; they are in slots of this node. */
    private final Map<Place, Asked> asked = new LinkedHashMap<>();
    /** Where the last word on a program is among the results of this boot. */
    private final Map<Place, Told> told = new HashMap<>();

    /** What was measured last of those that have to be measured again. */
    private final Map<Place, Measured> earlier = new HashMap<>();

    private @Nullable Run run;
    private long notBeforeMicros = Long.MIN_VALUE;

    private record Place(String device, String slot) {}

    /** What was in the slot when the controller asked, and from when on that may be timed. */
    private record Asked(Digest digest, long dueMicros) {}

    /**
     * A measurement that the next one has to agree with.
     *
     * @param count measurements so far, this one included
     */
    private record Measured(OperatorTimes times, int count, long nextMicros) {}

    private record Told(Digest digest, Stamp stamp) {}

    /** One that is being timed. */
    private static final class Run {
        final Place place;
        final Program program;
        final OperatorTimer timer;
        /** Read by the device's thread while it computes; absent while it does not. */
        @Nullable
        AtomicBoolean stop;

        Run(Place place, Program program, OperatorTimer timer) {
            this.place = place;
            this.program = program;
            this.timer = timer;
        }
    }

    /** What is there around it. */
    interface Node {
        /** What runs in a slot. */
        Optional<Program> program(String device, String slot);

        /** What runs in all slots of a device. */
        Collection<Digest> active(String device);

        /** Whether no device has anything to do, and nothing is being brought to one. */
        boolean isIdle();

        /** On the device's thread; {@code done} on the core's. */
        void compute(String device, Runnable work, Runnable done);

        long nowMicros();

        long wallMillis();
    }

    Timings(
            BlockDevice disk,
            Map<String, DeviceQueue> devices,
            Results results,
            AgentLog log,
            AgentSettings settings,
            Node node) {
        this.disk = disk;
        this.devices = devices;
        this.results = results;
        this.log = log;
        this.node = node;
        boolean some = settings.timesOperatorsAfter().isPresent()
                && devices.values().stream().anyMatch(queue -> queue.driver.timesOperators());
        this.afterMicros = settings.timesOperatorsAfter().orElse(Duration.ZERO).toNanos() / 1000;
        this.timing = some
                ? word("%s/1/%s".formatted(settings.kernels(), settings.agentVersion()), "[^A-Za-z0-9.+/_-]")
                : null;
    }

    /** By what operators are timed here, absent when none are. */
    @Nullable
    String timing() {
        return timing;
    }

    /** The controller wants to know what a program takes; that it asks again changes nothing. */
    void ask(String device, String slot) {
        Place place = new Place(device, slot);
        DeviceQueue queue = devices.get(device);
        Program program = node.program(device, slot).orElse(null);
        if (timing == null || queue == null || program == null || !queue.driver.timesOperators()) {
            return;
        }
        Told last = told.get(place);
        if (last != null && last.digest.equals(program.digest()) && results.tellAgain(last.stamp)) {
            return;
        }
        Asked before = asked.get(place);
        if (before == null || !before.digest.equals(program.digest())) {
            boolean known = kept(place, program.digest()).isPresent();
            asked.put(place, new Asked(program.digest(), node.nowMicros() + (known ? 0 : afterMicros)));
        }
    }

    /** Takes the next step. */
    void advance() {
        Run running = run;
        if (running != null && running.stop != null) {
            if (!node.isIdle()) {
                running.stop.set(true);
            }
            return;
        }
        if (asked.isEmpty() || running != null && !runs(running.place, running.program.digest())) {
            run = null; // It holds the memory of its program, which may be gone.
        }
        if (asked.isEmpty()) {
            return;
        }
        if (node.nowMicros() < notBeforeMicros || !node.isIdle()) {
            return;
        }
        Place place = due();
        if (place == null) {
            return;
        }
        Program program = node.program(place.device, place.slot).orElse(null);
        if (program == null || !program.digest().equals(question(place).digest)) {
            drop(place); // The controller asks for what runs there now.
            return;
        }
        Optional<OperatorTimes> known = kept(place, program.digest());
        if (known.isPresent()) {
            tell(place, program, known.get());
        } else {
            measure(place, program);
        }
    }

    /** What was begun goes on before another measurement begins, which would have to take its memory. */
    private @Nullable Place due() {
        Run begun = run;
        if (begun != null && asked.containsKey(begun.place) && dueMicros(begun.place) <= node.nowMicros()) {
            return begun.place;
        }
        return asked.keySet().stream()
                .filter(one -> dueMicros(one) <= node.nowMicros())
                .findFirst()
                .orElse(null);
    }

    private Asked question(Place place) {
        return Objects.requireNonNull(asked.get(place));
    }

    /** Where something else runs there than what was measured, as if that had not been. */
    private long dueMicros(Place place) {
        Measured last = earlier.get(place);
        return last != null && runs(place, new Digest(last.times.digest()))
                ? last.nextMicros
                : question(place).dueMicros;
    }

    private boolean runs(Place place, Digest digest) {
        return node.program(place.device, place.slot)
                .filter(one -> one.digest().equals(digest))
                .isPresent();
    }

    private void drop(Place place) {
        asked.remove(place);
        earlier.remove(place);
    }

    private void measure(Place place, Program program) {
        if (program.operatorsHere() > OperatorTimes.OPERATORS_MAX) {
            giveUp(place, "%d operators, at most %d".formatted(program.operatorsHere(), OperatorTimes.OPERATORS_MAX));
            return;
        }
        Run present = run;
        if (present == null || !present.program.equals(program) || !present.place.equals(place)) {
            Driver driver = Objects.requireNonNull(devices.get(place.device)).driver;
            OperatorTimer timer = driver.timer(program).orElse(null);
            if (timer == null) {
                later(place);
                return;
            }
            present = new Run(place, program, timer);
            run = present;
        }
        if (present.timer.isDone()) {
            run = null;
            finish(place, program, present.timer);
        } else {
            slice(present);
        }
    }

    private void slice(Run present) {
        AtomicBoolean stop = new AtomicBoolean();
        present.stop = stop;
        long began = node.nowMicros();
        String[] broken = new String[1];
        node.compute(
                present.place.device,
                () -> {
                    try {
                        present.timer.run(SLICE_MICROS * 1000, stop::get);
                    } catch (RuntimeException | OutOfMemoryError failure) {
                        // Whatever a model makes the kernels do here, it only costs what would have been told of it.
                        broken[0] = String.valueOf(failure);
                    }
                },
                () -> {
                    present.stop = null;
                    long now = node.nowMicros();
                    notBeforeMicros = now + REST_FACTOR * Math.max(SLICE_MICROS, now - began);
                    if (broken[0] != null) {
                        run = null;
                        giveUp(present.place, broken[0]);
                    }
                });
    }

    private void finish(Place place, Program program, OperatorTimer timer) {
        try {
            OperatorTimes times = new OperatorTimes(
                    new Stamp("0".repeat(16), 1),
                    place.device,
                    program.digest().value(),
                    String.valueOf(timing),
                    program.kernels(),
                    timer.rounds(),
                    node.wallMillis(),
                    timer.times().stream().map(Timings::operator).toList());
            Measured last = Optional.ofNullable(earlier.get(place))
                    .filter(one -> one.times.digest().equals(times.digest()))
                    .orElse(null);
            int count = last == null ? 1 : last.count + 1;
            if (last == null || !agree(times, last.times)) {
                again(place, new Measured(times, count, node.nowMicros() + (REST_MICROS << (count - 1))));
                return;
            }
            log.info(
                    "operators.timed device=%s slot=%s digest=%s measurements=%d rounds=%d micros=%d",
                    place.device, place.slot, program.digest(), count, times.rounds(), times.totalNanos() / 1000);
            keep(place, program.digest(), times);
            tell(place, program, times);
        } catch (IllegalArgumentException cannotBeTold) {
            giveUp(place, String.valueOf(cannotBeTold.getMessage()));
        }
    }

    /** Whether both say the same of the whole, and of how it is spread over the operators. */
    private static boolean agree(OperatorTimes one, OperatorTimes other) {
        double total = one.totalNanos();
        double otherTotal = other.totalNanos();
        if (Math.max(total, otherTotal) > TOTAL_RATIO_MAX * Math.min(total, otherTotal)) {
            return false;
        }
        double ahead = 0;
        for (int i = 0; i < one.operators().size(); i++) {
            ahead += one.operators().get(i).p50Nanos() / total
                    - other.operators().get(i).p50Nanos() / otherTotal;
            if (Math.abs(ahead) > SHARE_DIFFERENCE_MAX) {
                return false;
            }
        }
        return true;
    }

    private void again(Place place, Measured last) {
        if (last.count == MEASUREMENTS_MAX) {
            giveUp(place, "no two of %d measurements in a row agree".formatted(last.count));
        } else {
            earlier.put(place, last);
        }
    }

    private static OperatorTimes.Operator operator(LayerProfile layer) {
        return new OperatorTimes.Operator(
                word(layer.operator(), "[^A-Za-z0-9_.:+ -]"),
                layer.kernel().isEmpty() ? "" : word(layer.kernel(), "[^A-Za-z0-9_.:+ -]"),
                layer.macs(),
                layer.bytes(),
                layer.p50Nanos());
    }

    private static String word(String text, String others) {
        String plain = text.replaceAll(others, "_");
        String begun = plain.isEmpty() || !Character.isLetterOrDigit(plain.charAt(0)) ? "x" + plain : plain;
        return begun.length() <= WORD_CHARS_MAX ? begun : begun.substring(0, WORD_CHARS_MAX);
    }

    private void tell(Place place, Program program, OperatorTimes times) {
        Optional<Stamp> stamp = results.report(times);
        if (stamp.isEmpty()) {
            later(place);
            return;
        }
        told.put(place, new Told(program.digest(), stamp.get()));
        drop(place);
    }

    /** Others go first. */
    private void later(Place place) {
        Asked question = asked.remove(place);
        if (question != null) {
            asked.put(place, question);
        }
        notBeforeMicros = node.nowMicros() + AGAIN_MICROS;
    }

    private void giveUp(Place place, String why) {
        drop(place);
        log.warn("operators.not_timed device=%s slot=%s reason=%s", place.device, place.slot, AgentLog.word(why));
    }

    /** When {@link #advance} has something to do without any other event, on the steady clock. */
    long nextDueMicros() {
        Run running = run;
        boolean waits = asked.isEmpty() || running != null && running.stop != null || !node.isIdle();
        if (waits) {
            return Long.MAX_VALUE;
        }
        long due = asked.keySet().stream().mapToLong(this::dueMicros).min().orElse(Long.MAX_VALUE);
        return Math.max(Math.max(notBeforeMicros, due), node.nowMicros() + 1000);
    }

    private Optional<OperatorTimes> kept(Place place, Digest digest) {
        try {
            Optional<byte[]> bytes = disk.read(file(place.device, digest));
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            OperatorTimes times = OperatorTimes.decode(bytes.get());
            boolean same = times.digest().equals(digest.value())
                    && times.device().equals(place.device)
                    && times.timing().equals(timing);
            return same ? Optional.of(times) : Optional.empty();
        } catch (BlockDeviceException | MalformedMessageException damaged) {
            return Optional.empty(); // The same as not there: it is measured anew.
        }
    }

    /** Keeps what was found, and forgets what was found of programs that the device does not run any more. */
    private void keep(Place place, Digest digest, OperatorTimes times) {
        try {
            disk.write(file(place.device, digest), times.encode());
            String folder = FOLDER + place.device + "/";
            List<String> active =
                    node.active(place.device).stream().map(Digest::hex).toList();
            for (BlockDevice.Item item : disk.list(folder)) {
                if (!active.contains(item.name().substring(folder.length()))) {
                    disk.delete(item.name());
                }
            }
        } catch (BlockDeviceException failure) {
            // It is told all the same; the next start measures anew.
            log.warn("operators.not_kept reason=%s", AgentLog.word(String.valueOf(failure.getMessage())));
        }
    }

    private static String file(String device, Digest digest) {
        return FOLDER + device + "/" + digest.hex();
    }
}
