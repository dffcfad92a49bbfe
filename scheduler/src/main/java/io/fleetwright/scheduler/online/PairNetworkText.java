package io.fleetwright.scheduler.online;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A {@link PairNetwork} as text: a line with name and version, a line that says how it was made, a line with the sizes, then the
 * weights in the network's order, floats separated by white space.
 */
public final class PairNetworkText {
    public static final int BYTES_MAX = 100_000;

    private static final String NAME = "fleetwright-pair-network";
    private static final int VERSION = 1;
    private static final String SIZES = "task-features %d pair-features %d hidden %d outputs %d"
            .formatted(PairFeatures.TASK, PairFeatures.PAIR, PairNetwork.HIDDEN, PairNetwork.OUTPUTS);
    private static final String BUILT_IN = "learned-network.txt";
    private static final int HEAD_LINES = 3;

    private PairNetworkText() {}

    /**
     * The text of a network.
     *
     * @param made how; one line
     */
    public static String write(PairNetwork network, String made) {
        StringBuilder text = new StringBuilder("%s %d\n%s\n%s".formatted(NAME, VERSION, made.strip(), SIZES));
        double[] weights = network.weights();
        for (int i = 0; i < weights.length; i++) {
            text.append(i % PairNetwork.HIDDEN == 0 ? '\n' : ' ').append((float) weights[i]);
        }
        return text.append('\n').toString();
    }

    /** @throws MalformedNetworkException if the bytes are not a network for these features, naming what differs */
    public static PairNetwork read(byte[] bytes) throws MalformedNetworkException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedNetworkException("longer than %d bytes".formatted(BYTES_MAX));
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .toList();
        String first = lines.isEmpty() ? "" : lines.getFirst();
        if (!first.startsWith(NAME + " ")) {
            throw new MalformedNetworkException("the first line must be '%s %d'".formatted(NAME, VERSION));
        }
        if (!first.equals(NAME + " " + VERSION)) {
            throw new MalformedNetworkException("version '%s' is not known; known: %d"
                    .formatted(shortened(first.substring(NAME.length() + 1)), VERSION));
        }
        if (lines.size() < HEAD_LINES || !lines.get(HEAD_LINES - 1).equals(SIZES)) {
            throw new MalformedNetworkException("line 3 must be '%s'%s"
                    .formatted(SIZES, lines.size() < HEAD_LINES ? "" : ", is '%s'".formatted(shortened(lines.get(2)))));
        }
        return new PairNetwork(weights(lines.subList(HEAD_LINES, lines.size())));
    }

    private static double[] weights(List<String> lines) throws MalformedNetworkException {
        List<String> words = lines.stream()
                .flatMap(line -> List.of(line.split("\\s+")).stream())
                .filter(word -> !word.isEmpty())
                .toList();
        if (words.size() != PairNetwork.WEIGHTS) {
            throw new MalformedNetworkException(
                    "has %d weights, must have %d".formatted(words.size(), PairNetwork.WEIGHTS));
        }
        double[] weights = new double[words.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = weight(i, words.get(i));
        }
        return weights;
    }

    private static double weight(int number, String word) throws MalformedNetworkException {
        double weight;
        try {
            weight = Float.parseFloat(word);
        } catch (NumberFormatException _) {
            weight = Double.NaN;
        }
        if (!(Math.abs(weight) <= PairNetwork.WEIGHT_MAX)) {
            throw new MalformedNetworkException("weight %d is '%s', must be a number within %s of 0"
                    .formatted(number, shortened(word), PairNetwork.WEIGHT_MAX));
        }
        return weight;
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    /** The network that policy {@code learned} has unless told otherwise. */
    static PairNetwork builtIn() {
        try (InputStream in = PairNetworkText.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new IllegalStateException(BUILT_IN + " is missing");
            }
            return read(in.readNBytes(BYTES_MAX + 1));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } catch (MalformedNetworkException malformed) {
            throw new IllegalStateException(BUILT_IN, malformed);
        }
    }
}
