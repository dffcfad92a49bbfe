package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RolloutWaitsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final TestFleet fleet = new TestFleet();
    private final TestBoard board = fleet.board("n1");

    RolloutWaitsTest() {
        fleet.publish("glyphs", "1");
    }

    @Test
    void answersOnceTheRolloutHasEnded() throws Exception {
        RolloutWaits waits = new RolloutWaits(1, _ -> limit -> {
            if (limit.isPositive()) {
                assertThat(limit).isLessThanOrEqualTo(Duration.ofSeconds(1));
                board.runsWhatIsDesired("glyphs");
            }
        });
        assertThat(waits.run(fleet.core()::read, this::begin, LONG).state).isEqualTo("succeeded");
    }

    @Test
    void answersWithAnOpenRolloutOnceTheWaitIsOver() throws Exception {
        RolloutWaits waits = new RolloutWaits(1, _ -> _ -> {});
        assertThat(waits.run(fleet.core()::read, this::begin, Duration.ofMillis(1)).state)
                .isEqualTo("running");
    }

    @Test
    void beginsNothingForWhomThereIsNoPlaceAndWhoDoesNotWaitNeedsNone() throws Exception {
        List<RolloutWaits> same = new ArrayList<>();
        AtomicInteger looks = new AtomicInteger();
        same.add(new RolloutWaits(1, id -> limit -> {
            if (limit.isPositive()) {
                looks.incrementAndGet();
                assertThatThrownBy(() -> same.getFirst().run(fleet.core()::read, RolloutWaitsTest::notBegun, LONG))
                        .isInstanceOfSatisfying(
                                Refusal.class,
                                refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.TOO_MANY))
                        .hasMessage("1 requests wait for a rollout already");
                assertThat(same.getFirst().run(fleet.core()::read, () -> id, Duration.ZERO).state)
                        .isEqualTo("running");
                board.runsWhatIsDesired("glyphs");
            }
        }));
        assertThat(same.getFirst().run(fleet.core()::read, this::begin, LONG).state)
                .isEqualTo("succeeded");
        assertThat(looks).hasValue(1);
    }

    @Test
    void whoIsRefusedLeavesThePlace() throws Exception {
        RolloutWaits waits = new RolloutWaits(1, _ -> limit -> {
            if (limit.isPositive()) {
                board.runsWhatIsDesired("glyphs");
            }
        });
        assertThatThrownBy(() -> waits.run(fleet.core()::read, () -> fleet.rollOut("glyphs", "9").id, LONG))
                .hasMessageContaining("there is no version glyphs 9");
        assertThat(waits.run(fleet.core()::read, this::begin, LONG).state).isEqualTo("succeeded");
    }

    private static String notBegun() {
        throw new AssertionError("begun without a place");
    }

    private String begin() {
        return fleet.rollOut("glyphs", "1").id;
    }
}
