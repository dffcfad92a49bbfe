package io.fleetwright.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<String> news = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    private Child child(String script) {
        return new Child("child", List.of("sh", "-c", script), folder.resolve("child.log"));
    }

    private List<Long> pids() throws IOException {
        Path log = folder.resolve("child.log");
        return Files.exists(log)
                ? Files.readAllLines(log).stream().map(Long::valueOf).toList()
                : List.of();
    }

    @Test
    void startsAChildAgainThatWasKilledAndEndsItWithItself() throws CommandFailure {
        try (Supervisor supervisor = new Supervisor(news::add)) {
            supervisor.start(child("echo $$; exec sleep 600"));
            Await.until("the child runs", LIMIT, () -> pids().size() == 1);
            assertThat(ProcessHandle.of(pids().get(0)).orElseThrow().destroyForcibly())
                    .isTrue();
            Await.until("it runs again", LIMIT, () -> pids().size() == 2);
            assertThat(news).hasSize(1).first().asString().contains("child ended", "starting it again");
            supervisor.check();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
        Await.until(
                "no child is left",
                LIMIT,
                () -> pids().stream()
                        .noneMatch(pid -> ProcessHandle.of(pid)
                                .map(ProcessHandle::isAlive)
                                .orElse(false)));
    }

    @Test
    void givesUpOnAChildThatKeepsEndingAndSaysItsLastWords() throws CommandFailure {
        try (Supervisor supervisor = new Supervisor(news::add)) {
            supervisor.start(child("echo the disk is full; exit 3"));
            Await.until("it gives up", LIMIT, () -> {
                try {
                    supervisor.check();
                    return false;
                } catch (CommandFailure gaveUp) {
                    return true;
                }
            });
            assertThatThrownBy(supervisor::check)
                    .hasMessageContaining("6 times")
                    .hasMessageContaining("exit code 3")
                    .hasMessageContaining("the disk is full");
            assertThat(news).hasSize(5);
        }
    }

    @Test
    void aBusyPortIsNamedBeforeAnythingStarts() throws IOException, CommandFailure {
        try (ServerSocket busy = new ServerSocket()) {
            busy.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Ports ports = new Ports(busy.getLocalPort(), busy.getLocalPort(), busy.getLocalPort());
            assertThatThrownBy(ports::requireFree)
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("port %d ".formatted(busy.getLocalPort()));
        }
    }

    @Test
    void allPortsFollowFromTheFirst() {
        assertThat(Ports.from(8080)).isEqualTo(new Ports(8080, 8443, 8883));
        assertThatThrownBy(() -> Ports.from(64_733))
                .hasMessageContaining("64733")
                .hasMessageContaining("64732");
    }
}
