package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.ArrayList;
import java.util.List;

/**
 * One output element for all input elements along some dimensions; floats are summed in double, integers in long.
 *
 * @param axes dimensions from the start, distinct
 */
public record Reduction(String name, Kind kind, List<Integer> axes, Kept kept) implements ArrayFunction {
    /** How elements are combined. */
    public enum Kind {
        SUM,
        MEAN,
        MAX,
        MIN,
        PROD,
        SUM_SQUARE,
        L1,
        L2
    }

    /** What becomes of the reduced dimensions. */
    public enum Kept {
        AS_ONE,
        DROPPED
    }

    public Reduction {
        axes = List.copyOf(axes);
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var in = inputs.get(0);
        Types.require("input", in, Types.NUMBERS);
        var shape = new ArrayList<Long>();
        for (int d = 0; d < in.rank(); d++) {
            if (!axes.contains(d)) {
                shape.add((long) in.dimension(d));
            } else if (kept == Kept.AS_ONE) {
                shape.add(1L);
            }
        }
        for (int axis : axes) {
            if (axis < 0 || axis >= in.rank()) {
                throw InferenceException.contradiction("axis %d of %s".formatted(axis, in));
            }
        }
        return List.of(ArrayType.of(
                in.type(), shape.stream().mapToLong(Long::longValue).toArray()));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var type = inputs.get(0).type();
        int[] strides = type.strides();
        var outer = new ArrayList<Integer>();
        var inner = new ArrayList<Integer>();
        for (int d = 0; d < type.rank(); d++) {
            (axes.contains(d) ? inner : outer).add(d);
        }
        return new Reducing(
                kind, inputs.get(0), outputs.get(0), nest(type, strides, outer), nest(type, strides, inner));
    }

    private static Nest nest(ArrayType type, int[] strides, List<Integer> dimensions) {
        int[] shape = dimensions.stream().mapToInt(type::dimension).toArray();
        return new Nest(shape, dimensions.stream().mapToInt(d -> strides[d]).toArray());
    }

    private record Reducing(Kind kind, Operand in, Operand out, Nest outer, Nest inner) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var element = Element.of(in.type().type());
            boolean real = Element.isFloat(in.type().type());
            byte[] data = in.in(arena);
            for (int i = 0; i < out.type().elements(); i++) {
                int base = outer.offset(0, i);
                if (real) {
                    element.setDouble(arena, out.at(), i, real(element, data, base));
                } else {
                    element.setLong(arena, out.at(), i, whole(element, data, base));
                }
            }
        }

        private double real(Element element, byte[] data, int base) {
            double result = switch (kind) {
                case SUM, MEAN, SUM_SQUARE, L1, L2 -> 0;
                case PROD -> 1;
                case MAX -> Double.NEGATIVE_INFINITY;
                case MIN -> Double.POSITIVE_INFINITY;
            };
            int step = inner.step(0);
            for (int row = 0; row < inner.rows(); row++) {
                int at = base + inner.start(0, row);
                for (int k = 0; k < inner.rowLength(); k++) {
                    double x = element.getDouble(data, in.at(), at + k * step);
                    result = switch (kind) {
                        case SUM, MEAN -> result + x;
                        case SUM_SQUARE, L2 -> result + x * x;
                        case L1 -> result + Math.abs(x);
                        case PROD -> result * x;
                        case MAX -> Math.max(result, x);
                        case MIN -> Math.min(result, x);
                    };
                }
            }
            return switch (kind) {
                case MEAN -> result / inner.iterations();
                case L2 -> Math.sqrt(result);
                case SUM, MAX, MIN, PROD, SUM_SQUARE, L1 -> result;
            };
        }

        private long whole(Element element, byte[] data, int base) {
            long result = switch (kind) {
                case SUM, MEAN, SUM_SQUARE, L1, L2 -> 0;
                case PROD -> 1;
                case MAX -> Long.MIN_VALUE;
                case MIN -> Long.MAX_VALUE;
            };
            int step = inner.step(0);
            for (int row = 0; row < inner.rows(); row++) {
                int at = base + inner.start(0, row);
                for (int k = 0; k < inner.rowLength(); k++) {
                    long x = element.getLong(data, in.at(), at + k * step);
                    result = switch (kind) {
                        case SUM, MEAN -> result + x;
                        case SUM_SQUARE, L2 -> result + x * x;
                        case L1 -> result + Math.abs(x);
                        case PROD -> result * x;
                        case MAX -> Math.max(result, x);
                        case MIN -> Math.min(result, x);
                    };
                }
            }
            return switch (kind) {
                case MEAN -> inner.iterations() == 0 ? 0 : result / inner.iterations();
                case L2 -> (long) Math.sqrt((double) result);
                case SUM, MAX, MIN, PROD, SUM_SQUARE, L1 -> result;
            };
        }
    }
}
