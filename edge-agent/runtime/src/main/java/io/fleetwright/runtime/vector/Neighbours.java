package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;

/**
 * Neighbouring pixels that share a register, in layers of so few channels that most of its lanes would stay empty: their
 * channels lie one after the other in the output, so that they are one pixel of as many times the channels.
 */
final class Neighbours {
    private Neighbours() {}

    /** An image whose pixels are {@code many} of this one's. */
    static Image image(Image image, int many) {
        return new Image(image.at(), image.batch(), image.height(), image.width() / many, image.channels() * many);
    }

    static int[] repeat(int[] channels, int many) {
        int[] all = new int[many * channels.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = channels[i % channels.length];
        }
        return all;
    }

    /** Factors; a single one is for all channels, however many. */
    static double[] repeat(double[] channels, int many) {
        if (channels.length == 1) {
            return channels;
        }
        double[] all = new double[many * channels.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = channels[i % channels.length];
        }
        return all;
    }

    /** Repeats the channels of each position. */
    static byte[] repeat(byte[] positions, int channels, int many) {
        byte[] all = new byte[many * positions.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = positions[i / (many * channels) * channels + i % channels];
        }
        return all;
    }

    /** Pixels of a row whose channels fill one register; 1 where they would not fill it, or not divide the row. */
    static int filling(int channels, int width) {
        int many = Lanes.FLOAT_COUNT / channels;
        return many * channels == Lanes.FLOAT_COUNT && width % many == 0 ? many : 1;
    }

    /** The same for a convolution, where one patch that holds those of all its pixels is shorter than they are together. */
    static int filling(Weights weights, Window window, Image out) {
        int many = filling(weights.units(), out.width());
        boolean pays = many * window.kernelWidth() > window(window, many).kernelWidth();
        return pays && window.dilationWidth() == 1 ? many : 1;
    }

    /** The window over the patches of {@code many} pixels. */
    static Window window(Window window, int many) {
        return new Window(
                window.kernelHeight(),
                window.kernelWidth() + (many - 1) * window.strideWidth(),
                window.strideHeight(),
                many * window.strideWidth(),
                window.dilationHeight(),
                window.dilationWidth(),
                window.padTop(),
                window.padLeft(),
                window.padBottom(),
                window.padRight());
    }

    /** Weights of {@code many} pixels over the patch that they share: zero where a pixel does not look. */
    static Weights weights(Weights weights, Window window, Image in, int many) {
        int row = window.kernelWidth() * in.channels();
        int step = window.strideWidth() * in.channels();
        int wideRow = row + (many - 1) * step;
        int depth = window.kernelHeight() * wideRow;
        byte[] wide = new byte[many * weights.units() * depth];
        for (int pixel = 0; pixel < many; pixel++) {
            for (int unit = 0; unit < weights.units(); unit++) {
                for (int i = 0; i < window.kernelHeight(); i++) {
                    System.arraycopy(
                            weights.weights(),
                            unit * weights.depth() + i * row,
                            wide,
                            (pixel * weights.units() + unit) * depth + i * wideRow + pixel * step,
                            row);
                }
            }
        }
        return new Weights(many * weights.units(), depth, wide);
    }
}
