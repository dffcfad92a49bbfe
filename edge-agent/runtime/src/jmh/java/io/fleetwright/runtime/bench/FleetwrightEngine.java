package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;


/** Our interpreter. Its timed run includes copying the input in and the output out. */
final class FleetwrightEngine implements Engine {
    static final String NAME = "ours";

    private final Interpreter interpreter;
    private final Settings settings;
    private final byte[] output;
    private byte[] inputs = new byte[0];
    private int offset;

    FleetwrightEngine(Graph graph, Settings settings) {
        this.interpreter = Interpreter.create(graph, Arithmetic.tflite(settings.rounding()), settings.kernels());
        this.settings = settings;
        this.output = new byte[interpreter.outputBytes()];
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int inputBytes() {
        return interpreter.inputBytes();
    }

    @Override
    public void load(byte[] inputs, int offset) {
        this.inputs = inputs;
        this.offset = offset;
    }

    @Override
    public void run() {
        interpreter.run(inputs, offset, output, 0);
    }

    @Override
    public void store(byte[] outputs, int offset) {
        System.arraycopy(output, 0, outputs, offset, output.length);
    }

    @Override
    public Rounding rounding() {
        return settings.rounding();
    }

    @Override
    public String remark() {
        return "%s kernels".formatted(settings.kernels().name());
    }

    @Override
    public void close() {}
}
