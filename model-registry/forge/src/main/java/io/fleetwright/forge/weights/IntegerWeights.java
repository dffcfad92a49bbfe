package io.fleetwright.forge.weights;

/**
 * A layer's weights as integers: {@code weight = levels[channel][i] * scale(channel)}.
 *
 * @param format what the levels may be
 * @param channels output channels
 * @param depth weights of each
 * @param levels {@code [channels][depth]}, int8; in groups, group scale and code multiplied
 * @param scales how the scale codes are read
 * @param span channels that have one scale
 * @param scaleCodes one unsigned byte per span of channels
 * @param groupScales {@code [channels][groups]}, each 1..15; empty when the format or the depth needs none
 */
@SuppressWarnings("ArrayRecordComponent")
public record IntegerWeights(
        WeightFormat format,
        int channels,
        int depth,
        byte[] levels,
        ScaleCode scales,
        ScaleSpan span,
        byte[] scaleCodes,
        byte[] groupScales) {
    public IntegerWeights {
        levels = levels.clone();
        scaleCodes = scaleCodes.clone();
        groupScales = groupScales.clone();
        if (levels.length != channels * depth
                || scaleCodes.length != span.scales(format, channels, depth)
                || groupScales.length != channels * span.groups(format, depth)) {
            throw new IllegalArgumentException(
                    "levels (%d), scale codes (%d) and group scales (%d) must fit %d channels of %d as %s"
                            .formatted(
                                    levels.length,
                                    scaleCodes.length,
                                    groupScales.length,
                                    channels,
                                    depth,
                                    format.label()));
        }
        for (byte group : groupScales) {
            if (group < 1 || group > WeightFormat.GROUP_SCALE_MAX) {
                throw new IllegalArgumentException(
                        "group scale (%d) must be in 1..%d".formatted(group, WeightFormat.GROUP_SCALE_MAX));
            }
        }
        for (int i = 0; i < levels.length; i++) {
            int group = groupScale(format, span, depth, groupScales, i);
            if (levels[i] % group != 0 || !format.levels().contains(levels[i] / group)) {
                throw new IllegalArgumentException(
                        "level (%d) of weight %d is none of %s".formatted(levels[i], i, format.label()));
            }
        }
    }

    /** Real size of one step of a channel. */
    public float scale(int channel) {
        return scales.scale(scaleCodes[channel / span.channels(format, depth)] & 0xFF);
    }

    /** The integers that hold whatever {@link #levels} can be. */
    public LevelRange range() {
        int group = groupScales.length == 0 ? 1 : WeightFormat.GROUP_SCALE_MAX;
        return LevelRange.holding(
                format.levels().lowest() * group, format.levels().highest() * group);
    }

    /** The scale of the group that weight {@code at} of the layer is in; 1 without groups. */
    int groupScale(int at) {
        return groupScale(format, span, depth, groupScales, at);
    }

    private static int groupScale(WeightFormat format, ScaleSpan span, int depth, byte[] groupScales, int at) {
        int groups = span.groups(format, depth);
        return groups == 0 ? 1 : groupScales[at / depth * groups + at % depth / WeightFormat.GROUP];
    }

    /** The real weights that these stand for. */
    public WeightRows real() {
        var values = new float[levels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = levels[i] * scale(i / depth);
        }
        return new WeightRows(channels, depth, values);
    }
}
