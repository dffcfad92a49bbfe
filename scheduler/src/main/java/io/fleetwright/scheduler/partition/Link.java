package io.fleetwright.scheduler.partition;

/**
 * A way from one device to another.
 *
 * @param kbitPerSecond of payload, above 0
 * @param rttMillis paid once per transfer, at least 0 and finite, as all that follows
 * @param loss share of what is sent that has to be sent again, 0 to below 1
 * @param sendNanojoulesPerBit that the sender pays, at least 0
 * @param receiveNanojoulesPerBit that the receiver pays, at least 0
 */
public record Link(
        double kbitPerSecond,
        double rttMillis,
        double loss,
        double sendNanojoulesPerBit,
        double receiveNanojoulesPerBit) {
    private static final double NANO_PER_MILLI = 1e6;

    public Link {
        if (!(kbitPerSecond > 0)
                || !isAmount(rttMillis)
                || !(loss >= 0 && loss < 1)
                || !isAmount(sendNanojoulesPerBit)
                || !isAmount(receiveNanojoulesPerBit)) {
            throw new IllegalArgumentException(
                    "bandwidth (%s kbit/s) must be above 0, round trip (%s ms) and energies (%s, %s nJ/bit) at least 0 and finite, loss (%s) in 0..1"
                            .formatted(kbitPerSecond, rttMillis, sendNanojoulesPerBit, receiveNanojoulesPerBit, loss));
        }
    }

    private static boolean isAmount(double figure) {
        return figure >= 0 && Double.isFinite(figure);
    }

    /** Free for the receiver. */
    public Link(double kbitPerSecond, double rttMillis, double loss, double sendNanojoulesPerBit) {
        this(kbitPerSecond, rttMillis, loss, sendNanojoulesPerBit, 0);
    }

    /** Without loss, and free for the sender. */
    public static Link of(double kbitPerSecond, double rttMillis) {
        return new Link(kbitPerSecond, rttMillis, 0, 0);
    }

    /** {@code R + 8 bytes / (B (1 - p))}. */
    public double millis(long bytes) {
        return rttMillis + (double) Byte.SIZE * bytes / (kbitPerSecond * (1 - loss));
    }

    /** What the sender pays. */
    public double millijoules(long bytes) {
        return millijoules(bytes, sendNanojoulesPerBit);
    }

    /** What the receiver pays; what comes again is received again. */
    public double receiverMillijoules(long bytes) {
        return millijoules(bytes, receiveNanojoulesPerBit);
    }

    private double millijoules(long bytes, double nanojoulesPerBit) {
        return (double) Byte.SIZE * bytes * nanojoulesPerBit / ((1 - loss) * NANO_PER_MILLI);
    }
}
