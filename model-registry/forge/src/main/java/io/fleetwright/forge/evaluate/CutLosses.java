package io.fleetwright.forge.evaluate;

import java.util.List;

/**
 * What the cuts of a network cost that is sent in four bits for each value, all measured by the same inputs. The intervals are those of
 * single cuts: of many cuts some lie outside of theirs.
 *
 * @param basis what an answer is compared with
 * @param inputs that were run, 0 when there was no time for one; {@code cuts} is empty then
 * @param cuts in the network's order: those with a single int8 tensor alive, which boards may pack
 */
public record CutLosses(Basis basis, int inputs, List<CutLoss> cuts) {
    /** What counts as a right answer. */
    public enum Basis {
        /** The label. */
        ACCURACY,
        /** The answer of the network that is not cut: a loss is then the share of answers that change, which no loss of accuracy exceeds. */
        AGREEMENT
    }

    public CutLosses {
        cuts = List.copyOf(cuts);
    }
}
