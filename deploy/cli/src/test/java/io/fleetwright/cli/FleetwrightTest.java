package io.fleetwright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FleetwrightTest {
    private static final List<String> GROUPS = List.of("node", "model", "rollout", "job", "token");

    @Test
    void everyCommandExplainsItself() {
        Deque<List<String>> open = new ArrayDeque<>();
        open.add(List.of());
        int seen = 0;
        while (!open.isEmpty()) {
            List<String> command = open.poll();
            List<String> help = new ArrayList<>(command);
            help.add("--help");
            Ran ran = Ran.of(help.toArray());
            assertThat(ran.code()).as("%s", command).isZero();
            assertThat(ran.out()).contains(("Usage: fleetwright " + String.join(" ", command)).strip());
            assertThat(ran.err()).isEmpty();
            seen++;
            boolean holdsOthers = command.isEmpty() || command.size() == 1 && GROUPS.contains(command.get(0));
            if (holdsOthers) {
                String list = Ran.of(command.toArray()).err();
                for (String name : list.substring(list.indexOf("command: ") + 9, list.indexOf(" (try"))
                        .split(", ")) {
                    List<String> deeper = new ArrayList<>(command);
                    deeper.add(name);
                    open.add(deeper);
                }
            }
        }
        assertThat(seen).isGreaterThan(20);
    }

    @Test
    void theVersionIsToldWithThatOfJava() {
        Ran ran = Ran.of("--version");
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .matches("fleetwright \\S+, Java %s\\R"
                        .formatted(Pattern.quote(Runtime.version().toString())));
    }

    @Test
    void wrongUsageIsOneLineAndExitCodeTwo() {
        for (String[] wrong : new String[][] {
            {},
            {"nothing-of-that-name"},
            {"inspect"},
            {"infer", "--model", "m"},
            {"infer", "--model", "m", "--input", "i", "--rounding", "up"},
            {"schedule", "--dag", "d"},
            {"rollout"},
            {"rollout", "start", "glyphs"},
            {"node", "list", "--url", "nonsense", "--token", "t"},
            {"node", "list", "--format", "xml"},
            {"demo", "--nodes", "0"},
            {"demo", "--port", "65535"},
            {"up", "--port", "0"},
        }) {
            Ran ran = Ran.of((Object[]) wrong);
            assertThat(ran.code()).as("%s: %s", List.of(wrong), ran.err()).isEqualTo(2);
            assertThat(ran.err().strip().lines()).hasSize(1).first().asString().startsWith("fleetwright: ");
            assertThat(ran.out()).isEmpty();
        }
    }
}
