package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which kernels a machine gets, by JVMs that are told to have less than this one. */
class KernelChoiceTest {
    /** Prints the choice. */
    static final class Choice {
        private Choice() {}

        public static void main(String[] arguments) {
            System.out.println(Kernels.best().name());
        }
    }

    private static String choice(String module, String flag) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        module,
                        flag,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Choice.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var lines = process.inputReader()) {
            String name = lines.readLine();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            return name;
        } finally {
            process.destroyForcibly();
        }
    }

    static Stream<String> lesserJvms() {
        var flags = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-Xint"));
        if (System.getProperty("os.arch").equals("amd64")) {
            flags.addAll(List.of("-XX:UseAVX=0", "-XX:UseAVX=1"));
        }
        return flags.stream();
    }

    @ParameterizedTest
    @MethodSource("lesserJvms")
    void vectorKernelsAreNotForJvmsAndProcessorsThatMakeNoVectorCode(String flag) throws Exception {
        assertThat(choice("--add-modules=jdk.incubator.vector", flag)).isEqualTo("scalar");
    }

    @Test
    void aJvmWithoutTheModuleRunsPlainJava() throws Exception {
        assertThat(choice("-Xshare:auto", "-Xshare:auto")).isEqualTo("scalar");
    }

    /** What {@code /proc/cpuinfo} of this machine says, where it says anything. */
    @Test
    void aProcessorWithAvx2AndFmaRunsVectorKernels() throws Exception {
        var cpuinfo = Path.of("/proc/cpuinfo");
        String flags = Files.isReadable(cpuinfo) ? Files.readString(cpuinfo) : "";
        boolean able = flags.contains(" avx2 ") && flags.contains(" fma ");
        String name = choice("--add-modules=jdk.incubator.vector", "-Xshare:auto");
        if (System.getProperty("os.arch").equals("amd64") && !flags.isEmpty()) {
            assertThat(name.startsWith("vector-")).isEqualTo(able);
        } else {
            assertThat(name).matches("scalar|vector-\\d+");
        }
    }
}
