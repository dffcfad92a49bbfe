package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.rollout.RolloutRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class WaitsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final TestFleet fleet = new TestFleet();
    private final TestBoard board = fleet.board("n1");

    WaitsTest() {
        fleet.publish("glyphs", "1");
    }

    @Test
    void answersOnceTheRolloutHasEnded() throws Exception {
        Waits waits = new Waits(1, _ -> limit -> {
            if (limit.isPositive()) {
                assertThat(limit).isLessThanOrEqualTo(Duration.ofSeconds(1));
                board.runsWhatIsDesired("glyphs");
            }
        });
        assertThat(run(waits, this::begin, LONG).state).isEqualTo("succeeded");
    }

    @Test
    void answersWithAnOpenRolloutOnceTheWaitIsOver() throws Exception {
        Waits waits = new Waits(1, _ -> _ -> {});
        assertThat(run(waits, this::begin, Duration.ofMillis(1)).state).isEqualTo("running");
    }

    @Test
    void beginsNothingForWhomThereIsNoPlaceAndWhoDoesNotWaitNeedsNone() throws Exception {
        List<Waits> same = new ArrayList<>();
        AtomicInteger looks = new AtomicInteger();
        same.add(new Waits(1, id -> limit -> {
            if (limit.isPositive()) {
                looks.incrementAndGet();
                assertThatThrownBy(() -> run(same.getFirst(), WaitsTest::notBegun, LONG))
                        .isInstanceOfSatisfying(
                                Refusal.class,
                                refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.TOO_MANY))
                        .hasMessage("1 requests wait already");
                assertThat(run(same.getFirst(), () -> id, Duration.ZERO).state).isEqualTo("running");
                board.runsWhatIsDesired("glyphs");
            }
        }));
        assertThat(run(same.getFirst(), this::begin, LONG).state).isEqualTo("succeeded");
        assertThat(looks).hasValue(1);
    }

    @Test
    void whoIsRefusedLeavesThePlace() throws Exception {
        Waits waits = new Waits(1, _ -> limit -> {
            if (limit.isPositive()) {
                board.runsWhatIsDesired("glyphs");
            }
        });
        assertThatThrownBy(() -> run(waits, () -> fleet.rollOut("glyphs", "9").id, LONG))
                .hasMessageContaining("there is no version glyphs 9");
        assertThat(run(waits, this::begin, LONG).state).isEqualTo("succeeded");
    }

    private RolloutRow run(Waits waits, Supplier<String> begin, Duration limit) throws InterruptedException {
        return waits.run(begin, fleet::rollout, RolloutRow::isOpen, limit);
    }

    private static String notBegun() {
        throw new AssertionError("begun without a place");
    }

    private String begin() {
        return fleet.rollOut("glyphs", "1").id;
    }
}
