package io.fleetwright.forge.allocate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A layer table as text: the header {@value #HEADER}, optionally with {@value #ENERGY} at its end, then a line per layer.
 * Empty lines are passed over.
 */
public final class LayerTableCsv {
    static final String HEADER = "layer,trace,err8,err4,params,mmac,t4_ms,t8_ms,tie";
    static final String ENERGY = ",e4_mj,e8_mj";

    /** A layer's line is about a hundred bytes. */
    private static final int BYTES_MAX = 1 << 20;

    private static final int NAME_CHARS_MAX = 200;

    private LayerTableCsv() {}

    /** @throws MalformedTableException naming line and column */
    public static LayerTable read(byte[] bytes) throws MalformedTableException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedTableException(1, "table has %d bytes, at most %d".formatted(bytes.length, BYTES_MAX));
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .toList();
        String header = lines.isEmpty() ? "" : lines.getFirst();
        if (!header.equals(HEADER) && !header.equals(HEADER + ENERGY)) {
            throw new MalformedTableException(
                    1, "must be '%s', optionally with '%s' at its end".formatted(HEADER, ENERGY));
        }
        List<String> columns = List.of(header.split(","));
        List<Layer> layers = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).isEmpty()) {
                continue;
            }
            if (layers.size() == LayerTable.LAYERS_MAX) {
                throw new MalformedTableException(i + 1, "more than %d layers".formatted(LayerTable.LAYERS_MAX));
            }
            layers.add(new Row(i + 1, columns, lines.get(i)).layer());
        }
        if (layers.isEmpty()) {
            throw new MalformedTableException(lines.size(), "table has no layers");
        }
        return new LayerTable(layers);
    }

    /** The text that {@link #read} reads; without the columns of energy if any layer lacks it. */
    public static String write(LayerTable table) {
        boolean energy = table.layers().stream().allMatch(layer -> layer.millijoules() != null);
        StringBuilder text = new StringBuilder(energy ? HEADER + ENERGY : HEADER).append('\n');
        for (Layer layer : table.layers()) {
            List<Object> cells = new ArrayList<>(List.of(
                    layer.name(),
                    layer.trace(),
                    layer.error().eight(),
                    layer.error().four(),
                    layer.params(),
                    layer.megaMacs(),
                    layer.millis().four(),
                    layer.millis().eight(),
                    layer.tie()));
            ByBits millijoules = layer.millijoules();
            if (energy && millijoules != null) {
                cells.add(millijoules.four());
                cells.add(millijoules.eight());
            }
            text.append(cells.stream().map(String::valueOf).collect(Collectors.joining(",")))
                    .append('\n');
        }
        return text.toString();
    }

    private static final class Row {
        private final int line;
        private final List<String> columns;
        private final String[] cells;

        Row(int line, List<String> columns, String text) throws MalformedTableException {
            this.line = line;
            this.columns = columns;
            cells = text.split(",", -1);
            if (cells.length != columns.size()) {
                throw new MalformedTableException(
                        line, "%d columns, must be %d".formatted(cells.length, columns.size()));
            }
        }

        Layer layer() throws MalformedTableException {
            return new Layer(
                    name("layer"),
                    number("trace"),
                    byBits("err4", "err8"),
                    count("params"),
                    number("mmac"),
                    byBits("t4_ms", "t8_ms"),
                    columns.contains("e4_mj") ? byBits("e4_mj", "e8_mj") : null,
                    cell("tie"));
        }

        private String cell(String column) throws MalformedTableException {
            String cell = cells[columns.indexOf(column)].strip();
            if (cell.length() > NAME_CHARS_MAX) {
                throw malformed(
                        column, "%d characters".formatted(cell.length()), "%d at most".formatted(NAME_CHARS_MAX));
            }
            return cell;
        }

        private String name(String column) throws MalformedTableException {
            String name = cell(column);
            if (name.isEmpty()) {
                throw malformed(column, "empty", "a name");
            }
            return name;
        }

        private ByBits byBits(String four, String eight) throws MalformedTableException {
            return new ByBits(number(four), number(eight));
        }

        private double number(String column) throws MalformedTableException {
            String cell = cell(column);
            try {
                double value = Double.parseDouble(cell);
                if (Double.isFinite(value) && value >= 0) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // Reported below, as any other value that is not allowed.
            }
            throw malformed(column, "'" + cell + "'", "a number of at least 0");
        }

        private long count(String column) throws MalformedTableException {
            String cell = cell(column);
            try {
                long value = Long.parseLong(cell);
                if (value >= 1) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // Reported below, as any other value that is not allowed.
            }
            throw malformed(column, "'" + cell + "'", "a whole number of at least 1");
        }

        private MalformedTableException malformed(String column, String is, String allowed) {
            return new MalformedTableException(line, "%s is %s, must be %s".formatted(column, is, allowed));
        }
    }
}
