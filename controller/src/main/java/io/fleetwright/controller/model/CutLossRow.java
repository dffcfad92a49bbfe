package io.fleetwright.controller.model;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Row;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.PairedLoss;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the cuts of a variant lose in four bits, by the version's evaluation set. {@code id} is the variant's; it is there once both the
 * variant and the set are.
 */
@Entity
@Table(name = "cut_loss")
public class CutLossRow extends Row {
    /** It will be measured. */
    public static final String WAITING = "waiting";

    public static final String MEASURED = "measured";
    /** It cannot be measured; the reason says why. */
    public static final String REFUSED = "refused";

    private static final int REASON_CHARS_MAX = 500;
    /** First operator behind the cut, right answers lost, gained, and 1 where none can change. */
    private static final int BYTES_PER_CUT = 4 * Integer.BYTES;
    /** What rows may hold; a network has at most 10,000 operators. */
    private static final int CUTS_MAX = 60_000;

    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    public String variant = "";
    public String state = "";
    public @Nullable String reason;
    /** That were run, 0 before. */
    public int inputs;

    public byte @Nullable [] losses;
    public long createdAt;
    public @Nullable Long measuredAt;

    @Override
    public Object key() {
        return id;
    }

    /** Has a variant measured, unless it is or will be. */
    static void await(Tx tx, VariantRow variant, long nowMillis) {
        CutLossRow row = new CutLossRow();
        row.id = variant.id;
        row.tenant = variant.tenant;
        row.model = variant.model;
        row.version = variant.version;
        row.variant = variant.variant;
        row.state = WAITING;
        row.createdAt = nowMillis;
        tx.insertIfAbsent(row);
    }

    /** Takes in what was measured. */
    public void write(CutLosses measured, long nowMillis) {
        List<CutLoss> cuts = measured.cuts();
        if (cuts.size() > CUTS_MAX) {
            throw new IllegalArgumentException("cuts (%d) must be at most %d".formatted(cuts.size(), CUTS_MAX));
        }
        ByteBuffer out = ByteBuffer.allocate(cuts.size() * BYTES_PER_CUT);
        for (CutLoss cut : cuts) {
            PairedLoss loss = cut.loss();
            out.putInt(cut.boundary()).putInt(loss.lost()).putInt(loss.gained()).putInt(loss.isExact() ? 1 : 0);
        }
        state = MEASURED;
        inputs = measured.inputs();
        losses = out.array();
        measuredAt = nowMillis;
    }

    void refuse(String why, long nowMillis) {
        state = REFUSED;
        reason = why.length() <= REASON_CHARS_MAX ? why : why.substring(0, REASON_CHARS_MAX);
        measuredAt = nowMillis;
    }

    /** What was measured, in the network's order; empty before. */
    public List<CutLoss> cuts() {
        List<CutLoss> cuts = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(losses == null ? new byte[0] : losses);
        while (in.hasRemaining()) {
            int boundary = in.getInt();
            int lost = in.getInt();
            int gained = in.getInt();
            boolean isExact = in.getInt() == 1;
            cuts.add(new CutLoss(boundary, isExact ? PairedLoss.none(inputs) : PairedLoss.of(inputs, lost, gained)));
        }
        return cuts;
    }
}
