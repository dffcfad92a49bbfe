package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.conformance.NodeTest;
import io.fleetwright.runtime.conformance.NodeTest.Outcome;
import io.fleetwright.testkit.SharedData;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The selection of the ONNX backend suite beside the project. */
class OnnxNodeTestsTest {
    private static final int TESTS = 163;
    /** Its expected outputs wrap where the standard saturates. */
    private static final String CONTRADICTS_THE_STANDARD = "test_qlinearmatmul_3D_int8_float32";

    @Test
    void everyNodeTestPassesButOneThatContradictsTheStandard() throws Exception {
        var notPassed = new TreeMap<String, String>();
        var tests = NodeTest.in(SharedData.require("onnx-node-tests"));
        for (var test : tests) {
            switch (test.run()) {
                case Outcome.Passed _ -> {}
                case Outcome.Skipped(String reason) -> notPassed.put(test.name(), "skipped " + reason);
                case Outcome.Unsupported(String reason) -> notPassed.put(test.name(), "unsupported " + reason);
                case Outcome.Failed(String reason) -> notPassed.put(test.name(), "failed " + reason);
            }
        }
        assertThat(notPassed).containsOnlyKeys(CONTRADICTS_THE_STANDARD);
        assertThat(notPassed.get(CONTRADICTS_THE_STANDARD)).startsWith("skipped");
        assertThat(tests).hasSize(TESTS);
    }

    @Test
    void everyOperatorThatAGraphMayHaveIsNamed() throws Exception {
        var names = ModelReader.operatorNames();
        for (var test : NodeTest.in(SharedData.require("onnx-node-tests"))) {
            assertThat(names).as(test.name()).containsAll(test.graph().operatorNames());
        }
    }
}
