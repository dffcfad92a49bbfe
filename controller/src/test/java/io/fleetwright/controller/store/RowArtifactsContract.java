package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.model.ArtifactPartRow;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.ChunkRow;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Artifacts as rows: what every store promises, and that chunks are shared. */
abstract class RowArtifactsContract extends ArtifactStoreContract {
    private static final long NOW = 1_700_000_000_000L;

    abstract FleetStore rows();

    @Override
    <T> T with(Function<ArtifactStore, T> work) {
        return rows().transact(tx -> work.apply(new Artifacts(tx, NOW)));
    }

    @Override
    void damage(Digest digest) {
        rows().transact(tx -> {
            ArtifactPartRow part = tx.find(Query.of(ArtifactPartRow.class).equal("artifact", digest.value()))
                    .getLast();
            ChunkRow chunk = tx.get(ChunkRow.class, part.chunk).orElseThrow();
            chunk.content[0] ^= 1;
            tx.update(chunk);
            return true;
        });
    }

    private long storedBytes(Digest digest) {
        return rows().transact(tx -> new Artifacts(tx, NOW).storedBytes(digest));
    }

    private long chunks() {
        return rows().transact(tx -> tx.count(Query.of(ChunkRow.class)));
    }

    @Test
    void aSecondVersionAddsOnlyTheChunksThatChanged() {
        byte[] first = new byte[200_000];
        new SplittableRandom(11).nextBytes(first);
        byte[] second = new byte[first.length + 5];
        System.arraycopy(first, 0, second, 0, 100_000);
        System.arraycopy(first, 100_000, second, 100_005, 100_000);
        long one = storedBytes(with(store -> store.put(first)));
        long two = storedBytes(with(store -> store.put(second)));
        assertThat(one).isEqualTo(first.length);
        assertThat(two).isBetween(5L, 80_000L);
        assertThat(storedBytes(with(store -> store.put(second)))).isEqualTo(two);
    }

    @Test
    void chunksGoWithTheLastArtifactThatHasThem() {
        byte[] shared = new byte[100_000];
        new SplittableRandom(12).nextBytes(shared);
        byte[] longer = java.util.Arrays.copyOf(shared, shared.length + 1);
        Digest first = with(store -> store.put(shared));
        long alone = chunks();
        Digest second = with(store -> store.put(longer));
        assertThat(chunks()).isGreaterThan(alone);
        assertThat(this.<Boolean>with(store -> store.delete(second))).isTrue();
        assertThat(chunks()).isEqualTo(alone);
        assertThat(this.<Boolean>with(store -> store.delete(first))).isTrue();
        assertThat(chunks()).isZero();
        assertThat(rows().<Long>transact(tx ->
                        tx.count(Query.of(ArtifactPartRow.class)) + tx.count(Query.of(ArtifactRow.class))))
                .isZero();
    }
}
