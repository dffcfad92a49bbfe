package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.gantt.Gantt.Unit;
import io.fleetwright.scheduler.gantt.Svg.Box;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where things lie in a drawing, worked out by hand or from the drawing's own axis. */
class SvgLayoutTest {
    private static final double PIXEL = 0.002;

    private static Bar bar(int row, String label, int group, double start, double finish) {
        return new Bar(row, label, 0, group, start, finish, true);
    }

    private static Svg svg(String title, Unit unit, List<String> rows, List<Bar> bars) throws Exception {
        return Svg.of(new Gantt(title, unit, rows, bars));
    }

    /**
     * Two rows of 28 from y = 80; names of 4 letters of 7.2 beside margins of 32 end at 60.8, so that times 0 to 10
     * spread over 1200 - 32 - 60.8 = 1107.2, and a gap of 3.5 is above and below each bar.
     */
    @Test
    void aSmallChartLiesWhereItsFiguresPutIt() throws Exception {
        Svg svg = svg("t", Unit.SECONDS, List.of("ab", "abcd"), List.of(bar(0, "x", 0, 0, 5), bar(1, "y", 1, 5, 10)));
        assertThat(svg.bars())
                .extracting(Box::x, Box::y, Box::width, Box::height)
                .containsExactly(tuple(60.8, 83.5, 553.6, 21.0), tuple(614.4, 111.5, 553.6, 21.0));
        assertThat(svg.root().getAttribute("viewBox")).isEqualTo("0 0 1200 160.0");
        assertThat(svg.root().getAttribute("height")).isEqualTo("160.0");
        assertThat(svg.gridLines().getFirst()).isEqualTo(60.8);
        assertThat(svg.gridLines().getLast()).isEqualTo(1168);
        assertThat(svg.labels("rows")).containsExactly(new Svg.Label(52.8, 94, "ab"), new Svg.Label(52.8, 122, "abcd"));
        assertThat(svg.stripes()).containsExactly(80.0);
        assertThat(svg.headings()).extracting(Svg.Label::text).containsExactly("t", "2 runs on 2 devices, time in s");
    }

    /** Rows share 520 pixels, by whole pixels, and have 12 to 28 each. */
    @ParameterizedTest
    @CsvSource({"1, 28", "18, 28", "19, 27", "20, 26", "26, 20", "43, 12", "44, 12", "300, 12"})
    void rowsShareTheHeightWithinBounds(int rows, double height) throws Exception {
        Svg svg = svg("", Unit.UNSTATED, Collections.nCopies(rows, "d"), List.of());
        List<Svg.Label> names = svg.labels("rows");
        assertThat(names).hasSize(rows);
        for (int row = 0; row < rows; row++) {
            assertThat(names.get(row).y()).isEqualTo(80 + (row + 0.5) * height);
        }
        assertThat(svg.root().getAttribute("height")).isEqualTo(String.valueOf(80 + rows * height + 24));
        assertThat(svg.stripes())
                .containsExactlyElementsOf(IntStream.range(0, rows)
                        .filter(row -> row % 2 == 0)
                        .mapToObj(row -> 80 + row * height)
                        .toList());
    }

    /** From two ticks of the axis follows where every bar must lie. */
    @Test
    void everyBarLiesWhereTheAxisPutsItsTimes() {
        SeededCases.forEach(500, 40, (random, _) -> {
            Gantt chart = TestCharts.random(random);
            Svg svg = Svg.of(chart);
            Map.Entry<Double, Double> from = axis(svg).firstEntry();
            Map.Entry<Double, Double> until = axis(svg).lastEntry();
            double perTime = (until.getValue() - from.getValue()) / (until.getKey() - from.getKey());
            List<Box> boxes = svg.bars();
            double slack = 0.5 + 1e-6 * Math.abs(perTime * until.getKey());
            for (int i = 0; i < chart.bars().size(); i++) {
                Bar bar = chart.bars().get(i);
                Box box = boxes.get(i);
                assertThat(box.x()).isCloseTo(from.getValue() + perTime * (bar.start() - from.getKey()), within(slack));
                assertThat(box.width()).isCloseTo(perTime * bar.length(), within(slack));
            }
        });
    }

    /** Positions of the ticks by their times; each time stands above the chart and below it. */
    private static NavigableMap<Double, Double> axis(Svg svg) {
        List<Svg.Label> labels = svg.labels("axis");
        NavigableMap<Double, Double> places = new TreeMap<>();
        for (int i = 0; i < labels.size(); i += 2) {
            assertThat(labels.get(i).text()).isEqualTo(labels.get(i + 1).text());
            assertThat(labels.get(i).x()).isEqualTo(labels.get(i + 1).x());
            assertThat(labels.get(i).x()).isEqualTo(svg.gridLines().get(i / 2));
            places.put(Double.parseDouble(labels.get(i).text()), labels.get(i).x());
        }
        return places;
    }

    /** Runs of one device that do not overlap in time do not overlap in the drawing, nor do those of two devices. */
    @Test
    void barsThatAreApartInTimeAreApartInTheDrawing() {
        SeededCases.forEach(1, 30, (random, _) -> {
            List<Bar> bars = new ArrayList<>();
            int rows = random.nextInt(1, 50);
            for (int row = 0; row < rows; row++) {
                double time = 0;
                for (int i = random.nextInt(6); i > 0; i--) {
                    double start = time + random.nextInt(3) * random.nextDouble();
                    time = start + random.nextDouble() * 20;
                    bars.add(bar(row, "task" + i, i, start, time));
                }
            }
            Collections.shuffle(bars, new Random(rows));
            List<Box> boxes =
                    svg("", Unit.SECONDS, Collections.nCopies(rows, "d"), bars).bars();
            for (int a = 0; a < boxes.size(); a++) {
                for (int b = 0; b < a; b++) {
                    assertThat(boxes.get(a).overlaps(boxes.get(b), PIXEL)).isFalse();
                }
            }
        });
    }

    @Test
    void allLiesWithinTheDrawing() {
        SeededCases.forEach(900, 30, (random, _) -> {
            Svg svg = Svg.of(TestCharts.random(random));
            double height = Svg.number(svg.root(), "height");
            for (Box box : svg.bars()) {
                assertThat(box.x()).isGreaterThan(0);
                assertThat(box.right()).isLessThanOrEqualTo(1200 - 32 + PIXEL);
                assertThat(box.y()).isGreaterThanOrEqualTo(80);
                assertThat(box.bottom()).isLessThan(height - 24);
            }
            svg.gridLines().forEach(x -> assertThat(x).isBetween(0.0, 1168 + PIXEL));
        });
    }

    @Test
    void groupsHaveTenColoursInTurn() throws Exception {
        List<Bar> bars = IntStream.range(0, 25)
                .mapToObj(group -> bar(0, "t", group, group, group + 1))
                .toList();
        Svg svg = svg("", Unit.SECONDS, List.of("d"), bars);
        for (int group = 0; group < 25; group++) {
            assertThat(svg.bars().get(group).look()).isEqualTo("c" + group % 10);
        }
        Matcher colour = Pattern.compile("\\.c(\\d) \\{ fill: hsl\\((\\d+), (\\d+%, \\d+%)\\)")
                .matcher(svg.source());
        Map<String, List<String>> hues = new TreeMap<>();
        while (colour.find()) {
            hues.computeIfAbsent(colour.group(1), _ -> new ArrayList<>()).add(colour.group(2));
        }
        assertThat(hues).hasSize(10);
        assertThat(hues.values())
                .allSatisfy(both -> assertThat(both).as("light and dark").hasSize(2));
        assertThat(hues.values().stream().map(List::getFirst).distinct()).hasSize(10);
        assertThat(hues.values().stream().map(both -> both.getFirst().equals(both.getLast())))
                .containsOnly(true);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SECONDS      | 1.5  | 4     | true  | x;job 3 on dev;1.5 to 4 s, for 2.5 s
            MICROSECONDS | 0    | 1e12  | true  | x;job 3 on dev;0 to 1E+12 us, for 1E+12 us
            UNSTATED     | 2    | 2     | true  | x;job 3 on dev;2 to 2, for 0
            SECONDS      | 0    | 0.1   | false | x;job 3 on dev;0 to 0.1 s, for 0.1 s (cut off)
            UNSTATED     | 0.1  | 0.3   | false | x;job 3 on dev;0.1 to 0.3, for 0.2 (cut off)
            """)
    void aTooltipSaysWhatRanWhereAndWhen(Unit unit, double start, double finish, boolean completed, String tooltip)
            throws Exception {
        Svg svg = svg("", unit, List.of("dev"), List.of(new Bar(0, "x", 3, 0, start, finish, completed)));
        assertThat(svg.bars().getFirst().tooltip()).isEqualTo(tooltip.replace(';', '\n'));
        assertThat(svg.bars().getFirst().look()).isEqualTo(completed ? "c0" : "c0 cut");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UNSTATED     | 0 | 3 | 0 runs on 3 devices
            SECONDS      | 0 | 1 | 0 runs on 1 devices, time in s
            MICROSECONDS | 2 | 2 | 2 runs on 2 devices, time in us
            """)
    void theCaptionCountsRunsAndDevices(Unit unit, int bars, int rows, String caption) throws Exception {
        Svg svg = svg("", unit, Collections.nCopies(rows, "d"), Collections.nCopies(bars, bar(0, "t", 0, 0, 1)));
        assertThat(svg.headings().getLast().text()).isEqualTo(caption);
        List<Bar> cut = new ArrayList<>(Collections.nCopies(bars, bar(0, "t", 0, 0, 1)));
        cut.add(new Bar(0, "t", 0, 0, 0, 1, false));
        assertThat(svg("", unit, Collections.nCopies(rows, "d"), cut)
                        .headings()
                        .getLast()
                        .text())
                .isEqualTo(caption.replaceFirst("^" + bars, String.valueOf(bars + 1)) + ", dashed red: cut off");
    }

    /** Names beyond 28 letters and titles beyond 120 end in an ellipsis; letters are characters, not units of UTF-16. */
    @ParameterizedTest
    @CsvSource({"27, 27", "28, 28", "29, 28", "500, 28"})
    void aLongNameIsCutWithAnEllipsis(int letters, int shown) throws Exception {
        String name = "🛰".repeat(letters);
        Svg svg = svg("", Unit.SECONDS, List.of(name), List.of());
        assertThat(svg.labels("rows").getFirst().text()).isEqualTo(letters > 28 ? "🛰".repeat(shown - 1) + "…" : name);
        String title = "é".repeat(letters + 92);
        assertThat(svg(title, Unit.SECONDS, List.of("d"), List.of())
                        .headings()
                        .getFirst()
                        .text())
                .isEqualTo(letters > 28 ? "é".repeat(119) + "…" : title);
    }

    /** The names' column is as wide as the longest name shown: 32 and 7.2 for each letter up to 28. */
    @ParameterizedTest
    @CsvSource({"0, 32", "1, 39.2", "10, 104", "28, 233.6", "29, 233.6", "1000, 233.6"})
    void theColumnOfNamesIsAsWideAsTheLongest(int letters, double left) throws Exception {
        Svg svg = svg("", Unit.SECONDS, List.of("x".repeat(letters), ""), List.of(bar(0, "t", 0, 0, 10)));
        assertThat(svg.bars().getFirst().x()).isEqualTo(left);
        assertThat(svg.bars().getFirst().right()).isCloseTo(1168, within(PIXEL));
    }

    /** A letter is 7.2 wide and one place stays free: 10 letters want a bar of 79.2, and four are the least. */
    @Test
    void aLabelIsShownAsFarAsTheBarHasRoom() throws Exception {
        double scale = (1168 - 39.2) / 1000;
        for (int letters = 0; letters <= 12; letters++) {
            double width = (letters + 1.5) * 7.2 / scale;
            Svg svg = svg(
                    "", Unit.SECONDS, List.of("d"), List.of(bar(0, "abcdefghij", 0, 0, width), bar(0, "", 0, 0, 1000)));
            List<String> shown = svg.labels("bars").stream()
                    .map(Svg.Label::text)
                    .filter(text -> !text.isEmpty())
                    .toList();
            String expected = letters >= 10 ? "abcdefghij" : "abcdefghij".substring(0, Math.max(letters - 1, 0)) + "…";
            assertThat(shown).isEqualTo(letters < 4 ? List.of() : List.of(expected));
        }
    }

    @Test
    void aShortLabelNeedsNoMoreRoomThanItHasLetters() throws Exception {
        double scale = (1168 - 39.2) / 1000;
        for (int letters = 0; letters <= 3; letters++) {
            Svg svg = svg(
                    "",
                    Unit.SECONDS,
                    List.of("d"),
                    List.of(bar(0, "ab", 0, 0, (letters + 1.5) * 7.2 / scale), bar(0, "longlabel", 0, 999.9, 1000)));
            assertThat(svg.labels("bars").stream().map(Svg.Label::text).filter("ab"::equals))
                    .hasSize(letters >= 2 ? 1 : 0);
        }
    }

    @Test
    void theOrderOfTheBarsChangesTheirOrderOnly() {
        SeededCases.forEach(1, 20, (random, seed) -> {
            Gantt chart = TestCharts.random(random);
            List<Bar> bars = new ArrayList<>(chart.bars());
            Collections.shuffle(bars, new Random(seed));
            assertThat(svg(chart.title(), chart.unit(), chart.rows(), bars).bars().stream()
                            .map(Box::toString)
                            .sorted()
                            .toList())
                    .isEqualTo(Svg.of(chart).bars().stream()
                            .map(Box::toString)
                            .sorted()
                            .toList());
        });
    }

    @Test
    void aDrawingIsTheSameEveryTimeAndNeedsNothingElse() {
        for (int seed = 0; seed < 20; seed++) {
            Gantt chart = TestCharts.random(new SplittableRandom(seed));
            assertThat(GanttSvg.of(chart)).isEqualTo(GanttSvg.of(chart));
        }
        String source =
                new String(GanttSvg.of(new Gantt("", Unit.SECONDS, List.of("d"), List.of())), StandardCharsets.UTF_8);
        assertThat(source).doesNotContain("<script", "href", "@import", "url(");
    }
}
