package io.fleetwright.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class SharedDataTest {
    @Test
    void whatIsMissingSkipsATestAndFailsItInCi() {
        assertThat(SharedData.missing("no oracle", Map.of()))
                .isInstanceOf(TestAbortedException.class)
                .hasMessage("no oracle");
        assertThat(SharedData.missing("no oracle", Map.of("CI", "false"))).isInstanceOf(TestAbortedException.class);
        assertThatThrownBy(() -> SharedData.missing("no oracle", Map.of("CI", "true")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no oracle")
                .hasMessageContaining("CI=true");
    }

    @Test
    void aFactoryWithoutWhatItNeedsLeavesOneTestThatSaysSo() {
        List<DynamicTest> left =
                SharedData.missingTests("console", "no browser").toList();
        assertThat(left).extracting(DynamicTest::getDisplayName).containsExactly("console");
        boolean ci = "true".equals(System.getenv("CI"));
        assertThatThrownBy(() -> left.getFirst().getExecutable().execute())
                .isInstanceOf(ci ? AssertionError.class : TestAbortedException.class)
                .hasMessageContaining("no browser");
    }

    @Test
    void whatIsNotBesideTheProjectIsNamed() {
        boolean ci = "true".equals(System.getenv("CI"));
        assertThatThrownBy(() -> SharedData.require("no/such/file"))
                .isInstanceOf(ci ? AssertionError.class : TestAbortedException.class)
                .hasMessageContaining("../shared/no/such/file is not beside the project");
    }
}
