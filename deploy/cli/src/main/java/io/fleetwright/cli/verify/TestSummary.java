package io.fleetwright.cli.verify;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Adds up every {@code target/surefire-reports/TEST-*.xml} below a folder: lists skipped tests with their reasons, then
 * prints {@code N passed, N failed, N skipped} as the last line. A class of which no test was even skipped counts as
 * failed: a factory or a source of cases that gives up leaves no other trace.
 *
 * <p>One file without dependencies, so that {@code java TestSummary.java DIR} counts even when nothing else compiled.
 */
public final class TestSummary {
    private static final Set<String> NOT_OURS = Set.of("node_modules", ".git", "src");
    private static final int LISTED_MAX = 500;
    private static final int REASON_CHARS_MAX = 200;

    private int passed;
    private final List<String> failed = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    private TestSummary() {}

    /** Exit code 0 when something passed and nothing failed. */
    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: TestSummary DIR");
            System.exit(2);
        }
        System.exit(run(Path.of(arguments[0]), System.out, System.err));
    }

    static int run(Path root, PrintStream out, PrintStream err) {
        TestSummary summary = new TestSummary();
        try {
            for (Path report : reports(root)) {
                summary.add(report);
            }
        } catch (IOException | XMLStreamException unreadable) {
            err.println("fleetwright: test reports cannot be read: " + unreadable.getMessage());
            summary.failed.add("reading the test reports");
        }
        summary.skipped.stream().limit(LISTED_MAX).forEach(test -> out.println("skipped: " + test));
        summary.failed.stream().limit(LISTED_MAX).forEach(test -> out.println("failed: " + test));
        out.println("%d passed, %d failed, %d skipped"
                .formatted(summary.passed, summary.failed.size(), summary.skipped.size()));
        return summary.passed > 0 && summary.failed.isEmpty() ? 0 : 1;
    }

    private static List<Path> reports(Path root) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_OURS.contains(name(folder)) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                Path folder = file.getParent();
                if (folder != null
                        && name(folder).equals("surefire-reports")
                        && name(file).matches("TEST-.*\\.xml")) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        found.sort(null);
        return found;
    }

    private static String name(Path path) {
        return path.getFileName() == null ? "" : path.getFileName().toString();
    }

    private void add(Path report) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            String test = "";
            String outcome = "";
            String reason = "";
            String suite = name(report);
            boolean empty = true;
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    switch (xml.getLocalName()) {
                        case "testsuite" -> suite = attribute(xml, "name");
                        case "testcase" -> {
                            empty = false;
                            test = attribute(xml, "classname") + "." + attribute(xml, "name");
                            outcome = "passed";
                            reason = "";
                        }
                        case "failure", "error" -> outcome = "failed";
                        case "skipped" -> {
                            outcome = "skipped";
                            reason = firstLine(attribute(xml, "message"));
                            if (reason.isEmpty()) {
                                // Surefire writes the trace only; its first line is the exception and its message.
                                reason = firstLine(xml.getElementText()).replaceFirst("^[A-Za-z0-9_.$]+: ", "");
                            }
                        }
                        default -> {
                            // Properties, output, re-runs: nothing to count.
                        }
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && xml.getLocalName().equals("testcase")) {
                    count(test, outcome, reason);
                }
            }
            xml.close();
            if (empty) {
                failed.add(suite + ": not one test ran or said why not");
            }
        }
    }

    private void count(String test, String outcome, String reason) {
        switch (outcome) {
            case "passed" -> passed++;
            case "skipped" -> skipped.add(test + ": " + (reason.isEmpty() ? "no reason given" : reason));
            default -> failed.add(test);
        }
    }

    private static String attribute(XMLStreamReader xml, String name) {
        String value = xml.getAttributeValue("", name);
        if (value == null) {
            value = xml.getAttributeValue(null, name);
        }
        return value == null ? "" : value;
    }

    private static String firstLine(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        return line.length() <= REASON_CHARS_MAX ? line : line.substring(0, REASON_CHARS_MAX);
    }
}
