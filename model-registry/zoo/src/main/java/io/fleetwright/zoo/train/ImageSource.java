package io.fleetwright.zoo.train;

/** An endless sequence of labelled byte images; safe for several threads at once. */
public interface ImageSource {
    /** The class of an image. */
    int label(long index);

    /** Writes an image's unsigned bytes into {@code out} from {@code offset} on; real value = byte / 255. */
    void draw(long index, byte[] out, int offset);
}
