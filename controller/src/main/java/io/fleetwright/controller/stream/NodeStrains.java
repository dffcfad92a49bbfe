package io.fleetwright.controller.stream;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import org.jspecify.annotations.Nullable;

/** Keeps what nodes tell of their temperature and battery. */
final class NodeStrains {
    /** Values that change no plan are stored so often. */
    private static final long STORED_EVERY_MILLIS = 60_000;

    private NodeStrains() {}

    /**
     * What counts of a node now.
     *
     * @param celsius the last one told, absent when it is old
     * @param percent the last one told, absent when it is old
     */
    record Told(
            Strain strain,
            @Nullable Double celsius,
            @Nullable Double percent) {
        static final Told NOTHING = new Told(Strain.NONE, null, null);
    }

    /** What counts of a node. */
    static Told of(Tx tx, String nodeId, long nowMillis) {
        return tx.get(NodeStrainRow.class, nodeId)
                .map(row -> told(row, nowMillis))
                .orElse(Told.NOTHING);
    }

    private static Told told(NodeStrainRow row, long nowMillis) {
        boolean warm = row.celsiusAt > nowMillis - Strain.FRESH.toMillis();
        boolean charged = row.percentAt > nowMillis - Strain.FRESH.toMillis();
        return new Told(
                new Strain(row.isHotAt(nowMillis), row.isLowAt(nowMillis)),
                warm ? row.celsius : null,
                charged ? row.percent : null);
    }

    /**
     * Takes in samples.
     *
     * @return the cause of new plans, absent when there is none
     */
    static @Nullable String take(
            Tx tx, NodeRow node, @Nullable Double celsius, @Nullable Double percent, long nowMillis) {
        NodeStrainRow row = tx.get(NodeStrainRow.class, node.id).orElse(null);
        boolean isNew = row == null;
        if (row == null) {
            row = new NodeStrainRow();
            row.id = node.id;
            row.tenant = node.tenant;
        }
        Strain before = told(row, nowMillis).strain();
        Strain after = before.after(celsius, percent);
        String cause = after.causeAfter(before);
        boolean due = celsius != null && row.celsiusAt <= nowMillis - STORED_EVERY_MILLIS
                || percent != null && row.percentAt <= nowMillis - STORED_EVERY_MILLIS;
        if (!isNew && !due && cause == null) {
            return null;
        }
        if (celsius != null) {
            row.celsius = celsius;
            row.celsiusAt = nowMillis;
            row.hot = after.isHot();
        }
        if (percent != null) {
            row.percent = percent;
            row.percentAt = nowMillis;
            row.low = after.isLow();
        }
        if (isNew) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
        return cause;
    }
}
