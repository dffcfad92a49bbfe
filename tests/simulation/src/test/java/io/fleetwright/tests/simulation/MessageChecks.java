package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.SampleRow;
import io.fleetwright.controller.telemetry.StreamRow;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** What must hold of frames and acknowledgements on the wire. */
final class MessageChecks {
    private final long seed;
    private final MemoryStore store;
    private final Map<String, Integer> samplesOfFrame = new HashMap<>();

    MessageChecks(long seed, MemoryStore store) {
        this.seed = seed;
        this.store = store;
    }

    /** A frame that a node sends. */
    void sent(NodeAddress from, byte[] payload) {
        try {
            TelemetryFrame frame = TelemetryFrame.decode(payload);
            samplesOfFrame.put(
                    "%s#%s#%d"
                            .formatted(from, frame.stamp().boot(), frame.stamp().sequence()),
                    frame.samples().size());
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: agent sent a malformed frame".formatted(seed), wrong);
        }
    }

    /** An acknowledgement on the wire is a promise: what it names is in the store, and stays there. */
    void acknowledged(NodeAddress to, byte[] payload) {
        try {
            Ack ack = Ack.decode(payload);
            String stored = store.transact(tx -> tx.get(
                            StreamRow.class,
                            "%s#%s#%s".formatted(to, ack.stream().wireName(), ack.boot())))
                    .map(row -> row.ranges)
                    .orElse("");
            for (Ack.Range range : ack.ranges()) {
                assertThat(covers(stored, range))
                        .as(
                                "seed %d: %s acknowledged [%d, %d], stored %s",
                                seed, ack.stream(), range.first(), range.last(), stored)
                        .isTrue();
            }
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: controller sent a malformed ack".formatted(seed), wrong);
        }
    }

    private static boolean covers(String ranges, Ack.Range wanted) {
        return Arrays.stream(ranges.split(",", -1)).anyMatch(text -> {
            String[] ends = text.split("-", -1);
            return ends.length == 2
                    && Long.parseLong(ends[0]) <= wanted.first()
                    && Long.parseLong(ends[1]) >= wanted.last();
        });
    }

    /** Samples in the store are those of the committed frames, each once. */
    void atTheEnd() {
        long stored = store.transact(tx -> tx.count(Query.of(SampleRow.class)));
        long committed = 0;
        for (StreamRow row : store.transact(tx -> tx.find(Query.of(StreamRow.class)))) {
            if (!row.id.contains("#telemetry#")) {
                continue;
            }
            String prefix = row.id.replace("#telemetry#", "#");
            for (String text : row.ranges.split(",", -1)) {
                String[] ends = text.split("-", -1);
                for (long sequence = Long.parseLong(ends[0]); sequence <= Long.parseLong(ends[1]); sequence++) {
                    committed += Objects.requireNonNull(samplesOfFrame.get(prefix + "#" + sequence));
                }
            }
        }
        assertThat(stored).as("seed %d: samples stored once each", seed).isEqualTo(committed);
    }
}
