package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
import java.time.Duration;

/** Inputs that tenants put here before they name them. A tenant may name what it has put itself, for a day. */
public final class Uploads {
    /** From when it was last put. */
    public static final Duration KEPT = Duration.ofDays(1);

    /** Of one tenant. */
    public static final int COUNT_MAX = 1000;

    /** The largest input of a job. */
    public static final int BYTES_MAX = 8 << 20;
    /** Of all inputs of one tenant. */
    public static final long BYTES_OF_TENANT_MAX = 256L << 20;

    private Uploads() {}

    /**
     * Stores an input; one that is there is kept for another day.
     *
     * @throws Refusal when it is empty or too large, or the tenant has put too much
     */
    public static UploadRow put(Tx tx, String tenant, byte[] bytes, long nowMillis) {
        if (bytes.length == 0 || bytes.length > BYTES_MAX) {
            throw Refusal.invalid("an input of %d bytes; 1 to %d are allowed".formatted(bytes.length, BYTES_MAX));
        }
        String digest = Digest.of(bytes).value();
        UploadRow before = tx.get(UploadRow.class, tenant + "/" + digest).orElse(null);
        if (before != null) {
            before.createdAt = nowMillis;
            tx.update(before);
            return before;
        }
        Query<UploadRow> own = Query.of(UploadRow.class).equal("tenant", tenant);
        long stored = 0;
        long count = 0;
        for (UploadRow one : tx.find(own)) {
            stored += one.bytes;
            count++;
        }
        if (count >= COUNT_MAX || stored + bytes.length > BYTES_OF_TENANT_MAX) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d inputs of %d bytes are kept; a tenant may have %d of %d bytes"
                            .formatted(count, stored, COUNT_MAX, BYTES_OF_TENANT_MAX));
        }
        new Artifacts(tx, nowMillis).put(bytes);
        UploadRow row = new UploadRow();
        row.id = tenant + "/" + digest;
        row.tenant = tenant;
        row.digest = digest;
        row.bytes = bytes.length;
        row.createdAt = nowMillis;
        tx.insert(row);
        return row;
    }

    /** @throws Refusal when the tenant has not put it, or too long ago: the same as when nobody has */
    public static UploadRow require(Tx tx, String tenant, String digest, long nowMillis) {
        return tx.get(UploadRow.class, tenant + "/" + digest)
                .filter(row -> row.createdAt > nowMillis - KEPT.toMillis())
                .orElseThrow(() -> Refusal.notFound("input", digest));
    }
}
