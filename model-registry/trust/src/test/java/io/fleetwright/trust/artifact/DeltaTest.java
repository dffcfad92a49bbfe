package io.fleetwright.trust.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.MalformedDeltaException.Kind;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class DeltaTest {
    private static final int MANY = ArtifactStore.BYTES_MAX;
    private static final byte[] BASE = bytes(1, 1000);
    private static final byte[] TARGET = Arrays.copyOf(BASE, 900);

    private static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    /** Values as quantized weights have them: normal, standard deviation 30. */
    private static byte[] weights(SplittableRandom random, int length) {
        byte[] weights = new byte[length];
        for (int i = 0; i < length; i++) {
            weights[i] = (byte) Math.clamp(Math.round(30 * random.nextGaussian()), -127, 127);
        }
        return weights;
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] cut(byte[] bytes, SplittableRandom random) {
        int from = random.nextInt(bytes.length + 1);
        return Arrays.copyOfRange(bytes, from, from + random.nextInt(bytes.length - from + 1));
    }

    private static byte[] edited(byte[] base, SplittableRandom random) {
        byte[] edited = base.clone();
        for (int edits = random.nextInt(8); edits > 0; edits--) {
            byte[] part = cut(edited, random);
            int at = random.nextInt(edited.length + 1);
            byte[] head = Arrays.copyOf(edited, at);
            byte[] tail = Arrays.copyOfRange(edited, at, edited.length);
            edited = switch (random.nextInt(5)) {
                case 0 -> concat(head, bytes(random.nextLong(), random.nextInt(300)), tail);
                case 1 -> concat(tail, head);
                case 2 -> concat(head, part.length > 5000 ? new byte[0] : part, tail);
                case 3 -> concat(head, Arrays.copyOfRange(tail, Math.min(tail.length, 200), tail.length));
                default -> {
                    for (int i = 0; i < tail.length; i++) {
                        tail[i] += (byte) random.nextInt(-1, 2);
                    }
                    yield concat(head, tail);
                }
            };
        }
        return edited;
    }

    @Test
    void makesTheTargetWhateverWasEditedAndIsNeverMuchLonger() {
        SeededCases.forEach(1, 400, (random, seed) -> {
            byte[] base = seed % 4 == 0 ? new byte[random.nextInt(3000)] : weights(random, random.nextInt(20_000));
            byte[] target = edited(base, random);
            byte[] delta = Delta.between(base, target);
            assertThat(Delta.apply(base, delta, target.length)).isEqualTo(target);
            assertThat(delta.length).isLessThanOrEqualTo(target.length + Delta.OVERHEAD_BYTES_MAX);
        });
    }

    @Test
    void everySmallPairIsMade() throws Exception {
        for (int from = 0; from < 70; from++) {
            for (int to = 0; to < 70; to++) {
                byte[] base = bytes(5, from);
                byte[] target = bytes(to % 3 == 0 ? 5 : 6, to);
                assertThat(Delta.apply(base, Delta.between(base, target), to)).isEqualTo(target);
            }
        }
    }

    @Test
    void ofEqualBytesIsTiny() {
        for (int length : new int[] {1000, 100_000, 4_000_000}) {
            byte[] bytes = bytes(length, length);
            assertThat(Delta.between(bytes, bytes)).hasSizeLessThan(Delta.OVERHEAD_BYTES_MAX + 20);
        }
    }

    @Test
    void ofStrangersIsTheTargetWithAHeader() {
        byte[] target = bytes(3, 100_000);
        assertThat(Delta.between(bytes(2, 100_000), target))
                .hasSizeBetween(target.length, target.length + Delta.OVERHEAD_BYTES_MAX);
    }

    @Test
    void ofMovedAndInsertedPartsKeepsOnlyWhatIsNew() {
        byte[] base = bytes(4, 300_000);
        byte[] target = concat(
                Arrays.copyOfRange(base, 200_001, 300_000), bytes(5, 1000), Arrays.copyOfRange(base, 3, 190_000));
        assertThat(Delta.between(base, target)).hasSizeLessThan(1000 + 150);
    }

    /** Every third weight moves by one or two: 1.6 bits of entropy each, a fifth of a byte. */
    @Test
    void ofWeightsThatWereTrainedAFewStepsFurtherIsAThirdAtMost() {
        SplittableRandom random = new SplittableRandom(6);
        byte[] base = weights(random, 200_000);
        byte[] target = concat(bytes(7, 37), base);
        for (int i = 37; i < target.length; i++) {
            if (random.nextInt(3) == 0) {
                target[i] += (byte) (random.nextInt(2) == 0 ? random.nextInt(1, 3) : -random.nextInt(1, 3));
            }
        }
        assertThat(Delta.between(base, target)).hasSizeLessThan(target.length * 3 / 10);
    }

    @Test
    void aFlippedBitIsRefusedOrMeansNothingAndEveryCutIsRefused() {
        byte[] delta = Delta.between(BASE, TARGET);
        int harmless = 0;
        for (int i = 0; i < delta.length * 8; i++) {
            byte[] bad = delta.clone();
            bad[i / 8] ^= (byte) (1 << i % 8);
            try {
                assertThat(Delta.apply(BASE, bad, MANY)).isEqualTo(TARGET);
                harmless++;
            } catch (MalformedDeltaException refused) {
                assertThat(refused.kind()).isNotNull();
            }
        }
        assertThat(harmless).as("bits that only fill the last byte").isLessThan(8);
        for (int length = 0; length < delta.length; length++) {
            byte[] shorter = Arrays.copyOf(delta, length);
            assertThatThrownBy(() -> Delta.apply(BASE, shorter, MANY)).isInstanceOf(MalformedDeltaException.class);
        }
        assertThatThrownBy(() -> Delta.apply(BASE, concat(delta, new byte[1]), MANY))
                .isInstanceOf(MalformedDeltaException.class);
    }

    @Test
    void randomBytesAfterAHeaderAreRefused() {
        SeededCases.forEach(1, 2000, (random, _) -> {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            assertThatThrownBy(() -> Delta.apply(BASE, concat(header(TARGET, TARGET.length), noise), MANY))
                    .isInstanceOf(MalformedDeltaException.class);
            byte[] steps = new byte[1 + random.nextInt(12)];
            random.nextBytes(steps);
            assertThatThrownBy(() -> Delta.apply(BASE, forged(TARGET, steps, new byte[0], new byte[0]), MANY))
                    .isInstanceOf(MalformedDeltaException.class);
        });
    }

    @Test
    void aForgedDeltaThatIsRightIsTaken() throws Exception {
        byte[] copyAll = {(byte) (900 << 2 & 0x7f | 0x80 | Delta.COPY), (byte) (900 >> 5), 0};
        assertThat(Delta.apply(BASE, forged(TARGET, copyAll, new byte[0], new byte[0]), 900))
                .isEqualTo(TARGET);
    }

    @Test
    void everyLieIsNamed() {
        byte[] none = {};
        byte[] right = Delta.between(BASE, TARGET);
        assertRefused(Kind.WRONG_BASE, () -> Delta.apply(TARGET, right, MANY));
        assertRefused(Kind.TOO_LARGE, () -> Delta.apply(BASE, right, 899));
        assertRefused(Kind.TOO_LARGE, () -> Delta.apply(BASE, header(TARGET, Integer.MAX_VALUE), Integer.MAX_VALUE));
        assertRefused(
                Kind.WRONG_RESULT,
                () -> Delta.apply(BASE, forged(new byte[4], new byte[] {4 << 2 | Delta.COPY, 0}, none, none), MANY));
        byte[] four = {1, 2, 3, 4};
        for (byte[] steps : new byte[][] {
            {4 << 2 | Delta.COPY, 1}, // before the base
            {4 << 2 | Delta.COPY, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 15}, // far behind it
            {4 << 2 | Delta.COPY, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 127}, // no int
            {4 << 2 | Delta.ADJUST, 0}, // without differences
            {4 << 2 | Delta.INSERT}, // without literals
            {5 << 2 | Delta.COPY, 0}, // one too many
            {3 << 2 | Delta.COPY, 0}, // one too few
            {0, 4 << 2 | Delta.COPY, 0}, // nothing
            {4 << 2 | 3}, // no such instruction
            {4 << 2 | Delta.COPY}, // cut
        }) {
            assertRefused(
                    Kind.MALFORMED,
                    () -> Delta.apply(BASE, forged(four, Arrays.copyOf(steps, steps.length), none, none), MANY));
        }
        assertRefused(
                Kind.MALFORMED,
                () -> Delta.apply(BASE, forged(four, new byte[] {4 << 2 | Delta.COPY, 0}, none, new byte[1]), MANY));
    }

    private static void assertRefused(Kind kind, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        MalformedDeltaException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(kind));
    }

    private static byte[] header(byte[] target, int length) {
        HexFormat hex = HexFormat.of();
        return concat(
                new byte[] {'F', 'W', 'D', '1'},
                hex.parseHex(Digest.of(BASE).hex()),
                hex.parseHex(Digest.of(target).hex()),
                number(length));
    }

    private static byte[] forged(byte[] target, byte[] instructions, byte[] differences, byte[] literals) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(concat(instructions, differences, literals));
        deflater.finish();
        byte[] packed = new byte[10_000];
        int length = deflater.deflate(packed);
        deflater.end();
        return concat(
                header(target, target.length),
                new byte[] {1},
                number(instructions.length),
                number(differences.length),
                number(literals.length),
                Arrays.copyOf(packed, length));
    }

    private static byte[] number(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int rest = value;
        for (; rest >= 0x80; rest >>>= 7) {
            out.write(rest & 0x7f | 0x80);
        }
        out.write(rest);
        return out.toByteArray();
    }
}
