package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomesTest {
    private static Outcome outcome(String job) {
        return new Outcome(job, "glyphs", Outcome.State.SUCCEEDED, null, "n/cpu0", 1, List.of());
    }

    @Test
    void theNewestAreKeptEachOnce() {
        Outcomes outcomes = new Outcomes();
        for (int i = 1; i <= Outcomes.KEPT_MAX + 5; i++) {
            outcomes.add(outcome("j-" + i));
            outcomes.add(outcome("j-" + i));
        }
        assertThat(outcomes.after(0))
                .hasSize(Outcomes.KEPT_MAX)
                .first()
                .isEqualTo(new Outcomes.Numbered(6, outcome("j-6")));
        assertThat(outcomes.after(Outcomes.KEPT_MAX + 4))
                .containsExactly(new Outcomes.Numbered(Outcomes.KEPT_MAX + 5, outcome("j-" + (Outcomes.KEPT_MAX + 5))));
        assertThat(outcomes.after(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void whatTheControllerTellsIsKeptAndNonsenseIsCounted() throws Exception {
        World world = new World();
        world.connect();
        world.tell(Topic.Kind.DOWN_OUTCOME, outcome("j-1").encode());
        world.tell(Topic.Kind.DOWN_OUTCOME, "{\"job\":1}".getBytes(StandardCharsets.UTF_8));
        assertThat(world.core().outcomes().after(0)).containsExactly(new Outcomes.Numbered(1, outcome("j-1")));
        assertThat(world.core().counted(AgentCore.Counter.MALFORMED)).isEqualTo(1);
    }
}
