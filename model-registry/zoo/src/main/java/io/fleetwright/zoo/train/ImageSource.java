package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.TrainedStatistics.Range;

/** An endless sequence of labelled byte images; safe for several threads at once. */
public interface ImageSource {
    /** Of the real values. */
    Range RANGE = new Range(0, 1);

    /** The class of an image. */
    int label(long index);

    /** Writes an image's unsigned bytes into {@code out} from {@code offset} on; real value = byte / 255. */
    void draw(long index, byte[] out, int offset);
}
