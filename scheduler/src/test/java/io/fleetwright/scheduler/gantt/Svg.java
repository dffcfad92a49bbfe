package io.fleetwright.scheduler.gantt;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** A drawn chart, read back with the JDK's XML parser. */
public final class Svg {
    private final Element root;
    private final String source;

    private Svg(Document document, String source) {
        root = document.getDocumentElement();
        this.source = source;
    }

    public static Svg of(Gantt chart) throws Exception {
        byte[] bytes = GanttSvg.of(chart);
        Document document = DocumentBuilderFactory.newDefaultNSInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(bytes));
        return new Svg(document, new String(bytes, StandardCharsets.UTF_8));
    }

    String source() {
        return source;
    }

    Element root() {
        return root;
    }

    /** A bar as it is drawn. */
    public record Box(String look, double x, double y, double width, double height, String tooltip) {
        public double right() {
            return x + width;
        }

        double bottom() {
            return y + height;
        }

        boolean overlaps(Box other, double slack) {
            return x < other.right() - slack
                    && other.x < right() - slack
                    && y < other.bottom() - slack
                    && other.y < bottom() - slack;
        }
    }

    /** A text as it is drawn, without its tooltip. */
    record Label(double x, double y, String text) {}

    public List<Box> bars() {
        return in("bars", "rect").stream()
                .map(bar -> new Box(
                        bar.getAttribute("class"),
                        number(bar, "x"),
                        number(bar, "y"),
                        number(bar, "width"),
                        number(bar, "height"),
                        bar.getTextContent()))
                .toList();
    }

    List<Label> labels(String group) {
        return in(group, "text").stream().map(Svg::label).toList();
    }

    /** The texts above the chart: its title and what there is to say about it. */
    List<Label> headings() {
        return children(root).stream()
                .filter(child -> child.getTagName().equals("text"))
                .map(Svg::label)
                .toList();
    }

    List<Double> gridLines() {
        return in("axis", "line").stream().map(line -> number(line, "x1")).toList();
    }

    List<Double> stripes() {
        return in("rows", "rect").stream().map(stripe -> number(stripe, "y")).toList();
    }

    private static Label label(Element text) {
        return new Label(
                number(text, "x"),
                number(text, "y"),
                text.getFirstChild() == null || text.getFirstChild().getNodeType() != Node.TEXT_NODE
                        ? ""
                        : text.getFirstChild().getTextContent());
    }

    private List<Element> in(String group, String tag) {
        return children(root).stream()
                .filter(child -> child.getAttribute("class").equals(group))
                .flatMap(child -> children(child).stream())
                .filter(child -> child.getTagName().equals(tag))
                .toList();
    }

    private static List<Element> children(Element element) {
        NodeList nodes = element.getChildNodes();
        List<Element> children = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Element child) {
                children.add(child);
            }
        }
        return children;
    }

    static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }
}
