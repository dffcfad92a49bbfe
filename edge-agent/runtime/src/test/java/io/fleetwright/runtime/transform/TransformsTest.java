package io.fleetwright.runtime.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each transform against a naive computation of its own. */
final class TransformsTest {
    private static final int CASES = 300;

    private static byte[] ints(int... values) {
        ByteBuffer out = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            out.putInt(value);
        }
        return out.array();
    }

    private static int[] numbers(Form form, byte[] bytes) {
        int[] out = new int[form.elements()];
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < out.length; i++) {
            out[i] = form.type() == Form.Type.INT8 ? in.get() : in.getInt();
        }
        assertThat(in.remaining()).isZero();
        return out;
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] out = new byte[count];
        random.nextBytes(out);
        return out;
    }

    private static Form.Type type(SplittableRandom random) {
        return random.nextBoolean() ? Form.Type.INT8 : Form.Type.INT32;
    }

    private static int[] run(Transform transform, List<Form> forms, List<byte[]> values) {
        try {
            return numbers(transform.output(forms), transform.apply(forms, values));
        } catch (TransformException refused) {
            throw new AssertionError(refused);
        }
    }

    @Test
    void resizeIsWhatExactFractionsGive() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rows = random.nextInt(1, 9);
            int columns = random.nextInt(1, 9);
            int channels = random.nextInt(1, 4);
            Resize resize = new Resize(
                    random.nextInt(1, 12),
                    random.nextInt(1, 12),
                    random.nextBoolean() ? Resize.Method.NEAREST : Resize.Method.BILINEAR);
            Form form =
                    random.nextBoolean() ? Form.int8(rows, columns, channels) : Form.int8(1, rows, columns, channels);
            byte[] in = bytes(random, form.bytes());
            int[] out = run(resize, List.of(form), List.of(in));
            for (int y = 0; y < resize.height(); y++) {
                for (int x = 0; x < resize.width(); x++) {
                    for (int c = 0; c < channels; c++) {
                        int got = out[(y * resize.width() + x) * channels + c];
                        int wanted = resize.method() == Resize.Method.NEAREST
                                ? in[
                                        ((int) Math.floor((double) y * rows / resize.height()) * columns
                                                                + (int) Math.floor(
                                                                        (double) x * columns / resize.width()))
                                                        * channels
                                                + c]
                                : bilinear(in, rows, columns, channels, c, y, x, resize);
                        assertThat(got).isEqualTo(wanted);
                    }
                }
            }
        });
    }

    /** Sums the tents of all pixels, in fractions of the product of all sizes. */
    private static int bilinear(
            byte[] in, int rows, int columns, int channels, int channel, int y, int x, Resize resize) {
        BigInteger sum = BigInteger.ZERO;
        long unitY = 2L * resize.height();
        long unitX = 2L * resize.width();
        long placeY = Math.min(Math.max((2L * y + 1) * rows - resize.height(), 0), (rows - 1) * unitY);
        long placeX = Math.min(Math.max((2L * x + 1) * columns - resize.width(), 0), (columns - 1) * unitX);
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                long weightY = Math.max(0, unitY - Math.abs(placeY - r * unitY));
                long weightX = Math.max(0, unitX - Math.abs(placeX - k * unitX));
                sum = sum.add(BigInteger.valueOf(weightY)
                        .multiply(BigInteger.valueOf(weightX))
                        .multiply(BigInteger.valueOf(in[(r * columns + k) * channels + channel])));
            }
        }
        BigInteger unit = BigInteger.valueOf(unitY * unitX);
        BigInteger[] parts = sum.add(sum)
                .add(unit)
                .add(unit.multiply(BigInteger.valueOf(1024)))
                .divideAndRemainder(unit.add(unit));
        return parts[0].intValue() - 512;
    }

    @Test
    void resizeToTheSameSizeChangesNothing() {
        byte[] in = bytes(new SplittableRandom(3), 5 * 7 * 2);
        for (Resize.Method method : Resize.Method.values()) {
            int[] out = run(new Resize(5, 7, method), List.of(Form.int8(5, 7, 2)), List.of(in));
            assertThat(out).isEqualTo(numbers(Form.int8(70), in));
        }
    }

    @Test
    void normaliseRoundsHalvesUpAndSaturates() {
        SeededCases.forEach(2, CASES, (random, _) -> {
            Form form = new Form(type(random), List.of(random.nextInt(1, 9), random.nextInt(1, 5)));
            Normalise normalise = new Normalise(
                    random.nextInt(-300, 300), random.nextInt(1, 50), random.nextInt(1, 50), random.nextInt(-128, 128));
            byte[] in = bytes(random, form.bytes());
            int[] values = numbers(form, in);
            int[] wanted = new int[values.length];
            for (int i = 0; i < wanted.length; i++) {
                double exact = ((double) values[i] - normalise.offset()) * normalise.multiplier() / normalise.divisor();
                wanted[i] = (int) Math.max(-128, Math.min(127, Math.floor(exact + 0.5) + normalise.zeroPoint()));
            }
            assertThat(run(normalise, List.of(form), List.of(in))).isEqualTo(wanted);
        });
        assertThat(run(new Normalise(0, 1, 2, 0), List.of(Form.int8(6)), List.of(new byte[] {1, -1, 3, -3, 127, -128})))
                .containsExactly(1, 0, 2, -1, 64, -64);
        assertThat(run(
                        new Normalise(Integer.MIN_VALUE, 1 << 20, 1, 127),
                        List.of(Form.int32(2)),
                        List.of(ints(Integer.MAX_VALUE, Integer.MIN_VALUE))))
                .containsExactly(127, 127);
    }

    @Test
    void aWindowIsTheEndOfTheSeries() {
        SeededCases.forEach(3, CASES, (random, _) -> {
            int length = random.nextInt(1, 6);
            int hop = random.nextInt(1, 4);
            int steps = (length - 1) * hop + 1 + random.nextInt(0, 5);
            int width = random.nextInt(1, 4);
            Form form = new Form(type(random), List.of(steps, width));
            byte[] in = bytes(random, form.bytes());
            int[] values = numbers(form, in);
            List<Integer> wanted = new ArrayList<>();
            for (int step = steps - 1; wanted.size() < length * width; step -= hop) {
                for (int w = width - 1; w >= 0; w--) {
                    wanted.add(values[step * width + w]);
                }
            }
            Collections.reverse(wanted);
            assertThat(run(new Window(length, hop), List.of(form), List.of(in)))
                    .containsExactly(wanted.toArray(Integer[]::new));
        });
    }

    @Test
    void argmaxTakesTheLowestOfEqualOnes() {
        SeededCases.forEach(4, CASES, (random, _) -> {
            int rows = random.nextInt(1, 5);
            int classes = random.nextInt(1, 8);
            Form form = new Form(type(random), List.of(rows, classes));
            int[] values = random.ints((long) rows * classes, -3, 4).toArray();
            byte[] in = new byte[form.bytes()];
            for (int i = 0; i < values.length; i++) {
                Elements.put(form.type(), in, i, values[i]);
            }
            int[] out = run(new Argmax(), List.of(form), List.of(in));
            for (int row = 0; row < rows; row++) {
                List<Integer> line = Arrays.stream(values, row * classes, (row + 1) * classes)
                        .boxed()
                        .toList();
                assertThat(out[row]).isEqualTo(line.indexOf(Collections.max(line)));
            }
        });
        assertThat(run(new Argmax(), List.of(Form.int8(3)), List.of(new byte[] {-128, -128, -128})))
                .containsExactly(0);
    }

    @Test
    void suppressionKeepsWhatCountingCellsKeeps() {
        SeededCases.forEach(5, CASES, (random, _) -> {
            int count = random.nextInt(1, 9);
            int[] corners = random.ints(count * 4L, 0, 8).toArray();
            int[] scores = random.ints(count, -2, 4).toArray();
            NonMaximumSuppression nms =
                    new NonMaximumSuppression(random.nextInt(0, 1001), random.nextInt(1, 6), random.nextInt(-2, 3));
            int[] out =
                    run(nms, List.of(Form.int32(count, 4), Form.int32(count)), List.of(ints(corners), ints(scores)));
            assertThat(out).isEqualTo(suppressed(nms, corners, scores));
        });
    }

    /** Boxes as sets of cells; the best of what is left is taken again and again. */
    private static int[] suppressed(NonMaximumSuppression nms, int[] corners, int[] scores) {
        List<Set<Integer>> cells = new ArrayList<>();
        Set<Integer> left = new HashSet<>();
        for (int box = 0; box < scores.length; box++) {
            Set<Integer> covered = new HashSet<>();
            for (int y = corners[box * 4]; y < corners[box * 4 + 2]; y++) {
                for (int x = corners[box * 4 + 1]; x < corners[box * 4 + 3]; x++) {
                    covered.add(y * 100 + x);
                }
            }
            cells.add(covered);
            if (scores[box] >= nms.scoreMin()) {
                left.add(box);
            }
        }
        int[] out = new int[nms.topK()];
        Arrays.fill(out, -1);
        for (int k = 0; k < out.length && !left.isEmpty(); k++) {
            int best = -1;
            for (int box = 0; box < scores.length; box++) {
                if (left.contains(box) && (best < 0 || scores[box] > scores[best])) {
                    best = box;
                }
            }
            out[k] = best;
            left.remove(best);
            Set<Integer> own = cells.get(best);
            left.removeIf(box -> {
                Set<Integer> shared = new HashSet<>(own);
                shared.retainAll(cells.get(box));
                Set<Integer> union = new HashSet<>(own);
                union.addAll(cells.get(box));
                return shared.size() * 1000L > (long) nms.iouPerMille() * union.size();
            });
        }
        return out;
    }

    @Test
    void suppressionTakesExtremeCornersWithoutOverflow() {
        int low = Integer.MIN_VALUE;
        int high = Integer.MAX_VALUE;
        byte[] boxes = ints(low, low, high, high, low, low, high, high, high, high, low, low);
        assertThat(run(
                        new NonMaximumSuppression(999, 3, low),
                        List.of(Form.int32(3, 4), Form.int8(3)),
                        List.of(boxes, new byte[] {1, 2, 0})))
                .containsExactly(1, 2, -1);
    }

    @Test
    void thresholdMarksWhatIsAtLeastThat() {
        assertThat(run(new Threshold(5), List.of(Form.int8(4)), List.of(new byte[] {4, 5, 6, -128})))
                .containsExactly(0, 1, 1, 0);
        assertThat(run(
                        new Threshold(Integer.MIN_VALUE),
                        List.of(Form.int32(2)),
                        List.of(ints(Integer.MIN_VALUE, Integer.MAX_VALUE))))
                .containsExactly(1, 1);
    }

    @Test
    void theVoteGoesToTheMostNamedAndOfEqualOnesToTheLowest() {
        SeededCases.forEach(6, CASES, (random, _) -> {
            int voters = random.nextInt(1, 8);
            int places = random.nextInt(1, 4);
            Form form = new Form(type(random), List.of(places));
            List<byte[]> ballots = new ArrayList<>();
            List<int[]> numbers = new ArrayList<>();
            for (int k = 0; k < voters; k++) {
                byte[] ballot = new byte[form.bytes()];
                for (int i = 0; i < places; i++) {
                    Elements.put(form.type(), ballot, i, random.nextInt(-2, 3));
                }
                ballots.add(ballot);
                numbers.add(numbers(form, ballot));
            }
            int[] out = run(new Vote(), Collections.nCopies(voters, form), ballots);
            for (int i = 0; i < places; i++) {
                Map<Integer, Integer> counts = new TreeMap<>();
                for (int[] ballot : numbers) {
                    counts.merge(ballot[i], 1, Integer::sum);
                }
                int most = Collections.max(counts.values());
                int wanted = counts.entrySet().stream()
                        .filter(entry -> entry.getValue() == most)
                        .findFirst()
                        .orElseThrow()
                        .getKey();
                assertThat(out[i]).isEqualTo(wanted);
            }
        });
    }

    @Test
    void eachRefusesWhatItDoesNotTakeByNameAndShape() {
        refuses(new Resize(2, 2, Resize.Method.NEAREST), "resize", "int32[4,4,1]", Form.int32(4, 4, 1));
        refuses(new Resize(2, 2, Resize.Method.NEAREST), "resize", "int8[2,4,4,1]", Form.int8(2, 4, 4, 1));
        refuses(new Resize(4096, 4096, Resize.Method.BILINEAR), "resize", "16777216", Form.int8(4, 4, 1));
        refuses(new Window(3, 2), "window", "int8[4,2]", Form.int8(4, 2));
        refuses(new Window(Form.ELEMENTS_MAX, Form.ELEMENTS_MAX), "window", "int8[4,2]", Form.int8(4, 2));
        refuses(new NonMaximumSuppression(500, 5, 0), "nms", "int8[4,3]", Form.int8(4, 3), Form.int8(4));
        refuses(new NonMaximumSuppression(500, 5, 0), "nms", "int8[5]", Form.int8(4, 4), Form.int8(5));
        refuses(new NonMaximumSuppression(500, 5, 0), "nms", "1 inputs", Form.int8(4, 4));
        refuses(new Vote(), "vote", "int32[2]", Form.int8(2), Form.int32(2));
        refuses(new Vote(), "vote", "at least one");
        refuses(new Argmax(), "argmax", "not 2", Form.int8(2), Form.int8(2));
        refuses(new Normalise(0, 1, 1, 0), "normalise", "not 0");
        refuses(new Threshold(0), "threshold", "not 2", Form.int8(2), Form.int8(2));
        assertThatThrownBy(() -> new Argmax().apply(List.of(Form.int8(2)), List.of(new byte[3])))
                .isInstanceOf(TransformException.class)
                .hasMessageContaining("3 bytes");
    }

    private static void refuses(Transform transform, String name, String part, Form... forms) {
        assertThatThrownBy(() -> {
                    Form ignored = transform.output(List.of(forms));
                    assertThat(ignored).isNull();
                })
                .isInstanceOf(TransformException.class)
                .hasMessageStartingWith(name + ": ")
                .hasMessageContaining(part);
    }

    @Test
    void parametersAndFormsOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new Resize(0, 1, Resize.Method.NEAREST)).hasMessageContaining("height (0)");
        assertThatThrownBy(() -> new Normalise(0, 0, 1, 0)).hasMessageContaining("multiplier (0)");
        assertThatThrownBy(() -> new Normalise(0, 1, 1, 128)).hasMessageContaining("zeroPoint (128)");
        assertThatThrownBy(() -> new Window(1, 0)).hasMessageContaining("hop (0)");
        assertThatThrownBy(() -> new NonMaximumSuppression(1001, 1, 0)).hasMessageContaining("iouPerMille (1001)");
        assertThatThrownBy(() -> Form.int8(0)).hasMessageContaining("[0]");
        assertThatThrownBy(() -> Form.int8(1 << 12, 1 << 12)).hasMessageContaining("4194304");
        assertThat(Form.int8(1, 1, 4).fits(Form.int8(4))).isTrue();
        assertThat(Form.int8(4, 1).fits(Form.int8(4))).isFalse();
        assertThat(Form.int8(4).fits(Form.int32(4))).isFalse();
    }
}
