package io.fleetwright.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Skips the test with {@code reason} on a developer's machine and fails it in CI. */
    public static RuntimeException missing(String reason) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(reason + " (CI=true: missing means failed)");
        }
        System.err.println("SKIPPED: " + reason);
        return new TestAbortedException(reason);
    }
}
