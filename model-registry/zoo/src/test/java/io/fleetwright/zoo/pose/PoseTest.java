package io.fleetwright.zoo.pose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.pose.PoseStream.Frame;
import io.fleetwright.zoo.pose.PoseStream.Recording;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PoseTest {
    @Test
    void aSampleShowsAPoseOfItsClass() {
        Samples samples = new PoseDataSet().samples(Split.TEST, 5);
        for (int i = 0; i < 300; i++) {
            assertThat(PoseBins.label(PoseDataSet.pose(samples, i))).isEqualTo(samples.label(i));
        }
    }

    @Test
    void anAnswerReadsAsTheMiddleOfItsBin() {
        assertThat(PoseBins.classes())
                .isEqualTo(new PoseDataSet().classes().size())
                .isEqualTo(15);
        for (int label = 0; label < PoseBins.classes(); label++) {
            var middle = new Pose(0, 0, PoseBins.distance(label), PoseBins.heading(label));
            assertThat(PoseBins.label(middle)).isEqualTo(label);
        }
        assertThat(PoseBins.label(new Pose(0, 0, PoseBins.DISTANCE_MAX, PoseBins.HEADING_MAX)))
                .isEqualTo(14);
        assertThat(PoseBins.label(new Pose(0, 0, PoseBins.DISTANCE_MIN, -PoseBins.HEADING_MAX)))
                .isZero();
    }

    @Test
    void errorsAreMeansOverAllAnswers() {
        List<Pose> poses = List.of(new Pose(0, 0, 0.6, 10), new Pose(0, 0, 1.7, -80));
        PoseError error = PoseError.of(poses, new int[] {2, 2});
        assertThat(error.headingDegrees()).isCloseTo((10 + 80) / 2.0, within(1e-9));
        assertThat(error.distanceMetres()).isCloseTo((0.05 + 1.05) / 2, within(1e-9));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PoseError.of(poses, new int[1]))
                .withMessageContaining("answers (1)");
    }

    @Test
    void aStreamMovesSmoothlyAndVisitsMostBins() {
        var stream = new PoseStream(8);
        Set<Integer> seen = new HashSet<>();
        Pose before = stream.next().pose();
        for (int i = 0; i < 5000; i++) {
            Pose pose = stream.next().pose();
            assertThat(pose.headingDegrees()).isCloseTo(before.headingDegrees(), within(14.0));
            assertThat(pose.distanceMetres()).isCloseTo(before.distanceMetres(), within(0.12));
            assertThat(pose.across()).isCloseTo(before.across(), within(0.12));
            seen.add(PoseBins.label(pose));
            before = pose;
        }
        assertThat(seen).hasSizeGreaterThan(10);
    }

    @Test
    void aRecordingHoldsTheFramesAndTheirClasses() {
        Recording recording = new PoseStream(8).record(20);
        var stream = new PoseStream(8);
        for (int i = 0; i < 20; i++) {
            Frame frame = stream.next();
            assertThat(recording.poses().get(i)).isEqualTo(frame.pose());
            assertThat(recording.set().labels()[i]).isEqualTo(PoseBins.label(frame.pose()));
        }
        assertThat(recording.set().first(1).inputs())
                .isEqualTo(new PoseStream(8).next().pixels());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoseStream(8).record(0))
                .withMessageContaining("frames (0)");
    }

    @Test
    void aStreamDependsOnItsSeedAlone() {
        assertThat(pixels(1)).usingRecursiveComparison().isEqualTo(pixels(1));
        assertThat(pixels(1).getFirst()).isNotEqualTo(pixels(2).getFirst());
    }

    @Test
    void refusesAPoseOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Pose(0, 0, 0.4, 0))
                .withMessageContaining("distanceMetres (0.4)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Pose(0, 0, 1, Double.NaN))
                .withMessageContaining("headingDegrees (NaN)");
    }

    private static List<byte[]> pixels(long seed) {
        var stream = new PoseStream(seed);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            frames.add(stream.next().pixels());
        }
        return frames;
    }
}
