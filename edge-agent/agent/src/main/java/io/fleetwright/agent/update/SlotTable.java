package io.fleetwright.agent.update;

import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
    /** Slots that hold nothing and are still reported. */
    static final int EMPTIED_MAX = 64;

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

    /** What the slot fell back from, and why; it is not tried again as long as the list names it. */
    record Refused(Digest digest, String reason) {}

    /**
     * One slot.
     *
     * @param active what runs, absent in a slot that was emptied
     * @param previous what ran well before, absent when nothing did
     * @param trialStarts starts of the agent in which {@code active} was on trial, 0 when it is not
     */
    record Row(
            Place key,
            @Nullable Artifact active,
            @Nullable Artifact previous,
            int trialStarts,
            @Nullable Refused refused) {
        static Row empty(Place key) {
            return new Row(key, null, null, 0, null);
        }

        boolean isOnTrial() {
            return trialStarts > 0;
        }

        /** True for what runs, and for what a trial may end with. */
        boolean needs(Digest digest) {
            return active != null && active.digest.equals(digest)
                    || isOnTrial() && previous != null && previous.digest.equals(digest);
        }

        Row withTrialStarts(int starts) {
            return new Row(key, active, previous, starts, refused);
        }

        /** With what ran before in the place of what is on trial, and nothing said of that. */
        Row withoutTrial() {
            return new Row(key, Objects.requireNonNull(previous), null, 0, refused);
        }

        /** With what ran before in the place of what runs. */
        Row fallenBack(String reason) {
            Artifact bad = Objects.requireNonNull(active);
            return new Row(key, Objects.requireNonNull(previous), null, 0, new Refused(bad.digest, reason));
        }
    }

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

    /**
     * This table after every slot was settled for a list; what the list does not name may be tried again later. Of the slots that hold
     * nothing and that it does not name, the last ones that were emptied stay, for reports to say so.
     */
    SlotTable settled(DesiredList list) {
        List<Row> settled = new ArrayList<>();
        long forgotten = rows.stream().filter(row -> isForgettable(row, list)).count() - EMPTIED_MAX;
        for (Row row : rows) {
            if (forgotten > 0 && isForgettable(row, list)) {
                forgotten--;
                continue;
            }
            Refused refused = row.refused;
            boolean named = refused != null
                    && list.slots().stream()
                            .anyMatch(slot -> Place.of(slot).equals(row.key)
                                    && slot.digest().equals(refused.digest));
            settled.add(named ? row : new Row(row.key, row.active, row.previous, row.trialStarts, null));
        }
        return new SlotTable(list.version(), settled);
    }

    private static boolean isForgettable(Row row, DesiredList list) {
        return row.active == null
                && row.previous == null
                && list.slots().stream().noneMatch(slot -> Place.of(slot).equals(row.key));
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

    private record Line(
            Place key,
            String role,
            @Nullable Artifact artifact,
            int trialStarts,
            @Nullable Refused refused) {}

    byte[] encode() {
        List<Line> lines = new ArrayList<>();
        for (Row row : rows) {
            lines.add(new Line(row.key, "active", row.active, row.trialStarts, row.refused));
            if (row.previous != null) {
                lines.add(new Line(row.key, "previous", row.previous, 0, null));
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
            if (line.trialStarts > 0) {
                o.field("trialStarts", line.trialStarts);
            }
            Refused refused = line.refused;
            if (refused != null) {
                o.field("refused", refused.digest.value()).field("refusedReason", refused.reason);
            }
        }));
    }

    static SlotTable decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        List<Line> lines = in.objects("slots", 2 * ROWS_MAX, SlotTable::line);
        SlotTable table = new SlotTable(in.number("applied", 0, Long.MAX_VALUE), List.of());
        for (Line line : lines) {
            Row before = table.row(line.key).orElse(Row.empty(line.key));
            table = table.with(
                    line.role.equals("active")
                            ? new Row(line.key, line.artifact, before.previous, line.trialStarts, line.refused)
                            : new Row(line.key, before.active, line.artifact, before.trialStarts, before.refused));
        }
        return table;
    }

    private static Line line(Json.Node in) throws MalformedMessageException {
        Artifact artifact = null;
        if (in.has("digest")) {
            artifact = new Artifact(
                    in.text("model"),
                    in.text("version"),
                    in.text("variant"),
                    digest(in, "digest"),
                    in.number("bytes", 1, Long.MAX_VALUE));
        }
        return new Line(
                new Place(in.text("device"), in.text("slot")),
                in.text("role"),
                artifact,
                in.has("trialStarts") ? (int) in.number("trialStarts", 1, Integer.MAX_VALUE) : 0,
                in.has("refused") ? new Refused(digest(in, "refused"), in.text("refusedReason")) : null);
    }

    private static Digest digest(Json.Node in, String field) throws MalformedMessageException {
        String digest = in.text(field);
        if (!Digest.isValid(digest)) {
            throw new MalformedMessageException("%s (%s) is none".formatted(field, digest));
        }
        return new Digest(digest);
    }
}
