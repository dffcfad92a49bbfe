package io.fleetwright.zoo.pose;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/** 40x24 grey images of one head before a room; the class is the bin of its distance and heading. */
public final class PoseDataSet implements ProceduralDataSet {
    public static final int WIDTH = 40;
    public static final int HEIGHT = 24;

    /** How far a head is from the middle of the image, at most. */
    static final double PLACE_MAX = 0.6;

    @Override
    public String name() {
        return "pose";
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(HEIGHT, WIDTH, 1);
    }

    @Override
    public List<String> classes() {
        return PoseBins.names();
    }

    @Override
    public void draw(int label, MixingRandom random, byte[] out, int offset) {
        Pose pose = poseIn(label, random);
        new Scene(random).paint(pose, random, out, offset);
    }

    /** The pose that a sample shows. */
    public static Pose pose(Samples samples, long index) {
        return poseIn(samples.label(index), samples.random(index));
    }

    private static Pose poseIn(int label, MixingRandom random) {
        double distance = random.between(PoseBins.distanceLow(label), PoseBins.distanceHigh(label));
        double heading = random.between(PoseBins.headingLow(label), PoseBins.headingHigh(label));
        return new Pose(
                random.between(-PLACE_MAX, PLACE_MAX), random.between(-PLACE_MAX, PLACE_MAX), distance, heading);
    }
}
