package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.arithmetic.Rounding;
import java.util.Locale;

/** Our interpreter. Its timed run includes copying the input in and the output out. */
final class FleetwrightEngine implements Engine {
    static final String NAME = "ours";

    /** The kernels of this machine. */
    static final String KERNELS = Kernels.best().name();

    private final Interpreter interpreter;
    private final Rounding rounding;
    private final byte[] output;
    private byte[] inputs = new byte[0];
    private int offset;

    FleetwrightEngine(Graph graph, Rounding rounding) {
        this.interpreter = Interpreter.create(graph, rounding);
        this.rounding = rounding;
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
    public String remark() {
        return "%s kernels, %s rounding".formatted(KERNELS, rounding.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void close() {}
}
