package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Ten minutes at a wildfire: 24 boards, three streams, batteries, links that fail. All figures were written down before the first run.
 *
 * <ul>
 *   <li>{@code fire}: a frame of 96x96 pixels every 200 ms as 16 tiles of 24x24 for the product's {@code wildfire-w1.0}, from six scout
 *       drones and two towers; wanted before the next frame.
 *   <li>{@code person}: a frame of 96x96 every 200 ms for MobileNetV1 0.25, from four drones that fly with the crews; wanted within 100 ms,
 *       in which a drone at 2 m/s goes 20 cm.
 *   <li>{@code sound}: a spectrogram every 250 ms for {@code chirps-w1.0}, from six listening posts; wanted before the next one.
 * </ul>
 *
 * <p>Disturbances are assumed, as no published trace was found: a flying board is cut off by terrain every two minutes in the mean for 2 to
 * 15 s and has a fifth to three fifths of its rate every minute for 5 to 20 s; another board is cut off every ten minutes for 2 to 10 s;
 * 15 % of boards restart once, for 10 to 40 s; 25 % get hot once and take 1.3 to 1.8 times as long for 60 to 180 s. Times are those of
 * exponential and uniform draws. A stage's time varies by 3 %. A lost board is noticed after 30 ms, about the retries of one 802.11 frame.
 * An answer has 56 bytes.
 */
public final class Wildfire {
    /** Tiles of one camera frame. */
    public static final int TILES = 16;

    private static final double END_MILLIS = 600_000;
    private static final double FRAME_MILLIS = 200;
    private static final double PERSON_DEADLINE_MILLIS = 100;
    private static final double SOUND_MILLIS = 250;
    private static final double NOISE = 0.03;
    private static final double DETECTION_MILLIS = 30;
    private static final int ANSWER_BYTES = 56;
    private static final double SECOND = 1000;
    private static final double MINUTE = 60 * SECOND;

    /** What a board does. */
    public enum Role {
        /** Flies, takes fire frames. */
        SCOUT(6, true),
        /** Flies, takes person frames. */
        ESCORT(4, true),
        /** Stands, takes fire frames. */
        TOWER(2, false),
        /** Stands, takes sounds. */
        POST(6, false),
        /** Flies, helps. */
        RELAY(2, true),
        /** Stands, helps. */
        STATION(4, false);

        private final int count;
        private final boolean flies;

        Role(int count, boolean flies) {
            this.count = count;
            this.flies = flies;
        }

        public int count() {
            return count;
        }
    }

    /** Networks by their positions in a setting. */
    public enum Network {
        FIRE,
        PERSON,
        SOUND
    }

    private Wildfire() {}

    /**
     * The scenario of a seed.
     *
     * @param networks in the order of {@link Network}; fire's with all tiles of a frame
     * @param boards role by role, each with costs of all networks
     */
    public static Setting setting(List<LayerGraph> networks, List<Board> boards, long seed) {
        int wanted = 0;
        for (Role role : Role.values()) {
            wanted += role.count;
        }
        if (boards.size() != wanted) {
            throw new IllegalArgumentException("boards (%d) must be %d".formatted(boards.size(), wanted));
        }
        var random = new SplittableRandom(seed);
        List<FrameStream.Source> fire = new ArrayList<>();
        List<FrameStream.Source> person = new ArrayList<>();
        List<FrameStream.Source> sound = new ArrayList<>();
        List<Disturbance> disturbances = new ArrayList<>();
        int board = 0;
        for (Role role : Role.values()) {
            for (int i = 0; i < role.count; i++, board++) {
                switch (role) {
                    case SCOUT, TOWER -> fire.add(source(board, FRAME_MILLIS, random));
                    case ESCORT -> person.add(source(board, FRAME_MILLIS, random));
                    case POST -> sound.add(source(board, SOUND_MILLIS, random));
                    case RELAY, STATION -> {}
                }
                disturb(disturbances, board, role.flies, random);
            }
        }
        return new Setting(
                networks,
                boards,
                List.of(
                        new FrameStream("fire", 0, FRAME_MILLIS, FRAME_MILLIS, fire),
                        new FrameStream("person", 1, FRAME_MILLIS, PERSON_DEADLINE_MILLIS, person),
                        new FrameStream("sound", 2, SOUND_MILLIS, SOUND_MILLIS, sound)),
                disturbances,
                END_MILLIS,
                NOISE,
                DETECTION_MILLIS,
                ANSWER_BYTES,
                random.nextLong());
    }

    private static FrameStream.Source source(int board, double period, SplittableRandom random) {
        return new FrameStream.Source(board, random.nextDouble(period));
    }

    private static void disturb(List<Disturbance> all, int board, boolean flies, SplittableRandom random) {
        links(all, board, flies, random);
        if (random.nextDouble() < 0.15) {
            double from = random.nextDouble(END_MILLIS);
            all.add(new Disturbance(from, board, Kind.POWER, 0));
            all.add(new Disturbance(from + random.nextDouble(10 * SECOND, 40 * SECOND), board, Kind.POWER, 1));
        }
        if (random.nextDouble() < 0.25) {
            double from = random.nextDouble(END_MILLIS);
            all.add(new Disturbance(from, board, Kind.SPEED, random.nextDouble(1.3, 1.8)));
            all.add(new Disturbance(from + random.nextDouble(MINUTE, 3 * MINUTE), board, Kind.SPEED, 1));
        }
    }

    /** One after the other, so that a link has one state at a time. */
    private static void links(List<Disturbance> all, int board, boolean flies, SplittableRandom random) {
        double cutsPerMilli = flies ? 1 / (2 * MINUTE) : 1 / (10 * MINUTE);
        double slowsPerMilli = flies ? 1 / MINUTE : 0;
        double longest = flies ? 15 * SECOND : 10 * SECOND;
        double at = 0;
        while (true) {
            at += -Math.log(1 - random.nextDouble()) / (cutsPerMilli + slowsPerMilli);
            if (at >= END_MILLIS) {
                return;
            }
            boolean cut = random.nextDouble() * (cutsPerMilli + slowsPerMilli) < cutsPerMilli;
            all.add(new Disturbance(at, board, Kind.LINK, cut ? 0 : random.nextDouble(0.2, 0.6)));
            at += cut ? random.nextDouble(2 * SECOND, longest) : random.nextDouble(5 * SECOND, 20 * SECOND);
            all.add(new Disturbance(at, board, Kind.LINK, 1));
        }
    }
}
