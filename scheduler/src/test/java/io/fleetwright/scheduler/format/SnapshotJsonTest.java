package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.DeviceState;
import io.fleetwright.scheduler.policy.EarliestFinish;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.policy.PlacementDecision;
import io.fleetwright.scheduler.policy.Snapshot;
import io.fleetwright.scheduler.policy.TaskRequest;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotJsonTest {
    private static final List<Exclusion> REASONS = List.of(Exclusion.values());

    @Test
    void whatIsWrittenIsReadAndDecidedTheSame() {
        SeededCases.forEach(1, 300, (random, _) -> {
            Snapshot snapshot = random(random);
            List<PlacementDecision> decided = snapshot.replay(new EarliestFinish());
            Snapshot back = read(SnapshotJson.write(snapshot));
            assertThat(back).isEqualTo(snapshot);
            assertThat(back.replay(new EarliestFinish())).isEqualTo(decided);
            assertThat(SnapshotJson.write(back)).isEqualTo(SnapshotJson.write(snapshot));
        });
    }

    @Test
    void theFormIsTheOneThatIsDescribed() {
        var snapshot = new Snapshot(
                List.of(new TaskRequest(
                        "infer \"7\"",
                        2.5,
                        90,
                        Map.of(
                                "cpu",
                                new DeviceOption.Runs(20, 0.25, OptionalDouble.of(3)),
                                "mcu",
                                new DeviceOption.Excluded(Exclusion.OUT_OF_MEMORY, "needs 300 KB")))),
                List.of(new DeviceState("cpu", 4)));
        assertThat(new String(SnapshotJson.write(snapshot), StandardCharsets.UTF_8))
                .isEqualTo("""
                {"devices": [{"device": "cpu", "readyTime": 4}],
                "requests": [{"task": "infer \\"7\\"", "releaseTime": 2.5, "deadline": 90, "options": \
                {"cpu": {"executionP90": 20, "inputTransfer": 0.25, "energy": 3}, \
                "mcu": {"excluded": "out-of-memory", "detail": "needs 300 KB"}}}]}
                """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'requests': []} | 'devices' is missing",
                "{'devices': [], 'requests': 3} | requests must be an array",
                "{'devices': [{'device': 'a', 'readyTime': -1}], 'requests': []} | readyTime (-1.0) must be 0 to",
                "{'devices': [], 'requests': [{'task': 't', 'releaseTime': 0, 'options': {'a': {'excluded': 'bored', 'detail': ''}}}]}"
                        + " | excluded ('bored') is not a known reason",
                "{'devices': [], 'requests': [{'task': 't', 'releaseTime': 0, 'options': {'a': {'executionP90': 1}}}]}"
                        + " | 'inputTransfer' is missing",
            })
    void whatIsWrongIsNamed(String json, String message) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        assertThatExceptionOfType(MalformedWorkloadException.class)
                .isThrownBy(() -> SnapshotJson.read(bytes))
                .withMessageContaining(message);
    }

    @Test
    void everyCutOffDocumentIsRefused() {
        byte[] whole = SnapshotJson.write(random(new SplittableRandom(5)));
        for (int length = 0; length < whole.length - 2; length += 7) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(MalformedWorkloadException.class).isThrownBy(() -> SnapshotJson.read(part));
        }
    }

    private static Snapshot read(byte[] bytes) {
        try {
            return SnapshotJson.read(bytes);
        } catch (MalformedWorkloadException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static Snapshot random(SplittableRandom random) {
        List<DeviceState> devices = new ArrayList<>();
        for (int device = 0; device < random.nextInt(1, 8); device++) {
            devices.add(new DeviceState("d" + device + "\t\"\\é", random.nextInt(4) * random.nextDouble(50)));
        }
        List<TaskRequest> requests = new ArrayList<>();
        for (int task = 0; task < random.nextInt(6); task++) {
            Map<String, DeviceOption> options = new HashMap<>();
            for (DeviceState device : devices) {
                switch (random.nextInt(4)) {
                    case 0 ->
                        options.put(
                                device.device(),
                                new DeviceOption.Excluded(REASONS.get(random.nextInt(REASONS.size())), "why\n" + task));
                    case 1 ->
                        options.put(device.device(), new DeviceOption.Runs(random.nextDouble(1e6), random.nextInt(9)));
                    case 2 ->
                        options.put(
                                device.device(),
                                new DeviceOption.Runs(random.nextInt(30), 0, OptionalDouble.of(random.nextDouble())));
                    default -> {}
                }
            }
            double deadline = random.nextBoolean() ? TaskRequest.NO_DEADLINE : random.nextDouble(100);
            requests.add(new TaskRequest("t" + task, random.nextDouble(10), deadline, options));
        }
        return new Snapshot(requests, devices);
    }
}
