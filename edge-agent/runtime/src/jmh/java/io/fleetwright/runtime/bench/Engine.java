package io.fleetwright.runtime.bench;

/** One model, prepared by one runtime. Not for use by several threads. */
interface Engine extends AutoCloseable {
    /** Key in the JSON report, for example {@code xnnpack}. */
    String name();

    /** Size of the model's one input. */
    int inputBytes();

    /** Makes {@link #inputBytes()} bytes the input of the next run. */
    void load(byte[] inputs, int offset);

    /** One inference: what is timed. */
    void run();

    /** Copies the output of the last run. */
    void store(byte[] outputs, int offset);

    /** What was read back about how the engine runs the model, in one line. */
    String remark();

    @Override
    void close();
}
