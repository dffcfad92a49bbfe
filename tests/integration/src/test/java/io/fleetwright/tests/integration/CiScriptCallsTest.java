package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the release script calls the command line with: a stand-in notes its token and arguments, each in brackets. */
class CiScriptCallsTest {
    @TempDir
    private Path folder;

    private List<String> calls(Map<String, String> more) throws Exception {
        Path calls = Files.createTempFile(folder, "calls", ".txt");
        Path cli = folder.resolve("fleetwright");
        Files.writeString(cli, """
                #!/bin/sh
                line=${FLEETWRIGHT_TOKEN:-}
                for argument in "$@"; do line="$line [$argument]"; done
                printf '%s\\n' "$line" >>"$CALLS"
                case "$1 $2" in
                'token exchange')
                    [ -z "${REFUSE_SECOND:-}" ] || [ "$(grep -c exchange "$CALLS")" = 1 ] || exit 1
                    echo "t$(grep -c exchange "$CALLS")"
                    ;;
                'rollout create') echo '{"rollout":"r-1"}' ;;
                esac
                """);
        Files.setPosixFilePermissions(cli, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(folder.resolve("glob.txt"), "");
        Map<String, String> environment = new HashMap<>(Map.of(
                "CALLS", calls.toString(),
                "FLEETWRIGHT", cli.toString(),
                "FLEETWRIGHT_URL", "http://127.0.0.1:1",
                "FLEETWRIGHT_TOKEN", "fixed",
                "MODEL", "glyphs",
                "VERSION", "2",
                "FILE", "model.tflite"));
        environment.putAll(more);
        Path log = Files.createTempFile(folder, "release", ".log");
        ProcessBuilder builder = new ProcessBuilder(
                        "sh",
                        SharedData.projectRoot().resolve("deploy/ci/release.sh").toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        for (String name : List.of("WAVES", "ROLLOUT_OPTIONS", "AUDIENCE", "EVALUATION_SET", "SUMMARY", "JUNIT")) {
            builder.environment().remove(name);
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        return Files.readAllLines(calls);
    }

    private String creation(Map<String, String> more) throws Exception {
        return calls(more).stream()
                .filter(call -> call.contains("[create]"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void wavesAreSentOnlyWhenTheyAreGiven() throws Exception {
        String bare = "fixed [rollout] [create] [glyphs] [2] [--format] [json]";
        assertThat(creation(Map.of())).isEqualTo(bare);
        assertThat(creation(Map.of("WAVES", "", "ROLLOUT_OPTIONS", "--policy @waves.json")))
                .isEqualTo(bare + " [--policy] [@waves.json]");
        assertThat(creation(Map.of("WAVES", "10,100"))).isEqualTo(bare + " [--waves] [10,100]");
    }

    @Test
    void optionsAreSplitAtBlanksOrAtLinesAndNeverTakenForFiles() throws Exception {
        assertThat(creation(Map.of("ROLLOUT_OPTIONS", "--class  cpu -q *\n")))
                .endsWith("[json] [--class] [cpu] [-q] [*]");
        assertThat(creation(
                        Map.of("ROLLOUT_OPTIONS", "--policy\n{\"reason\": \"a * b\"}\n\n--query=site==north yard\n")))
                .endsWith("[json] [--policy] [{\"reason\": \"a * b\"}] [--query=site==north yard]");
    }

    @Test
    void aTokenThatWasExchangedIsExchangedAgainForTheWait() throws Exception {
        Map<String, String> run = Map.of("FLEETWRIGHT_TOKEN", "", "FLEETWRIGHT_ID_TOKEN", "id");
        assertThat(calls(run))
                .satisfiesExactly(
                        call -> assertThat(call).isEqualTo(" [token] [exchange]"),
                        call -> assertThat(call).startsWith("t1 [model] [push]"),
                        call -> assertThat(call).startsWith("t1 [rollout] [create]"),
                        call -> assertThat(call).isEqualTo("t1 [token] [exchange]"),
                        call -> assertThat(call).startsWith("t2 [rollout] [wait] [r-1]"));
        Map<String, String> refused = new HashMap<>(run);
        refused.put("REFUSE_SECOND", "yes");
        assertThat(calls(refused)).last().asString().startsWith("t1 [rollout] [wait]");
        assertThat(calls(Map.of())).noneMatch(call -> call.contains("[exchange]"));
    }
}
