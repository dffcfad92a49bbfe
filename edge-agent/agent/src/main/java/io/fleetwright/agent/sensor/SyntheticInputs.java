package io.fleetwright.agent.sensor;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Inputs that look like pictures: a few bright discs on a dark ground, with a little noise. The same seed gives the same
 * inputs on every device.
 */
public final class SyntheticInputs {
    private static final int DISCS_MAX = 4;
    private static final int NOISE = 8;

    private final SplittableRandom random;

    public SyntheticInputs(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** The next input of so many int8 codes; a square when the number is one, else a line. */
    public byte[] next(int bytes) {
        int side = (int) Math.round(Math.sqrt(bytes));
        int width = side * side == bytes ? side : bytes;
        int height = bytes / width;
        byte[] input = new byte[bytes];
        Arrays.fill(input, Byte.MIN_VALUE);
        for (int disc = 1 + random.nextInt(DISCS_MAX); disc > 0; disc--) {
            int x = random.nextInt(width);
            int y = random.nextInt(height);
            int radius = 1 + random.nextInt(Math.max(1, width / 4));
            byte value = (byte) random.nextInt(Byte.MAX_VALUE + 1);
            for (int row = Math.max(0, y - radius); row < Math.min(height, y + radius + 1); row++) {
                for (int column = Math.max(0, x - radius); column < Math.min(width, x + radius + 1); column++) {
                    if ((row - y) * (row - y) + (column - x) * (column - x) <= radius * radius) {
                        input[row * width + column] = value;
                    }
                }
            }
        }
        for (int i = 0; i < bytes; i++) {
            input[i] = (byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, input[i] + random.nextInt(NOISE)));
        }
        return input;
    }
}
