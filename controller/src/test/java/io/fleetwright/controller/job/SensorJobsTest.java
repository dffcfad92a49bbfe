package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeSensors;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs whose input is a frame of the source's own sensor. */
final class SensorJobsTest {
    private static final String SHA256 = "sha256:" + "cd".repeat(32);

    private final TestFleet fleet = new TestFleet();
    private final TestBoard eye = fleet.board("eye");
    private final TestBoard blind = fleet.board("blind");

    @BeforeEach
    void oneBoardHasACamera() {
        fleet.publish("glyphs", "1.0.0");
        String digest = fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest;
        eye.connection = 2;
        eye.birth(eye.birthOf(List.of(), 0)
                .withSensors(List.of(
                        new Birth.Sensor("test", Birth.SensorKind.SYNTHETIC),
                        new Birth.Sensor("camera", Birth.SensorKind.FOLDER))));
        eye.report(TestBoard.active("glyphs", digest));
        blind.report(TestBoard.active("glyphs", digest));
    }

    private JobRow submit(String device, String sensor, Jobs.Bounds bounds) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .jobs()
                        .submit(
                                scope.tx(),
                                scope.effects(),
                                TestFleet.TENANT,
                                new Jobs.Request(
                                        "glyphs",
                                        null,
                                        null,
                                        0,
                                        Duration.ofSeconds(60),
                                        null,
                                        new Jobs.Source(device, 8, sensor),
                                        null,
                                        bounds),
                                scope.nowMillis()));
    }

    private JobRow submit(String device, String sensor) {
        JobRow job = submit(device, sensor, Jobs.Bounds.NONE);
        step();
        return fleet.get(JobRow.class, job.id);
    }

    private void step() {
        fleet.core().run(scope -> {
            fleet.core().jobs().step(scope.tx(), scope.effects(), scope.nowMillis());
            return true;
        });
    }

    private TaskResult answer(Work work, @Nullable String failure) {
        return failure == null
                ? eye.resultOf(work, Outcome.OK)
                        .withSpan(1_000_000, 1_001_600)
                        .withFrame(new TaskResult.Frame(17, SHA256))
                : TaskResult.failed(eye.stamp(), work, Outcome.FAILED, failure);
    }

    @Test
    void theOrderNamesTheSensorAndTheJobTheFrame() {
        assertThat(NodeSensors.of(eye.node()).kinds()).isEqualTo(Map.of("camera", "folder", "test", "synthetic"));
        JobRow job = submit("eye/cpu0", "camera");
        Work work = eye.lastWork();
        assertThat(work.task()).isEqualTo(job.id);
        assertThat(work.sensor()).isEqualTo("camera");
        assertThat(work.input()).isNull();
        assertThat(work.inputDigest()).isNull();
        assertThat(work.inputBytes()).isEqualTo(TestFleet.INPUT_BYTES);
        assertThat(blind.works()).isEmpty();
        eye.sendOk(Topic.Kind.UP_RESULT, answer(work, null).encode());
        JobRow ended = fleet.get(JobRow.class, job.id);
        assertThat(ended.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(ended.frameNumber).isEqualTo(17);
        assertThat(ended.frameSha256).isEqualTo(SHA256);
        assertThat(ended.takenAtMicros).isEqualTo(1_000_000);
        assertThat(ended.doneAtMicros).isEqualTo(1_001_600);
    }

    @Test
    void withoutAFrameTheJobFailsAfterSomeAttempts() {
        JobRow job = submit("eye/cpu0", "test");
        for (int attempt = 1; attempt <= 20 && Jobs.OPEN.contains(fleet.get(JobRow.class, job.id).state); attempt++) {
            eye.sendOk(Topic.Kind.UP_RESULT, answer(eye.lastWork(), "no-frame").encode());
            step();
        }
        JobRow ended = fleet.get(JobRow.class, job.id);
        assertThat(ended.state).isEqualTo(Jobs.FAILED);
        assertThat(ended.reason).isEqualTo("no-frame");
        assertThat(ended.epoch).isBetween(2L, 19L);
        assertThat(ended.frameNumber).isNull();
    }

    @Test
    void anUnknownSensorIsRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> submit("eye/cpu0", "radar"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND))
                .hasMessage("there is no sensor radar at eye/cpu0; it has camera, test");
        assertThatThrownBy(() -> submit("blind/cpu0", "camera"))
                .hasMessage("there is no sensor camera at blind/cpu0; it has none");
        assertThatThrownBy(() -> submit("nobody/cpu0", "camera")).hasMessageContaining("no device nobody/cpu0");
    }

    @Test
    void aBirthThatNamesNoneTakesThemAway() {
        eye.connection = 3;
        eye.birth();
        assertThatThrownBy(() -> submit("eye/cpu0", "camera")).hasMessageEndingWith("it has none");
    }

    @Test
    void theVersionThatTheCallerAsksForSaysHowLongAFrameIs() {
        fleet.publish("glyphs", "2.0.0");
        fleet.core().run(scope -> {
            VariantRow larger =
                    scope.tx().get(VariantRow.class, "acme/glyphs/2.0.0/int8").orElseThrow();
            larger.inputShape = "1,8,8,1";
            scope.tx().update(larger);
            return true;
        });
        JobRow job = submit("eye/cpu0", "camera", Jobs.Bounds.of("2.0.0", null, null, null, null, null));
        assertThat(job.inputBytes).isEqualTo(64);
    }
}
