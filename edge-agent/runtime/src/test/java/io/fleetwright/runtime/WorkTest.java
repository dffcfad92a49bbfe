package io.fleetwright.runtime;

import static io.fleetwright.runtime.OnnxFile.integers;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an inference takes is counted, and bounded, before it runs. */
class WorkTest {
    private static final int AVERAGE_POOL = 1;
    private static final int MAX_POOL = 17;

    /** A pool over square images, SAME, stride 1. */
    private static byte[] pool(int builtin, int size, int channels, int kernel) {
        var writer = new TfliteWriter();
        int in = writer.activation(0.5f, 3, 1, size, size, channels);
        int out = writer.activation(0.5f, 3, 1, size, size, channels);
        var options = table((byte) 0, 1, 1, kernel, kernel, (byte) 0);
        return writer.operator(builtin, 2, 5, options, new int[] {in}, out).toBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {AVERAGE_POOL, MAX_POOL})
    void windowsOfPoolsAreWorkWithoutProducts(int builtin) throws Exception {
        var report = ModelReport.of(ModelReader.read(pool(builtin, 10, 3, 4), "pool"));
        assertThat(report.macs()).isZero();
        assertThat(report.work()).isEqualTo(2 * 300 + 300 * 16);
        // No more than the image has.
        assertThat(ModelReport.of(ModelReader.read(pool(builtin, 3, 2, 100), "pool"))
                        .work())
                .isEqualTo(2 * 18 + 18 * 9);
    }

    @ParameterizedTest
    @ValueSource(ints = {AVERAGE_POOL, MAX_POOL})
    void aPoolThatWouldRunForHoursIsRefused(int builtin) throws Exception {
        assertThat(ModelReader.read(pool(builtin, 512, 1, 512), "wide").operators())
                .hasSize(1);
        byte[] endless = pool(builtin, 1024, 64, 1024);
        assertThatThrownBy(() -> ModelReader.read(endless, "endless"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(
                        "endless: operator 0 " + (builtin == MAX_POOL ? "MAX_POOL_2D" : "AVERAGE_POOL_2D"),
                        "an inference takes %d steps".formatted((2L << 26) + (1L << 46)),
                        "at most %d allowed".formatted(Limits.WORK_MAX));
    }

    @Test
    void stepsOfAllOperatorsAddUp() {
        var writer = new TfliteWriter();
        int before = writer.activation(0.5f, 3, 1, 512, 512, 1);
        int input = before;
        var options = table((byte) 0, 1, 1, 512, 512, (byte) 0);
        for (int i = 0; i < 3; i++) {
            int out = writer.activation(0.5f, 3, 1, 512, 512, 1);
            writer.operator(MAX_POOL, 2, 5, options, new int[] {before}, out);
            before = out;
        }
        byte[] three = writer.ports(new int[] {input}, new int[] {before}).toBytes();
        assertThatThrownBy(() -> ModelReader.read(three, "three"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("three: operator 1 MAX_POOL_2D", "steps up to here");
    }

    @Test
    void poolsOfOnnxAreBoundedToo() {
        byte[] file = OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 1, 16, 1024, 1024)
                .node("MaxPool", List.of("x"), "y", integers("kernel_shape", 512, 512))
                .output("y")
                .bytes();
        assertThatThrownBy(() -> ModelReader.read(file, "onnx"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("MaxPool", "over %d steps of work".formatted(Limits.WORK_MAX));
    }
}
