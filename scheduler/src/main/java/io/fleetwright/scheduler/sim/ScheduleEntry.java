package io.fleetwright.scheduler.sim;

/**
 * One run of one task.
 *
 * @param job number of the job, in order of arrival
 * @param app position of its application in the workload
 * @param task position in the application's graph
 * @param device position in the workload
 * @param slowdown by the device's clock, the mean over the run; 1 is full speed
 * @param completed false when it was cut off, because its device was lost or its job given up
 */
public record ScheduleEntry(
        int job,
        int app,
        int task,
        int device,
        double startMicros,
        double finishMicros,
        double slowdown,
        boolean completed) {}
