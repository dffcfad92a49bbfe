package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent over a disk that has lost parts of its files, or that is full. */
class DamagedDiskTest {
    private static final int ROUNDS = 3;
    private static final int TELEMETRY_FILES = 2;

    private static final Pattern FRAME = Pattern.compile("[0-9]{12}-[0-9a-f]{16}-[0-9]{12}");

    @TempDir
    Path folder;

    @Test
    void truncatedFilesAreDroppedToldAndGotAgain() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder);
                Processes.Agent board = fleet.agent("board", fleet.controller.edgeUrl())) {
            Operator operator = fleet.operator;
            board.start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            fleet.assertRuns("board/cpu0");

            fleet.controller.stop();
            Await.until(
                    "telemetry is kept for the controller",
                    FaultyFleet.LIMIT,
                    () -> FaultyFleet.files(board, "spool/telemetry").size() >= TELEMETRY_FILES);
            board.kill();
            // The kill may have left a file that was still being written, under a name of its own.
            Path frame = FaultyFleet.files(board, "spool/telemetry").stream()
                    .filter(file ->
                            FRAME.matcher(String.valueOf(file.getFileName())).matches())
                    .findFirst()
                    .orElseThrow();
            spoil(board, frame);
            fleet.controller.start();
            board.start();
            operator.awaitOnline(List.of("board"));
            fleet.assertRuns("board/cpu0");
            String said = board.output();
            assertThat(said)
                    .contains("identity.damaged node=board")
                    .contains("slots.damaged")
                    .contains("desired.stored_list_damaged")
                    .contains("spool.damaged stream=result dropped=1")
                    .contains("spool.damaged stream=reported dropped=1")
                    .contains("spool.damaged stream=telemetry dropped=1");
            assertThat(frame).doesNotExist();
            assertThat(operator.api().get("/api/v1/nodes").expect(200).body().get("items"))
                    .as("the same node, not a second one")
                    .hasSize(1);
            // Reports keep their order, so one that cannot be read would hold back this rollout's.
            operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
            operator.awaitSucceeded(operator.rollOut("2.0.0"));
            assertThat(fleet.controller.output()).as("nothing damaged was sent").doesNotContain("message.dropped");
        }
    }

    /** Half of everything: one frame, a result and a report that nobody has acknowledged, slots, list, artifact, identity. */
    private static void spoil(Processes.Agent board, Path frame) throws IOException {
        String[] parts = String.valueOf(frame.getFileName()).split("-", -1);
        Stamp stamp = new Stamp(parts[1], 900);
        String name = "%s-%s-%012d".formatted(parts[0], parts[1], stamp.sequence());
        Path state = board.data().resolve("state");
        Path result = Files.createDirectories(state.resolve("spool/result")).resolve(name);
        Files.write(
                result,
                TaskResult.failed(stamp, "j-1", 1, "cpu0", TaskResult.Outcome.FAILED, "x")
                        .encode());
        Path report = Files.createDirectories(state.resolve("spool/reported")).resolve(name);
        Files.write(report, new Reported(stamp, 1, true, List.of(), null).encode());
        List<Path> halved = new ArrayList<>(List.of(
                frame,
                result,
                report,
                state.resolve("slots"),
                state.resolve("desired"),
                board.data().resolve("identity.json")));
        halved.addAll(FaultyFleet.files(board, "artifact"));
        for (Path file : halved) {
            byte[] whole = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        }
    }

    @Test
    void whateverIsTruncatedTheAgentStartsAndRunsAgain() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("DamagedDiskTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        try (FaultyFleet fleet = new FaultyFleet(folder);
                Processes.Agent board = fleet.agent("board", fleet.controller.edgeUrl())) {
            Operator operator = fleet.operator;
            board.start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            for (int round = 0; round < ROUNDS; round++) {
                fleet.assertRuns("board/cpu0");
                board.kill();
                List<String> spoiled = new ArrayList<>();
                for (Path file : FaultyFleet.files(board, "")) {
                    if (random.nextInt(3) != 0) {
                        byte[] whole = Files.readAllBytes(file);
                        int kept = random.nextInt(whole.length + 1);
                        Files.write(file, Arrays.copyOf(whole, kept));
                        spoiled.add("%s %d/%d".formatted(file.getFileName(), kept, whole.length));
                    }
                }
                System.out.println("round " + round + " truncates " + spoiled);
                long starts = FaultyFleet.lines(board, "agent.ready");
                board.start();
                Await.until(
                        () -> "the agent is back; it says: " + board.log(),
                        FaultyFleet.LIMIT,
                        () -> FaultyFleet.lines(board, "agent.ready") > starts);
            }
            fleet.assertRuns("board/cpu0");
        }
    }

    /** The agent's data lies on a file system of its own of a few megabytes, which the test fills up from outside. */
    @Test
    void onAFullDiskTheAgentLivesOnSaysSoAndGoesOnWhenThereIsRoomAgain() throws Exception {
        requireOwnFileSystems();
        try (FaultyFleet fleet = new FaultyFleet(folder);
                Processes.Agent board = fleet.agent("board", fleet.controller.edgeUrl())) {
            Operator operator = fleet.operator;
            Files.createDirectories(board.data());
            board.startedBy(
                            "unshare",
                            "-Urm",
                            "sh",
                            "-c",
                            "mount -t tmpfs -o size=4m,mode=700 tmpfs \"$0\" && exec \"$@\"",
                            board.data().toString())
                    .start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            fleet.assertRuns("board/cpu0");
            long pid = board.handle().pid();

            Path inside = Path.of("/proc", Long.toString(pid), "root" + board.data());
            Path filler = inside.resolve("filler");
            // Acknowledged frames leave the disk and make room again, until none is left.
            Await.until(
                    () -> "the disk is full for good; the agent says: " + board.log(),
                    FaultyFleet.LIMIT,
                    () -> fill(filler) == 0
                            && FaultyFleet.lines(board, "spool.not_saved") > 0
                            && filesBelow(inside.resolve("state/spool")) == 0);
            operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
            String rollout = operator.rollOut("2.0.0");
            Await.until(
                    () -> "the agent says that nothing can be stored; it says: " + board.log(),
                    FaultyFleet.LIMIT,
                    () -> FaultyFleet.lines(board, "desired.not_stored") > 0);
            JsonNode ended = operator.awaitEnded(
                            List.of(operator.submit("board/cpu0", FaultyFleet.DEADLINE)), FaultyFleet.LIMIT)
                    .getFirst();
            assertThat(ended.get("state").asText()).as(ended.toString()).isIn("succeeded", "failed");
            if (ended.get("state").asText().equals("failed")) {
                assertThat(ended.get("reason").asText()).isEqualTo("spool-full");
            }
            assertThat(operator.rollout(rollout).get("state").asText()).isEqualTo("running");
            assertThat(operator.statusOf("board")).isEqualTo("online");
            assertThat(FaultyFleet.lines(board, "desired.not_stored"))
                    .as("an outage is told once, however often it is tried again")
                    .isEqualTo(1);

            Files.delete(filler);
            operator.awaitSucceeded(rollout);
            fleet.assertRuns("board/cpu0");
            assertThat(board.handle().isAlive()).isTrue();
            assertThat(FaultyFleet.lines(board, "agent.started")).as("starts").isEqualTo(1);
        }
    }

    /** Appends to the file until there is no room, and returns how many bytes of it there was. */
    private static long fill(Path filler) throws IOException {
        byte[] block = new byte[4096];
        long before = Files.exists(filler) ? Files.size(filler) : 0;
        try (OutputStream out = Files.newOutputStream(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
        return Files.size(filler) - before;
    }

    private static long filesBelow(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).count();
        }
    }

    private static void requireOwnFileSystems() throws IOException, InterruptedException {
        try {
            Process probe = new ProcessBuilder("unshare", "-Urm", "sh", "-c", "mount -t tmpfs -o size=4m tmpfs /mnt")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (probe.waitFor(FaultyFleet.LIMIT.toSeconds(), TimeUnit.SECONDS) && probe.exitValue() == 0) {
                return;
            }
        } catch (IOException noSuchProgram) {
            throw SharedData.missing("no unshare on this machine, which gives a process a file system of its own");
        }
        throw SharedData.missing("this machine gives processes no file systems of their own (unshare -Urm)");
    }
}
