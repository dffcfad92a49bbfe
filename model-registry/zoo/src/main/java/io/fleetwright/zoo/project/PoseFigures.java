package io.fleetwright.zoo.project;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.pose.Pose;
import io.fleetwright.zoo.pose.PoseBins;
import io.fleetwright.zoo.pose.PoseDataSet;
import io.fleetwright.zoo.pose.PoseError;
import io.fleetwright.zoo.pose.PoseStream;
import io.fleetwright.zoo.pose.PoseStream.Recording;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How far off the int8 pose networks are: on independent samples, by distance, and along a stream. Distances tell
 * whether a little network is good enough in part of what the camera sees, without which switching gains nothing.
 */
public final class PoseFigures {
    public static final Project PROJECT =
            Project.named(new PoseDataSet().name()).orElseThrow();

    /** The heading of {@link Row#row}. */
    public static final String HEADING = """
            | network | heading | distance | heading near | heading middle | heading far | stream heading | stream distance |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |""";

    private PoseFigures() {}

    /**
     * Of one network.
     *
     * @param samples over independent samples
     * @param headingByDistance degrees, over the samples of each distance bin, nearest first
     * @param stream over as many frames of one stream
     */
    public record Row(String network, PoseError samples, List<Double> headingByDistance, PoseError stream) {
        public Row {
            headingByDistance = List.copyOf(headingByDistance);
        }

        /** One line of a Markdown table: degrees and centimetres of mean absolute error. */
        public String row() {
            return headingByDistance.stream()
                    .map(degrees -> String.format(Locale.ROOT, " %.1f deg |", degrees))
                    .collect(Collectors.joining("", "| `%s` |%s".formatted(network, cells(samples)), cells(stream)));
        }

        private static String cells(PoseError error) {
            return String.format(
                    Locale.ROOT, " %.1f deg | %.1f cm |", error.headingDegrees(), 100 * error.distanceMetres());
        }
    }

    /** Measures a network. */
    public static Row of(String width, int inputs) {
        Figures figures = Figures.read(PROJECT, width, inputs);
        QuantizedModel model = figures.rounded(WeightFormat.INT8, Rounding.NEAREST);
        Samples samples = PROJECT.data().samples(Split.TEST, ProjectTraining.TEST_SEED);
        EvaluationSet set = samples.evaluationSet(inputs);
        List<Pose> poses = IntStream.range(0, inputs)
                .mapToObj(i -> PoseDataSet.pose(samples, i))
                .toList();
        int[] answers = figures.answers(model, set);
        Recording recording = new PoseStream(ProjectTraining.TEST_SEED).record(inputs);
        return new Row(
                "%s-%s".formatted(PROJECT.name(), width),
                PoseError.of(poses, answers),
                IntStream.range(0, PoseBins.DISTANCES)
                        .mapToObj(bin -> headingIn(bin, poses, answers))
                        .toList(),
                PoseError.of(recording.poses(), figures.answers(model, recording.set())));
    }

    private static double headingIn(int bin, List<Pose> poses, int[] answers) {
        int[] chosen = IntStream.range(0, answers.length)
                .filter(i -> PoseBins.distanceBin(PoseBins.label(poses.get(i))) == bin)
                .toArray();
        return PoseError.of(
                        IntStream.of(chosen).mapToObj(poses::get).toList(),
                        IntStream.of(chosen).map(i -> answers[i]).toArray())
                .headingDegrees();
    }
}
