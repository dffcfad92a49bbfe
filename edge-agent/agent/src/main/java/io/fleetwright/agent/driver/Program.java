package io.fleetwright.agent.driver;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.runtime.SelfTest;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Work;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.part.PartHeader;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.trust.Digest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A model made ready to run on one device, with the digest that was measured over its bytes. It may be a part of a network; operators
 * are counted as in the whole one.
 */
public final class Program {
    /** Stretches that are kept ready; the one that was used longest ago goes first. */
    private static final int SEGMENTS_MAX = 4;

    private final String model;
    private final Digest digest;
    private final Graph graph;
    private final WarmingInterpreter interpreter;
    /** The first operator that is here. */
    private final int first;
    /** Of the whole network. */
    private final int operators;
    /** Of the whole network. */
    private final long macs;

    private final long memoryBytes;
    /** Touched by the device's thread alone. */
    private final Map<Cut, Segment> segments = new LinkedHashMap<>(8, 0.75f, true);

    private Program(String model, Digest digest, Graph graph, ModelReport report, Optional<PartHeader> part) {
        this.model = model;
        this.digest = digest;
        this.graph = graph;
        this.interpreter = new WarmingInterpreter(graph);
        this.first = part.map(PartHeader::from).orElse(0);
        this.operators =
                part.map(PartHeader::operators).orElse(graph.operators().size());
        this.macs = Math.max(1, part.map(PartHeader::macs).orElse(report.macs()));
        this.memoryBytes = report.weightBytes() + report.arenaBytes();
    }

    /**
     * Operators {@code from} to {@code to}, exclusive; all of them are the program itself.
     *
     * @param from at least 0
     * @param to above {@code from}
     */
    public record Cut(int from, int to) {
        public Cut {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException("no operators from %d to %d".formatted(from, to));
            }
        }
    }

    /** How many operators are here. */
    public int operatorsHere() {
        return graph.operators().size();
    }

    /** The kernels that it runs on now. */
    public String kernels() {
        return interpreter.kernels();
    }

    /** Times its operators; empty while faster kernels may still take over. */
    Optional<OperatorTimer> timer(OperatorTimer.Budget budget, LongSupplier nanos) {
        return interpreter.timer(graph, budget, nanos);
    }

    /** How many operators the whole network has. */
    public int operators() {
        return operators;
    }

    /** Whether all of the network is here. */
    public boolean isWhole() {
        return graph.operators().size() == operators;
    }

    /** Whether the network's input goes in here. */
    public boolean isFirst() {
        return first == 0;
    }

    /** Whether the program has such operators. */
    public boolean has(Cut cut) {
        return cut.from >= first && cut.to <= first + graph.operators().size();
    }

    /** What goes in, absent when that is not one tensor of a {@link Form}. */
    public Optional<Form> inputForm() {
        return form(graph.inputIds());
    }

    /** What comes out, absent when that is not one tensor of a {@link Form}. */
    public Optional<Form> outputForm() {
        return form(graph.outputIds());
    }

    private Optional<Form> form(List<Integer> tensors) {
        Tensor tensor = graph.tensors().get(tensors.getFirst());
        boolean fits = tensors.size() == 1
                && tensor.type() == TensorType.INT8
                && tensor.rank() <= Form.DIMENSIONS_MAX
                && tensor.elements() <= Form.ELEMENTS_MAX;
        return fits
                ? Optional.of(new Form(Form.Type.INT8, tensor.rank() == 0 ? List.of(1) : tensor.shape()))
                : Optional.empty();
    }

    /** Bytes that go into a stretch: what is alive before its first operator. */
    public int inputBytes(Cut cut) {
        return Segment.bytes(graph, Segment.crossing(graph, cut.from - first));
    }

    /** Bytes that come out of a stretch. */
    public int outputBytes(Cut cut) {
        return Segment.bytes(graph, Segment.crossing(graph, cut.to - first));
    }

    /** Channels of the only tensor that crosses a cut, when it is int8, so that it may be packed; 0 for anything else. */
    public int packableChannels(int cut) {
        List<Integer> given = Segment.crossing(graph, cut - first);
        Tensor tensor = graph.tensors().get(given.getFirst());
        int last = tensor.shape().size() - 1;
        return given.size() != 1 || tensor.type() != TensorType.INT8 ? 0 : last < 0 ? 1 : tensor.dimension(last);
    }

    /** Share of the whole network's multiply-accumulates that are here. */
    public double share() {
        return isWhole() ? 1 : share(new Cut(first, first + graph.operators().size()));
    }

    /** Share of the whole network's multiply-accumulates that a stretch has. */
    public double share(Cut cut) {
        long some = graph.operators().subList(cut.from - first, cut.to - first).stream()
                .mapToLong(operator -> Work.macs(graph.tensors(), operator))
                .sum();
        return Math.min(1, (double) some / macs);
    }

    /** Whether it is all that is here: what goes in and comes out is the same then. */
    private boolean isAll(Cut cut) {
        return cut.from == first && cut.to == first + graph.operators().size();
    }

    /** Makes a stretch ready to run; for the device's thread. */
    void prepare(Cut cut) {
        if (!isAll(cut)) {
            Segment _ = segment(cut);
        }
    }

    /** How many stretches are kept ready. */
    int prepared() {
        return segments.size();
    }

    /** Runs a stretch; for the device's thread. All of the program runs as it always does, on kernels that may be warm. */
    byte[] run(Cut cut, byte[] input) {
        return isAll(cut) ? interpreter.run(input) : segment(cut).run(input);
    }

    private Segment segment(Cut cut) {
        Segment segment = segments.computeIfAbsent(cut, one -> new Segment(graph, one.from - first, one.to - first));
        while (segments.size() > SEGMENTS_MAX) {
            Cut oldest = segments.keySet().iterator().next();
            Objects.requireNonNull(segments.remove(oldest)).giveUp();
        }
        return segment;
    }

    /** What came of making a program. */
    public sealed interface Loading {
        record Ready(Program program) implements Loading {}

        /** {@code reason} is for a machine, {@code detail} for a person. */
        record Refused(String reason, String detail) implements Loading {}
    }

    /**
     * As {@link #load(String, byte[], long, Optional)}, and asks the device too.
     *
     * @param driver of the device that shall run it
     * @param unwanted true once nobody waits for it any more: what is left of the self-test is not run then
     */
    public static Loading load(
            Driver driver,
            String model,
            byte[] artifact,
            long memoryBytesMax,
            Optional<Digest> golden,
            BooleanSupplier unwanted) {
        Loading loading = load(model, artifact, memoryBytesMax, golden, unwanted);
        if (loading instanceof Loading.Ready(Program program)) {
            try {
                Optional<String> refused = driver.admit(program, artifact, unwanted);
                if (refused.isPresent()) {
                    program.interpreter.giveUp();
                    return new Loading.Refused("self-test-failed", refused.get());
                }
            } catch (CancellationException stopped) {
                program.interpreter.giveUp();
                return stopped();
            }
        }
        return loading;
    }

    private static Loading stopped() {
        return new Loading.Refused("stopped", "nobody waits for it any more");
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
        return load(model, artifact, memoryBytesMax, golden, () -> false);
    }

    private static Loading load(
            String model, byte[] artifact, long memoryBytesMax, Optional<Digest> golden, BooleanSupplier unwanted) {
        try {
            Graph graph = ModelReader.read(artifact, model).integerCore();
            ModelReport report = ModelReport.of(graph);
            long memory = report.weightBytes() + report.arenaBytes();
            if (memory > memoryBytesMax) {
                return new Loading.Refused(
                        "out-of-memory", "needs %d bytes, %d are free".formatted(memory, memoryBytesMax));
            }
            Program program = new Program(model, Digest.of(artifact), graph, report, PartFile.header(artifact, model));
            byte[] answered = program.selfTest(unwanted);
            if (golden.isPresent() && !golden.get().hex().equals(HexFormat.of().formatHex(answered))) {
                program.interpreter.giveUp();
                return new Loading.Refused("self-test-failed", "it answers otherwise than " + golden.get());
            }
            return new Loading.Ready(program);
        } catch (CancellationException stopped) {
            return stopped();
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

    /** Multiply-accumulates of one inference of the whole network, at least 1. */
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

    /**
     * What this board's own runtime answers to the inputs of the {@link SelfTest}.
     *
     * @throws CancellationException when it is unwanted before its end; the program need not become fast then
     */
    byte[] selfTest(BooleanSupplier unwanted) {
        try {
            return SelfTest.of(inputBytes(), input -> interpreter.run(input, unwanted));
        } catch (CancellationException stopped) {
            interpreter.giveUp();
            throw stopped;
        }
    }
}
