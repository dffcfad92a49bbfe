package io.fleetwright.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/**
 * Finds the data that lives beside the project ({@code ../shared}) and is never copied into it.
 *
 * <p>Without it a test is counted as skipped, with the reason; with {@code CI=true} in the environment it fails, so
 * that a green CI run can never mean "the oracle was not there".
 */
public final class SharedData {
    private SharedData() {}

    /** Root of the checkout, as Maven passes it in {@code fleetwright.root}. */
    public static Path projectRoot() {
        String root = System.getProperty("fleetwright.root");
        if (root == null || root.isBlank()) {
            throw new IllegalStateException("fleetwright.root is not set: run tests through Maven");
        }
        return Path.of(root);
    }

    /**
     * The file or folder {@code ../shared/<relative>}.
     *
     * @throws TestAbortedException when it is missing and this is not CI
     * @throws AssertionError when it is missing in CI
     */
    public static Path require(String relative) {
        Path path = projectRoot().resolveSibling("shared").resolve(relative);
        if (Files.exists(path)) {
            return path;
        }
        throw missing("../shared/" + relative + " is not beside the project");
    }

    /**
     * Skips the test with {@code reason} on a developer's machine and fails it in CI.
     *
     * <p>Inside a test, or before all tests of a class: what a factory of tests throws is neither counted as skipped
     * nor shown, see {@link #missingTests}.
     */
    public static RuntimeException missing(String reason) {
        return missing(reason, System.getenv());
    }

    /** What a factory of tests returns instead of them: one test of that name, which is {@link #missing}. */
    public static Stream<DynamicTest> missingTests(String name, String reason) {
        return Stream.of(DynamicTest.dynamicTest(name, () -> {
            throw missing(reason);
        }));
    }

    static RuntimeException missing(String reason, Map<String, String> environment) {
        if ("true".equals(environment.get("CI"))) {
            throw new AssertionError(reason + " (CI=true: missing means failed)");
        }
        System.err.println("SKIPPED: " + reason);
        return new TestAbortedException(reason);
    }
}
