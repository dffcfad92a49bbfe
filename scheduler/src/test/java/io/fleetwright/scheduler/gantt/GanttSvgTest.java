package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class GanttSvgTest {
    private static final double PIXEL = 0.002;

    @Test
    void everyRunIsABarWhoseGeometryIsItsTime() throws Exception {
        for (int seed = 0; seed < 100; seed++) {
            Gantt chart = TestCharts.random(new SplittableRandom(seed));
            Document svg = parse(chart);
            List<Element> bars = children(svg, "bars", "rect");
            assertThat(bars).as("seed %d", seed).hasSameSizeAs(chart.bars());
            if (bars.isEmpty()) {
                continue;
            }
            int first = indexOf(chart, Comparator.comparingDouble(bar -> -bar.start()));
            int last = indexOf(chart, Comparator.comparingDouble(Bar::finish));
            double origin = chart.bars().get(first).start();
            double left = number(bars.get(first), "x");
            double right = number(bars.get(last), "x") + number(bars.get(last), "width");
            double scale = (right - left) / (chart.bars().get(last).finish() - origin);
            for (int i = 0; i < bars.size(); i++) {
                Bar bar = chart.bars().get(i);
                Element drawn = bars.get(i);
                assertThat(number(drawn, "x"))
                        .as("seed %d bar %d", seed, i)
                        .isCloseTo(left + (bar.start() - origin) * scale, within(PIXEL));
                assertThat(number(drawn, "width")).isCloseTo(bar.length() * scale, within(PIXEL));
                assertThat(drawn.getAttribute("class").contains("cut")).isEqualTo(!bar.completed());
            }
        }
    }

    @Test
    void namesComeBackAsTheyWere() throws Exception {
        for (int seed = 0; seed < 100; seed++) {
            Gantt chart = TestCharts.random(new SplittableRandom(seed));
            Document svg = parse(chart);
            assertThat(titles(children(svg, "rows", "text")))
                    .as("seed %d", seed)
                    .isEqualTo(chart.rows());
            List<String> tooltips = titles(children(svg, "bars", "rect"));
            for (int i = 0; i < tooltips.size(); i++) {
                assertThat(tooltips.get(i))
                        .startsWith(chart.bars().get(i).label() + "\njob ")
                        .contains(" on " + chart.rows().get(chart.bars().get(i).row()) + "\n");
            }
            assertThat(svg.getDocumentElement()
                            .getElementsByTagName("title")
                            .item(0)
                            .getTextContent())
                    .isEqualTo(chart.title());
        }
    }

    @Test
    void whatXmlCannotHoldIsReplaced() throws Exception {
        Gantt chart = new Gantt("\u0000\uffff\ud800", Gantt.Unit.SECONDS, List.of("a"), List.of());
        assertThat(parse(chart).getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("\ufffd\ufffd\ufffd");
    }

    @Test
    void barsOfARowLieInItsStripe() throws Exception {
        for (int count : new int[] {1, 2, 20, 200}) {
            List<String> rows = Collections.nCopies(count, "device");
            List<Bar> bars = new ArrayList<>();
            for (int row = 0; row < count; row++) {
                bars.add(new Bar(row, "task", 0, row, row, row + 1, true));
            }
            Document svg = parse(new Gantt("", Gantt.Unit.SECONDS, rows, bars));
            List<Element> drawn = children(svg, "bars", "rect");
            List<Element> labels = children(svg, "rows", "text");
            double height = Double.parseDouble(svg.getDocumentElement().getAttribute("height"));
            for (int row = 0; row < count; row++) {
                double top = number(drawn.get(row), "y");
                double bottom = top + number(drawn.get(row), "height");
                assertThat(bottom - top).isGreaterThanOrEqualTo(8);
                assertThat(number(labels.get(row), "y")).isCloseTo((top + bottom) / 2, within(PIXEL));
                assertThat(bottom).isLessThan(height);
                if (row > 0) {
                    assertThat(top)
                            .isGreaterThan(number(drawn.get(row - 1), "y") + number(drawn.get(row - 1), "height"));
                }
            }
        }
    }

    @Test
    void ticksAreRoundAndWhereTheirTimeIs() throws Exception {
        Gantt chart = new Gantt(
                "",
                Gantt.Unit.MICROSECONDS,
                List.of("a"),
                List.of(new Bar(0, "t", 0, 0, 0, 400, true), new Bar(0, "t", 0, 0, 600, 4321, true)));
        Document svg = parse(chart);
        List<String> labels = children(svg, "axis", "text").stream()
                .map(Element::getTextContent)
                .distinct()
                .toList();
        assertThat(labels).containsExactly("0", "500", "1000", "1500", "2000", "2500", "3000", "3500", "4000");
        List<Element> bars = children(svg, "bars", "rect");
        double perMicro = number(bars.get(0), "width") / 400;
        List<Element> lines = children(svg, "axis", "line");
        for (int i = 0; i < lines.size(); i++) {
            double expected = number(bars.get(0), "x") + perMicro * Double.parseDouble(labels.get(i));
            assertThat(number(lines.get(i), "x1")).isCloseTo(expected, within(10 * PIXEL));
        }
    }

    @Test
    void thereAreAFewTicksWhateverTheTimes() {
        for (int seed = 0; seed < 1000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            double start = Math.pow(10, random.nextDouble(-300, 300));
            double finish = start * (random.nextBoolean() ? 1 : 1 + Math.pow(10, random.nextDouble(-12, 3)));
            TimeAxis axis = TimeAxis.of(List.of(new Bar(0, "t", 0, 0, start, finish, true)));
            assertThat(axis.ticks()).as("seed %d", seed).hasSizeBetween(4, 13);
            assertThat(axis.part(start)).isBetween(0.0, axis.part(finish));
            assertThat(axis.part(finish)).isBetween(0.0, 1.0);
        }
    }

    @Test
    void anEmptyChartHasRowsAndAnAxis() throws Exception {
        Document svg = parse(new Gantt("", Gantt.Unit.UNSTATED, List.of("a", "b"), List.of()));
        assertThat(children(svg, "bars", "rect")).isEmpty();
        assertThat(children(svg, "rows", "text")).hasSize(2);
        assertThat(children(svg, "axis", "line")).isNotEmpty();
    }

    private static int indexOf(Gantt chart, Comparator<Bar> greatest) {
        return chart.bars().indexOf(Collections.max(chart.bars(), greatest));
    }

    private static Document parse(Gantt chart) throws Exception {
        return DocumentBuilderFactory.newDefaultNSInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(GanttSvg.of(chart)));
    }

    private static List<Element> children(Document svg, String group, String tag) {
        NodeList groups = svg.getElementsByTagName("g");
        for (int i = 0; i < groups.getLength(); i++) {
            if (groups.item(i) instanceof Element element
                    && element.getAttribute("class").equals(group)) {
                return elements(element.getElementsByTagName(tag)).stream()
                        .filter(child -> !child.getAttribute("class").equals("stripe"))
                        .toList();
            }
        }
        throw new AssertionError("no group " + group);
    }

    private static List<Element> elements(NodeList nodes) {
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static List<String> titles(List<Element> elements) {
        return elements.stream()
                .map(element -> element.getElementsByTagName("title").item(0).getTextContent())
                .toList();
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }
}
