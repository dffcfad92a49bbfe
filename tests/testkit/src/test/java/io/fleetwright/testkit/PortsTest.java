package io.fleetwright.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PortsTest {
    private static final int EACH = 200;

    /** Prints ports, and keeps them until its input ends. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < EACH; i++) {
                System.out.println(Ports.free());
            }
            var _ = System.in.read();
        }
    }

    @Test
    void twoProcessesGetDifferentPortsThatCanBeListenedOn() throws Exception {
        List<Process> others = new ArrayList<>();
        Set<Integer> given = new HashSet<>();
        try {
            for (int i = 0; i < 2; i++) {
                others.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Other.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
            }
            for (int i = 0; i < EACH; i++) {
                given.add(Ports.free());
            }
            for (Process other : others) {
                var lines = other.inputReader();
                for (int i = 0; i < EACH; i++) {
                    given.add(Integer.parseInt(lines.readLine()));
                }
            }
        } finally {
            others.forEach(Process::destroyForcibly);
        }
        assertThat(given).hasSize(3 * EACH).allMatch(port -> port >= Ports.LEAST && port <= Ports.MOST);
    }

    @Test
    void aPortIsGivenWithThoseAtItsDistances() throws Exception {
        int port = Ports.free(1, 363);
        for (int distance : new int[] {0, 1, 363}) {
            try (var server = new ServerSocket(port + distance, 1, InetAddress.getLoopbackAddress())) {
                assertThat(server.getLocalPort()).isEqualTo(port + distance);
            }
        }
    }
}
