package io.fleetwright.controller.audit;

import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Storable;
import io.fleetwright.controller.webhook.Webhooks;
import io.fleetwright.trust.Digest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The audit log: rows are added and never changed, and each tenant's form a chain, where the hash of a row is the SHA-256 of its
 * content and of the hash before it. The core's lock has appends take turns, and a unique index on the place lets no second
 * controller fork the chain: its transaction fails as a whole.
 *
 * <p>Whoever can write the database can make the chain anew from a place on. A head that was noted elsewhere shows that.
 */
public final class AuditLog {
    private static final int PAGE = 1000;
    private static final int CHARS_MAX = 500;

    private AuditLog() {}

    /** What a check found. */
    public sealed interface Verdict {
        /**
         * @param entries that were checked
         * @param head hash of the last one, empty without any
         * @param unchained entries of before there was a chain, which nothing proves
         */
        record Whole(long entries, String head, long unchained) implements Verdict {}

        /** @param place of the first entry that is not what its hash says, or not there */
        record Broken(long place, String why) implements Verdict {}
    }

    /**
     * Adds an entry; texts of more than 500 characters are cut, and what a database would change is a question mark: the hash would not fit
     * any more.
     */
    public static void append(Tx tx, String tenant, String who, String action, String what, long nowMillis) {
        AuditHeadRow head = tx.get(AuditHeadRow.class, tenant).orElse(null);
        boolean first = head == null;
        if (head == null) {
            head = new AuditHeadRow();
            head.id = tenant;
        }
        AuditRow row = new AuditRow();
        row.tenant = tenant;
        row.atMillis = nowMillis;
        row.who = Storable.text(who, CHARS_MAX);
        row.action = Storable.text(action, CHARS_MAX);
        row.what = Storable.text(what, CHARS_MAX);
        row.place = head.place + 1;
        row.hash = hash(head.hash, row, head.place + 1);
        tx.insert(row);
        head.place++;
        head.hash = row.hash;
        if (first) {
            tx.insert(head);
        } else {
            tx.update(head);
        }
        Webhooks.enqueue(tx, row);
    }

    /** Checks a tenant's whole chain, a thousand entries to a transaction, so that others get their turn. */
    public static Verdict verify(Models.Transactions core, String tenant) {
        AuditHeadRow head =
                core.run(scope -> scope.tx().get(AuditHeadRow.class, tenant).orElseGet(AuditHeadRow::new));
        String hash = "";
        long place = 0;
        while (place < head.place) {
            long after = place;
            List<AuditRow> rows = core.run(scope -> scope.tx()
                    .find(Query.of(AuditRow.class)
                            .equal("tenant", tenant)
                            .greater("place", after)
                            .ascending("place")
                            .limit(PAGE)));
            if (rows.isEmpty()) {
                return new Verdict.Broken(place + 1, "the entry is missing");
            }
            for (AuditRow row : rows) {
                Long stored = row.place;
                if (place == head.place) {
                    break;
                }
                place++;
                if (stored == null || stored != place) {
                    return new Verdict.Broken(place, "the entry is missing");
                }
                hash = hash(hash, row, place);
                if (!hash.equals(row.hash)) {
                    return new Verdict.Broken(place, "the entry is not what its hash says");
                }
            }
        }
        if (!hash.equals(head.hash)) {
            return new Verdict.Broken(place, "the head is not the last entry's");
        }
        Beside beside = core.run(scope -> beside(scope.tx(), tenant));
        return beside.strangers == 0
                ? new Verdict.Whole(place, hash, beside.unchained)
                : new Verdict.Broken(
                        place + 1, "entries that are listed and not in the chain: %d".formatted(beside.strangers));
    }

    /**
     * Entries that are listed and have no place in the chain.
     *
     * @param unchained older than its first one
     * @param strangers put there by somebody else
     */
    private record Beside(long unchained, long strangers) {}

    private static Beside beside(Tx tx, String tenant) {
        Query<AuditRow> all = Query.of(AuditRow.class).equal("tenant", tenant);
        long last = tx.get(AuditHeadRow.class, tenant).map(head -> head.place).orElse(0L);
        long chained = tx.count(Query.of(AuditRow.class)
                .equal("tenant", tenant)
                .atLeast("place", 1L)
                .atMost("place", last));
        long beside = tx.count(all) - chained;
        if (beside == 0) {
            return new Beside(0, 0);
        }
        long older = tx
                .find(Query.of(AuditRow.class)
                        .equal("tenant", tenant)
                        .equal("place", 1L)
                        .limit(1))
                .stream()
                .findFirst()
                .map(first -> tx.count(Query.of(AuditRow.class)
                        .equal("tenant", tenant)
                        .less("id", first.id)
                        .atMost("atMillis", first.atMillis)))
                .orElse(beside);
        long unchained = Math.min(beside, older);
        return new Beside(unchained, beside - unchained);
    }

    private static String hash(String before, AuditRow row, long place) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(before);
            out.writeLong(place);
            out.writeLong(row.atMillis);
            for (String text : List.of(row.tenant, row.who, row.action, row.what)) {
                out.writeUTF(text);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
        return Digest.of(bytes.toByteArray()).hex();
    }
}
