package io.fleetwright.scheduler.scenario;

/** What a board draws, by part, and what is left in its battery: power is constant between events, so sums are exact. */
final class PowerMeter {
    private final double capacityMillijoules;
    private final double idleWatts;
    private double lastMillis;
    private boolean on = true;
    private double computeWatts = Double.NaN;
    private double sendWatts;
    private double receiveWatts;
    private double computed;
    private double sent;
    private double received;
    private double idled;

    PowerMeter(double batteryJoules, double idleWatts) {
        capacityMillijoules = batteryJoules * 1000;
        this.idleWatts = idleWatts;
    }

    /** Counts up to now; before anything about the power changes. */
    void advance(double nowMillis) {
        double span = nowMillis - lastMillis;
        lastMillis = nowMillis;
        if (!on) {
            return;
        }
        if (Double.isNaN(computeWatts)) {
            idled += idleWatts * span;
        } else {
            computed += computeWatts * span;
        }
        sent += sendWatts * span;
        received += receiveWatts * span;
    }

    void setOn(boolean value) {
        on = value;
    }

    void computes(double watts) {
        computeWatts = watts;
    }

    void rests() {
        computeWatts = Double.NaN;
    }

    void sends(double watts) {
        sendWatts += watts;
    }

    void receives(double watts) {
        receiveWatts += watts;
    }

    /** Sums of radios that come and go leave dust. */
    void radiosOff() {
        sendWatts = 0;
        receiveWatts = 0;
    }

    double watts() {
        return on ? (Double.isNaN(computeWatts) ? idleWatts : computeWatts) + sendWatts + receiveWatts : 0;
    }

    /** Counted up to the last advance; infinite on mains. */
    double leftMillijoules() {
        return capacityMillijoules - totalMillijoules();
    }

    /** When the battery is empty if nothing changes; infinite when never. */
    double emptyAtMillis() {
        double watts = watts();
        return watts > 0 ? lastMillis + Math.max(0, leftMillijoules()) / watts : Double.POSITIVE_INFINITY;
    }

    double computeMillijoules() {
        return computed;
    }

    double sendMillijoules() {
        return sent;
    }

    double receiveMillijoules() {
        return received;
    }

    double idleMillijoules() {
        return idled;
    }

    double totalMillijoules() {
        return computed + sent + received + idled;
    }
}
