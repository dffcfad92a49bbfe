package io.fleetwright.controller.model;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.fleetwright.trust.artifact.ArtifactException.Kind;
import io.fleetwright.trust.artifact.ArtifactStore;
import io.fleetwright.trust.artifact.ChunkMap;
import io.fleetwright.trust.artifact.Chunker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Artifacts as rows of one transaction, in chunks that they share. */
public final class Artifacts implements ArtifactStore {
    private static final int CHUNKS_PER_QUERY = 256;

    private final Tx tx;
    private final long nowMillis;

    public Artifacts(Tx tx, long nowMillis) {
        this.tx = tx;
        this.nowMillis = nowMillis;
    }

    /** The artifacts of a transaction. */
    public static Artifacts of(Models.Scope scope) {
        return new Artifacts(scope.tx(), scope.nowMillis());
    }

    @Override
    public Digest put(byte[] bytes) {
        ArtifactStore.requireSize(bytes);
        Digest digest = Digest.of(bytes);
        ArtifactRow there = tx.get(ArtifactRow.class, digest.value()).orElse(null);
        if (there != null) {
            there.createdAt = nowMillis;
            tx.update(there);
            return digest;
        }
        ArtifactRow row = new ArtifactRow();
        row.id = digest.value();
        row.bytes = bytes.length;
        row.createdAt = nowMillis;
        List<ArtifactPartRow> parts = new ArrayList<>();
        Map<String, ChunkRow> chunks = new LinkedHashMap<>();
        int begins = 0;
        for (int ends : Chunker.cuts(bytes)) {
            ChunkRow chunk = new ChunkRow();
            chunk.content = Arrays.copyOfRange(bytes, begins, ends);
            chunk.id = Digest.of(chunk.content).value();
            chunks.putIfAbsent(chunk.id, chunk);
            parts.add(part(row.id, parts.size(), begins, ends, chunk.id));
            begins = ends;
        }
        used(chunks.keySet()).forEach(chunks::remove);
        row.storedBytes =
                chunks.values().stream().mapToLong(one -> one.content.length).sum();
        tx.insertAll(List.copyOf(chunks.values()));
        tx.insertAll(parts);
        tx.insert(row);
        return digest;
    }

    /** Those of {@code chunks} that some artifact has. */
    private Set<String> used(Collection<String> chunks) {
        Set<String> used = new HashSet<>();
        for (List<String> some : batches(List.copyOf(chunks))) {
            used.addAll(tx.distinct(Query.of(ArtifactPartRow.class).in("chunk", some), "chunk"));
        }
        return used;
    }

    private static <T> List<List<T>> batches(List<T> all) {
        List<List<T>> batches = new ArrayList<>();
        for (int from = 0; from < all.size(); from += CHUNKS_PER_QUERY) {
            batches.add(all.subList(from, Math.min(all.size(), from + CHUNKS_PER_QUERY)));
        }
        return batches;
    }

    private static ArtifactPartRow part(String artifact, int place, long begins, long ends, String chunk) {
        ArtifactPartRow part = new ArtifactPartRow();
        part.id = artifact + "#" + place;
        part.artifact = artifact;
        part.place = place;
        part.beginsAt = begins;
        part.endsAt = ends;
        part.chunk = chunk;
        return part;
    }

    @Override
    public boolean has(Digest digest) {
        return tx.get(ArtifactRow.class, digest.value()).isPresent();
    }

    @Override
    public long length(Digest digest) {
        return row(digest).bytes;
    }

    /** Bytes that an artifact added to the store when it was first put; the rest of it was there. */
    public long storedBytes(Digest digest) {
        return row(digest).storedBytes;
    }

    private ArtifactRow row(Digest digest) {
        return tx.get(ArtifactRow.class, digest.value()).orElseThrow(() -> ArtifactStore.absent(digest));
    }

    @Override
    public byte[] range(Digest digest, long first, long last) {
        ArtifactStore.requireRange(digest, first, last, length(digest));
        byte[] out = new byte[Math.toIntExact(last - first + 1)];
        long copied = 0;
        List<ArtifactPartRow> parts = tx.find(Query.of(ArtifactPartRow.class)
                .equal("artifact", digest.value())
                .less("beginsAt", last + 1)
                .greater("endsAt", first)
                .ascending("beginsAt"));
        for (List<ArtifactPartRow> some : batches(parts)) {
            Map<String, byte[]> contents = contents(some);
            for (ArtifactPartRow part : some) {
                byte[] content = contents.get(part.chunk);
                if (content == null || content.length != part.endsAt - part.beginsAt) {
                    throw damaged(digest, part.beginsAt);
                }
                long begins = Math.max(first, part.beginsAt);
                int count = (int) (Math.min(last + 1, part.endsAt) - begins);
                System.arraycopy(content, (int) (begins - part.beginsAt), out, (int) (begins - first), count);
                copied += count;
            }
        }
        if (copied != out.length) {
            throw damaged(digest, first);
        }
        return out;
    }

    /**
     * The chunks of an artifact, by its rows; by its bytes when it was stored before chunks had names of their own.
     *
     * @throws ArtifactException {@code ABSENT} when it is not there
     */
    public ChunkMap chunkMap(Digest digest) {
        long length = length(digest);
        List<ArtifactPartRow> parts = tx.find(Query.of(ArtifactPartRow.class)
                .equal("artifact", digest.value())
                .ascending("beginsAt"));
        boolean named = parts.stream().allMatch(part -> Digest.isValid(part.chunk));
        return named
                ? new ChunkMap(parts.stream()
                        .map(part -> new ChunkMap.Chunk((int) (part.endsAt - part.beginsAt), new Digest(part.chunk)))
                        .toList())
                : ChunkMap.of(range(digest, 0, length - 1));
    }

    private Map<String, byte[]> contents(List<ArtifactPartRow> parts) {
        Set<String> ids = parts.stream().map(part -> part.chunk).collect(Collectors.toSet());
        Map<String, byte[]> contents = HashMap.newHashMap(ids.size());
        tx.find(Query.of(ChunkRow.class).in("id", ids)).forEach(row -> contents.put(row.id, row.content));
        return contents;
    }

    private static ArtifactException damaged(Digest digest, long at) {
        return new ArtifactException(Kind.DAMAGED, "artifact %s lacks bytes at %d".formatted(digest, at));
    }

    @Override
    public boolean delete(Digest digest) {
        ArtifactRow row = tx.get(ArtifactRow.class, digest.value()).orElse(null);
        if (row == null) {
            return false;
        }
        Query<ArtifactPartRow> parts = Query.of(ArtifactPartRow.class).equal("artifact", row.id);
        Set<String> unused = new HashSet<>(tx.distinct(parts, "chunk"));
        tx.deleteAll(parts);
        unused.removeAll(used(unused));
        for (List<String> some : batches(List.copyOf(unused))) {
            tx.deleteAll(Query.of(ChunkRow.class).in("id", some));
        }
        tx.delete(row);
        return true;
    }

    @Override
    public List<Stored> list(@Nullable Digest after, int limit) {
        return tx
                .find(Query.of(ArtifactRow.class)
                        .greater("id", after == null ? "" : after.value())
                        .ascending("id")
                        .limit(limit))
                .stream()
                .map(row -> new Stored(new Digest(row.id), row.bytes, row.createdAt))
                .toList();
    }
}
