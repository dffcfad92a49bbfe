package io.fleetwright.agent.spool;

import io.fleetwright.agent.core.AgentLog;
import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Telemetry, results and reports of this boot and earlier ones, on disk until acknowledged.
 *
 * <p>Files: {@code spool/{stream}/{ordinal}-{boot}-{sequence}}, and {@code birth/{ordinal}-{boot}} with the metric
 * names of each boot that has telemetry. Ordinals count the starts. For want of space only telemetry is ever dropped,
 * oldest first.
 *
 * <p>What a failing disk has damaged is dropped at the start and told: the controller would never acknowledge it, and a
 * damaged report would hold back all later ones.
 */
public final class Outbox {
    /** What each file takes beside its bytes, roughly. */
    private static final int ENTRY_BYTES = 256;

    private static final Pattern FILE = Pattern.compile("[0-9]{12}-[0-9a-f]{16}-[0-9]{12}");
    private static final Pattern BIRTH_FILE = Pattern.compile("[0-9]{12}-[0-9a-f]{16}");

    private static final long ANSWER_MILLIS = 5_000;
    private static final long DELAY_MILLIS_MAX = 60_000;
    private static final int DOUBLINGS_MAX = 5;

    private final BlockDevice device;
    private final RandomGenerator random;
    private final AgentLog log;
    private final String boot;
    private final long ordinal;
    private final Map<Stream, Lane> lanes = new EnumMap<>(Stream.class);
    private final TreeMap<Long, String> earlierBirths = new TreeMap<>();
    private final Set<Long> damagedBirths = new HashSet<>();
    private byte @Nullable [] unsavedBirth;
    private boolean saving = true;
    /** Set while the disk takes nothing and that has been said, so that a full disk does not fill the log. */
    private boolean told;

    private long dropped;

    /** How much of each stream is kept, in bytes. */
    public record Bounds(long telemetryBytes, long resultBytes, long reportedBytes) {
        long of(Stream stream) {
            return switch (stream) {
                case TELEMETRY -> telemetryBytes;
                case RESULT -> resultBytes;
                case REPORTED -> reportedBytes;
            };
        }
    }

    /** Hands one message to the transport; false when it cannot take it now. */
    @FunctionalInterface
    public interface Sender {
        boolean send(Stream stream, byte[] payload);
    }

    private record Place(long ordinal, long sequence) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byBoot = Long.compare(ordinal, other.ordinal);
            return byBoot != 0 ? byBoot : Long.compare(sequence, other.sequence);
        }
    }

    private static final class Entry {
        final Place place;
        final String boot;
        final int bytes;
        /** Set while the disk has not taken it. */
        byte @Nullable [] unsaved;

        int attempts;
        long dueMillis = Long.MIN_VALUE;
        long answerMillis = Long.MIN_VALUE;

        Entry(Place place, String boot, int bytes) {
            this.place = place;
            this.boot = boot;
            this.bytes = bytes + ENTRY_BYTES;
        }
    }

    /** One stream. */
    private static final class Lane {
        final Stream stream;
        final int window;
        final TreeMap<Place, Entry> entries = new TreeMap<>();
        final Set<Entry> flying = new LinkedHashSet<>();
        long bytes;
        long sequence;
        long nextDueMillis = Long.MIN_VALUE;

        Lane(Stream stream, int window) {
            this.stream = stream;
            this.window = window;
        }

        /** An older report must not arrive after a newer one, so the next waits until the one before is stored. */
        boolean inOrder() {
            return stream == Stream.REPORTED;
        }

        void add(Entry entry) {
            entries.put(entry.place, entry);
            bytes += entry.bytes;
            nextDueMillis = Long.MIN_VALUE;
        }

        void remove(Entry entry) {
            entries.remove(entry.place);
            flying.remove(entry);
            bytes -= entry.bytes;
            nextDueMillis = Long.MIN_VALUE;
        }
    }

    private final Bounds bounds;

    /**
     * Opens what earlier boots left, and drops what is damaged.
     *
     * @param boot id of this boot
     */
    public Outbox(BlockDevice device, String boot, Bounds bounds, RandomGenerator random, AgentLog log)
            throws BlockDeviceException {
        this.device = device;
        this.boot = boot;
        this.bounds = bounds;
        this.random = random;
        this.log = log;
        lanes.put(Stream.RESULT, new Lane(Stream.RESULT, 32));
        lanes.put(Stream.REPORTED, new Lane(Stream.REPORTED, 1));
        lanes.put(Stream.TELEMETRY, new Lane(Stream.TELEMETRY, 16));
        long highest = openBirths();
        for (Lane lane : lanes.values()) {
            highest = Math.max(highest, open(lane));
        }
        this.ordinal = highest + 1;
        forgetBirths();
    }

    /** Takes up the births of earlier boots; answers the highest ordinal among them. */
    private long openBirths() throws BlockDeviceException {
        long highest = 0;
        for (BlockDevice.Item item : device.list("birth/")) {
            if (!BIRTH_FILE.matcher(fileName(item)).matches()) {
                continue;
            }
            String[] parts = fileName(item).split("-", -1);
            long its = Long.parseLong(parts[0]);
            highest = Math.max(highest, its);
            if (isIntact(item, bytes -> Birth.decode(bytes).boot().equals(parts[1]))) {
                earlierBirths.put(its, item.name());
            } else {
                log.warn("birth.damaged file=%s bytes=%d", item.name(), item.bytes());
                damagedBirths.add(its);
                delete(item.name());
            }
        }
        return highest;
    }

    /** Takes up the messages that earlier boots left in a lane; answers the highest ordinal among them. */
    private long open(Lane lane) throws BlockDeviceException {
        long highest = 0;
        int damaged = 0;
        for (BlockDevice.Item item : device.list(folder(lane.stream))) {
            if (!FILE.matcher(fileName(item)).matches()) {
                continue;
            }
            String[] parts = fileName(item).split("-", -1);
            Place place = new Place(Long.parseLong(parts[0]), Long.parseLong(parts[2]));
            highest = Math.max(highest, place.ordinal);
            Entry entry = new Entry(place, parts[1], (int) Math.min(Integer.MAX_VALUE / 2, item.bytes()));
            boolean intact = isIntact(item, bytes -> {
                Stamp stamp = stampOf(lane.stream, bytes);
                return stamp.boot().equals(entry.boot) && stamp.sequence() == place.sequence;
            });
            // Nobody can say what the numbers in a frame stand for when the names of its boot are lost.
            boolean nameless = lane.stream == Stream.TELEMETRY && damagedBirths.contains(place.ordinal);
            lane.add(entry);
            if (nameless) {
                drop(lane, entry);
                damaged++;
            } else if (!intact) {
                dropped += lane.stream == Stream.TELEMETRY ? 1 : 0; // A damaged frame held at least one sample.
                remove(lane, entry);
                damaged++;
            }
        }
        if (damaged > 0) {
            log.warn(
                    "spool.damaged stream=%s dropped=%d kept=%d", lane.stream.wireName(), damaged, lane.entries.size());
        }
        return highest;
    }

    /** Looks into one file; what is not as expected in any way is not intact. */
    private interface Look {
        boolean isAsExpected(byte[] bytes) throws MalformedMessageException;
    }

    private boolean isIntact(BlockDevice.Item item, Look look) {
        if (item.bytes() > Limits.MESSAGE_BYTES_MAX) {
            return false;
        }
        Optional<byte[]> bytes = read(item.name());
        try {
            return bytes.isPresent() && look.isAsExpected(bytes.get());
        } catch (MalformedMessageException damaged) {
            return false;
        }
    }

    private static Stamp stampOf(Stream stream, byte[] bytes) throws MalformedMessageException {
        return switch (stream) {
            case TELEMETRY -> TelemetryFrame.decode(bytes).stamp();
            case RESULT -> {
                if (StreamReport.is(bytes)) {
                    yield StreamReport.decode(bytes).stamp();
                }
                yield OperatorTimes.is(bytes)
                        ? OperatorTimes.decode(bytes).stamp()
                        : TaskResult.decode(bytes).stamp();
            }
            case REPORTED -> Reported.decode(bytes).stamp();
        };
    }

    /** Keeps the metric names of this boot; written before its first telemetry. */
    public void birth(Birth past) {
        unsavedBirth = past.encode();
    }

    /** Births of earlier boots whose telemetry is still here, oldest first. */
    public List<byte[]> earlierBirths() {
        List<byte[]> births = new ArrayList<>();
        for (String name : earlierBirths.values()) {
            read(name).ifPresent(births::add);
        }
        return births;
    }

    /** Samples dropped so far in this boot. */
    public long dropped() {
        return dropped;
    }

    /** Counts samples that were dropped before they became a frame. */
    public void countDropped(long samples) {
        dropped += samples;
    }

    /** Messages waiting for an acknowledgement. */
    public int pending(Stream stream) {
        return lane(stream).entries.size();
    }

    /** Bytes waiting, their overhead included. */
    public long pendingBytes(Stream stream) {
        return lane(stream).bytes;
    }

    /** True when the stream takes so many bytes more within its bound, and the disk takes writes. */
    public boolean hasRoom(Stream stream, long bytes) {
        return saving && lane(stream).bytes + bytes <= bounds.of(stream);
    }

    /**
     * Adds a result or a report; it is on disk when this returns, or kept in memory until the disk takes it.
     *
     * @return its sequence number
     */
    public long append(Stream stream, Function<Stamp, byte[]> encode) {
        Lane lane = lane(stream);
        long sequence = ++lane.sequence;
        byte[] payload = encode.apply(new Stamp(boot, sequence));
        Entry entry = new Entry(new Place(ordinal, sequence), boot, payload.length);
        entry.unsaved = payload;
        lane.add(entry);
        save(lane, entry);
        return sequence;
    }

    /** Adds a frame, dropping the oldest ones when the bound asks for it; lost with its samples counted otherwise. */
    public void appendTelemetry(Function<Stamp, TelemetryFrame> make) {
        Lane lane = lane(Stream.TELEMETRY);
        TelemetryFrame frame = make.apply(new Stamp(boot, lane.sequence + 1));
        byte[] payload = frame.encode();
        while (!lane.entries.isEmpty() && lane.bytes + payload.length + ENTRY_BYTES > bounds.telemetryBytes()) {
            dropOldest(lane);
        }
        Entry entry = new Entry(new Place(ordinal, lane.sequence + 1), boot, payload.length);
        entry.unsaved = payload;
        if (saveBirth() && save(lane, entry)) {
            lane.sequence++;
            lane.add(entry);
        } else {
            dropped += frame.samples().size();
        }
    }

    /** Forgets what the controller has committed. */
    public void acknowledge(Ack ack) {
        Lane lane = lane(ack.stream());
        List<Entry> done = new ArrayList<>();
        for (Entry entry : lane.entries.values()) {
            if (entry.boot.equals(ack.boot())
                    && ack.ranges().stream().anyMatch(range -> range.contains(entry.place.sequence()))) {
                done.add(entry);
            }
        }
        done.forEach(entry -> remove(lane, entry));
        if (!done.isEmpty() && ack.stream() == Stream.TELEMETRY) {
            forgetBirths();
        }
    }

    /** Makes everything due at once, for a new connection. */
    public void resendAll() {
        for (Lane lane : lanes.values()) {
            lane.flying.clear();
            lane.nextDueMillis = Long.MIN_VALUE;
            for (Entry entry : lane.entries.values()) {
                entry.attempts = 0;
                entry.dueMillis = Long.MIN_VALUE;
                entry.answerMillis = Long.MIN_VALUE;
            }
        }
    }

    /** Makes one message of this boot due at once; false when it is no longer here. */
    public boolean resend(Stream stream, Stamp stamp) {
        for (Entry entry : lane(stream).entries.values()) {
            if (entry.place.sequence() == stamp.sequence() && entry.boot.equals(stamp.boot())) {
                entry.dueMillis = Long.MIN_VALUE;
                lane(stream).nextDueMillis = Long.MIN_VALUE;
                return true;
            }
        }
        return false;
    }

    /** Every message of a stream that is kept, for learning what earlier boots did. */
    public void forEach(Stream stream, BiConsumer<Stamp, byte[]> consumer) {
        Lane lane = lane(stream);
        for (Entry entry : List.copyOf(lane.entries.values())) {
            payload(lane, entry)
                    .ifPresent(bytes -> consumer.accept(new Stamp(entry.boot, entry.place.sequence()), bytes));
        }
    }

    /** Sends what is due, as much as each stream's window allows; results first, then reports, then telemetry. */
    public void pump(long nowMillis, Sender sender) {
        for (Stream stream : List.of(Stream.RESULT, Stream.REPORTED, Stream.TELEMETRY)) {
            if (!pump(lane(stream), nowMillis, sender)) {
                return;
            }
        }
    }

    /** When {@link #pump} next has something to do. */
    public long nextDueMillis() {
        long next = Long.MAX_VALUE;
        for (Lane lane : lanes.values()) {
            if (!lane.entries.isEmpty()) {
                next = Math.min(next, lane.nextDueMillis);
            }
        }
        return next;
    }

    /** Gives the disk what it did not take before. */
    public void save() {
        if (saving) {
            return;
        }
        saving = true;
        for (Lane lane : lanes.values()) {
            for (Entry entry : lane.entries.values()) {
                if (entry.unsaved != null && !save(lane, entry)) {
                    return;
                }
            }
        }
    }

    private boolean pump(Lane lane, long nowMillis, Sender sender) {
        lane.flying.removeIf(entry -> entry.answerMillis <= nowMillis);
        if (nowMillis < lane.nextDueMillis) {
            return true;
        }
        long next = Long.MAX_VALUE;
        for (Entry entry : List.copyOf(lane.entries.values())) {
            if (lane.flying.size() >= lane.window) {
                next = Math.min(next, lane.flying.iterator().next().answerMillis);
                break;
            }
            if (entry.dueMillis > nowMillis) {
                next = Math.min(next, entry.dueMillis);
                if (lane.inOrder()) {
                    break;
                }
                continue;
            }
            Optional<byte[]> payload = payload(lane, entry);
            if (payload.isEmpty()) {
                continue;
            }
            if (!sender.send(lane.stream, payload.get())) {
                lane.nextDueMillis = Long.MIN_VALUE;
                return false;
            }
            long delay = Math.min(DELAY_MILLIS_MAX, ANSWER_MILLIS << Math.min(entry.attempts, DOUBLINGS_MAX));
            entry.attempts++;
            entry.answerMillis = nowMillis + ANSWER_MILLIS;
            entry.dueMillis = nowMillis + ANSWER_MILLIS + random.nextLong(delay);
            next = Math.min(next, entry.dueMillis);
            lane.flying.add(entry);
        }
        lane.nextDueMillis = next;
        return true;
    }

    private Optional<byte[]> payload(Lane lane, Entry entry) {
        byte[] unsaved = entry.unsaved;
        if (unsaved != null) {
            return Optional.of(unsaved);
        }
        Optional<byte[]> bytes = read(name(lane.stream, entry));
        if (bytes.isEmpty()) {
            log.warn("spool.missing file=%s", name(lane.stream, entry));
            remove(lane, entry);
        }
        return bytes;
    }

    private void dropOldest(Lane lane) {
        drop(lane, lane.entries.firstEntry().getValue());
        forgetBirths();
    }

    /** Drops a frame, its samples counted. */
    private void drop(Lane lane, Entry frame) {
        payload(lane, frame).ifPresent(bytes -> {
            try {
                dropped += TelemetryFrame.decode(bytes).samples().size();
            } catch (MalformedMessageException damaged) {
                dropped++; // A damaged frame held at least one sample.
            }
        });
        remove(lane, frame);
    }

    private void remove(Lane lane, Entry entry) {
        lane.remove(entry);
        delete(name(lane.stream, entry));
    }

    /** Births of earlier boots go with the last of their telemetry. */
    private void forgetBirths() {
        Lane telemetry = lane(Stream.TELEMETRY);
        List<Long> gone = earlierBirths.keySet().stream()
                .filter(its -> telemetry
                        .entries
                        .subMap(new Place(its, 0), new Place(its + 1, 0))
                        .isEmpty())
                .toList();
        for (long its : gone) {
            String name = earlierBirths.remove(its);
            if (name != null) {
                delete(name);
            }
        }
    }

    private boolean saveBirth() {
        byte[] birth = unsavedBirth;
        if (birth == null) {
            return true;
        }
        try {
            device.write("birth/%012d-%s".formatted(ordinal, boot), birth);
            unsavedBirth = null;
            told = false;
            return true;
        } catch (BlockDeviceException failure) {
            failed(failure);
            return false;
        }
    }

    private boolean save(Lane lane, Entry entry) {
        byte[] payload = entry.unsaved;
        if (payload == null) {
            return true;
        }
        try {
            device.write(name(lane.stream, entry), payload);
            entry.unsaved = null;
            told = false;
            return true;
        } catch (BlockDeviceException failure) {
            failed(failure);
            return false;
        }
    }

    private void failed(BlockDeviceException failure) {
        if (!told) {
            log.warn("spool.not_saved reason=%s", AgentLog.word(String.valueOf(failure.getMessage())));
        }
        told = true;
        saving = false;
    }

    private Optional<byte[]> read(String name) {
        try {
            return device.read(name);
        } catch (BlockDeviceException failure) {
            log.warn("spool.unreadable file=%s", name);
            return Optional.empty();
        }
    }

    private void delete(String name) {
        try {
            device.delete(name);
        } catch (BlockDeviceException failure) {
            // It will be sent once more after the next start, and acknowledged at once.
            log.warn("spool.not_deleted file=%s", name);
        }
    }

    private Lane lane(Stream stream) {
        Lane lane = lanes.get(stream);
        if (lane == null) {
            throw new IllegalStateException("no lane for " + stream);
        }
        return lane;
    }

    private static String folder(Stream stream) {
        return "spool/" + stream.wireName() + "/";
    }

    private static String name(Stream stream, Entry entry) {
        return "%s%012d-%s-%012d".formatted(folder(stream), entry.place.ordinal(), entry.boot, entry.place.sequence());
    }

    private static String fileName(BlockDevice.Item item) {
        return item.name().substring(item.name().lastIndexOf('/') + 1);
    }
}
