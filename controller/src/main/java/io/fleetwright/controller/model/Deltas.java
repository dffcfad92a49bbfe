package io.fleetwright.controller.model;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import io.fleetwright.trust.artifact.Delta;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Deltas between stored artifacts, made when they are asked for; the last ones are kept, since they go out in ranges. */
public final class Deltas {
    private static final long KEPT_BYTES_MAX = 32L * 1024 * 1024;

    private record Pair(Digest from, Digest to) {}

    private record Both(byte[] from, byte[] to) {}

    private final Models.Transactions transactions;
    private final OneAtATime alone = new OneAtATime("deltas are being made");
    /** In the order of their last use; touched by who is alone. */
    private final Map<Pair, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);

    public Deltas(Models.Transactions transactions) {
        this.transactions = transactions;
    }

    /**
     * The delta that makes {@code to} of {@code from}; seconds for tens of megabytes, and outside of any transaction.
     *
     * @throws io.fleetwright.trust.artifact.ArtifactException when one of them is not there
     */
    public byte[] between(Digest from, Digest to) {
        return alone.run(() -> {
            byte[] known = kept.get(new Pair(from, to));
            return known == null ? make(new Pair(from, to)) : known;
        });
    }

    private byte[] make(Pair pair) {
        Both both = transactions.run(scope -> {
            ArtifactStore artifacts = Artifacts.of(scope);
            return new Both(artifacts.read(pair.from()), artifacts.read(pair.to()));
        });
        byte[] delta = Delta.between(both.from(), both.to());
        kept.put(pair, delta);
        long bytes = kept.values().stream().mapToLong(one -> one.length).sum();
        for (Iterator<byte[]> oldest = kept.values().iterator(); bytes > KEPT_BYTES_MAX; ) {
            bytes -= oldest.next().length;
            oldest.remove();
        }
        return delta;
    }
}
