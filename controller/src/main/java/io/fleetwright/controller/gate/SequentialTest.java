package io.fleetwright.controller.gate;

/**
 * A test of "no worse than tolerated" against "worse", looked at whenever evidence arrives. Pure: the same progress and
 * evidence give the same progress, and a progress taken from a database goes on as if it had never left.
 */
public sealed interface SequentialTest permits BernoulliSprt, MeanSprt {
    /** What a test says so far. */
    enum Decision {
        OPEN,
        /** Not worse; stays so. */
        ACCEPTED,
        /** Worse; stays so. */
        REJECTED
    }

    /**
     * Sufficient statistics of samples.
     *
     * @param count samples, at least 0
     * @param sum their sum; of a Bernoulli test the number of bad ones
     * @param squares sum of their squares; of a Bernoulli test not used
     */
    record Evidence(long count, double sum, double squares) {
        public static final Evidence NONE = new Evidence(0, 0, 0);

        public Evidence {
            if (count < 0 || !Double.isFinite(sum) || !Double.isFinite(squares) || squares < 0) {
                throw new IllegalArgumentException(
                        "evidence of %d samples, sum %s, squares %s".formatted(count, sum, squares));
            }
        }

        /** Bad ones among a number of trials. */
        public static Evidence of(long count, long bad) {
            if (bad < 0 || bad > count) {
                throw new IllegalArgumentException("%d bad of %d".formatted(bad, count));
            }
            return new Evidence(count, bad, bad);
        }

        /** One sample. */
        public static Evidence of(double value) {
            return new Evidence(1, value, value * value);
        }

        public Evidence plus(Evidence other) {
            return new Evidence(count + other.count, sum + other.sum, squares + other.squares);
        }
    }

    /**
     * Where a test stands; small, and all that there is to store.
     *
     * @param peak highest logarithm of the likelihood ratio so far, at least 0
     */
    record Progress(Evidence evidence, double peak, Decision decision) {
        public static final Progress START = new Progress(Evidence.NONE, 0, Decision.OPEN);

        /**
         * Always-valid p-value: under the tolerated hypothesis it is ever at most {@code p} with probability at most
         * {@code p}, however often one looks: of a share by Ville's inequality on the likelihood ratio, which is a martingale
         * there; of a mean by simulation.
         */
        public double pValue() {
            return Math.exp(-peak);
        }
    }

    /** Takes in evidence that was not counted before; a decided test counts it and keeps its decision. */
    default Progress observe(Progress before, Evidence more) {
        Evidence all = before.evidence().plus(more);
        Progress after = new Progress(all, Math.max(before.peak(), logRatio(all)), before.decision());
        return before.decision() == Decision.OPEN ? new Progress(all, after.peak(), decide(all)) : after;
    }

    /** Logarithm of the likelihood ratio of "worse" to "tolerated". */
    double logRatio(Evidence all);

    /** What all of the evidence says at this moment. */
    Decision decide(Evidence all);
}
