package io.fleetwright.agent.driver;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.SelfTest;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.trust.Digest;
import java.util.HexFormat;
import java.util.Optional;

/** A model made ready to run on one device, with the digest that was measured over its bytes. */
public final class Program {
    private final String model;
    private final Digest digest;
    private final WarmingInterpreter interpreter;
    private final long macs;
    private final long memoryBytes;

    private Program(String model, Digest digest, WarmingInterpreter interpreter, ModelReport report) {
        this.model = model;
        this.digest = digest;
        this.interpreter = interpreter;
        this.macs = Math.max(1, report.macs());
        this.memoryBytes = report.weightBytes() + report.arenaBytes();
    }

    /** What came of making a program. */
    public sealed interface Loading {
        record Ready(Program program) implements Loading {}

        /** {@code reason} is for a machine, {@code detail} for a person. */
        record Refused(String reason, String detail) implements Loading {}
    }

    /**
     * Reads a model, checks that it fits, prepares it, and runs its self-test.
     *
     * @param model model name, for looking up published figures
     * @param artifact the whole file
     * @param memoryBytesMax what weights and activations may take, {@link Long#MAX_VALUE} when not known
     * @param golden digest that {@link SelfTest} must give; absent when nobody says, and then it only has to run
     */
    public static Loading load(String model, byte[] artifact, long memoryBytesMax, Optional<Digest> golden) {
        try {
            Graph graph = ModelReader.read(artifact, model).integerCore();
            ModelReport report = ModelReport.of(graph);
            long memory = report.weightBytes() + report.arenaBytes();
            if (memory > memoryBytesMax) {
                return new Loading.Refused(
                        "out-of-memory", "needs %d bytes, %d are free".formatted(memory, memoryBytesMax));
            }
            Program program = new Program(model, Digest.of(artifact), new WarmingInterpreter(graph), report);
            byte[] answered = SelfTest.of(program.inputBytes(), program::run);
            if (golden.isPresent() && !golden.get().hex().equals(HexFormat.of().formatHex(answered))) {
                return new Loading.Refused("self-test-failed", "it answers otherwise than " + golden.get());
            }
            return new Loading.Ready(program);
        } catch (MalformedModelException malformed) {
            return new Loading.Refused("malformed-model", String.valueOf(malformed.getMessage()));
        } catch (ModelException unsupported) {
            return new Loading.Refused("unsupported-operator", String.valueOf(unsupported.getMessage()));
        } catch (OutOfMemoryError tooLarge) {
            return new Loading.Refused("out-of-memory", "the agent's own memory is too small");
        } catch (RuntimeException broken) {
            // Whatever a model makes the kernels do, it only costs this model its place.
            return new Loading.Refused("self-test-failed", String.valueOf(broken));
        }
    }

    public String model() {
        return model;
    }

    /** Measured over the bytes that were loaded. */
    public Digest digest() {
        return digest;
    }

    /** Multiply-accumulates of one inference, at least 1. */
    public long macs() {
        return macs;
    }

    /** Weights and activations. */
    public long memoryBytes() {
        return memoryBytes;
    }

    public int inputBytes() {
        return interpreter.inputBytes();
    }

    public int outputBytes() {
        return interpreter.outputBytes();
    }

    byte[] run(byte[] input) {
        return interpreter.run(input);
    }
}
