package io.fleetwright.scheduler.online;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Networks that nobody trained. */
final class TestNetworks {
    private TestNetworks() {}

    static PairNetwork random(SplittableRandom random) {
        double[] weights = new double[PairNetwork.WEIGHTS];
        Arrays.setAll(weights, _ -> random.nextGaussian());
        return new PairNetwork(weights);
    }

    /** One output that is so many times one feature, by its name. */
    static PairNetwork direct(String feature, int output, double weight) {
        int position = PairFeatures.OF_TASK.indexOf(feature);
        int number = position >= 0 ? position : PairFeatures.TASK + PairFeatures.OF_PAIR.indexOf(feature);
        int inputs = PairFeatures.TASK + PairFeatures.PAIR;
        double[] weights = new double[PairNetwork.WEIGHTS];
        int direct = inputs * PairNetwork.HIDDEN + PairNetwork.HIDDEN + PairNetwork.HIDDEN * PairNetwork.OUTPUTS;
        weights[direct + number * PairNetwork.OUTPUTS + output] = weight;
        return new PairNetwork(weights);
    }
}
