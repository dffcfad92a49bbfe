package io.fleetwright.scheduler.scenario;

/**
 * How a board is reached. Between boards with different radios the slower one counts, with the faster board's gateway at the other
 * end: rate, round trip and power are those of the slower one at both ends.
 *
 * @param kind boards transfer one thing at a time on each kind of radio, 0 to {@link #KINDS} - 1
 * @param kbitPerSecond of payload, above 0
 * @param rttMillis from the end of the payload until the other end goes on, at least 0
 * @param sendWatts drawn while payload is on the air, at least 0
 * @param receiveWatts likewise
 */
public record Radio(int kind, double kbitPerSecond, double rttMillis, double sendWatts, double receiveWatts) {
    public static final int KINDS = 2;

    public Radio {
        if (kind < 0
                || kind >= KINDS
                || !(kbitPerSecond > 0)
                || !(rttMillis >= 0)
                || !(sendWatts >= 0)
                || !(receiveWatts >= 0)) {
            throw new IllegalArgumentException(
                    "radio kind (%d) must be 0 to %d, rate (%s kbit/s) above 0, round trip (%s ms) and power (%s, %s W) at least 0"
                            .formatted(kind, KINDS - 1, kbitPerSecond, rttMillis, sendWatts, receiveWatts));
        }
    }

    /** The slower of both; of two as slow the first. */
    static Radio between(Radio one, Radio other) {
        return other.kbitPerSecond < one.kbitPerSecond ? other : one;
    }

    /** Payload's time on the air while the link carries this share of its rate, above 0. */
    double airMillis(long bytes, double factor) {
        return Byte.SIZE * bytes / (kbitPerSecond * factor);
    }
}
