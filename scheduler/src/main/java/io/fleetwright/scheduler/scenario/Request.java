package io.fleetwright.scheduler.scenario;

/**
 * A frame that waits for its place.
 *
 * @param stream position of the stream
 * @param source position of the board that has it
 * @param number of the source's frame in its stream, from 0
 * @param deadlineMillis by the run's clock
 * @param attempt from 0; more when another board was lost
 */
public record Request(int stream, int source, long number, double deadlineMillis, int attempt) {}
