package io.fleetwright.forge.evaluate;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Measures for each cut of a network what packing costs: the front is run, what crosses is packed to four bits and unpacked as boards
 * do it, and the rest is run on that. Runs in the caller's thread.
 *
 * <p>The network is made ready once, as the stages between its cuts. An input goes through them once, and what is alive at each cut is
 * kept. For each cut only the stages behind it are run anew, from the last cut to the first, and no further than to a cut where the
 * values are those of the uncut network or those that this cut itself gives when it is packed: what follows is known then. So an
 * input costs at most {@code n^2 / 2} operators of a network of {@code n}, and nothing where packing changes no value. Of one or two
 * values of a channel none changes, whatever they are: such a cut loses nothing for certain, and is not packed at all.
 */
public final class CutEvaluator {
    /** Memory of all stages together, with what is kept of the values between them. */
    private static final long BYTES_MAX = 192L << 20;
    /** As it is, when packed, and behind a packed cut. */
    private static final int KEPT_OF_A_CUT = 3;

    /** Inputs are taken in the same drawn order everywhere: sets are often sorted by class, and time may end early. */
    private static final long ORDER_SEED = 1;

    private static final int NO_LABEL = -1;

    private final List<Cut> cuts;
    private final Interpreter[] stages;
    /** What stages give without packing; the last is the network's output. */
    private final byte[][] plain;
    /** What cuts give when packed, and the class that the network then answers. */
    private final byte[][] packed;

    private final int[] answers;
    /** What stages give behind a packed cut. */
    private final byte[][] scratch;

    private final int[] lost;
    private final int[] gained;

    /** @param isExact whether packing changes no value, whatever it is: a channel's least and greatest stay as they are */
    private record Cut(int boundary, int channels, boolean isExact) {}

    /** Inputs as the network takes them. */
    private interface Inputs {
        int count();

        /** One input; the array may be used again by the next call. */
        byte[] input(int index);

        /** Its class, below 0 where nobody knows it. */
        int label(int index);
    }

    private CutEvaluator(Graph graph) {
        cuts = cuts(graph);
        int last = cuts.size();
        stages = new Interpreter[last + 1];
        plain = new byte[last + 1][];
        packed = new byte[last][];
        scratch = new byte[last + 1][];
        answers = new int[last];
        lost = new int[last];
        gained = new int[last];
        List<Graph> parts = new ArrayList<>();
        for (int i = 0; i <= last; i++) {
            int from = i == 0 ? 0 : cuts.get(i - 1).boundary;
            int to = i == last ? graph.operators().size() : cuts.get(i).boundary;
            Graph part = graph.segment(from, to);
            if (!part.inputIds().equals(graph.crossing(from))
                    || !part.outputIds().equals(graph.crossing(to))) {
                throw new IllegalArgumentException("operators %d to %d of %s do not go from one cut to the next"
                        .formatted(from, to - 1, graph.name()));
            }
            parts.add(part);
        }
        requireSmall(graph, parts);
        for (int i = 0; i <= last; i++) {
            stages[i] = Interpreter.create(parts.get(i));
            plain[i] = new byte[stages[i].outputBytes()];
            scratch[i] = new byte[stages[i].outputBytes()];
        }
    }

    /** Before anything is made: whoever else uses the memory must not feel it. */
    private static void requireSmall(Graph graph, List<Graph> parts) {
        long bytes = 0;
        for (Graph part : parts) {
            long output = part.outputs().stream().mapToLong(TensorInfo::bytes).sum();
            bytes += part.plan().bytes() + KEPT_OF_A_CUT * output;
        }
        if (bytes > BYTES_MAX) {
            throw new IllegalArgumentException("the stretches of %s need %d bytes of memory, at most %d"
                    .formatted(graph.name(), bytes, BYTES_MAX));
        }
    }

    /**
     * By labels.
     *
     * @param inputsMax inputs that are run, at least 1
     * @param enough asked before each input, and before each cut of it behind which the network is run anew; true ends the measurement,
     *     which then has fewer inputs
     * @throws IllegalArgumentException if the graph has not one int8 input and one int8 output of the set's sizes, or is too large
     */
    public static CutLosses byLabels(Graph graph, EvaluationSet set, int inputsMax, BooleanSupplier enough) {
        TensorInfo in = single(graph, "input", graph.inputs());
        TensorInfo out = single(graph, "output", graph.outputs());
        if (in.bytes() != set.elementsPerInput() || out.bytes() != set.classes()) {
            throw new IllegalArgumentException(
                    "evaluation set of %d elements and %d classes does not fit %s, which takes %d and gives %d"
                            .formatted(set.elementsPerInput(), set.classes(), graph.name(), in.bytes(), out.bytes()));
        }
        var quantized = new QuantizedInputs(in, set);
        return new CutEvaluator(graph).measure(CutLosses.Basis.ACCURACY, inputsMax, enough, new Inputs() {
            @Override
            public int count() {
                return set.count();
            }

            @Override
            public byte[] input(int index) {
                return quantized.input(index);
            }

            @Override
            public int label(int index) {
                return set.labels()[index];
            }
        });
    }

    /**
     * By the answers of the network itself when it is not cut.
     *
     * @param inputs one after the other, int8 as the network takes them
     * @param inputsMax inputs that are run, at least 1
     * @param enough asked before each input, and before each cut of it behind which the network is run anew; true ends the measurement,
     *     which then has fewer inputs
     * @throws IllegalArgumentException if the graph has not one int8 input and one int8 output, the inputs are not whole ones, or it is
     *     too large
     */
    public static CutLosses byAgreement(Graph graph, byte[] inputs, int inputsMax, BooleanSupplier enough) {
        int bytes = single(graph, "input", graph.inputs()).bytes();
        single(graph, "output", graph.outputs());
        if (inputs.length == 0 || inputs.length % bytes != 0) {
            throw new IllegalArgumentException("%d bytes are not whole inputs of %s, which takes %d each"
                    .formatted(inputs.length, graph.name(), bytes));
        }
        return new CutEvaluator(graph).measure(CutLosses.Basis.AGREEMENT, inputsMax, enough, new Inputs() {
            @Override
            public int count() {
                return inputs.length / bytes;
            }

            @Override
            public byte[] input(int index) {
                return Arrays.copyOfRange(inputs, index * bytes, (index + 1) * bytes);
            }

            @Override
            public int label(int index) {
                return NO_LABEL;
            }
        });
    }

    /** Places where a single int8 tensor is alive; what enters the network is sent as it is. */
    private static List<Cut> cuts(Graph graph) {
        List<Cut> cuts = new ArrayList<>();
        for (int boundary = 1; boundary < graph.operators().size(); boundary++) {
            List<Integer> crossing = graph.crossing(boundary);
            if (crossing.size() == 1) {
                Tensor tensor = graph.tensors().get(crossing.getFirst());
                int last = tensor.shape().size() - 1;
                if (tensor.type() == TensorType.INT8) {
                    int channels = last < 0 ? 1 : tensor.dimension(last);
                    cuts.add(new Cut(boundary, channels, tensor.elements() <= 2L * channels));
                }
            }
        }
        return cuts;
    }

    private static TensorInfo single(Graph graph, String what, List<TensorInfo> tensors) {
        if (tensors.size() != 1
                || tensors.getFirst().type() != TensorType.INT8
                || tensors.getFirst().scales().size() != 1) {
            throw new IllegalArgumentException(
                    "%s of %s (%s) must be one int8 tensor with one scale".formatted(what, graph.name(), tensors));
        }
        return tensors.getFirst();
    }

    private CutLosses measure(CutLosses.Basis basis, int inputsMax, BooleanSupplier enough, Inputs inputs) {
        if (inputsMax < 1) {
            throw new IllegalArgumentException("inputs (%d) must be at least 1".formatted(inputsMax));
        }
        int[] order = drawn(inputs.count());
        int wanted = Math.min(inputsMax, order.length);
        int done = 0;
        while (done < wanted
                && !enough.getAsBoolean()
                && judge(inputs.input(order[done]), inputs.label(order[done]), enough)) {
            done++;
        }
        int n = done;
        List<CutLoss> losses = new ArrayList<>();
        for (int i = 0; n > 0 && i < cuts.size(); i++) {
            Cut cut = cuts.get(i);
            losses.add(
                    new CutLoss(cut.boundary, cut.isExact ? PairedLoss.none(n) : PairedLoss.of(n, lost[i], gained[i])));
        }
        return new CutLosses(basis, n, losses);
    }

    private static int[] drawn(int count) {
        var order = new int[count];
        Arrays.setAll(order, i -> i);
        var random = new SplittableRandom(ORDER_SEED);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    /** False when it was enough before the end; the input does not count then. */
    private boolean judge(byte[] input, int label, BooleanSupplier enough) {
        byte[] value = input;
        for (int i = 0; i < stages.length; i++) {
            stages[i].run(value, 0, plain[i], 0);
            value = plain[i];
        }
        int whole = Evaluator.largest(value);
        for (int i = cuts.size() - 1; i >= 0; i--) {
            Cut cut = cuts.get(i);
            packed[i] = cut.isExact
                    ? plain[i]
                    : CutTensor.unpack(CutTensor.pack(plain[i], cut.channels), plain[i].length, cut.channels);
            if (Arrays.equals(packed[i], plain[i])) {
                answers[i] = whole;
            } else if (enough.getAsBoolean()) {
                return false;
            } else {
                answers[i] = answerBehind(i, whole);
            }
        }
        int right = label == NO_LABEL ? whole : label;
        for (int i = 0; i < answers.length; i++) {
            lost[i] += whole == right && answers[i] != right ? 1 : 0;
            gained[i] += whole != right && answers[i] == right ? 1 : 0;
        }
        return true;
    }

    /** The class that the network answers from a packed cut on; all later cuts have been looked at. */
    private int answerBehind(int cut, int whole) {
        byte[] value = packed[cut];
        for (int i = cut + 1; i < stages.length; i++) {
            stages[i].run(value, 0, scratch[i], 0);
            value = scratch[i];
            if (Arrays.equals(value, plain[i])) {
                return whole;
            }
            if (i < cuts.size() && Arrays.equals(value, packed[i])) {
                return answers[i];
            }
        }
        return Evaluator.largest(value);
    }
}
