package io.fleetwright.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.rest.ParetoPlot.Point;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ParetoPlotTest {
    private static Point point(String variant, long bytes, double accuracy) {
        return new Point(variant, bytes, accuracy, accuracy - 0.01, accuracy + 0.005);
    }

    private static Document parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theFrontHasWhatNoSmallerOneIsAsAccurateAs() {
        List<Point> points = List.of(
                point("int8", 400, 0.98),
                point("dear", 410, 0.97),
                point("int4", 200, 0.96),
                point("equal", 200, 0.95),
                point("ternary", 100, 0.80),
                point("worse", 300, 0.96));
        assertThat(ParetoPlot.front(points)).extracting(Point::variant).containsExactly("ternary", "int4", "int8");
    }

    @Test
    void onlyMeasuredVariantsAreDrawnAndThePackagesSizeCounts() throws Exception {
        var version = new ObjectMapper().readTree("""
                        {"variants": [
                        {"variant": "a", "bytes": 500, "packageBytes": 300, "accuracy": {"n": 10, "fraction": 0.9, "low95": 0.6, "high95": 0.98}},
                        {"variant": "b", "bytes": 500, "packageBytes": null, "accuracy": {"n": 10, "fraction": 0.9, "low95": 0.6, "high95": 0.98}},
                        {"variant": "c", "bytes": 500, "packageBytes": null, "accuracy": null}]}""");
        assertThat(ParetoPlot.points(version))
                .containsExactly(new Point("a", 300, 0.9, 0.6, 0.98), new Point("b", 500, 0.9, 0.6, 0.98));
    }

    @Test
    void theDrawingIsXmlWithAPointPerVariantHigherWhereMoreAccurateAndFurtherRightWhereLarger() throws Exception {
        Document svg = parsed(ParetoPlot.draw(
                "a <b> & \"c\"",
                List.of(point("int8", 400, 0.98), point("int4", 200, 0.96), point("poor", 300, 0.90))));
        NodeList circles = svg.getElementsByTagName("circle");
        assertThat(circles.getLength()).isEqualTo(3);
        double[] x = new double[3];
        double[] y = new double[3];
        for (int i = 0; i < 3; i++) {
            Element circle = (Element) circles.item(i);
            x[i] = Double.parseDouble(circle.getAttribute("cx"));
            y[i] = Double.parseDouble(circle.getAttribute("cy"));
            assertThat(circle.getAttribute("class")).isEqualTo(i == 2 ? "off" : "on");
        }
        // 200, 300, 400 bytes are equally far apart; from 2 to 4 % wrong it is log 2 up, from 2 to 10 % log 5.
        assertThat(x[0] - x[2]).isCloseTo(x[2] - x[1], org.assertj.core.api.Assertions.within(0.2));
        assertThat((y[1] - y[0]) / (y[2] - y[0]))
                .isCloseTo(Math.log(2) / Math.log(5), org.assertj.core.api.Assertions.within(0.01));
        assertThat(labels(svg))
                .as("none covers another")
                .doesNotHaveDuplicates()
                .hasSize(3);
        assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isEqualTo("a <b> & \"c\"");
    }

    /** Heights of the variants' names. */
    private static List<String> labels(Document svg) {
        NodeList texts = svg.getElementsByTagName("text");
        return java.util.stream.IntStream.range(0, texts.getLength())
                .mapToObj(i -> (Element) texts.item(i))
                .filter(text -> List.of("int8", "int4", "poor").contains(text.getTextContent()))
                .map(text -> text.getAttribute("y"))
                .toList();
    }

    @Test
    void equalPointsHaveLabelsBelowEachOther() throws Exception {
        Document svg = parsed(ParetoPlot.draw(
                "same", List.of(point("int8", 400, 0.98), point("int4", 400, 0.98), point("poor", 401, 0.98))));
        List<Double> heights =
                labels(svg).stream().map(Double::valueOf).sorted().toList();
        assertThat(heights.get(1) - heights.get(0)).isCloseTo(15.0, org.assertj.core.api.Assertions.within(0.01));
        assertThat(heights.get(2) - heights.get(1)).isCloseTo(15.0, org.assertj.core.api.Assertions.within(0.01));
    }
}
