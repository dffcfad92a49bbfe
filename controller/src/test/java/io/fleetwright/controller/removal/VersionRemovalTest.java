package io.fleetwright.controller.removal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions with the same bytes, of which one goes. */
final class VersionRemovalTest {
    private final TestFleet fleet = new TestFleet();
    private final TestBoard board = fleet.board("n1");

    @BeforeEach
    void theSameBytesUnderTwoNames() {
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.publishAgain("glyphs", "2.0.0", digest);
        rollOut("1.0.0");
    }

    /** Until its device runs it. */
    private void rollOut(String version) {
        String rollout = fleet.rollOut("glyphs", version, 100).id;
        board.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout).state).isEqualTo("succeeded");
    }

    private void delete(String version) {
        boolean _ = fleet.core().run(scope -> {
            VersionRemoval.delete(scope, TestFleet.TENANT, "glyphs", version);
            return true;
        });
    }

    @Test
    void aVersionGoesWhenAnotherOneIsWantedWithTheSameBytes() {
        rollOut("2.0.0");
        assertThatThrownBy(() -> delete("2.0.0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("n1/cpu0/glyphs shall run it");
        delete("1.0.0");

        fleet.step(Duration.ofMillis(1));
        JobRow job = fleet.job(fleet.submit("glyphs").id);
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.job(job.id).version).isEqualTo("2.0.0");
        assertThatThrownBy(() -> delete("2.0.0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("n1/cpu0/glyphs shall run it");
    }

    /** The bytes are there under the other name, and the name that a rollout would give back to a slot would not. */
    @Test
    void whatARolloutMayGoBackToStaysUntilItHasEnded() {
        TestBoard away = fleet.board("n2");
        String rollout = fleet.rollOut("glyphs", "2.0.0", 100).id;
        fleet.step(Duration.ofSeconds(1));
        assertThat(board.slot("glyphs").desiredVersion).isEqualTo("2.0.0");
        assertThatThrownBy(() -> delete("1.0.0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("rollout %s may go back to it".formatted(rollout));
        away.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        delete("1.0.0");
    }

    @Test
    void theOneThatIsWantedStays() {
        assertThatThrownBy(() -> delete("1.0.0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("n1/cpu0/glyphs shall run it");
        delete("2.0.0");
        assertThatThrownBy(() -> delete("1.0.0")).isInstanceOf(Refusal.class);
    }

    @Test
    void whatASlotMayGoBackToStays() {
        fleet.publish("glyphs", "3.0.0");
        rollOut("3.0.0");
        assertThatThrownBy(() -> delete("1.0.0"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("n1/cpu0/glyphs may go back to it");
    }
}
