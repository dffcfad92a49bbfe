package io.fleetwright.zoo.train;

/**
 * What one pass showed of one network: mean of the loss that it learns by and share of correct answers on the images
 * of the steps it took part in, before learning from them.
 */
public record EpochResult(String width, int epoch, double loss, double accuracy, double rateLast, double seconds) {}
