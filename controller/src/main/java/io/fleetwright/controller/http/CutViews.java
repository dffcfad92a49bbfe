package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.PairedLoss;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was measured of a variant's cuts, on the wire. */
final class CutViews {
    /** The version has no evaluation set. */
    private static final String NO_SET = "no-evaluation-set";

    private static final int BITS = 4;

    private CutViews() {}

    /**
     * All cuts of a variant.
     *
     * @param state no-evaluation-set, waiting, measured or refused
     * @param inputs that were run, 0 before
     * @param reason why it was refused
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Cuts(
            String state,
            @Nullable String reason,
            int bits,
            int inputs,
            @Nullable String measuredAt,
            List<Cut> cuts) {}

    /**
     * One cut.
     *
     * @param after the last operator before it, as in {@code inspect}
     * @param lost right answers that packing makes wrong
     * @param gained wrong answers that packing makes right
     * @param loss of right answers, of all inputs, with the ends of its 95 % interval
     */
    record Cut(int after, int lost, int gained, double loss, double low95, double high95) {}

    static Cuts of(Optional<CutLossRow> found) {
        return found.map(row -> new Cuts(
                        row.state,
                        row.reason,
                        BITS,
                        row.inputs,
                        Views.time(row.measuredAt),
                        row.cuts().stream().map(CutViews::cut).toList()))
                .orElseGet(() -> new Cuts(NO_SET, null, BITS, 0, null, List.of()));
    }

    private static Cut cut(CutLoss cut) {
        PairedLoss loss = cut.loss();
        return new Cut(cut.boundary() - 1, loss.lost(), loss.gained(), loss.loss(), loss.low95(), loss.high95());
    }
}
