package io.fleetwright.zoo.pose;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The classes of the pose data set: three distances by five headings, because the integer runtime's classifiers and
 * the evaluator know classes only. A class reads as the centre of its bin.
 */
public final class PoseBins {
    public static final double DISTANCE_MIN = 0.5;
    public static final double DISTANCE_MAX = 2.0;
    public static final double HEADING_MAX = 90;

    /** Ends of the distance bins in metres; each is a little over one and a half times the one before. */
    private static final double[] DISTANCE_ENDS = {DISTANCE_MIN, 0.8, 1.26, DISTANCE_MAX};

    /** Distance bins. */
    public static final int DISTANCES = DISTANCE_ENDS.length - 1;

    private static final int HEADINGS = 5;
    private static final double HEADING_STEP = 2 * HEADING_MAX / HEADINGS;

    private PoseBins() {}

    public static int classes() {
        return DISTANCES * HEADINGS;
    }

    /** Of a class, 0 is nearest. */
    public static int distanceBin(int label) {
        return label / HEADINGS;
    }

    /** Such as {@code 50cm-80cm -90 to -54 deg}. */
    static List<String> names() {
        return IntStream.range(0, classes())
                .mapToObj(label -> "%dcm-%dcm %d to %d deg"
                        .formatted(
                                Math.round(100 * distanceLow(label)),
                                Math.round(100 * distanceHigh(label)),
                                Math.round(headingLow(label)),
                                Math.round(headingLow(label) + HEADING_STEP)))
                .toList();
    }

    /** The class of a pose; a pose between two bins belongs to the upper one. */
    public static int label(Pose pose) {
        int distance = 0;
        while (distance < DISTANCES - 1 && pose.distanceMetres() >= DISTANCE_ENDS[distance + 1]) {
            distance++;
        }
        int heading = Math.min((int) ((pose.headingDegrees() + HEADING_MAX) / HEADING_STEP), HEADINGS - 1);
        return distance * HEADINGS + heading;
    }

    static double distanceLow(int label) {
        return DISTANCE_ENDS[distanceBin(label)];
    }

    static double distanceHigh(int label) {
        return DISTANCE_ENDS[distanceBin(label) + 1];
    }

    static double headingLow(int label) {
        return -HEADING_MAX + HEADING_STEP * (label % HEADINGS);
    }

    static double headingHigh(int label) {
        return headingLow(label) + HEADING_STEP;
    }

    /** Metres that an answer stands for. */
    public static double distance(int label) {
        return (distanceLow(label) + distanceHigh(label)) / 2;
    }

    /** Degrees that an answer stands for. */
    public static double heading(int label) {
        return headingLow(label) + HEADING_STEP / 2;
    }
}
