package io.fleetwright.forge.allocate;

import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** ResNet18's published table with its published bits, read from the research page. */
final class PublishedTable {
    private static final List<List<Integer>> TIES = List.of(List.of(4, 6), List.of(9, 11), List.of(14, 16));
    private static final Pattern EXPECTED =
            Pattern.compile("(\\.\\d\\d) ([48]{19}) (\\.\\d+)(?: \\(greedy: (\\.\\d+)\\))?");

    private final List<String> lines;

    private PublishedTable(List<String> lines) {
        this.lines = lines;
    }

    /** Bits and objective that were published for a budget, the greedy objective only where it is known. */
    record Expected(Measure measure, double fraction, List<Integer> bits, double objective, double greedy) {}

    static PublishedTable read() throws IOException {
        List<String> page = Files.readAllLines(SharedData.require("research/techniques.md"));
        int start = page.indexOf(page.stream()
                .filter(line -> line.startsWith("Golden test") && line.contains("ResNet18"))
                .findFirst()
                .orElseThrow());
        return new PublishedTable(page.subList(start, start + 20));
    }

    LayerTable table() {
        List<Double> traces = numbers("trace");
        List<Double> errors8 = numbers("err8");
        List<Double> errors4 = numbers("err4");
        List<Double> params = numbers("params");
        List<Double> megaMacs = numbers("MMAC");
        List<Double> millis4 = numbers("t4 ms");
        List<Double> millis8 = numbers("t8 ms");
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < traces.size(); i++) {
            layers.add(new Layer(
                    "layer" + i,
                    traces.get(i),
                    new ByBits(errors4.get(i), errors8.get(i)),
                    params.get(i).longValue(),
                    megaMacs.get(i),
                    new ByBits(millis4.get(i), millis8.get(i)),
                    null,
                    tie(i)));
        }
        return new LayerTable(layers);
    }

    private static String tie(int layer) {
        return TIES.stream()
                .filter(tie -> tie.contains(layer))
                .map(tie -> "tie" + tie.getFirst())
                .findFirst()
                .orElse("");
    }

    List<Expected> expected() {
        Map<Measure, String> rows = new LinkedHashMap<>();
        rows.put(Measure.SIZE, row("size"));
        rows.put(Measure.BOPS, row("bops"));
        List<Expected> expected = new ArrayList<>();
        rows.forEach((measure, text) -> EXPECTED.matcher(text)
                .results()
                .map(result -> expected(measure, result))
                .forEach(expected::add));
        return expected;
    }

    private static Expected expected(Measure measure, MatchResult result) {
        return new Expected(
                measure,
                Double.parseDouble(result.group(1)),
                result.group(2).chars().map(digit -> digit - '0').boxed().toList(),
                Double.parseDouble(result.group(3)),
                result.group(4) == null ? Double.NaN : Double.parseDouble(result.group(4)));
    }

    private String row(String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + " "))
                .findFirst()
                .orElseThrow()
                .substring(name.length())
                .strip();
    }

    /** Numbers separated by blanks or commas; {@code x4} repeats the one before it to four in all. */
    private List<Double> numbers(String name) {
        List<Double> numbers = new ArrayList<>();
        for (String word :
                Arrays.asList(row(name).replaceAll("\\(.*\\)", "").strip().split("[ ,]+"))) {
            if (word.startsWith("x")) {
                Double last = numbers.getLast();
                for (int i = 1; i < Integer.parseInt(word.substring(1)); i++) {
                    numbers.add(last);
                }
            } else {
                numbers.add(Double.parseDouble(word));
            }
        }
        return numbers;
    }
}
