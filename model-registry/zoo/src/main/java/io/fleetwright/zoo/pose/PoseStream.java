package io.fleetwright.zoo.pose;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames of one head that moves smoothly before one room, thirty a second. The same seed gives the same frames on
 * every machine. Not safe for several threads.
 */
public final class PoseStream {
    public static final int FRAMES_PER_SECOND = 30;

    private static final int RECORDING_FRAMES_MAX = 100_000;

    private final MixingRandom random;
    private final Scene scene;
    private final Walk across;
    private final Walk down;
    private final Walk distance;
    private final Walk heading;

    /** A frame's pose and its grey pixels, row by row. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Frame(Pose pose, byte[] pixels) {}

    /** Frames in a row, with what they show. */
    public record Recording(List<Pose> poses, EvaluationSet set) {
        public Recording {
            poses = List.copyOf(poses);
        }
    }

    public PoseStream(long seed) {
        random = new MixingRandom(seed, 0);
        scene = new Scene(random);
        across = new Walk(random, -PoseDataSet.PLACE_MAX, PoseDataSet.PLACE_MAX);
        down = new Walk(random, -PoseDataSet.PLACE_MAX, PoseDataSet.PLACE_MAX);
        distance = new Walk(random, PoseBins.DISTANCE_MIN, PoseBins.DISTANCE_MAX);
        heading = new Walk(random, -PoseBins.HEADING_MAX, PoseBins.HEADING_MAX);
    }

    /**
     * The next frames with the classes of their poses, for a network to be measured by.
     *
     * @param frames 1 to 100,000
     */
    public Recording record(int frames) {
        if (frames < 1 || frames > RECORDING_FRAMES_MAX) {
            throw new IllegalArgumentException("frames (%d) must be in 1..%d".formatted(frames, RECORDING_FRAMES_MAX));
        }
        int pixels = PoseDataSet.WIDTH * PoseDataSet.HEIGHT;
        List<Pose> poses = new ArrayList<>();
        var inputs = new byte[frames * pixels];
        var labels = new int[frames];
        for (int i = 0; i < frames; i++) {
            Frame frame = next();
            poses.add(frame.pose);
            System.arraycopy(frame.pixels, 0, inputs, i * pixels, pixels);
            labels[i] = PoseBins.label(frame.pose);
        }
        List<Integer> shape = List.of(PoseDataSet.HEIGHT, PoseDataSet.WIDTH, 1);
        return new Recording(poses, new EvaluationSet(shape, PoseBins.classes(), inputs, 1f / 255, 0f, labels));
    }

    /** The next frame. */
    public Frame next() {
        var pose = new Pose(across.next(), down.next(), distance.next(), heading.next());
        var pixels = new byte[PoseDataSet.WIDTH * PoseDataSet.HEIGHT];
        scene.paint(pose, random, pixels, 0);
        return new Frame(pose, pixels);
    }

    /** A walk with momentum between two walls that it bounces off. */
    private static final class Walk {
        private static final double MOMENTUM = 0.95;
        /** Of the way between the walls, per frame. */
        private static final double PUSH = 0.004;

        /** Most of the way that one frame can take: 3.47 deviations of every push in one direction. */
        private static final double STEP_MAX = 0.3;

        private final MixingRandom random;
        private final double low;
        private final double high;
        private double place;
        private double speed;

        Walk(MixingRandom random, double low, double high) {
            this.random = random;
            this.low = low;
            this.high = high;
            place = random.between(0, 1);
        }

        double next() {
            speed = Math.clamp(MOMENTUM * speed + PUSH * random.bell(), -STEP_MAX, STEP_MAX);
            place += speed;
            if (place < 0 || place > 1) {
                place = place < 0 ? -place : 2 - place;
                speed = -speed;
            }
            return low + (high - low) * place;
        }
    }
}
