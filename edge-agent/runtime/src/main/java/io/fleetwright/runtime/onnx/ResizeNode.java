package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.graph.ModelException;
import java.util.Arrays;
import java.util.Collections;

/**
 * Resize to the nearest neighbour: which input position each output position shows is known while reading. Positions are
 * computed in float32, as other runtimes do: where two pixels are as near, the last bit decides.
 */
final class ResizeNode {
    private ResizeNode() {}

    /** Output extent and scale of one dimension. */
    private record Target(int extent, float scale) {}

    static void read(NodeReader node) throws ModelException {
        boolean old = node.version() < 11;
        node.requireInputs(old ? 2 : 1, old ? 2 : 4);
        node.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");
        String mode = node.text("mode", "nearest");
        if (!mode.equals("nearest") || node.integer("antialias", 0) != 0) {
            throw node.unsupported("mode '%s', nearest without antialias supported".formatted(ProtoReader.shown(mode)));
        }
        String coordinates = node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
        String rounding = node.text("nearest_mode", old ? "floor" : "round_prefer_floor");
        var from = node.input(0).type();
        var targets = targets(node, old ? 1 : 2, 3);
        int[][] positions = new int[from.rank()][];
        for (int d = 0; d < positions.length; d++) {
            positions[d] = new int[targets[d].extent];
            for (int i = 0; i < positions[d].length; i++) {
                float source = source(node, coordinates, i, targets[d], from.dimension(d));
                positions[d][i] = Math.clamp(nearest(node, rounding, source), 0, from.dimension(d) - 1);
            }
        }
        var function = node.checked(() -> Rearrange.pick("Resize", from, positions, null));
        node.becomes(function, Collections.singletonList(node.input(0)));
    }

    private static Target[] targets(NodeReader node, int scalesInput, int sizesInput) throws ModelException {
        var from = node.input(0).type();
        long[] axes = node.integers("axes").orElse(null);
        String policy = node.text("keep_aspect_ratio_policy", "stretch");
        int count = axes == null ? from.rank() : axes.length;
        var targets = new Target[from.rank()];
        for (int d = 0; d < targets.length; d++) {
            targets[d] = new Target(from.dimension(d), 1);
        }
        int[] dimensions = new int[count];
        for (int i = 0; i < count; i++) {
            dimensions[i] = node.axis(axes == null ? i : axes[i], from.rank());
        }
        float[] scales = node.hasInput(scalesInput) ? node.constantFloats(scalesInput, "scales") : new float[0];
        long[] sizes =
                scales.length == 0 && node.hasInput(sizesInput) ? node.constantLongs(sizesInput, "sizes") : new long[0];
        if (scales.length != count && sizes.length != count) {
            throw node.malformed(
                    "%d scales and %d sizes for %d dimensions".formatted(scales.length, sizes.length, count));
        }
        boolean bySize = scales.length != count;
        float common = bySize ? common(node, policy, sizes, dimensions) : 0;
        for (int i = 0; i < count; i++) {
            int in = from.dimension(dimensions[i]);
            float scale = bySize ? (float) sizes[i] / in : scales[i];
            double extent = bySize ? sizes[i] : Math.floor(in * scale);
            if (common > 0) {
                scale = common;
                extent = Math.floor(common * in + 0.5f);
            }
            if (in == 0 || !(scale > 0) || !(extent <= Rearrange.EXTENT_MAX)) {
                throw node.malformed("dimension of %d scaled by %s".formatted(in, scale));
            }
            targets[dimensions[i]] = new Target((int) extent, scale);
        }
        return targets;
    }

    /** The one scale of all dimensions that keeps the aspect ratio, or 0 when it may change. */
    private static float common(NodeReader node, String policy, long[] sizes, int[] dimensions) throws ModelException {
        var from = node.input(0).type();
        double[] scales = new double[dimensions.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) sizes[i] / from.dimension(dimensions[i]);
        }
        return (float)
                switch (policy) {
                    case "stretch" -> 0;
                    case "not_larger" -> Arrays.stream(scales).min().orElse(0);
                    case "not_smaller" -> Arrays.stream(scales).max().orElse(0);
                    default ->
                        throw node.unsupported("keep_aspect_ratio_policy '%s'".formatted(ProtoReader.shown(policy)));
                };
    }

    private static float source(NodeReader node, String coordinates, int position, Target target, int in)
            throws ModelException {
        float halfPixel = (position + 0.5f) / target.scale - 0.5f;
        return switch (coordinates) {
            case "half_pixel" -> halfPixel;
            case "pytorch_half_pixel" -> target.extent > 1 ? halfPixel : 0;
            case "half_pixel_symmetric" -> {
                float adjusted = target.extent / (target.scale * in);
                yield in / 2f * (1 - adjusted) + halfPixel;
            }
            case "asymmetric" -> position / target.scale;
            case "align_corners" -> target.extent == 1 ? 0 : (float) position * (in - 1) / (target.extent - 1);
            default ->
                throw node.unsupported("coordinate_transformation_mode '%s'".formatted(ProtoReader.shown(coordinates)));
        };
    }

    private static int nearest(NodeReader node, String rounding, double source) throws ModelException {
        return (int)
                switch (rounding) {
                    case "round_prefer_floor" -> Math.ceil(source - 0.5);
                    case "round_prefer_ceil" -> Math.floor(source + 0.5);
                    case "floor" -> Math.floor(source);
                    case "ceil" -> Math.ceil(source);
                    default -> throw node.unsupported("nearest_mode '%s'".formatted(ProtoReader.shown(rounding)));
                };
    }
}
