package io.fleetwright.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSummaryTest {
    private static final String PASSED = "<testcase classname='a.B' name='works'/>";
    private static final String SKIPPED =
            "<testcase classname='a.B' name='waits'><skipped message='no data&#10;beside it'>trace</skipped></testcase>";
    private static final String FAILED =
            "<testcase classname='a.B' name='breaks'><failure message='x'>trace</failure></testcase>";

    @TempDir
    private Path root = Path.of("");

    private record Counted(int code, String out) {
        String lastLine() {
            return out.lines().reduce("", (_, line) -> line);
        }
    }

    private void report(String module, String cases) throws IOException {
        Path folder = Files.createDirectories(root.resolve(module).resolve("target/surefire-reports"));
        Files.writeString(
                folder.resolve("TEST-x.xml"),
                "<?xml version='1.0'?><testsuites><testsuite>%s</testsuite></testsuites>".formatted(cases));
    }

    private Counted count() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        int code = TestSummary.run(root, stream, stream);
        return new Counted(code, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void addsUpEveryModuleAndGivesTheReasonOfWhatWasSkipped() throws IOException {
        report("one", PASSED + PASSED + SKIPPED);
        report("deep/er", PASSED);
        Counted counted = count();
        assertThat(counted.code()).isZero();
        assertThat(counted.lastLine()).isEqualTo("3 passed, 0 failed, 1 skipped");
        assertThat(counted.out()).contains("skipped: a.B.waits: no data");
    }

    @Test
    void oneFailureFailsTheWhole() throws IOException {
        report("one", PASSED + FAILED);
        Counted counted = count();
        assertThat(counted.code()).isEqualTo(1);
        assertThat(counted.lastLine()).isEqualTo("1 passed, 1 failed, 0 skipped");
        assertThat(counted.out()).contains("failed: a.B.breaks");
    }

    @Test
    void nothingPassedIsNoSuccess() throws IOException {
        report("one", SKIPPED);
        assertThat(count().code()).isEqualTo(1);
        assertThat(count().lastLine()).isEqualTo("0 passed, 0 failed, 1 skipped");
    }

    @Test
    void theReasonIsFoundWhereSurefireWritesIt() throws IOException {
        report(
                "one",
                PASSED
                        + "<testcase classname='a.B' name='waits'><skipped type='org.opentest4j.TestAbortedException'>"
                        + "<![CDATA[org.opentest4j.TestAbortedException: ../shared/x is not beside the project\n"
                        + "\tat a.B.waits(B.java:1)]]></skipped></testcase>"
                        + "<testcase classname='a.B' name='bare'><skipped/></testcase>");
        assertThat(count().out())
                .contains("skipped: a.B.waits: ../shared/x is not beside the project")
                .contains("skipped: a.B.bare: no reason given");
        assertThat(count().lastLine()).isEqualTo("1 passed, 0 failed, 2 skipped");
    }

    @Test
    void aClassOfWhichNothingRanIsAFailure() throws IOException {
        report("one", PASSED);
        report("two", "");
        assertThat(count().code()).isEqualTo(1);
        assertThat(count().lastLine()).isEqualTo("1 passed, 1 failed, 0 skipped");
        assertThat(count().out()).contains("not one test ran or said why not");
    }

    @Test
    void aDamagedReportCountsAsAFailure() throws IOException {
        report("one", PASSED);
        report("two", "<oops>");
        assertThat(count().code()).isEqualTo(1);
        assertThat(count().lastLine()).isEqualTo("1 passed, 1 failed, 0 skipped");
    }
}
