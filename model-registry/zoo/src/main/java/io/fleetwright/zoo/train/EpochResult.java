package io.fleetwright.zoo.train;

/** What one pass showed: mean cross-entropy and share of correct answers on its images, before learning from them. */
public record EpochResult(int epoch, double loss, double accuracy, double rateLast, double seconds) {}
