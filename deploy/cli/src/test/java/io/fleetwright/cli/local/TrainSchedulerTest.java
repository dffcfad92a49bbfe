package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.scheduler.online.PairNetwork;
import io.fleetwright.scheduler.online.PairNetworkText;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainSchedulerTest {
    @TempDir
    Path folder;

    private Ran train(Object... more) {
        Object[] words = new Object[5 + more.length];
        System.arraycopy(new Object[] {"train", "scheduler", "--json", "--threads", 2}, 0, words, 0, 5);
        System.arraycopy(more, 0, words, 5, more.length);
        return Ran.of(words);
    }

    /** One step is validated at the end, and what is written can be read. */
    @Test
    void aStepIsTrainedValidatedAndWritten() throws Exception {
        Path out = folder.resolve("network.txt");
        Ran ran = train("--seed", 7, "--steps", 1, "--out", out);
        assertThat(ran.code()).isZero();
        JsonNode json = ran.json();
        assertThat(json.path("steps").asInt()).isEqualTo(1);
        assertThat(json.path("ratio").asDouble()).isBetween(0.9, 1.0);
        assertThat(ran.err()).startsWith("step 1: ").contains(" of ETF's latency");
        String text = Files.readString(out);
        assertThat(text).contains("\nfleetwright train scheduler --seed 7 --steps 1: the network of step ");
        PairNetwork network = PairNetworkText.read(Files.readAllBytes(out));
        assertThat(network.weights()).hasSize(PairNetwork.WEIGHTS);
    }

    @Test
    void withoutTimeNothingIsLearned() throws Exception {
        Path out = folder.resolve("network.txt");
        JsonNode json = train("--minutes", 0, "--out", out).json();
        assertThat(json.path("steps").asInt()).isZero();
        assertThat(json.path("ratio").asDouble()).isEqualTo(1);
        assertThat(Files.readString(out)).contains("--steps 0: the network of step 0, 1.0000 of");
    }

    @Test
    void whatCannotBeDoneIsSaidBeforeItBegins() {
        Ran folderless = train("--out", folder.resolve("none").resolve("network.txt"));
        assertThat(folderless.code()).isEqualTo(1);
        assertThat(folderless.err()).contains("cannot be written: there is no such folder");
        assertThat(folderless.err()).doesNotContain("step");
        Path out = folder.resolve("network.txt");
        assertThat(train("--steps", 0, "--out", out).err()).contains("--steps (0) must be 1 to 100000");
        assertThat(train("--threads", 0, "--out", out).err()).contains("--threads");
        assertThat(train("--minutes", -1, "--out", out).err()).contains("--minutes (-1) must be 0 to 10000");
        assertThat(train().err()).contains("--out");
        assertThat(out).doesNotExist();
        assertThat(Ran.of("train").err()).contains("name a command: scheduler");
    }
}
