package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.ShadowSlot;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Frames of applications, and what the agent says it observed. */
class ObserverTest {
    private static final byte[] MODEL = TestModels.sums(2);
    private static final byte[] SATURATING = TestModels.sums(100);

    private final World world;
    private final List<Frame.Answer> answers = new ArrayList<>();

    ObserverTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, MODEL);
    }

    private void infer(String slot, @Nullable String device, byte[] input, @Nullable Integer label) {
        world.core().infer(new Frame(slot, device, input, label), answers::add);
    }

    private List<Observation> observed() {
        return world.frames().stream()
                .flatMap(frame -> frame.observations().stream())
                .toList();
    }

    @Test
    void frameIsAnsweredByTheActiveVersionAndObserved() {
        infer("m", null, new byte[] {1, 2, 3, 4}, 0);
        assertThat(answers).singleElement().isInstanceOfSatisfying(Frame.Answer.Done.class, done -> {
            assertThat(done.device()).isEqualTo("cpu0");
            assertThat(done.digest()).isEqualTo(Digest.of(MODEL));
            assertThat(done.measured().output()).containsExactly(20, 20);
        });
        assertThat(observed()).isEmpty();
        world.pass(Duration.ofSeconds(7));
        assertThat(observed()).singleElement().satisfies(seen -> {
            assertThat(seen.inferences()).isEqualTo(1);
            assertThat(seen.slot()).isEqualTo("m");
            assertThat(seen.latency().count()).isEqualTo(1);
            assertThat(seen.labels()).isEqualTo(new Observation.Labels(1, 1));
            assertThat(seen.modelled()).isFalse();
            assertThat(seen.shadow()).isFalse();
        });
    }

    @Test
    void emulatedDeviceAnswersAfterItsModelledTimeAndSaysSo() {
        infer("m", "mcu0", new byte[] {1, 2, 3, 4}, null);
        world.pass(Duration.ofSeconds(7));
        assertThat(answers).hasSize(1);
        assertThat(observed())
                .singleElement()
                .satisfies(seen -> assertThat(seen.modelled()).isTrue());
    }

    @Test
    void refusalsSayWhy() {
        infer("other", null, new byte[4], null);
        infer("m", null, new byte[3], null);
        world.holdRuns = true;
        for (int i = 0; i < 18; i++) {
            infer("m", "cpu0", new byte[4], null);
        }
        assertThat(answers)
                .extracting(answer -> ((Frame.Answer.Refused) answer).reason())
                .containsExactly(Frame.Reason.NO_SUCH_SLOT, Frame.Reason.WRONG_INPUT, Frame.Reason.QUEUE_FULL);
        world.holdRuns = false;
        world.runHeld();
        world.pass(Duration.ofSeconds(1));
        assertThat(answers).hasSize(20);
    }

    @Test
    void shadowGetsItsShareOfTheInputsAndBothAreCompared() {
        world.publish(SATURATING);
        DesiredSlot serving = World.slot("cpu0", MODEL);
        world.desire(
                2,
                serving,
                new DesiredSlot(
                        "cpu0",
                        new ShadowSlot("m", 25).name(),
                        "m",
                        "1.1.0",
                        "v",
                        Digest.of(SATURATING),
                        SATURATING.length));
        world.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 20; i++) {
            infer("m", "cpu0", new byte[] {1, 2, 3, 4}, null);
        }
        world.pass(Duration.ofSeconds(7));
        assertThat(answers)
                .hasSize(20)
                .allSatisfy(answer -> assertThat(answer)
                        .isInstanceOfSatisfying(
                                Frame.Answer.Done.class,
                                done -> assertThat(done.digest()).isEqualTo(Digest.of(MODEL))));
        Observation beside =
                observed().stream().filter(Observation::shadow).findFirst().orElseThrow();
        Observation served =
                observed().stream().filter(seen -> !seen.shadow()).findFirst().orElseThrow();
        assertThat(beside.digest()).isEqualTo(Digest.of(SATURATING).value());
        assertThat(beside.slot()).isEqualTo("m");
        assertThat(beside.inferences()).isEqualTo(5);
        assertThat(beside.comparison().count()).isEqualTo(5);
        assertThat(beside.saturated()).isEqualTo(5);
        assertThat(served.inferences()).isEqualTo(20);
        assertThat(served.comparison().count()).isEqualTo(5);
        assertThat(served.saturated()).isZero();
    }

    @Test
    void observationsSurviveUntilTheyAreAcknowledged() throws Exception {
        infer("m", null, new byte[] {1, 2, 3, 4}, null);
        world.pass(Duration.ofSeconds(7));
        List<Observation> before = observed();
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(before).hasSize(1);
        assertThat(observed()).isEqualTo(before);
        world.acknowledgeAll();
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(observed()).isEmpty();
    }
}
