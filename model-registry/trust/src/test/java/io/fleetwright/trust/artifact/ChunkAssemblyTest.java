package io.fleetwright.trust.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.artifact.ChunkAssembly.Stretch;
import io.fleetwright.trust.artifact.ChunkMap.Chunk;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChunkAssemblyTest {
    private static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aMapIsReadAsItWasWritten() {
        ChunkMap map = ChunkMap.of(bytes(1, 100_000));
        assertThat(ChunkMap.decode(map.encode())).isEqualTo(map);
        assertThat(map.length()).isEqualTo(100_000);
        assertThat(ChunkMap.of(bytes(1, 64 * 1024 * 1024)).encode().length).isLessThan(ChunkMap.BYTES_MAX);
    }

    @Test
    void whatIsNoMapIsRefused() {
        byte[] map = ChunkMap.of(bytes(1, 10_000)).encode();
        byte[] negative = map.clone();
        negative[0] = (byte) 0x80;
        byte[] huge = map.clone();
        huge[0] = 0x04;
        for (byte[] wrong : List.of(
                new byte[0], Arrays.copyOf(map, map.length - 1), negative, huge, new byte[ChunkMap.BYTES_MAX + 36])) {
            assertThatThrownBy(() -> ChunkMap.decode(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anArtifactIsPutTogetherFromAnyStretchesInAnyOrder() {
        SeededCases.forEach(1, 40, (random, seed) -> {
            byte[] artifact = bytes(seed, 1 + random.nextInt(300_000));
            ChunkAssembly assembly = new ChunkAssembly(ChunkMap.of(artifact));
            for (int i = 0; i < 5; i++) {
                int from = random.nextInt(artifact.length);
                int to = from + random.nextInt(artifact.length - from + 1);
                assertThat(assembly.accept(from, Arrays.copyOfRange(artifact, from, to)))
                        .isZero();
            }
            int asked = 0;
            for (Stretch next; (next = assembly.missing(50_000).orElse(null)) != null; asked++) {
                assertThat(next.end() - next.begin()).isBetween(1, 50_000);
                assembly.accept(next.begin(), Arrays.copyOfRange(artifact, next.begin(), next.end()));
                assertThat(asked).isLessThan(1_000);
            }
            assertThat(assembly.bytes()).isEqualTo(artifact);
        });
    }

    @Test
    void aDamagedChunkAloneIsAskedForAgain() {
        byte[] artifact = bytes(3, 200_000);
        List<Chunk> chunks = ChunkMap.of(artifact).chunks();
        ChunkAssembly assembly = new ChunkAssembly(new ChunkMap(chunks));
        byte[] damaged = artifact.clone();
        damaged[100_000] ^= 1;
        assertThat(assembly.accept(0, damaged)).isEqualTo(1);
        Stretch again = assembly.missing(1 << 20).orElseThrow();
        assertThat(again.begin()).isLessThanOrEqualTo(100_000);
        assertThat(again.end()).isGreaterThan(100_000);
        assertThat(again.end() - again.begin()).isLessThanOrEqualTo(Chunker.BYTES_MAX);
        assertThatThrownBy(assembly::bytes).isInstanceOf(IllegalStateException.class);
        assembly.accept(again.begin(), Arrays.copyOfRange(artifact, again.begin(), again.end()));
        assertThat(assembly.bytes()).isEqualTo(artifact);
    }

    @Test
    void whatAnOlderVersionHasTooIsNotFetched() {
        byte[] old = bytes(4, 1_000_000);
        byte[] artifact = new byte[old.length + 40];
        System.arraycopy(old, 0, artifact, 0, 300_000);
        System.arraycopy(bytes(5, 40), 0, artifact, 300_000, 40);
        System.arraycopy(old, 300_000, artifact, 300_040, old.length - 300_000);
        ChunkAssembly assembly = new ChunkAssembly(ChunkMap.of(artifact));
        assertThat(assembly.reuse(new byte[0])).isZero();
        assertThat(assembly.reuse(bytes(6, 50_000))).isZero();
        assertThat(assembly.reuse(old)).isGreaterThan(900_000);
        assertThat(assembly.reuse(old)).isZero();
        Stretch rest = assembly.missing(1 << 20).orElseThrow();
        assertThat(rest.end() - rest.begin()).isLessThan(2 * Chunker.BYTES_MAX);
        assembly.accept(rest.begin(), Arrays.copyOfRange(artifact, rest.begin(), rest.end()));
        assertThat(assembly.bytes()).isEqualTo(artifact);
    }
}
