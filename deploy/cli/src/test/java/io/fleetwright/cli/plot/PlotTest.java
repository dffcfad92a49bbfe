package io.fleetwright.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class PlotTest {
    private static List<Element> elements(Plot plot, String name) throws Exception {
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(plot.draw().getBytes(StandardCharsets.UTF_8)));
        NodeList nodes = document.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }

    @Test
    void equalFactorsAreEquallyFarApartOnALogarithmicAxis() throws Exception {
        Axis axis = Axis.logarithmic("kbit/s", 50, 50_000);
        assertThat(axis.ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("50", "100", "200", "500", "1000", "2000", "5000", "10000", "20000", "50000");
        assertThat(axis.position(500) - axis.position(50)).isCloseTo(1.0 / 3, within(1e-9));
        Plot plot = new Plot("p", axis, Axis.linear("ms", 88.9));
        plot.point(Plot.Dot.ON, new Plot.At(50, 0), "");
        plot.point(Plot.Dot.HOLLOW, new Plot.At(500, 50), "");
        plot.point(Plot.Dot.OFF, new Plot.At(5000, 100), "");
        List<Element> dots = elements(plot, "circle");
        assertThat(number(dots.get(1), "cx") - number(dots.get(0), "cx"))
                .isCloseTo(number(dots.get(2), "cx") - number(dots.get(1), "cx"), within(0.2));
        assertThat(number(dots.get(0), "cy") - number(dots.get(1), "cy"))
                .as("the axis goes to 100, and upwards is less")
                .isCloseTo(number(dots.get(1), "cy") - number(dots.get(2), "cy"), within(0.2))
                .isPositive();
    }

    @Test
    void aLinearAxisEndsAtARoundValueThatNoneLiesAbove() {
        assertThat(Axis.linear("ms", 88.9).ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0", "20", "40", "60", "80", "100");
        assertThat(Axis.linear("ms", 0.0031).ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0", "0.001", "0.002", "0.003", "0.004");
        assertThat(Axis.linear("ms", 50).to()).isEqualTo(50);
        for (double none : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Axis.linear("ms", none))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("ms: the largest value (%s) must be above 0 and finite".formatted(none));
        }
        assertThatThrownBy(() -> new Axis("ms", 1, 1, value -> value, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ms: 1.0 does not lie below 1.0");
    }

    @Test
    void aDrawingIsTheSameWhereverItIsDrawn() {
        Locale here = Locale.getDefault();
        String drawn = drawing();
        try {
            for (String other : List.of("de-DE", "ar-EG-u-nu-arab")) {
                Locale.setDefault(Locale.forLanguageTag(other));
                assertThat(drawing()).as(other).isEqualTo(drawn);
            }
        } finally {
            Locale.setDefault(here);
        }
    }

    private static String drawing() {
        Plot plot = new Plot("p", Axis.logarithmic("x", 0.5, 100), Axis.linear("y", 3.3));
        plot.point(Plot.Dot.ON, new Plot.At(1.5, 2.5), "name");
        return plot.draw();
    }

    @Test
    void whatLiesOutsideStandsAtTheEdgeAndNamesDoNotCoverEachOther() throws Exception {
        Plot plot = new Plot("<&>", Axis.logarithmic("x", 1, 100), Axis.linear("y", 10));
        plot.curve(Plot.Stroke.FIRST, "one", List.of(new Plot.At(1, 5), new Plot.At(1000, 5)));
        plot.curve(Plot.Stroke.SECOND, "two", List.of(new Plot.At(1, 5), new Plot.At(100, 5.1)));
        plot.whisker(10, 2, 4);
        plot.bar(10, 20, 3);
        List<Element> names = elements(plot, "text").stream()
                .filter(text -> List.of("one", "two").contains(text.getTextContent()))
                .toList();
        assertThat(Math.abs(number(names.get(0), "y") - number(names.get(1), "y")))
                .isGreaterThanOrEqualTo(15);
        assertThat(names.get(0).getAttribute("x")).isEqualTo(names.get(1).getAttribute("x"));
        assertThat(elements(plot, "title").getFirst().getTextContent()).isEqualTo("<&>");
    }
}
