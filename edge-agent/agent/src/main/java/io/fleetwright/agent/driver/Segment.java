package io.fleetwright.agent.driver;

import io.fleetwright.runtime.graph.Graph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stretch of a network between two cuts. It takes what crosses the first cut and gives what crosses the second: the tensors one
 * after the other, by their place in the network; at the network's end its outputs. One thread at a time may use it.
 */
final class Segment {
    private final Graph graph;
    private final Graph stretch;
    private final WarmingInterpreter interpreter;
    private final List<Integer> taken;
    private final List<Integer> given;
    private final int inputBytes;
    private final int outputBytes;

    /**
     * @param from first operator
     * @param to operator after the last
     */
    Segment(Graph graph, int from, int to) {
        this.graph = graph;
        this.stretch = graph.segment(from, to);
        this.interpreter = new WarmingInterpreter(stretch);
        this.taken = crossing(graph, from);
        this.given = crossing(graph, to);
        this.inputBytes = bytes(graph, taken);
        this.outputBytes = bytes(graph, given);
    }

    /**
     * Tensors that are alive between operators: made before {@code cut} and read from there on.
     *
     * @param cut from 0, where that is the network's inputs, to the number of operators, where it is its outputs
     */
    static List<Integer> crossing(Graph graph, int cut) {
        return graph.crossing(cut);
    }

    /** Bytes of tensors, one after the other. */
    static int bytes(Graph graph, List<Integer> tensors) {
        return tensors.stream().mapToInt(id -> graph.tensors().get(id).bytes()).reduce(0, Math::addExact);
    }

    int inputBytes() {
        return inputBytes;
    }

    int outputBytes() {
        return outputBytes;
    }

    /** Nobody runs it any more. */
    void giveUp() {
        interpreter.giveUp();
    }

    /**
     * One run.
     *
     * @param input {@link #inputBytes()} bytes
     * @return {@link #outputBytes()} bytes
     */
    byte[] run(byte[] input) {
        Map<Integer, Integer> at = places(taken);
        byte[] fed = new byte[bytes(graph, stretch.inputIds())];
        copy(stretch.inputIds(), at, input, fed);
        byte[] ran = interpreter.run(fed);
        Map<Integer, Integer> made = places(stretch.outputIds());
        byte[] output = new byte[outputBytes];
        int to = 0;
        for (int id : given) {
            boolean own = made.containsKey(id);
            Integer from = own ? made.get(id) : at.get(id);
            if (from == null) {
                throw new IllegalStateException("tensor %d of %s comes from nowhere".formatted(id, graph.name()));
            }
            int count = graph.tensors().get(id).bytes();
            System.arraycopy(own ? ran : input, from, output, to, count);
            to += count;
        }
        return output;
    }

    private void copy(List<Integer> tensors, Map<Integer, Integer> from, byte[] source, byte[] target) {
        int to = 0;
        for (int id : tensors) {
            int count = graph.tensors().get(id).bytes();
            Integer place = from.get(id);
            if (place == null) {
                throw new IllegalStateException("tensor %d of %s crosses no cut".formatted(id, graph.name()));
            }
            System.arraycopy(source, place, target, to, count);
            to += count;
        }
    }

    private Map<Integer, Integer> places(List<Integer> tensors) {
        Map<Integer, Integer> places = new HashMap<>();
        int at = 0;
        for (int id : tensors) {
            places.put(id, at);
            at += graph.tensors().get(id).bytes();
        }
        return places;
    }
}
