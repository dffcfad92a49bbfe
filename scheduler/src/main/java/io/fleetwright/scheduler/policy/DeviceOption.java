package io.fleetwright.scheduler.policy;

import io.fleetwright.scheduler.platform.Needs;
import java.util.OptionalDouble;

/** What a request knows about one device. */
public sealed interface DeviceOption {
    /**
     * The device can do it.
     *
     * @param executionP90 time that nine in ten runs keep within; plans use this, not the mean
     * @param inputTransfer time until the inputs are there, from the release of the task
     * @param energy of the run, in whatever unit the caller likes; empty where it is not known
     */
    record Runs(double executionP90, double inputTransfer, OptionalDouble energy) implements DeviceOption {
        public Runs {
            Times.check("executionP90", executionP90);
            Times.check("inputTransfer", inputTransfer);
            energy.ifPresent(value -> Times.check("energy", value));
        }

        /** A device whose energy is not known. */
        public Runs(double executionP90, double inputTransfer) {
            this(executionP90, inputTransfer, OptionalDouble.empty());
        }
    }

    /** The device cannot do it. */
    record Excluded(Exclusion reason, String detail) implements DeviceOption {
        /** The device does not meet a demand of the task. */
        public static Excluded by(Needs.Unmet unmet) {
            Exclusion reason = switch (unmet.constraint()) {
                case OPERATOR -> Exclusion.UNSUPPORTED_OPERATOR;
                case PRECISION -> Exclusion.UNSUPPORTED_PRECISION;
                case MEMORY -> Exclusion.OUT_OF_MEMORY;
                case LOCATION -> Exclusion.OTHER_LOCATION;
                case TENANT -> Exclusion.OTHER_TENANT;
            };
            return new Excluded(reason, unmet.detail());
        }
    }
}
