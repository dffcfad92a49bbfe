package io.fleetwright.forge.evaluate;

/**
 * A share of correct answers with its 95 % interval (Wilson, 1927).
 *
 * @param n samples judged
 * @param correct samples answered rightly
 * @param fraction {@code correct / n}
 * @param low95 lower end of the interval
 * @param high95 upper end of the interval
 */
public record Accuracy(int n, int correct, double fraction, double low95, double high95) {
    private static final double Z95 = 1.959963984540054;

    public static Accuracy of(int n, int correct) {
        if (n < 1 || correct < 0 || correct > n) {
            throw new IllegalArgumentException(
                    "correct (%d) must be in 0..n and n (%d) at least 1".formatted(correct, n));
        }
        double p = (double) correct / n;
        double z2 = Z95 * Z95;
        double center = (p + z2 / (2.0 * n)) / (1 + z2 / n);
        double half = Z95 * Math.sqrt(p * (1 - p) / n + z2 / (4.0 * n * n)) / (1 + z2 / n);
        return new Accuracy(n, correct, p, Math.max(center - half, 0), Math.min(center + half, 1));
    }

    /** The share of answers that are as expected; as many as expectations. */
    public static Accuracy of(int[] answers, int[] expected) {
        if (answers.length != expected.length) {
            throw new IllegalArgumentException(
                    "answers (%d) must be as many as expected (%d)".formatted(answers.length, expected.length));
        }
        int same = 0;
        for (int i = 0; i < answers.length; i++) {
            same += answers[i] == expected[i] ? 1 : 0;
        }
        return of(answers.length, same);
    }
}
