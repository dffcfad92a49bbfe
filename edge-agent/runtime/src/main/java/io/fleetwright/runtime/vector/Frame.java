package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;

/** What a window moves over, and what it makes of that. */
record Frame(Image in, Image out, Window window) {
    /** Longer columns stay columns: their rows are bands that threads share. */
    private static final int COLUMN_MAX = 16 << 10;

    /** A signal in time comes as a column, one pixel wide; the same values are a row, whose pixels are quicker to reach. */
    static Frame of(Graph graph, int input, int output, Window window) {
        var in = Image.of(graph, input);
        var out = Image.of(graph, output);
        boolean column = in.width() == 1 && out.width() == 1 && window.kernelWidth() == 1 && window.padLeft() == 0;
        return column && in.height() * in.channels() <= COLUMN_MAX
                ? new Frame(lying(in), lying(out), lying(window))
                : new Frame(in, out, window);
    }

    private static Image lying(Image column) {
        int length = column.height();
        return new Image(column.at(), column.batch(), 1, length, column.channels());
    }

    private static Window lying(Window window) {
        int length = window.kernelHeight();
        int stride = window.strideHeight();
        int dilation = window.dilationHeight();
        int before = window.padTop();
        int after = window.padBottom();
        return new Window(1, length, 1, stride, 1, dilation, 0, before, 0, after);
    }
}
