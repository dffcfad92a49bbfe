package io.fleetwright.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows of text in aligned columns; a column whose title starts with a space is aligned to the right. */
public final class Table {
    private final List<String> titles;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... titles) {
        this.titles = List.of(titles);
    }

    /** Adds a row; one cell per column. */
    public Table row(String... cells) {
        if (cells.length != titles.size()) {
            throw new IllegalArgumentException("%d cells for %d columns".formatted(cells.length, titles.size()));
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public void print(PrintWriter out) {
        int[] widths = new int[titles.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = titles.get(column).strip().length();
            for (List<String> row : rows) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        line(out, titles.stream().map(String::strip).toList(), widths);
        rows.forEach(row -> line(out, row, widths));
    }

    private void line(PrintWriter out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(widths[column] - cell.length());
            boolean right = titles.get(column).startsWith(" ");
            line.append(column == 0 ? "" : "  ").append(right ? padding + cell : cell + padding);
        }
        out.println(line.toString().stripTrailing());
    }
}
