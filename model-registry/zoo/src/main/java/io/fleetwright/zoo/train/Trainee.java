package io.fleetwright.zoo.train;

import io.fleetwright.zoo.train.NetworkFamily.Member;
import java.util.ArrayList;
import java.util.List;

/** One network of a family in training: its shards and what the running pass showed of it. */
final class Trainee {
    final Member member;
    final TrainableNetwork network;
    final List<Shard> shards = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private double loss;
    private long correct;
    private int steps;

    Trainee(Member member, TrainableNetwork network) {
        this.member = member;
        this.network = network;
        for (int i = 0; i < TrainingSettings.SHARDS; i++) {
            shards.add(new Shard(network, TrainingSettings.BATCH / TrainingSettings.SHARDS));
        }
        shards.getFirst().layers().forEach(layer -> parameters.addAll(layer.parameters()));
    }

    /** Takes the values of a wider network's parameters. */
    void load() {
        network.slices().forEach(ParameterSlice::load);
    }

    /** Joins gradients, statistics and figures of all shards, in their order. */
    void join() {
        for (Shard shard : shards) {
            int at = 0;
            for (Layer layer : shard.layers()) {
                for (float[] gradient : layer.gradients()) {
                    parameters.get(at++).gather(gradient);
                }
                if (layer instanceof NormalizedRelu normalized) {
                    normalized.shareStatistics();
                }
            }
            loss += shard.loss();
            correct += shard.correct();
        }
        network.slices().forEach(ParameterSlice::passGradient);
        steps++;
    }

    /** One optimizer step of every parameter that gathered a gradient and did not pass it on. */
    void update(double rate) {
        parameters.forEach(parameter -> parameter.update(rate));
    }

    boolean tookPart() {
        return steps > 0;
    }

    /** The figures since the last call. */
    EpochResult finishEpoch(int epoch, double rate, double seconds) {
        double images = (double) steps * TrainingSettings.BATCH;
        var result = new EpochResult(member.width(), epoch, loss / images, correct / images, rate, seconds);
        loss = 0;
        correct = 0;
        steps = 0;
        return result;
    }
}
