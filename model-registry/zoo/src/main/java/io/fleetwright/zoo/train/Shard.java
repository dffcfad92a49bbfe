package io.fleetwright.zoo.train;

import java.util.List;

/** A fixed part of every batch with its own activations and gradients; used by one thread at a time. */
final class Shard {
    private final int images;
    private final int elements;
    private final int classes;
    private final List<Layer> layers;
    private final byte[] bytes;
    private final float[] input;
    private final float[] outputGradient;
    private double loss;
    private int correct;

    Shard(TrainableNetwork network, int images) {
        this.images = images;
        this.elements = network.input().elements();
        this.classes = network.classes();
        this.layers = network.layers(images);
        bytes = new byte[elements];
        input = new float[images * elements];
        outputGradient = new float[images * classes];
    }

    /** Forward and backward over images {@code first ..}; gradients are of the mean loss over {@code batch} images. */
    void learn(ImageSource source, long first, int batch) {
        for (int n = 0; n < images; n++) {
            source.draw(first + n, bytes, 0);
            for (int i = 0; i < elements; i++) {
                input[n * elements + i] = (bytes[i] & 0xFF) / 255f;
            }
        }
        float[] values = input;
        for (Layer layer : layers) {
            values = layer.forward(values);
        }
        loss = 0;
        correct = 0;
        for (int n = 0; n < images; n++) {
            judge(values, n * classes, source.label(first + n), batch);
        }
        float[] gradient = outputGradient;
        for (Layer layer : layers.reversed()) {
            gradient = layer.backward(gradient);
        }
    }

    /** Softmax cross-entropy of one image and its gradient. */
    private void judge(float[] logits, int at, int label, int batch) {
        int best = 0;
        for (int k = 1; k < classes; k++) {
            if (logits[at + k] > logits[at + best]) {
                best = k;
            }
        }
        double sum = 0;
        var exponentials = new double[classes];
        for (int k = 0; k < classes; k++) {
            exponentials[k] = StrictMath.exp(logits[at + k] - logits[at + best]);
            sum += exponentials[k];
        }
        for (int k = 0; k < classes; k++) {
            double share = exponentials[k] / sum - (k == label ? 1 : 0);
            outputGradient[at + k] = (float) (share / batch);
        }
        loss += StrictMath.log(sum) - (logits[at + label] - logits[at + best]);
        correct += best == label ? 1 : 0;
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
