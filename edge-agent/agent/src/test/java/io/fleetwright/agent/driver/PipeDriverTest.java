package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipeDriverTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final List<PipeDriver> drivers = new ArrayList<>();

    @AfterEach
    void close() {
        drivers.forEach(PipeDriver::close);
    }

    private PipeDriver driver(String behaviour, Duration limit) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                PipePeer.class.getName(),
                behaviour);
        PipeDriver driver = new PipeDriver("d1", DeviceClass.NANO_DRONE, command, folder, nanos::get, limit);
        drivers.add(driver);
        return driver;
    }

    private static byte[] artifact() throws IOException {
        return Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
    }

    private static Program program() throws IOException {
        return ((Program.Loading.Ready) Program.load("kws", artifact(), Long.MAX_VALUE, Optional.empty())).program();
    }

    private static byte[] input(int bytes) {
        byte[] input = new byte[bytes];
        new SplittableRandom(5).nextBytes(input);
        return input;
    }

    @Test
    void aProgramsDeviceAnswersAsTheRuntimeDoesAndTellsItsOwnFigures() throws Exception {
        PipeDriver driver = driver("works", LIMIT);
        assertThat(driver.device().deviceClass()).isEqualTo(DeviceClass.NANO_DRONE);
        assertThat(driver.device().driver()).isEqualTo(PipeDriver.KIND);
        assertThat(driver.device().memoryBytes()).isEqualTo(1_000_000);
        assertThat(driver.device().modelled()).isFalse();
        assertThat(driver.energyMethod()).isEqualTo(EnergyMethod.EXTERNAL);
        Program program = program();
        assertThat(driver.admit(program, artifact(), () -> false)).isEmpty();
        byte[] input = input(program.inputBytes());
        Measured measured = driver.run(program, input);
        assertThat(measured.output()).isEqualTo(program.run(input));
        assertThat(measured.latencyMicros()).isEqualTo(812.5);
        assertThat(measured.energyMicrojoules()).isEqualTo(95.25);
        assertThat(measured.energyMethod()).isEqualTo(EnergyMethod.EXTERNAL);
        assertThat(measured.energyUncertainty()).isEqualTo(0.05);
        Program.Cut front = new Program.Cut(0, 3);
        assertThat(driver.run(program, front, input).output()).isEqualTo(program.run(front, input));
    }

    @Test
    void aDeviceThatAnswersOtherwiseIsNotAdmitted() throws Exception {
        assertThat(driver("wrong", LIMIT).admit(program(), artifact(), () -> false))
                .contains("device d1 answers otherwise than the runtime");
    }

    @Test
    void aProgramThatCannotLoadAVersionSaysWhy() throws Exception {
        assertThat(driver("refuses", LIMIT).admit(program(), artifact(), () -> false))
                .contains("device d1 says flash is full");
    }

    @ParameterizedTest
    @CsvSource({
        "short, answers 11 bytes instead of 12",
        "dies, 'has ended, or did not answer in time'",
        "no-method, took 5.0 uJ",
        "no-uncertainty, took 5.0 uJ",
        "no-time, took -1.0 us"
    })
    void aRunThatGoesWrongFailsAloneAndTheNextOneStartsTheProgramAgain(String behaviour, String reason)
            throws Exception {
        PipeDriver driver = driver(behaviour, LIMIT);
        Program program = program();
        assertThat(driver.admit(program, artifact(), () -> false)).isEmpty();
        byte[] input = input(program.inputBytes());
        assertThatThrownBy(() -> driver.run(program, input)).hasMessageContaining(reason);
        assertThatThrownBy(() -> driver.run(program, input)).hasMessageContaining("at most once a second");
        nanos.addAndGet(2_000_000_000L);
        assertThat(driver.run(program, input).output()).isEqualTo(program.run(input));
    }

    @Test
    void aProgramThatDoesNotAnswerIsEnded() throws Exception {
        PipeDriver driver = driver("hangs", SHORT);
        Program program = program();
        assertThat(driver.admit(program, artifact(), () -> false)).isEmpty();
        assertThatThrownBy(() -> driver.run(program, input(program.inputBytes())))
                .hasMessageContaining("did not answer in time");
    }

    @ParameterizedTest
    @CsvSource({
        "greets-wrong, greets with",
        "other-version, speaks another version than 1",
        "long-line, more than 4096 bytes",
        "says-nothing, did not answer in time",
        "ends, has ended"
    })
    void aProgramThatDoesNotGreetIsRefused(String behaviour, String reason) {
        assertThatThrownBy(() -> driver(behaviour, SHORT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aProgramThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> new PipeDriver(
                        "d1",
                        DeviceClass.NPU,
                        List.of(folder.resolve("nothing").toString()),
                        folder,
                        nanos::get,
                        SHORT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nothing");
    }

    @Test
    void filesOfVersionsOfLongAgoAreDeleted() throws Exception {
        PipeDriver driver = driver("works", LIMIT);
        byte[] artifact = artifact();
        for (int i = 0; i < 20; i++) {
            // What follows the file's end is nobody's, and makes it another file.
            byte[] another = java.util.Arrays.copyOf(artifact, artifact.length + i);
            Program program =
                    ((Program.Loading.Ready) Program.load("kws", another, Long.MAX_VALUE, Optional.empty())).program();
            assertThat(driver.admit(program, another, () -> false)).isEmpty();
        }
        try (var files = Files.list(folder)) {
            assertThat(files.count()).isEqualTo(16);
        }
    }

    private static Program program(byte[] artifact) {
        return ((Program.Loading.Ready) Program.load("kws", artifact, Long.MAX_VALUE, Optional.empty())).program();
    }

    @Test
    void whatServesStaysHoweverManyOthersAreLoaded() throws Exception {
        PipeDriver driver = driver("works", LIMIT);
        byte[] artifact = artifact();
        Program serving = program(artifact);
        byte[] input = input(serving.inputBytes());
        assertThat(driver.admit(serving, artifact, () -> false)).isEmpty();
        for (int i = 1; i <= 20; i++) {
            byte[] another = java.util.Arrays.copyOf(artifact, artifact.length + i);
            assertThat(driver.admit(program(another), another, () -> false)).isEmpty();
            assertThat(driver.run(serving, input).output()).isEqualTo(serving.run(input));
        }
        assertThat(folder.resolve(serving.digest().hex())).exists();
    }

    @Test
    void filesOfAnEarlierStartAreDeleted() throws Exception {
        Path left = Files.write(folder.resolve("0123"), new byte[10]);
        PipeDriver driver = driver("works", LIMIT);
        assertThat(left).doesNotExist();
        byte[] artifact = artifact();
        assertThat(driver.admit(program(artifact), artifact, () -> false)).isEmpty();
    }

    @Test
    void closingEndsTheProgram() throws Exception {
        PipeDriver driver = driver("works", LIMIT);
        List<ProcessHandle> before = ProcessHandle.current().children().toList();
        driver.close();
        Await.until("the program has ended", LIMIT, () -> before.stream().noneMatch(ProcessHandle::isAlive));
        Program program = program();
        assertThatThrownBy(() -> driver.run(program, input(program.inputBytes())))
                .hasMessageContaining("d1");
    }
}
