package io.fleetwright.agent.sensor;

/**
 * What a sensor saw once.
 *
 * @param number from 1, see {@link io.fleetwright.telemetry.wire.TaskResult.Frame}
 * @param bytes int8 codes, as a network takes them
 */
@SuppressWarnings("ArrayRecordComponent")
public record SensorFrame(long number, byte[] bytes) {}
