package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.ChainTimes;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.model.VariantRow;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What transforms of single jobs take on devices, as plans count it: a guess at first, and what their jobs showed since this controller
 * began. For one thread at a time.
 */
final class ChainCosts {
    /** The one that was longest without a job is forgotten first. */
    static final int KEPT_MAX = 10_000;

    /**
     * Transforms of one side of a network, on one device.
     *
     * @param output shape of the network's where they run behind it, empty before it
     */
    private record Key(String device, Chains side, String output) {
        static Key before(String device, Chains chains) {
            return new Key(device, chains.front(), "");
        }

        static Key after(String device, Chains chains, VariantRow variant) {
            return new Key(device, chains.back(), variant.outputShape);
        }
    }

    private final Map<Key, ChainTimes> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, ChainTimes> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** What a device is expected to take for both sides of a variant. */
    Chains.Guess of(String device, Chains chains, VariantRow variant) {
        if (chains.isEmpty()) {
            return Chains.Guess.NONE;
        }
        Chains.Guess guess = chains.guess(variant);
        ChainTimes before = seen.get(Key.before(device, chains));
        ChainTimes after = seen.get(Key.after(device, chains, variant));
        return new Chains.Guess(
                before == null ? guess.beforeMicros() : before.before(),
                after == null ? guess.afterMicros() : after.after());
    }

    /** Takes in what a job's transforms took, on the first device and on the last. */
    void learn(JobRow job, VariantRow variant, String first, String last) {
        Chains chains = job.onBoards();
        Long before = job.beforeMicros;
        Long after = job.afterMicros;
        Chains.Guess guess = chains.guess(variant);
        if (before != null) {
            ChainTimes start = ChainTimes.guessed(new Chains.Guess(guess.beforeMicros(), 0));
            seen.compute(
                    Key.before(first, chains),
                    (_, known) -> (known == null ? start : known).with((double) before, null));
        }
        if (after != null) {
            ChainTimes start = ChainTimes.guessed(new Chains.Guess(0, guess.afterMicros()));
            seen.compute(
                    Key.after(last, chains, variant),
                    (_, known) -> (known == null ? start : known).with(null, (double) after));
        }
    }
}
