package io.fleetwright.forge.network;

/** What a layer applies to its sums before they leave it. */
public enum Activation {
    NONE,
    RELU;

    public float apply(float value) {
        return this == RELU && value < 0 ? 0 : value;
    }
}
