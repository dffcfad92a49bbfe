package io.fleetwright.telemetry.wire;

/** Bounds of the protocol; both ends check them. */
public final class Limits {
    /** Any message on the wire. */
    public static final int MESSAGE_BYTES_MAX = 128 * 1024;
    /** A state document: desired list, reported, status, birth, acknowledgement, command. */
    public static final int STATE_BYTES_MAX = 8 * 1024;
    /** An input or output carried inside a work order or a result; larger ones go by digest. */
    public static final int INLINE_TENSOR_BYTES_MAX = 4 * 1024;

    /** An output of a work order; one that is larger than {@link #INLINE_TENSOR_BYTES_MAX} is put to the controller over HTTPS. */
    public static final int OUTPUT_BYTES_MAX = 8 * 1024 * 1024;

    /** Outputs of a job that an outcome tells of. */
    public static final int OUTPUTS_MAX = 16;

    public static final int DEVICES_PER_NODE_MAX = 64;
    public static final int SLOTS_PER_NODE_MAX = 256;
    public static final int METRICS_PER_NODE_MAX = 512;
    public static final int SENSORS_PER_NODE_MAX = 16;
    public static final int SAMPLES_PER_FRAME_MAX = 4096;
    public static final int OBSERVATIONS_PER_FRAME_MAX = 128;
    public static final int RANGES_PER_ACK_MAX = 256;
    /** Names and reasons inside documents. */
    public static final int TEXT_CHARS_MAX = 512;

    private Limits() {}
}
