package io.fleetwright.scheduler.policy;

/** What a request knows about one device. */
public sealed interface DeviceOption {
    /**
     * The device can do it.
     *
     * @param executionP90 time that nine in ten runs keep within; plans use this, not the mean
     * @param inputTransfer time until the inputs are there, from the release of the task
     */
    record Runs(double executionP90, double inputTransfer) implements DeviceOption {
        public Runs {
            Times.check("executionP90", executionP90);
            Times.check("inputTransfer", inputTransfer);
        }
    }

    /** The device cannot do it. */
    record Excluded(Exclusion reason, String detail) implements DeviceOption {}
}
