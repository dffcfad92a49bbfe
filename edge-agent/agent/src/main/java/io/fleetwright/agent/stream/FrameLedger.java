package io.fleetwright.agent.stream;

import io.fleetwright.telemetry.wire.StreamReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the frames of a stream. Each gets a number when it is due, is settled once, and is told of in one window, in the order of the
 * numbers: a frame that is not settled holds back those after it.
 */
final class FrameLedger {
    /** How long a window is open. */
    static final long WINDOW_MICROS = 2_000_000;

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private final List<Window> full = new ArrayList<>();
    private long next;
    /** First frame that no window has. */
    private long untold;

    private @Nullable Window window;

    /** @param first number of the first frame */
    FrameLedger(long first) {
        this.next = first;
        this.untold = first;
    }

    private static final class Entry {
        final long first;
        final long epoch;
        long count;

        @Nullable
        Settled settled;

        Entry(long first, long count, long epoch) {
            this.first = first;
            this.count = count;
            this.epoch = epoch;
        }
    }

    /** Number that the next frame gets. */
    long next() {
        return next;
    }

    /** First frame that no window has. */
    long untold() {
        return untold;
    }

    /** A frame is due; its number. */
    long due(long epoch) {
        entries.add(new Entry(next, 1, epoch));
        return next++;
    }

    /** So many frames were due and are not begun. */
    void skip(long count, long epoch, long nowMicros) {
        Entry last = entries.peekLast();
        if (last != null && last.epoch == epoch && last.settled instanceof Settled.Skipped(boolean empty) && !empty) {
            last.count += count;
        } else {
            Entry entry = new Entry(next, count, epoch);
            entry.settled = new Settled.Skipped(false);
            entries.add(entry);
        }
        next += count;
        tell(nowMicros);
    }

    /** A frame has its end; a second end of the same frame changes nothing. */
    void settle(long number, Settled settled, long nowMicros) {
        for (Entry entry : entries) {
            if (entry.first == number && entry.settled == null) {
                entry.settled = settled;
            }
        }
        tell(nowMicros);
    }

    private void tell(long nowMicros) {
        while (!entries.isEmpty()) {
            Entry head = entries.element();
            Settled settled = head.settled;
            if (settled == null) {
                return;
            }
            entries.remove();
            Window into = window;
            if (into == null || !into.takes(head.epoch, settled)) {
                close();
                into = new Window(head.epoch, head.first, nowMicros);
                window = into;
            }
            into.add(head.first, head.count, settled);
            untold = head.first + head.count;
        }
    }

    private void close() {
        Window open = window;
        if (open != null) {
            full.add(open);
            window = null;
        }
    }

    /** Windows whose time is over; with {@code all} the open one too. */
    List<Window> take(long nowMicros, boolean all) {
        Window open = window;
        if (open != null && (all || nowMicros - open.begunMicros() >= WINDOW_MICROS)) {
            close();
        }
        List<Window> taken = List.copyOf(full);
        full.clear();
        return taken;
    }

    /** When a window's time is over, on the steady clock; not below 0. */
    long nextDueMicros() {
        Window open = window;
        if (!full.isEmpty()) {
            return 0; // At once; whoever subtracts the time of now from it stays within a long.
        }
        return open == null ? Long.MAX_VALUE : open.begunMicros() + WINDOW_MICROS;
    }

    /** What the controller must know, as soon as it can. */
    record Said(StreamReport.Event event, String reason) {}
}
