package io.fleetwright.scheduler.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The graphs that papers on scheduling measure with. A task is numbered when its loop first meets it, so the numbers do not
 * always follow the edges. Each has a size of its own meaning, at least 1 where nothing else is said.
 */
public enum GraphFamily {
    /** {@code size} tasks without edges. */
    INDEPENDENT {
        @Override
        void draw(Sheet sheet, int size) {
            for (int i = 0; i < size; i++) {
                sheet.task("alone", i);
            }
        }
    },
    /** {@code size} tasks in a row. */
    CHAIN {
        @Override
        void draw(Sheet sheet, int size) {
            sheet.task("link", 0);
            for (int i = 1; i < size; i++) {
                sheet.edge(sheet.task("link", i - 1), sheet.task("link", i));
            }
        }
    },
    /** A binary tree of {@code size} levels, from its root. */
    OUT_TREE {
        @Override
        void draw(Sheet sheet, int size) {
            sheet.task("node", 1);
            for (int node = 2; node < 1 << size; node++) {
                sheet.edge(sheet.task("node", node / 2), sheet.task("node", node));
            }
        }
    },
    /** The same, to its root. */
    IN_TREE {
        @Override
        void draw(Sheet sheet, int size) {
            sheet.task("node", 1);
            for (int node = 2; node < 1 << size; node++) {
                sheet.edge(sheet.task("node", node), sheet.task("node", node / 2));
            }
        }
    },
    /** A source, {@code size} branches of one task, a sink. */
    FORK_JOIN {
        @Override
        void draw(Sheet sheet, int size) {
            for (int i = 0; i < size; i++) {
                sheet.edge(sheet.task("fork"), sheet.task("branch", i));
                sheet.edge(sheet.task("branch", i), sheet.task("join"));
            }
        }
    },
    /** {@code size} forks of two, each joined before the next. */
    DIAMONDS {
        @Override
        void draw(Sheet sheet, int size) {
            for (int i = 0; i < size; i++) {
                for (int side = 0; side < 2; side++) {
                    sheet.edge(sheet.task("knot", i), sheet.task("side", i, side));
                    sheet.edge(sheet.task("side", i, side), sheet.task("knot", i + 1));
                }
            }
        }
    },
    /** {@code size} tasks that each feed all of {@code size} others. */
    SHUFFLE {
        @Override
        void draw(Sheet sheet, int size) {
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    sheet.edge(sheet.task("map", i), sheet.task("reduce", j));
                }
            }
        }
    },
    /** A square of {@code size} by {@code size} tasks, each after its left and its upper neighbour. */
    WAVEFRONT {
        @Override
        void draw(Sheet sheet, int size) {
            for (int row = 0; row < size; row++) {
                for (int column = 0; column < size; column++) {
                    int task = sheet.task("cell", row, column);
                    if (row > 0) {
                        sheet.edge(sheet.task("cell", row - 1, column), task);
                    }
                    if (column > 0) {
                        sheet.edge(sheet.task("cell", row, column - 1), task);
                    }
                }
            }
        }
    },
    /** {@code size} sweeps over {@code size} points, each after itself and its neighbours of the sweep before. */
    STENCIL {
        @Override
        void draw(Sheet sheet, int size) {
            for (int sweep = 0; sweep < size; sweep++) {
                for (int point = 0; point < size; point++) {
                    int task = sheet.task("point", sweep, point);
                    for (int from = Math.max(0, point - 1);
                            sweep > 0 && from <= Math.min(size - 1, point + 1);
                            from++) {
                        sheet.edge(sheet.task("point", sweep - 1, from), task);
                    }
                }
            }
        }
    },
    /**
     * Gaussian elimination of a matrix of {@code size} columns, at least 2: a pivot and an update per column right of it.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, section 6.1"
     */
    GAUSSIAN_ELIMINATION {
        @Override
        void draw(Sheet sheet, int size) {
            for (int k = 0; k < size - 1; k++) {
                for (int j = k + 1; j < size; j++) {
                    sheet.edge(sheet.task("column", k, k), sheet.task("column", k, j));
                    if (k > 0) {
                        sheet.edge(sheet.task("column", k - 1, j), sheet.task("column", k, j));
                    }
                }
                if (k > 0) {
                    sheet.edge(sheet.task("column", k - 1, k), sheet.task("column", k, k));
                }
            }
        }
    },
    /**
     * Fast Fourier transform of {@code 2^size} points: the tree of recursive calls, then the butterflies.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, section 6.2"
     */
    FFT {
        @Override
        void draw(Sheet sheet, int size) {
            int points = 1 << size;
            sheet.task("call", 1);
            for (int call = 2; call < 2 * points; call++) {
                sheet.edge(sheet.task("call", call / 2), sheet.task("call", call));
            }
            for (int level = 0; level < size; level++) {
                for (int point = 0; point < points; point++) {
                    sheet.edge(above(sheet, level, point, points), sheet.task("butterfly", level, point));
                    sheet.edge(above(sheet, level, point ^ 1 << level, points), sheet.task("butterfly", level, point));
                }
            }
        }

        private int above(Sheet sheet, int level, int point, int points) {
            return level == 0 ? sheet.task("call", points + point) : sheet.task("butterfly", level - 1, point);
        }
    },
    /** Tiled Cholesky factorization of {@code size} by {@code size} tiles, the lower triangle. */
    CHOLESKY {
        @Override
        void draw(Sheet sheet, int size) {
            sheet.task("tile", 0, 0, 0);
            for (int k = 0; k < size; k++) {
                for (int i = k + 1; i < size; i++) {
                    sheet.edge(sheet.task("tile", k, k, k), sheet.task("tile", i, k, k));
                }
                for (int i = k + 1; i < size; i++) {
                    for (int j = k + 1; j <= i; j++) {
                        update(sheet, i, j, k, i == j ? List.of(i) : List.of(i, j));
                    }
                }
            }
        }

        private void update(Sheet sheet, int i, int j, int k, List<Integer> panels) {
            int task = sheet.task("update", i, j, k);
            panels.forEach(panel -> sheet.edge(sheet.task("tile", panel, k, k), task));
            sheet.edge(task, k + 1 < j ? sheet.task("update", i, j, k + 1) : sheet.task("tile", i, j, j));
        }
    },
    /** Tiled LU factorization without pivoting of {@code size} by {@code size} tiles. */
    LU {
        @Override
        void draw(Sheet sheet, int size) {
            sheet.task("tile", 0, 0);
            for (int k = 0; k < size; k++) {
                for (int i = k + 1; i < size; i++) {
                    sheet.edge(sheet.task("tile", k, k), sheet.task("tile", i, k));
                    sheet.edge(sheet.task("tile", k, k), sheet.task("tile", k, i));
                }
                for (int i = k + 1; i < size; i++) {
                    for (int j = k + 1; j < size; j++) {
                        int task = sheet.task("update", i, j, k);
                        sheet.edge(sheet.task("tile", i, k), task);
                        sheet.edge(sheet.task("tile", k, j), task);
                        boolean last = k + 1 == Math.min(i, j);
                        sheet.edge(task, last ? sheet.task("tile", i, j) : sheet.task("update", i, j, k + 1));
                    }
                }
            }
        }
    };

    /** The graph, each edge with the same volume. */
    public TaskGraph graph(int size, double volume) {
        var sheet = new Sheet(volume);
        draw(sheet, size);
        return sheet.toGraph();
    }

    abstract void draw(Sheet sheet, int size);

    /**
     * Layers of random width; each task but those of the first has an input from the layer before, and as many others of
     * that layer as {@code density} says.
     *
     * @param shape near 0 long and thin, above 1 short and wide: the mean width is {@code shape} times the square root of
     *     {@code tasks}
     * @see "Topcuoglu, Hariri, Wu, 2002, section 5.2: random graphs of v, alpha, out degree, CCR and beta"
     */
    public static TaskGraph layered(SplittableRandom random, int tasks, double shape, double density, int volumeMax) {
        var graph = TaskGraph.builder().tasks(tasks);
        int mean = (int) Math.max(1, Math.round(shape * Math.sqrt(tasks)));
        int before = 0;
        int from = 0;
        while (from < tasks) {
            int until = Math.min(tasks, from + random.nextInt(1, 2 * mean + 1));
            for (int task = from; task < until && from > 0; task++) {
                int sure = random.nextInt(before, from);
                for (int source = before; source < from; source++) {
                    if (source == sure || random.nextDouble() < density) {
                        graph.edge(source, task, random.nextInt(volumeMax + 1));
                    }
                }
            }
            before = from;
            from = until;
        }
        return graph.build();
    }

    /** A series-parallel graph: {@code steps} times an edge becomes two in a row or two side by side with a task each. */
    public static TaskGraph seriesParallel(SplittableRandom random, int steps, double volume) {
        List<int[]> edges = new ArrayList<>(List.of(new int[] {0, 1}));
        int tasks = 2;
        for (int step = 0; step < steps; step++) {
            int[] split = edges.get(random.nextInt(edges.size()));
            int sides = random.nextInt(1, 3);
            edges.remove(split);
            for (int side = 0; side < sides; side++) {
                edges.add(new int[] {split[0], tasks});
                edges.add(new int[] {tasks++, split[1]});
            }
        }
        var graph = TaskGraph.builder().tasks(tasks);
        edges.forEach(edge -> graph.edge(edge[0], edge[1], volume));
        return graph.build();
    }

    /** Tasks by name and indices. */
    static final class Sheet {
        private final Map<List<Object>, Integer> numbers = new HashMap<>();
        private final List<int[]> edges = new ArrayList<>();
        private final double volume;

        private Sheet(double volume) {
            this.volume = volume;
        }

        int task(Object... name) {
            return numbers.computeIfAbsent(List.of(name), _ -> numbers.size());
        }

        void edge(int from, int to) {
            edges.add(new int[] {from, to});
        }

        private TaskGraph toGraph() {
            var graph = TaskGraph.builder().tasks(numbers.size());
            edges.forEach(edge -> graph.edge(edge[0], edge[1], volume));
            return graph.build();
        }
    }
}
