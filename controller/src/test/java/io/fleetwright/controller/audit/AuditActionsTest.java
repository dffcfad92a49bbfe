package io.fleetwright.controller.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.rollout.RolloutState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class AuditActionsTest {
    private static final Pattern TEXT = Pattern.compile("\"([a-z-]+\\.[a-z-]+)\"");

    /** What else the sources write in that form: settings, files, metrics, log events, headers of Artemis. */
    private static final Set<String> OTHERS =
            Set.of("fleetwright", "mosquitto", "emqx", "acl", "ca", "keystore", "link", "inference", "http", "fw");

    /** Texts of the sources that look like an action and are nothing else that is known. */
    private static Set<String> written() throws Exception {
        Set<String> written = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                TEXT.matcher(Files.readString(file))
                        .results()
                        .map((MatchResult found) -> found.group(1))
                        .filter(text -> !OTHERS.contains(text.substring(0, text.indexOf('.'))))
                        .forEach(written::add);
            }
        }
        return written;
    }

    @Test
    void whateverTheSourcesWriteIntoTheLogIsKnown() throws Exception {
        assertThat(written()).hasSizeGreaterThan(30).allMatch(AuditActions::isKnown);
        assertThat(Arrays.stream(Stage.values()).filter(stage -> stage != Stage.DRAFT))
                .allMatch(stage -> AuditActions.isKnown("version." + stage.label()));
        assertThat(RolloutState.OPEN).isNotEmpty().allMatch(state -> AuditActions.isKnown("rollout." + state));
        assertThat(RolloutState.End.values())
                .allMatch(end -> AuditActions.isKnown("rollout."
                        + end.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-')));
    }

    @Test
    void nothingElseIs() {
        assertThat(Stream.of("", ".*", "rollout", "rollout.", "rollout.exploded", "roll.*", "*.*", "node.*.*"))
                .noneMatch(AuditActions::isKnown);
        assertThat(Stream.of("*", "rollout.*", "refused", "node.revoked")).allMatch(AuditActions::isKnown);
    }
}
