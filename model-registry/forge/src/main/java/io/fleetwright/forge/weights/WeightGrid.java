package io.fleetwright.forge.weights;

/** The scales of a layer in one format, chosen; a {@link Rounding} then says which level each weight takes. */
public final class WeightGrid {
    /** Scales tried below the one that reaches the largest weight, in codes: an octave and a half. */
    private static final int CLIPPING_CODES = 24;

    /** Of the powers of two a channel may shift its grid by any part of an octave. */
    private static final int OCTAVE_CODES = 16;

    /** Weights up to this share of a channel's mean size are dead in ternary (Li and Liu, 2016, section 2.2). */
    private static final double TERNARY_DEAD_SHARE = 0.7;

    private final WeightRows rows;
    private final WeightFormat format;
    private final ScaleCode scales;
    private final ScaleSpan span;
    private final byte[] scaleCodes;
    private final byte[] groupScales;

    private WeightGrid(WeightRows rows, WeightFormat format, ScaleSpan span, ScaleCode scales) {
        this.rows = rows;
        this.format = format;
        this.scales = scales;
        this.span = span;
        scaleCodes = new byte[span.scales(format, rows.channels(), rows.depth())];
        groupScales = new byte[rows.channels() * span.groups(format, rows.depth())];
    }

    /**
     * Scales by which the nearest levels have the least squared error; for int8, scales that clip nothing; for
     * ternary, the mean size of the weights that live.
     */
    public static WeightGrid fit(WeightRows rows, WeightFormat format) {
        return fit(rows, format, ScaleSpan.CHANNEL);
    }

    /** As {@link #fit(WeightRows, WeightFormat)}, with one scale for each span of channels. */
    public static WeightGrid fit(WeightRows rows, WeightFormat format, ScaleSpan span) {
        var scales = ScaleCode.reaching(widest(rows, format, span, 0, rows.channels()));
        var grid = new WeightGrid(rows, format, span, scales);
        int together = span.channels(format, rows.depth());
        for (int c = 0; c < rows.channels(); c += together) {
            grid.fit(c, Math.min(c + together, rows.channels()));
        }
        return grid;
    }

    private static double widest(WeightRows rows, WeightFormat format, ScaleSpan span, int from, int to) {
        double widest = 0;
        for (int c = from; c < to; c++) {
            widest = Math.max(widest, widest(rows, format, span, c));
        }
        return widest;
    }

    /** The scale by which the largest weight of a channel is the largest level. */
    private static double widest(WeightRows rows, WeightFormat format, ScaleSpan span, int channel) {
        if (format == WeightFormat.TERNARY) {
            return livingSize(rows, channel);
        }
        double largest = 0;
        for (int i = 0; i < rows.depth(); i++) {
            largest = Math.max(largest, Math.abs(rows.values()[channel * rows.depth() + i]));
        }
        int group = span.groups(format, rows.depth()) > 0 ? WeightFormat.GROUP_SCALE_MAX : 1;
        return largest / (format.levels().highest() * group);
    }

    private static double deadSize(WeightRows rows, int channel) {
        double sum = 0;
        for (int i = 0; i < rows.depth(); i++) {
            sum += Math.abs(rows.values()[channel * rows.depth() + i]);
        }
        return TERNARY_DEAD_SHARE * sum / rows.depth();
    }

    private static double livingSize(WeightRows rows, int channel) {
        double dead = deadSize(rows, channel);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < rows.depth(); i++) {
            double size = Math.abs(rows.values()[channel * rows.depth() + i]);
            if (size > dead) {
                sum += size;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private void fit(int from, int to) {
        int widest = scales.codeOf(widest(rows, format, span, from, to));
        boolean grouped = span.groups(format, rows.depth()) > 0;
        int tried = switch (format) {
            case INT8, TERNARY -> 0;
            case INT4 -> CLIPPING_CODES;
            // Finely, where channels that share a scale have only the sizes of their groups to tell them apart.
            case INT4_G32 -> !grouped ? CLIPPING_CODES : span == ScaleSpan.NEIGHBOURS ? OCTAVE_CODES : 0;
            case POW2, POW2X2 -> OCTAVE_CODES;
        };
        int last = Math.min(widest + tried, ScaleCode.CODE_MAX);
        double least = Double.POSITIVE_INFINITY;
        int best = widest;
        for (int code = widest; tried > 0 && code <= last; code++) {
            double error = use(code, from, to);
            if (error < least) {
                least = error;
                best = code;
            }
        }
        use(best, from, to);
    }

    /** Gives these channels a scale and their groups the sizes that suit it; the squared error of the nearest levels. */
    private double use(int code, int from, int to) {
        scaleCodes[from / span.channels(format, rows.depth())] = (byte) code;
        if (span.groups(format, rows.depth()) == 0) {
            return nearestError(from * rows.depth(), (to - from) * rows.depth(), scales.scale(code));
        }
        double sum = 0;
        for (int c = from; c < to; c++) {
            sum += fitGroups(c);
        }
        return sum;
    }

    private double fitGroups(int channel) {
        int groups = span.groups(format, rows.depth());
        double sum = 0;
        for (int g = 0; g < groups; g++) {
            int from = g * WeightFormat.GROUP;
            int length = Math.min(WeightFormat.GROUP, rows.depth() - from);
            double least = Double.POSITIVE_INFINITY;
            for (int size = 1; size <= WeightFormat.GROUP_SCALE_MAX; size++) {
                double error = nearestError(channel * rows.depth() + from, length, (double) size * scale(channel));
                if (error < least) {
                    least = error;
                    groupScales[channel * groups + g] = (byte) size;
                }
            }
            sum += least;
        }
        return sum;
    }

    private double nearestError(int from, int length, double step) {
        double sum = 0;
        for (int i = from; i < from + length; i++) {
            double weight = rows.values()[i];
            double error = format.levels().nearest(weight / step) * step - weight;
            sum += error * error;
        }
        return sum;
    }

    public WeightRows rows() {
        return rows;
    }

    public WeightFormat format() {
        return format;
    }

    private float scale(int channel) {
        return scales.scale(scaleCodes[channel / span.channels(format, rows.depth())] & 0xFF);
    }

    /** Real size of one step of each weight of a channel. */
    double[] steps(int channel) {
        int groups = span.groups(format, rows.depth());
        var steps = new double[rows.depth()];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = (double) scale(channel)
                    * (groups == 0 ? 1 : groupScales[channel * groups + i / WeightFormat.GROUP]);
        }
        return steps;
    }

    /** The nearest level of one weight of a channel; in ternary, 0 for what is dead. */
    int nearest(int channel, double weight, double step) {
        if (format == WeightFormat.TERNARY) {
            return Math.abs(weight) <= deadSize(rows, channel) ? 0 : (int) Math.signum(weight);
        }
        return format.levels().nearest(weight / step);
    }

    /**
     * The weights at these levels.
     *
     * @param levels {@code [channels][depth]}, before group scales
     */
    IntegerWeights at(int[] levels) {
        int groups = span.groups(format, rows.depth());
        var values = new byte[levels.length];
        for (int i = 0; i < levels.length; i++) {
            int group =
                    groups == 0 ? 1 : groupScales[i / rows.depth() * groups + i % rows.depth() / WeightFormat.GROUP];
            values[i] = (byte) (levels[i] * group);
        }
        return new IntegerWeights(format, rows.channels(), rows.depth(), values, scales, span, scaleCodes, groupScales);
    }
}
