package io.fleetwright.controller.telemetry;

import io.fleetwright.telemetry.wire.Ack;
import java.util.ArrayList;
import java.util.List;

/** A set of sequence numbers kept as inclusive ranges in order, with text for the database. Immutable. */
public final class Ranges {
    /** More separate ranges than this are not kept. */
    static final int COUNT_MAX = 128;

    static final Ranges EMPTY = new Ranges(List.of());

    private final List<Ack.Range> ranges;

    private Ranges(List<Ack.Range> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    static Ranges parse(String text) {
        List<Ack.Range> ranges = new ArrayList<>();
        if (!text.isEmpty()) {
            for (String part : text.split(",", -1)) {
                int dash = part.indexOf('-');
                ranges.add(new Ack.Range(
                        Long.parseLong(part.substring(0, dash)), Long.parseLong(part.substring(dash + 1))));
            }
        }
        return new Ranges(ranges);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (Ack.Range range : ranges) {
            text.append(text.isEmpty() ? "" : ",")
                    .append(range.first())
                    .append('-')
                    .append(range.last());
        }
        return text.toString();
    }

    boolean contains(long sequence) {
        for (Ack.Range range : ranges) {
            if (range.contains(sequence)) {
                return true;
            }
        }
        return false;
    }

    /** This set and one more number. */
    Ranges with(long sequence) {
        if (contains(sequence)) {
            return this;
        }
        List<Ack.Range> merged = new ArrayList<>();
        long first = sequence;
        long last = sequence;
        int place = 0;
        for (Ack.Range range : ranges) {
            if (range.last() + 1 == first) {
                first = range.first();
            } else if (range.first() - 1 == last) {
                last = range.last();
            } else {
                merged.add(range);
                if (range.last() < first) {
                    place = merged.size();
                }
            }
        }
        merged.add(place, new Ack.Range(first, last));
        return new Ranges(merged);
    }

    /** This set with its lowest gap filled, when it has more ranges than are kept. */
    Ranges withinCount() {
        if (ranges.size() <= COUNT_MAX) {
            return this;
        }
        List<Ack.Range> fewer = new ArrayList<>(ranges.subList(1, ranges.size()));
        fewer.set(0, new Ack.Range(ranges.get(0).first(), ranges.get(1).last()));
        return new Ranges(fewer);
    }

    List<Ack.Range> list() {
        return ranges;
    }
}
