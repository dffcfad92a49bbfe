package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class GlyphDataSetTest {
    private static final String FIRST_HUNDRED_SHA256 =
            "025c3521a8808f51564927f17b6541b90a67dcba80b87a8b1bb91409c0f79783";

    @Test
    void firstHundredImagesAreTheSameBytesOnEveryMachine() {
        byte[] images = GlyphDataSet.test(42).evaluationSet(100).inputs();
        assertThat(TrainingLog.sha256(images)).isEqualTo(FIRST_HUNDRED_SHA256);
    }

    @Test
    void everyTenImagesHoldEachClassOnceInVaryingOrder() {
        GlyphDataSet set = GlyphDataSet.train(3);
        var firstLabels = new boolean[GlyphDataSet.CLASSES];
        for (int ten = 0; ten < 200; ten++) {
            var seen = new boolean[GlyphDataSet.CLASSES];
            for (int i = 0; i < 10; i++) {
                seen[set.label(ten * 10L + i)] = true;
            }
            assertThat(seen).as("ten %d", ten).containsOnly(true);
            firstLabels[set.label(ten * 10L)] = true;
        }
        assertThat(firstLabels).containsOnly(true);
    }

    @Test
    void imageDependsOnSeedIndexAndSplit() {
        byte[] image = draw(GlyphDataSet.train(1), 5);
        assertThat(draw(GlyphDataSet.train(1), 5)).isEqualTo(image);
        assertThat(draw(GlyphDataSet.train(1), 15)).isNotEqualTo(image);
        assertThat(draw(GlyphDataSet.train(2), 5)).isNotEqualTo(image);
        assertThat(draw(GlyphDataSet.test(1), 5)).isNotEqualTo(image);
    }

    @Test
    void drawsInsideItsPartOfTheArrayOnly() {
        var out = new byte[GlyphDataSet.BYTES_PER_IMAGE + 20];
        Arrays.fill(out, (byte) 99);
        GlyphDataSet.test(1).draw(0, out, 10);
        assertThat(Arrays.copyOf(out, 10)).containsOnly(99);
        assertThat(Arrays.copyOfRange(out, out.length - 10, out.length)).containsOnly(99);
    }

    @Test
    void refusesIndicesAndCountsOutOfRange() {
        GlyphDataSet set = GlyphDataSet.test(1);
        assertThatIllegalArgumentException().isThrownBy(() -> set.label(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set.evaluationSet(0))
                .withMessageContaining("count (0)");
    }

    private static byte[] draw(GlyphDataSet set, long index) {
        var out = new byte[GlyphDataSet.BYTES_PER_IMAGE];
        set.draw(index, out, 0);
        return out;
    }
}
