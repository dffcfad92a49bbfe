package io.fleetwright.zoo.pose;

/**
 * Where a head is and where it looks, seen from the camera.
 *
 * @param across -1 at the left end of the image to 1 at the right
 * @param down -1 at the upper end of the image to 1 at the lower
 * @param distanceMetres within {@link PoseBins#DISTANCE_MIN} to {@link PoseBins#DISTANCE_MAX}
 * @param headingDegrees -90 looks to the left, 0 into the camera, 90 to the right
 */
public record Pose(double across, double down, double distanceMetres, double headingDegrees) {
    public Pose {
        check("across", across, -1, 1);
        check("down", down, -1, 1);
        check("distanceMetres", distanceMetres, PoseBins.DISTANCE_MIN, PoseBins.DISTANCE_MAX);
        check("headingDegrees", headingDegrees, -PoseBins.HEADING_MAX, PoseBins.HEADING_MAX);
    }

    private static void check(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException("%s (%s) must be in %s to %s".formatted(name, value, min, max));
        }
    }
}
