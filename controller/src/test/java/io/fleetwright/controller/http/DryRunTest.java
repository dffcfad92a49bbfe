package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.Query;
import java.util.List;
import org.junit.jupiter.api.Test;

class DryRunTest {
    private final TestFleet fleet = new TestFleet();

    private DryRun.Answer look(String version) {
        return DryRun.of(
                fleet.core(),
                TestFleet.TENANT,
                TestFleet.requestOf("glyphs", version, fleet.core().rollouts().percents(List.of(100))));
    }

    @Test
    void countsWhatIsToMoveAndNotWhatIsThere() {
        TestBoard runs = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        runs.runsWhatIsDesired("glyphs");
        fleet.board("n2");

        DryRun.Answer answer = look("1.0.0");
        assertThat(answer.fitting()).isEqualTo(2);
        assertThat(answer.devices()).extracting(DryRun.Device::bytes).containsExactly(0L, 1000L);
        assertThat(answer.bytes()).isEqualTo(1000);
    }

    @Test
    void saysWhyADeviceGetsItsVariantAndWhyNotTheOthers() {
        fleet.board("n1");
        fleet.publish(TestFleet.TENANT, "glyphs", "1.0.0", "a");
        fleet.publish(TestFleet.TENANT, "glyphs", "2.0.0", "int8");
        assertThat(look("2.0.0").devices())
                .extracting(DryRun.Device::reason)
                .containsExactly("chosen; there is no other");
        fleet.publish(TestFleet.TENANT, "glyphs", "1.0.0", "b");
        assertThat(look("1.0.0").devices()).singleElement().satisfies(device -> {
            assertThat(device.variant()).isEqualTo("a");
            assertThat(device.reason()).startsWith("chosen").contains("; b: ");
        });
    }

    @Test
    void makesNothing() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        look("1.0.0");
        boolean none = fleet.core()
                .run(scope -> scope.tx().find(Query.of(RolloutRow.class)).isEmpty());
        assertThat(none).isTrue();
    }
}
