package io.fleetwright.scheduler.sim;

/** A frequency at which a cluster may run, and the voltage that it needs. */
public record OperatingPoint(double megahertz, double volts) {
    public OperatingPoint {
        if (!(megahertz > 0 && megahertz <= 1e6)) {
            throw new InvalidWorkloadException("frequency (%s MHz) must be above 0, at most 1e6".formatted(megahertz));
        }
        if (!(volts > 0 && volts <= 100)) {
            throw new InvalidWorkloadException("voltage (%s V) must be above 0, at most 100".formatted(volts));
        }
    }

    /** Factor on dynamic power against {@code other}: power grows with frequency times voltage squared. */
    double dynamicPowerAgainst(OperatingPoint other) {
        return megahertz * volts * volts / (other.megahertz * other.volts * other.volts);
    }
}
