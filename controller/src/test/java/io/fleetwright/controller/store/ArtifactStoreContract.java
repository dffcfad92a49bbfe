package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.fleetwright.trust.artifact.ArtifactException.Kind;
import io.fleetwright.trust.artifact.ArtifactStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of artifacts promises. Subclasses say which store; all of them see the same tests. */
abstract class ArtifactStoreContract {
    private static final Digest NONE = Digest.of(new byte[] {42});

    /** Works on the store under test; each call is a transaction where there are any. */
    abstract <T> T with(Function<ArtifactStore, T> work);

    /** Changes stored bytes of the artifact behind the store's back. */
    abstract void damage(Digest digest);

    @BeforeEach
    void empty() {
        with(store -> {
            store.list(null, 10_000).forEach(one -> store.delete(one.digest()));
            return true;
        });
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(long seed, int length) {
        return bytes(new SplittableRandom(seed), length);
    }

    private Digest put(byte[] bytes) {
        return with(store -> store.put(bytes));
    }

    private byte[] read(Digest digest) {
        return with(store -> store.read(digest));
    }

    private List<Digest> list(@Nullable Digest after, int limit) {
        return with(store -> store.list(after, limit).stream()
                .map(ArtifactStore.Stored::digest)
                .toList());
    }

    private static void assertRefused(Kind kind, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        ArtifactException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(kind));
    }

    @Test
    void whatWasPutIsReadByItsDigest() {
        for (int length : new int[] {1, 1023, 1024, 1025, 4096, 32 * 1024, 32 * 1024 + 1, 300_000}) {
            byte[] bytes = bytes(length, length);
            Digest digest = put(bytes);
            assertThat(digest).isEqualTo(Digest.of(bytes));
            assertThat(read(digest)).isEqualTo(bytes);
            assertThat(this.<Long>with(store -> store.length(digest))).isEqualTo(length);
            assertThat(this.<Boolean>with(store -> store.has(digest))).isTrue();
        }
    }

    @Test
    void repeatedContentIsKept() {
        byte[] zeros = new byte[200_000];
        assertThat(read(put(zeros))).isEqualTo(zeros);
    }

    @Test
    void puttingTwiceIsPuttingOnce() {
        byte[] bytes = bytes(1, 10_000);
        Digest digest = put(bytes);
        assertThat(put(bytes)).isEqualTo(digest);
        assertThat(list(null, 10)).containsExactly(digest);
        assertThat(read(digest)).isEqualTo(bytes);
    }

    @Test
    void everyRangeIsThatPartOfTheWhole() {
        byte[] bytes = bytes(2, 70_000);
        Digest digest = put(bytes);
        SeededCases.forEach(1, 50, (random, _) -> {
            int first = random.nextInt(bytes.length);
            int last = first + random.nextInt(bytes.length - first);
            assertThat(this.<byte[]>with(store -> store.range(digest, first, last)))
                    .isEqualTo(Arrays.copyOfRange(bytes, first, last + 1));
        });
        for (long[] none : new long[][] {{-1, 5}, {5, 4}, {0, bytes.length}, {Long.MAX_VALUE, Long.MAX_VALUE}}) {
            assertRefused(Kind.RANGE, () -> this.<byte[]>with(store -> store.range(digest, none[0], none[1])));
        }
    }

    @Test
    void whatIsNotThereIsSaidToBeAbsent() {
        assertThat(this.<Boolean>with(store -> store.has(NONE))).isFalse();
        assertThat(this.<Boolean>with(store -> store.delete(NONE))).isFalse();
        assertRefused(Kind.ABSENT, () -> read(NONE));
        assertRefused(Kind.ABSENT, () -> this.<Long>with(store -> store.length(NONE)));
        assertRefused(Kind.ABSENT, () -> this.<byte[]>with(store -> store.range(NONE, 0, 0)));
    }

    @Test
    void nothingAndTooMuchAreRefused() {
        assertRefused(Kind.SIZE, () -> put(new byte[0]));
        assertRefused(Kind.SIZE, () -> put(new byte[ArtifactStore.BYTES_MAX + 1]));
        assertThat(list(null, 10)).isEmpty();
    }

    @Test
    void damageIsNamedWhenTheWholeIsRead() {
        Digest digest = put(bytes(3, 50_000));
        damage(digest);
        assertThatThrownBy(() -> read(digest))
                .isInstanceOfSatisfying(
                        ArtifactException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.DAMAGED))
                .hasMessageContaining(digest.value());
    }

    @Test
    void listsInTheOrderOfDigestsFromWhereItIsTold() {
        List<Digest> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            all.add(put(bytes(i, 100)));
        }
        all.sort(Comparator.comparing(Digest::value));
        assertThat(list(null, 3)).isEqualTo(all.subList(0, 3));
        assertThat(list(all.get(2), 3)).isEqualTo(all.subList(3, 6));
        assertThat(list(all.get(5), 3)).isEqualTo(all.subList(6, 7));
        assertThat(list(all.get(6), 3)).isEmpty();
    }

    @Test
    void deletingOneNeverTouchesAnotherHoweverMuchTheyShare() {
        SeededCases.forEach(100, 10, (random, _) -> {
            empty();
            byte[][] pieces = new byte[6][];
            for (int i = 0; i < pieces.length; i++) {
                pieces[i] = bytes(random, 1 + random.nextInt(20_000));
            }
            Map<Digest, byte[]> expected = new HashMap<>();
            for (int turn = 0; turn < 20; turn++) {
                if (expected.isEmpty() || random.nextInt(3) > 0) {
                    byte[] bytes = new byte[0];
                    for (int i = random.nextInt(5); i >= 0; i--) {
                        byte[] piece = pieces[random.nextInt(pieces.length)];
                        bytes = Arrays.copyOf(bytes, bytes.length + piece.length);
                        System.arraycopy(piece, 0, bytes, bytes.length - piece.length, piece.length);
                    }
                    expected.put(put(bytes), bytes);
                } else {
                    List<Digest> there = List.copyOf(expected.keySet());
                    Digest goes = there.get(random.nextInt(there.size()));
                    assertThat(this.<Boolean>with(store -> store.delete(goes))).isTrue();
                    expected.remove(goes);
                }
                assertThat(list(null, 100)).containsExactlyInAnyOrderElementsOf(expected.keySet());
                expected.forEach((digest, bytes) -> assertThat(read(digest)).isEqualTo(bytes));
            }
        });
    }
}
