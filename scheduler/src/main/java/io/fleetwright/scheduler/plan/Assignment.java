package io.fleetwright.scheduler.plan;

/** One task on one device from {@code start} to {@code finish}. */
public record Assignment(int task, int device, double start, double finish) {}
