package io.fleetwright.agent.update;

import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is switched on in each slot: the one document whose replacement is the switch.
 *
 * @param applied highest desired version that every slot was settled for, 0 for none
 */
record SlotTable(long applied, List<Row> rows) {
    static final SlotTable EMPTY = new SlotTable(0, List.of());

    private static final int BYTES_MAX = 1024 * 1024;
    private static final int ROWS_MAX = 512;

    /** A slot's place. */
    record Place(String device, String slot) {
        static Place of(DesiredSlot slot) {
            return new Place(slot.device(), slot.slot());
        }
    }

    /** One artifact and what it is a variant of. */
    record Artifact(String model, String version, String variant, Digest digest, long bytes) {
        static Artifact of(DesiredSlot slot) {
            return new Artifact(slot.model(), slot.version(), slot.variant(), slot.digest(), slot.bytes());
        }
    }

    /**
     * One slot.
     *
     * @param active what runs, absent in a slot that was emptied
     * @param previous what ran well before, absent when nothing did
     */
    record Row(
            Place key, @Nullable Artifact active, @Nullable Artifact previous) {}

    SlotTable {
        rows = List.copyOf(rows);
    }

    Optional<Row> row(Place key) {
        return rows.stream().filter(row -> row.key.equals(key)).findFirst();
    }

    /** This table with one slot replaced or added. */
    SlotTable with(Row row) {
        List<Row> changed = new ArrayList<>(rows);
        changed.removeIf(old -> old.key.equals(row.key));
        changed.add(row);
        return new SlotTable(applied, changed);
    }

    SlotTable withApplied(long version) {
        return new SlotTable(version, rows);
    }

    /** Digests that files must be kept for. */
    boolean names(String hex) {
        for (Row row : rows) {
            if (names(row.active, hex) || names(row.previous, hex)) {
                return true;
            }
        }
        return false;
    }

    private static boolean names(@Nullable Artifact artifact, String hex) {
        return artifact != null && artifact.digest.hex().equals(hex);
    }

    private record Line(Place key, String role, @Nullable Artifact artifact) {}

    byte[] encode() {
        List<Line> lines = new ArrayList<>();
        for (Row row : rows) {
            lines.add(new Line(row.key, "active", row.active));
            if (row.previous != null) {
                lines.add(new Line(row.key, "previous", row.previous));
            }
        }
        return Json.write(out -> out.field("applied", applied).objects("slots", lines, (o, line) -> {
            o.field("device", line.key.device).field("slot", line.key.slot).field("role", line.role);
            Artifact artifact = line.artifact;
            if (artifact != null) {
                o.field("model", artifact.model)
                        .field("version", artifact.version)
                        .field("variant", artifact.variant)
                        .field("digest", artifact.digest.value())
                        .field("bytes", artifact.bytes);
            }
        }));
    }

    static SlotTable decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        List<Line> lines = in.objects("slots", 2 * ROWS_MAX, SlotTable::line);
        SlotTable table = new SlotTable(in.number("applied", 0, Long.MAX_VALUE), List.of());
        for (Line line : lines) {
            Row before = table.row(line.key).orElse(new Row(line.key, null, null));
            table = table.with(
                    line.role.equals("active")
                            ? new Row(line.key, line.artifact, before.previous)
                            : new Row(line.key, before.active, line.artifact));
        }
        return table;
    }

    private static Line line(Json.Node in) throws MalformedMessageException {
        Artifact artifact = null;
        if (in.has("digest")) {
            String digest = in.text("digest");
            if (!Digest.isValid(digest)) {
                throw new MalformedMessageException("digest (%s) is none".formatted(digest));
            }
            artifact = new Artifact(
                    in.text("model"),
                    in.text("version"),
                    in.text("variant"),
                    new Digest(digest),
                    in.number("bytes", 1, Long.MAX_VALUE));
        }
        return new Line(new Place(in.text("device"), in.text("slot")), in.text("role"), artifact);
    }
}
