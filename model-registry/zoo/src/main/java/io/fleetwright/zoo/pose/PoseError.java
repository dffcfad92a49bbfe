package io.fleetwright.zoo.pose;

import java.util.List;

/**
 * Mean absolute errors of a network's answers, each read as the middle of its bin. Right answers alone leave 9 degrees
 * and 8 to 18 centimetres, which is how wide the bins are.
 */
public record PoseError(double headingDegrees, double distanceMetres) {
    /**
     * Over all poses.
     *
     * @param answers the class given to each
     */
    public static PoseError of(List<Pose> poses, int[] answers) {
        if (answers.length != poses.size() || poses.isEmpty()) {
            throw new IllegalArgumentException(
                    "answers (%d) must be as many as poses (%d), one at least".formatted(answers.length, poses.size()));
        }
        double heading = 0;
        double distance = 0;
        for (int i = 0; i < answers.length; i++) {
            heading += Math.abs(PoseBins.heading(answers[i]) - poses.get(i).headingDegrees());
            distance += Math.abs(PoseBins.distance(answers[i]) - poses.get(i).distanceMetres());
        }
        return new PoseError(heading / answers.length, distance / answers.length);
    }
}
