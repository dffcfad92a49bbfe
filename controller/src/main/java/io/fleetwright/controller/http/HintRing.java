package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Effects;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The newest hints with their numbers, for readers that come back. Numbers are good for one start of the controller. */
final class HintRing {
    private final String run;
    private final int sizeMax;
    private final Deque<Numbered> hints = new ArrayDeque<>();
    private long last;

    /** @param run tells this start from others; no dash in it */
    HintRing(String run, int sizeMax) {
        this.run = run;
        this.sizeMax = sizeMax;
    }

    /** A hint and its place among all. */
    record Numbered(long number, Effects.Hint hint) {}

    synchronized Numbered add(Effects.Hint hint) {
        Numbered numbered = new Numbered(++last, hint);
        hints.addLast(numbered);
        if (hints.size() > sizeMax) {
            hints.removeFirst();
        }
        return numbered;
    }

    /** What a reader of the hint with that number may send to go on behind it. */
    String id(long number) {
        return run + "-" + number;
    }

    synchronized long last() {
        return last;
    }

    /**
     * What came after the event that a reader has seen last.
     *
     * @return absent when it cannot be told: the id is of another start, or too much has come since
     */
    synchronized Optional<List<Numbered>> after(String lastEventId) {
        if (!lastEventId.startsWith(run + "-")) {
            return Optional.empty();
        }
        long seen;
        try {
            seen = Long.parseLong(lastEventId.substring(run.length() + 1));
        } catch (NumberFormatException madeUp) {
            return Optional.empty();
        }
        long first = last - hints.size() + 1;
        if (seen < first - 1 || seen > last) {
            return Optional.empty();
        }
        List<Numbered> after = new ArrayList<>();
        for (Numbered hint : hints) {
            if (hint.number > seen) {
                after.add(hint);
            }
        }
        return Optional.of(after);
    }
}
