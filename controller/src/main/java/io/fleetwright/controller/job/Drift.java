package io.fleetwright.controller.job;

import io.fleetwright.scheduler.predict.DriftAlarm;

/**
 * Watches whether a device still takes for a variant what it took: ten results make a reference, and later ones are compared with it
 * until the alarm rings; then ten make a new one.
 */
final class Drift {
    private static final int REFERENCE_RESULTS = 10;

    /** Least spread: clocks of boards and other work make as much. */
    private static final double SPREAD_MIN = 0.05;

    private Drift() {}

    /**
     * Takes in a result, after the row's mean and count have; true when the alarm rings.
     *
     * @param micros above 0
     */
    static boolean observe(CostRow row, double micros, long nowMillis) {
        if (row.referenceMicros <= 0) {
            if (row.count - row.referenceFrom >= REFERENCE_RESULTS && row.meanMicros > 0) {
                row.referenceMicros = row.meanMicros;
                row.referenceSpread = Math.max(SPREAD_MIN, Math.sqrt(row.varianceMicros) / row.meanMicros);
            }
            return false;
        }
        var alarm = new DriftAlarm(row.referenceSpread, row.driftSlower, row.driftFaster);
        boolean rings = alarm.observe(micros / 1000, row.referenceMicros / 1000);
        row.driftSlower = alarm.slower();
        row.driftFaster = alarm.faster();
        if (rings) {
            row.driftedAt = nowMillis;
            row.driftRatio = micros / row.referenceMicros;
            row.referenceMicros = 0;
            row.referenceFrom = row.count;
        }
        return rings;
    }
}
