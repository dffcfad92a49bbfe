package io.fleetwright.controller.job;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Row;
import io.fleetwright.scheduler.partition.Link;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;

/**
 * What tensors took from one node to another directly, from their beginning until the other node said that it has them: both by the sender's
 * one clock. Sums of a least squares fit of time over bytes, of which each new tensor makes the old ones count less. {@code id} is that of
 * the sending node, {@code >}, and that of the other one.
 */
@Entity
@Table(name = "way")
public class WayRow extends Row {
    /** Tensors from which on plans count with the row. */
    static final int SAMPLES_MIN = 5;

    /** What is left of the weight of all tensors before a new one. */
    private static final double OLD_WEIGHT = 0.9;
    /** A tensor counts as so many times as long as expected at most: one may have had to make the connection first. */
    private static final double TIMES_MAX = 4;

    private static final double MILLIS_MAX = 60_000;
    /** Fewer bytes between tensors, as a share of their mean, tell nothing of bandwidth. */
    private static final double SPREAD_MIN = 0.1;

    private static final double KBIT_MIN = 1;
    private static final double KBIT_MAX = 100_000_000;

    @Id
    public String id = "";

    public String tenant = "";
    /** Tensors since they last had to go by the broker. */
    public long samples;

    public double weight;
    public double sumBytes;
    public double sumMillis;
    public double sumBytesSquared;
    public double sumBytesMillis;
    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }

    private static String key(NodeRow from, NodeRow to) {
        return from.id + ">" + to.id;
    }

    /** Takes a tensor of so many bytes into account that went directly. */
    static void learn(Tx tx, NodeRow from, NodeRow to, long bytes, long micros, long nowMillis) {
        WayRow row = tx.get(WayRow.class, key(from, to)).orElse(null);
        boolean isNew = row == null;
        if (row == null) {
            row = new WayRow();
            row.id = key(from, to);
            row.tenant = from.tenant;
        }
        row.take(bytes, micros / 1000.0);
        row.updatedAt = nowMillis;
        if (isNew) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
    }

    /** A tensor that might have gone directly went by the broker: what was learned is good for nothing now. */
    static void forget(Tx tx, NodeRow from, NodeRow to, long nowMillis) {
        tx.get(WayRow.class, key(from, to)).filter(row -> row.samples > 0).ifPresent(row -> {
            row.samples = 0;
            row.weight = 0;
            row.sumBytes = 0;
            row.sumMillis = 0;
            row.sumBytesSquared = 0;
            row.sumBytesMillis = 0;
            row.updatedAt = nowMillis;
            tx.update(row);
        });
    }

    /** What is known, absent while that is too little. */
    static Optional<Link> between(Tx tx, NodeRow from, NodeRow to) {
        return tx.get(WayRow.class, key(from, to))
                .filter(row -> row.samples >= SAMPLES_MIN)
                .map(WayRow::link);
    }

    void take(long bytes, double millis) {
        double counted = Math.min(millis, MILLIS_MAX);
        if (samples >= SAMPLES_MIN) {
            counted = Math.min(counted, TIMES_MAX * link().millis(bytes));
        }
        samples++;
        weight = OLD_WEIGHT * weight + 1;
        sumBytes = OLD_WEIGHT * sumBytes + bytes;
        sumMillis = OLD_WEIGHT * sumMillis + counted;
        sumBytesSquared = OLD_WEIGHT * sumBytesSquared + (double) bytes * bytes;
        sumBytesMillis = OLD_WEIGHT * sumBytesMillis + bytes * counted;
    }

    /** The line through what was seen; where all had about the same length, of the bandwidth that is assumed of a network. */
    Link link() {
        double meanBytes = sumBytes / weight;
        double meanMillis = sumMillis / weight;
        double variance = Math.max(0, sumBytesSquared / weight - meanBytes * meanBytes);
        double covariance = sumBytesMillis / weight - meanBytes * meanMillis;
        double millisPerByte = Math.sqrt(variance) > SPREAD_MIN * meanBytes && covariance > 0
                ? covariance / variance
                : Byte.SIZE / Links.UNKNOWN.kbitPerSecond();
        // No tensor takes less than nothing beside its bytes.
        millisPerByte = Math.min(millisPerByte, meanMillis / Math.max(1, meanBytes));
        double kbit = Math.clamp(Byte.SIZE / Math.max(millisPerByte, 1e-12), KBIT_MIN, KBIT_MAX);
        return Link.of(kbit, Math.max(0, meanMillis - meanBytes * Byte.SIZE / kbit));
    }
}
