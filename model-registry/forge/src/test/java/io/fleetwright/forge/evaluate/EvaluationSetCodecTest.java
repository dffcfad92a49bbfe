package io.fleetwright.forge.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EvaluationSetCodecTest {
    @Test
    void decodesWhatItEncoded() {
        SeededCases.forEach(1, 50, (random, _) -> {
            EvaluationSet set = randomSet(random);
            EvaluationSet back = EvaluationSetCodec.decode(EvaluationSetCodec.encode(set));
            assertThat(back.inputShape()).isEqualTo(set.inputShape());
            assertThat(back.classes()).isEqualTo(set.classes());
            assertThat(back.inputs()).isEqualTo(set.inputs());
            assertThat(back.labels()).isEqualTo(set.labels());
            assertThat(back.scale()).isEqualTo(set.scale());
            assertThat(back.offset()).isEqualTo(set.offset());
        });
    }

    @Test
    void refusesEveryTruncation() {
        byte[] bytes = EvaluationSetCodec.encode(randomSet(new SplittableRandom(1)));
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatExceptionOfType(MalformedEvaluationSetException.class)
                    .isThrownBy(() -> EvaluationSetCodec.decode(cut));
        }
    }

    @Test
    void refusesEveryChangedByte() {
        byte[] bytes = EvaluationSetCodec.encode(randomSet(new SplittableRandom(2)));
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 0x11;
            assertThatExceptionOfType(MalformedEvaluationSetException.class)
                    .isThrownBy(() -> EvaluationSetCodec.decode(changed));
        }
    }

    @Test
    void refusesHugeCountsBeforeTakingMemory() {
        var out = ByteBuffer.allocate(64);
        out.putInt(0x46574553).put((byte) 1).put((byte) 4);
        out.putInt(4096).putInt(4096).putInt(4096).putInt(4096);
        out.putInt(10).putInt(1_000_000).putFloat(1).putFloat(0);
        assertThatExceptionOfType(MalformedEvaluationSetException.class)
                .isThrownBy(() -> EvaluationSetCodec.decode(out.array()))
                .withMessageContaining("1000000 inputs");
    }

    @Test
    void setRefusesLabelsOutsideItsClasses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EvaluationSet(List.of(1), 3, new byte[1], 1, 0, new int[] {3}))
                .withMessageContaining("label (3)");
    }

    @Test
    void intervalIsWilsons() {
        // Newcombe, 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
        Accuracy accuracy = Accuracy.of(263, 81);
        assertThat(accuracy.low95()).isBetween(0.25525, 0.25535);
        assertThat(accuracy.high95()).isBetween(0.36615, 0.36625);
        assertThat(Accuracy.of(20, 0).low95()).isZero();
        assertThat(Accuracy.of(20, 20).high95()).isEqualTo(1);
    }

    private static EvaluationSet randomSet(SplittableRandom random) {
        List<Integer> shape = new ArrayList<>();
        int elements = 1;
        for (int rank = random.nextInt(1, 5); rank > 0; rank--) {
            shape.add(random.nextInt(1, 5));
            elements *= shape.getLast();
        }
        int classes = random.nextInt(1, 300);
        var labels = new int[random.nextInt(1, 6)];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(classes);
        }
        var inputs = new byte[elements * labels.length];
        random.nextBytes(inputs);
        return new EvaluationSet(shape, classes, inputs, (float) random.nextDouble(0.1, 2), -3.5f, labels);
    }
}
