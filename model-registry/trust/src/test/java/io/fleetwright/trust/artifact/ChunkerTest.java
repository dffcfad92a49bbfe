package io.fleetwright.trust.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChunkerTest {
    private static List<Digest> chunks(byte[] bytes) {
        List<Digest> chunks = new ArrayList<>();
        int from = 0;
        for (int until : Chunker.cuts(bytes)) {
            chunks.add(Digest.of(Arrays.copyOfRange(bytes, from, until)));
            from = until;
        }
        return chunks;
    }

    @Test
    void chunksCoverTheBytesAndKeepToTheirSizes() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            byte[] bytes = new byte[random.nextInt(200_000)];
            if (seed % 3 > 0) {
                random.nextBytes(bytes);
            }
            int from = 0;
            for (int until : Chunker.cuts(bytes)) {
                assertThat(until - from).isBetween(1, Chunker.BYTES_MAX);
                if (until < bytes.length) {
                    assertThat(until - from).isGreaterThan(Chunker.BYTES_MIN);
                }
                from = until;
            }
            assertThat(from).isEqualTo(bytes.length);
        });
    }

    /** By another implementation of the formula: cuts that change between releases would share nothing with what is stored. */
    @Test
    void cutsStayWhereTheyAre() {
        byte[] bytes = new byte[40_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * i / 7 + i / 300);
        }
        assertThat(Chunker.cuts(bytes)).containsExactly(5197, 9548, 16324, 19994, 23711, 29561, 37669, 40000);
    }

    @Test
    void randomBytesHaveChunksOfAboutTheAverage() {
        byte[] bytes = new byte[4 * 1024 * 1024];
        new SplittableRandom(3).nextBytes(bytes);
        int average = bytes.length / Chunker.cuts(bytes).size();
        assertThat(average).isBetween(Chunker.BYTES_AVERAGE * 3 / 4, Chunker.BYTES_AVERAGE * 3 / 2);
    }

    @Test
    void longArtifactsHaveFewerAndLongerChunks() {
        byte[] bytes = new byte[2 * Chunker.FINE_BYTES_MAX];
        new SplittableRandom(4).nextBytes(bytes);
        int average = bytes.length / Chunker.cuts(bytes).size();
        assertThat(average).isBetween(Chunker.BYTES_AVERAGE * 6, Chunker.BYTES_AVERAGE * 12);
    }

    @Test
    void anEditChangesFewChunksWhereverItIs() {
        SeededCases.forEach(1, 30, (random, _) -> {
            byte[] before = new byte[300_000];
            random.nextBytes(before);
            int at = random.nextInt(before.length);
            int added = random.nextInt(100);
            byte[] after = new byte[before.length + added];
            random.nextBytes(after);
            System.arraycopy(before, 0, after, 0, at);
            System.arraycopy(before, at, after, at + added, before.length - at);
            Set<Digest> changed = new HashSet<>(chunks(after));
            chunks(before).forEach(changed::remove);
            assertThat(changed).hasSizeLessThanOrEqualTo(8);
        });
    }
}
