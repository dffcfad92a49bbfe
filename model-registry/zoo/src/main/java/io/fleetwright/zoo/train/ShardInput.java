package io.fleetwright.zoo.train;

/** The images of one shard of a batch, and what each class should get; drawn once for all networks of a family. */
final class ShardInput {
    private final int images;
    private final int elements;
    private final int classes;
    private final byte[] bytes;
    final float[] values;
    final int[] labels;
    /** {@code [image][class]}, each image's sum is 1. */
    final double[] targets;

    ShardInput(int images, int elements, int classes) {
        this.images = images;
        this.elements = elements;
        this.classes = classes;
        bytes = new byte[elements];
        values = new float[images * elements];
        labels = new int[images];
        targets = new double[images * classes];
    }

    /** Draws images {@code first ..}; the target is the label alone. */
    void draw(ImageSource source, long first) {
        for (int n = 0; n < images; n++) {
            source.draw(first + n, bytes, 0);
            for (int i = 0; i < elements; i++) {
                values[n * elements + i] = (bytes[i] & 0xFF) / 255f;
            }
            labels[n] = source.label(first + n);
            for (int k = 0; k < classes; k++) {
                targets[n * classes + k] = k == labels[n] ? 1 : 0;
            }
        }
    }
}
