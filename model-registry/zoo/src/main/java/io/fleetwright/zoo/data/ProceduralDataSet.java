package io.fleetwright.zoo.data;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/** Labelled byte images that are drawn by code, never stored. Real input value of a network = unsigned byte / 255. */
public interface ProceduralDataSet {
    /** In lower case letters; also the name of the directory that holds its networks. */
    String name();

    /** Of one sample. */
    ImageShape shape();

    /** The name of each class, two at least; labels are positions in this list. */
    List<String> classes();

    /**
     * Draws a sample of a class into {@code out} from {@code offset} on, row by row, channel fastest. Safe for several
     * threads at once.
     *
     * @param random decides all that the label leaves open
     */
    void draw(int label, MixingRandom random, byte[] out, int offset);

    /** The samples of a split; sequences of different splits have nothing in common, whatever their seeds are. */
    default Samples samples(Split split, long seed) {
        return new Samples(this, split.seed(seed));
    }
}
