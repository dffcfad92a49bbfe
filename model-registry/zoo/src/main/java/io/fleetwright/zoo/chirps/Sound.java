package io.fleetwright.zoo.chirps;

/** What is to be heard, in the order of the labels. */
enum Sound {
    NOISE,
    UP,
    DOWN,
    UP_DOWN,
    DOWN_UP,
    STEADY,
    TWO_TONE,
    BURST;

    /**
     * How far the pitch is above its lowest, as part of the span.
     *
     * @param time from 0 at the onset to 1 at the end
     */
    double pitch(double time) {
        return switch (this) {
            case NOISE, STEADY, BURST -> 0.5;
            case UP -> time;
            case DOWN -> 1 - time;
            case UP_DOWN -> 1 - Math.abs(2 * time - 1);
            case DOWN_UP -> Math.abs(2 * time - 1);
            case TWO_TONE -> time < 0.5 ? 0 : 1;
        };
    }
}
