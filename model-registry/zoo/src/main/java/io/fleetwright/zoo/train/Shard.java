package io.fleetwright.zoo.train;

import java.util.List;

/** A fixed part of every batch with its own activations and gradients; used by one thread at a time. */
final class Shard {
    private final int images;
    private final int classes;
    private final List<Layer> layers;
    private final float[] outputGradient;
    private final double[] probabilities;
    private double loss;
    private int correct;

    Shard(TrainableNetwork network, int images) {
        this.images = images;
        this.classes = network.classes();
        this.layers = network.layers(images);
        outputGradient = new float[images * classes];
        probabilities = new double[images * classes];
    }

    /** Forward and backward; gradients are of the mean loss over {@code batch} images. */
    void learn(ShardInput input, int batch) {
        float[] values = input.values;
        for (Layer layer : layers) {
            values = layer.forward(values);
        }
        loss = 0;
        correct = 0;
        for (int n = 0; n < images; n++) {
            judge(values, n * classes, input.targets, input.labels[n], batch);
        }
        float[] gradient = outputGradient;
        for (Layer layer : layers.subList(1, layers.size()).reversed()) {
            gradient = layer.backward(gradient);
        }
        layers.getFirst().backwardFirst(gradient);
    }

    /** Softmax cross-entropy of one image and its gradient. */
    private void judge(float[] logits, int at, double[] targets, int label, int batch) {
        int best = 0;
        for (int k = 1; k < classes; k++) {
            if (logits[at + k] > logits[at + best]) {
                best = k;
            }
        }
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            probabilities[at + k] = StrictMath.exp(logits[at + k] - logits[at + best]);
            sum += probabilities[at + k];
        }
        double logSum = StrictMath.log(sum);
        for (int k = 0; k < classes; k++) {
            probabilities[at + k] /= sum;
            double target = targets[at + k];
            outputGradient[at + k] = (float) ((probabilities[at + k] - target) / batch);
            loss += target * (logSum - (logits[at + k] - logits[at + best]));
        }
        correct += best == label ? 1 : 0;
    }

    /** What this network answered becomes what the next one should answer. */
    void teach(ShardInput input) {
        System.arraycopy(probabilities, 0, input.targets, 0, probabilities.length);
    }

    double loss() {
        return loss;
    }

    int correct() {
        return correct;
    }

    List<Layer> layers() {
        return layers;
    }
}
