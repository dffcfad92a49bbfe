package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Measured costs of each operator: {@code operator,device_ms,server_ms} and, where it is known, {@code device_mj}. */
@SuppressWarnings("ArrayRecordComponent")
record LayerCostsCsv(double[] deviceMillis, double[] serverMillis, double[] deviceMillijoules) {
    private static final List<String> COLUMNS = List.of("operator", "device_ms", "server_ms");

    /** Reads a file with one line for each operator; a line that is missing, twice there or ill-written is refused. */
    static LayerCostsCsv read(Path file, int operators) throws CommandFailure {
        List<String> lines = new String(InputFile.read(file), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        List<String> head =
                lines.isEmpty() ? List.of() : List.of(lines.getFirst().strip().split(","));
        boolean energy = head.size() == 4 && head.getLast().equals("device_mj");
        if (head.size() < 3 || !head.subList(0, 3).equals(COLUMNS) || head.size() > 3 && !energy) {
            throw new CommandFailure("%s must begin with operator,device_ms,server_ms[,device_mj]".formatted(file));
        }
        var costs = new LayerCostsCsv(new double[operators], new double[operators], new double[operators]);
        Arrays.fill(costs.deviceMillis, Double.NaN);
        for (int n = 1; n < lines.size(); n++) {
            String[] words = lines.get(n).strip().split(",", -1);
            try {
                int operator = Integer.parseInt(words[0]);
                if (words.length != head.size() || operator < 0 || operator >= operators) {
                    throw new NumberFormatException("operators are 0 to %d".formatted(operators - 1));
                }
                if (!Double.isNaN(costs.deviceMillis[operator])) {
                    throw new NumberFormatException("operator %d stands there twice".formatted(operator));
                }
                costs.deviceMillis[operator] = figure(words[1]);
                costs.serverMillis[operator] = figure(words[2]);
                costs.deviceMillijoules[operator] = energy ? figure(words[3]) : 0;
            } catch (NumberFormatException wrong) {
                throw new CommandFailure(
                        "%s, line %d (%s): %s".formatted(file, n + 1, lines.get(n), wrong.getMessage()), wrong);
            }
        }
        for (int operator = 0; operator < operators; operator++) {
            if (Double.isNaN(costs.deviceMillis[operator])) {
                throw new CommandFailure("%s has no line of operator %d".formatted(file, operator));
            }
        }
        return costs;
    }

    private static double figure(String word) {
        double value = Double.parseDouble(word.strip());
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new NumberFormatException("%s must be 0 or more".formatted(word));
        }
        return value;
    }
}
