package io.fleetwright.runtime;

/**
 * Element-wise addition of two int8 tensors of different scales.
 *
 * <p>Both are brought to the common scale {@code 2 * max(scales)} with 20 spare bits, added, and scaled to the output.
 * Each side depends on one byte, so its first step is a table of 256 values.
 */
final class AddKernel implements Kernel {
    private static final int SPARE_BITS = 20;

    private final int[] leftTable;
    private final int[] rightTable;
    private final Requantizer requantizer;
    private final int leftAt;
    private final int rightAt;
    private final int outputAt;
    private final int count;

    AddKernel(Graph graph, Operator.Add add, Rounding rounding) {
        var left = graph.tensors().get(add.left());
        var right = graph.tensors().get(add.right());
        var output = graph.tensors().get(add.output());
        double common = commonScale(left, right);
        this.leftTable = table(left, common, rounding);
        this.rightTable = table(right, common, rounding);
        double[] factors = {outputFactor(left, right, output)};
        this.requantizer = new Requantizer(rounding, factors, 1, output, add.activation());
        this.leftAt = graph.plan().offset(add.left());
        this.rightAt = graph.plan().offset(add.right());
        this.outputAt = graph.plan().offset(add.output());
        this.count = output.elements();
    }

    private static double commonScale(Tensor left, Tensor right) {
        return 2 * Math.max((double) left.scale(0), (double) right.scale(0));
    }

    /** Scale of the sum, relative to the output. */
    static double outputFactor(Tensor left, Tensor right, Tensor output) {
        return commonScale(left, right) / ((1 << SPARE_BITS) * (double) output.scale(0));
    }

    private static int[] table(Tensor input, double commonScale, Rounding rounding) {
        var factor = QuantizedMultiplier.of(input.scale(0) / commonScale);
        int[] table = new int[256];
        for (int value = Byte.MIN_VALUE; value <= Byte.MAX_VALUE; value++) {
            int spread = (value - input.zeroPoint(0)) << SPARE_BITS;
            table[value - Byte.MIN_VALUE] = rounding.scale(spread, factor.multiplier(), factor.shift());
        }
        return table;
    }

    @Override
    public int scratchInts() {
        return 0;
    }

    @Override
    public void run(byte[] arena, int[] scratch) {
        for (int i = 0; i < count; i++) {
            int sum = leftTable[arena[leftAt + i] - Byte.MIN_VALUE] + rightTable[arena[rightAt + i] - Byte.MIN_VALUE];
            arena[outputAt + i] = requantizer.apply(sum, 0);
        }
    }
}
