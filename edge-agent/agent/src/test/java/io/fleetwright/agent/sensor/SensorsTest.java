package io.fleetwright.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SensorsTest {
    private static final int BYTES = 4;

    private static Tensor stretch(String sensor, long number, byte[] frame, int at, int count) {
        return new Tensor(
                Sensors.TASK + sensor,
                number,
                at,
                frame.length,
                Arrays.copyOfRange(frame, at, at + count),
                Digest.sha256().digest(frame));
    }

    private static Tensor whole(long number, byte... frame) {
        return stretch("camera", number, frame, 0, frame.length);
    }

    private static List<String> take(Sensor sensor, int count) {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(sensor.take(BYTES)
                    .map(frame -> frame.number() + ":" + (char) frame.bytes()[0])
                    .orElse("none"));
        }
        return taken;
    }

    @Test
    void aFolderGivesItsFilesInTheOrderOfTheirNamesOverAndOver(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("b"), "bbbb");
        Files.writeString(folder.resolve("a"), "aaaa");
        Files.writeString(folder.resolve("c"), "longer");
        Files.createDirectory(folder.resolve("d"));
        FolderSensor sensor = new FolderSensor(folder);
        assertThat(take(sensor, 3)).containsExactly("1:a", "2:b", "3:a");
        Files.delete(folder.resolve("b"));
        Files.writeString(folder.resolve("e"), "eeee");
        assertThat(take(sensor, 3)).containsExactly("4:a", "5:e", "6:a");
    }

    @Test
    void streamsOfAFolderThatWantOtherLengthsEachGetAllOfTheirs(@TempDir Path folder) throws IOException {
        for (String file : List.of("aaaa", "bbbbbb", "cccccc", "dddd")) {
            Files.writeString(folder.resolve(file.substring(0, 1)), file);
        }
        FolderSensor sensor = new FolderSensor(folder);
        StringBuilder given = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            for (int bytes : new int[] {4, 6}) {
                given.append((char) sensor.take(bytes).orElseThrow().bytes()[0]);
            }
        }
        assertThat(given).hasToString("abdcabdc");
    }

    @Test
    void aFolderWithoutAFileOfThatLengthGivesNone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("a"), "longer");
        FolderSensor sensor = new FolderSensor(folder);
        assertThat(take(sensor, 2)).containsExactly("none", "none");
        Files.delete(folder.resolve("a"));
        Files.delete(folder);
        assertThat(take(sensor, 1)).containsExactly("none");
    }

    @Test
    void madeUpFramesAreTheSameForTheSameSeedAndNumber() {
        SyntheticSensor sensor = new SyntheticSensor(7);
        List<byte[]> frames = new ArrayList<>();
        for (long number = 1; number <= 3; number++) {
            SensorFrame frame = sensor.take(1024).orElseThrow();
            assertThat(frame.number()).isEqualTo(number);
            assertThat(frame.bytes()).hasSize(1024).isEqualTo(SyntheticSensor.frame(7, number, 1024));
            frames.add(frame.bytes());
        }
        assertThat(frames.get(0)).isNotEqualTo(frames.get(1));
        assertThat(frames.get(1)).isNotEqualTo(frames.get(2));
    }

    @Test
    void theNewestFrameOfAnotherNodeStaysUntilANewerOneIsWhole() {
        MqttSensor camera = new MqttSensor("eye");
        Sensors sensors = new Sensors(Map.of("camera", camera));
        assertThat(take(camera, 1)).containsExactly("none");
        assertThat(sensors.offer("eye", whole(5, (byte) 'a', (byte) 0, (byte) 0, (byte) 0)))
                .isTrue();
        assertThat(take(camera, 2)).containsExactly("5:a", "5:a");
        assertThat(camera.take(5)).isEmpty();
        byte[] next = {'b', 1, 2, 3};
        assertThat(sensors.offer("eye", stretch("camera", 6, next, 2, 2))).isTrue();
        assertThat(take(camera, 1)).containsExactly("5:a");
        assertThat(sensors.offer("eye", stretch("camera", 6, next, 2, 2))).isFalse();
        assertThat(sensors.offer("eye", stretch("camera", 6, next, 0, 2))).isTrue();
        assertThat(take(camera, 1)).containsExactly("6:b");
    }

    @Test
    void framesThatNobodyWantsChangeNothing() {
        MqttSensor camera = new MqttSensor("eye");
        Sensors sensors = new Sensors(Map.of("camera", camera, "made-up", new SyntheticSensor(1)));
        byte[] good = {'a', 1, 2, 3};
        assertThat(sensors.offer("eye", whole(5, good))).isTrue();
        assertThat(sensors.offer("other", whole(6, good))).isFalse();
        assertThat(sensors.offer("eye", whole(4, good))).isFalse();
        assertThat(sensors.offer("eye", whole(5, good))).isFalse();
        assertThat(sensors.offer("eye", stretch("made-up", 9, good, 0, 4))).isFalse();
        assertThat(sensors.offer("eye", stretch("nothing", 9, good, 0, 4))).isFalse();
        byte[] large = new byte[MqttSensor.FRAME_BYTES_MAX + 1];
        assertThat(sensors.offer("eye", stretch("camera", 9, large, 0, 4))).isFalse();
        Tensor damaged = new Tensor(Sensors.TASK + "camera", 7, 0, 4, good, new byte[32]);
        assertThat(sensors.offer("eye", damaged)).isFalse();
        assertThat(sensors.offer("eye", whole(7, good))).isFalse();
        assertThat(take(camera, 1)).containsExactly("5:a");
        assertThat(sensors.offer("eye", whole(8, (byte) 'b', (byte) 0, (byte) 0, (byte) 0)))
                .isTrue();
        assertThat(take(camera, 1)).containsExactly("8:b");
    }

    @Test
    void aNodeHasAtMostSixteenSensorsWithNames() {
        Map<String, Sensor> many = new HashMap<>();
        for (int i = 0; i < 17; i++) {
            many.put("s" + i, new SyntheticSensor(i));
        }
        assertThatThrownBy(() -> new Sensors(many)).hasMessage("17 sensors, at most 16");
        assertThatThrownBy(() -> new Sensors(Map.of("A", new SyntheticSensor(1))))
                .hasMessageContaining("sensor (A)");
        many.remove("s0");
        assertThat(new Sensors(many).announced())
                .hasSize(16)
                .contains(new Birth.Sensor("s1", Birth.SensorKind.SYNTHETIC));
    }
}
