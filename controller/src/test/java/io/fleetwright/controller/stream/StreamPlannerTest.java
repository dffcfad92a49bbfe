package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.stream.StreamPlanner.Choice;
import io.fleetwright.controller.stream.StreamPlanner.Held;
import io.fleetwright.controller.stream.StreamPlanner.Holder;
import io.fleetwright.controller.stream.StreamPlanner.Objective;
import io.fleetwright.controller.stream.StreamPlanner.Standing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StreamPlannerTest {
    private static final Objective OBJECTIVE = new Objective(200, 150, null, 0);

    private static DeviceRow device(String node) {
        DeviceRow row = new DeviceRow();
        row.id = "acme/%s/gpu0".formatted(node);
        row.nodeId = "acme/" + node;
        row.node = node;
        row.device = "gpu0";
        return row;
    }

    private static Option alone(double millis, double p90Millis) {
        return new Option(
                null,
                0,
                8,
                0,
                millis * 1000,
                0,
                0,
                0,
                p90Millis * 1000,
                0,
                p90Millis * 1000,
                OptionalDouble.of(500),
                OptionalDouble.of(500),
                OptionalDouble.of(0),
                true);
    }

    /** The front takes 10 ms and the way 5 ms there and 1 ms back. */
    private static Option shared(String node, double backMillis, double localBackMillis) {
        return new Option(
                device(node),
                3,
                8,
                1000,
                10_000,
                5_000,
                backMillis * 1000,
                1_000,
                (16 + backMillis) * 1000,
                localBackMillis * 1000,
                10_000,
                OptionalDouble.empty(),
                OptionalDouble.of(300),
                OptionalDouble.empty(),
                true);
    }

    private static Choice choose(Objective objective, Option alone, Option... shared) {
        return StreamPlanner.choose(
                objective, "acme/slow/cpu0", alone, List.of(shared), 0, _ -> Held.NOTHING, _ -> Strain.NONE);
    }

    private static @Nullable String helper(Choice choice) {
        DeviceRow peer = choice.taken().option().peer();
        return peer == null ? null : peer.node;
    }

    @Test
    void theSoonestAnswerIsTaken() {
        Choice choice = choose(OBJECTIVE, alone(80, 90), shared("a", 20, 60), shared("b", 10, 60));
        assertThat(helper(choice)).isEqualTo("b");
        assertThat(choice.taken().standing()).isEqualTo(Standing.KEEPS);
        assertThat(choice.rated()).hasSize(3);
    }

    @Test
    void anotherDeviceMustBeSoonerByATwentieth() {
        assertThat(helper(choose(OBJECTIVE, alone(27, 30), shared("a", 10, 20))))
                .isNull();
        assertThat(helper(choose(OBJECTIVE, alone(28, 30), shared("a", 10, 20))))
                .isEqualTo("a");
    }

    @Test
    void aHelperThatCannotBeReplacedInTimeIsAskedOnlyWhenTheSourceWouldBeLate() {
        // 150 ms less 120 for the rest less 7.5 of margin is before the answer at 26 ms.
        assertThat(helper(choose(OBJECTIVE, alone(140, 149), shared("a", 10, 120))))
                .isNull();
        Choice late = choose(OBJECTIVE, alone(160, 170), shared("a", 10, 120));
        assertThat(helper(late)).isEqualTo("a");
        assertThat(late.taken().isSafe()).isFalse();
    }

    @Test
    void whoKeepsTheDeadlineInNineOfTenCasesGoesFirst() {
        Choice choice = choose(OBJECTIVE, alone(100, 160), shared("a", 100, 20));
        assertThat(helper(choice)).as("116 ms, but surely in time").isEqualTo("a");
        Choice expected = choose(OBJECTIVE, alone(100, 160));
        assertThat(expected.taken().standing()).isEqualTo(Standing.EXPECTED);
    }

    @Test
    void aStageThatIsLongerThanThePeriodCannotFollowItself() {
        Objective often = new Objective(60, 150, null, 0);
        Choice choice = choose(often, alone(80, 90), shared("a", 70, 20), shared("b", 50, 20));
        assertThat(helper(choice)).isEqualTo("b");
        assertThat(choice.rated())
                .filteredOn(one -> one.standing() == Standing.SLOW)
                .hasSize(2);
    }

    @Test
    void devicesThatHaveNoTimeLeftForThisOneAreNotAsked() {
        Choice choice = StreamPlanner.choose(
                OBJECTIVE,
                "acme/slow/cpu0",
                alone(80, 90),
                List.of(shared("a", 40, 20), shared("b", 42, 20)),
                0,
                device -> device.id.equals("acme/a/gpu0")
                        ? new Held(0.85, false, List.of(new Holder("s-1", 0)))
                        : Held.NOTHING,
                _ -> Strain.NONE);
        assertThat(helper(choice)).isEqualTo("b");
    }

    @Test
    void aBudgetOfEnergyNeedsAKnownEnergyWithinIt() {
        Objective cheap = new Objective(200, 150, 500.0, 0);
        assertThat(helper(choose(cheap, alone(80, 90), shared("a", 10, 20)))).isNull();
        Choice none = choose(new Objective(200, 150, 499.0, 0), alone(80, 90), shared("a", 10, 20));
        assertThat(none.taken().standing()).isEqualTo(Standing.DEAR);
    }

    @Test
    void whyNamesEveryWayWithItsTimes() {
        String why = StreamPlanner.why(
                choose(OBJECTIVE, alone(80, 90), shared("a", 10, 60)), "learned", List.of(), Optional.empty());
        assertThat(why).contains("\"chosen\":\"a/gpu0\"", "\"alone\"", "\"totalMs\":26.0", "\"verdict\":\"keeps\"");
    }

    private static Choice strained(Map<String, Strain> strains, Option alone, Option... shared) {
        return StreamPlanner.choose(
                OBJECTIVE,
                "acme/slow/cpu0",
                alone,
                List.of(shared),
                0,
                _ -> Held.NOTHING,
                device -> strains.getOrDefault(device, Strain.NONE));
    }

    @Test
    void aHelperWithALowBatteryIsNotAskedEvenWhenTheSourceIsLate() {
        Map<String, Strain> low = Map.of("acme/b/gpu0", new Strain(false, true));
        assertThat(helper(strained(low, alone(80, 90), shared("a", 20, 60), shared("b", 10, 60))))
                .isEqualTo("a");
        Choice late = strained(low, alone(160, 170), shared("b", 10, 60));
        assertThat(helper(late)).isNull();
        assertThat(late.rated()).extracting(StreamPlanner.Rated::standing).contains(Standing.SPARED, Standing.LATE);
    }

    @Test
    void aHotHelperIsAskedOnlyWhenTheSourceWouldBeLate() {
        Map<String, Strain> hot = Map.of("acme/a/gpu0", new Strain(true, false));
        assertThat(helper(strained(hot, alone(80, 90), shared("a", 10, 60)))).isNull();
        assertThat(helper(strained(hot, alone(160, 170), shared("a", 10, 60)))).isEqualTo("a");
    }

    @Test
    void aSourceWithALowBatteryTakesWhatCostsItLeastOfWhatKeepsTheObjective() {
        Map<String, Strain> low = Map.of("acme/slow/cpu0", new Strain(false, true));
        // Alone is sooner, 24 ms against 26, and costs it 500 microjoules against 300.
        assertThat(helper(strained(Map.of(), alone(24, 25), shared("a", 10, 20))))
                .isNull();
        assertThat(helper(strained(low, alone(24, 25), shared("a", 10, 20)))).isEqualTo("a");
        assertThat(helper(strained(low, alone(24, 25), shared("a", 200, 20))))
                .as("that would be late")
                .isNull();
    }

    @Test
    void whyFitsItsColumnHoweverManyWaysThereAre() {
        Option[] shared = new Option[30];
        for (int i = 0; i < shared.length; i++) {
            shared[i] = shared("a-board-with-quite-a-long-name-in-rack-number-%02d".formatted(i), 100 / 3.0, 200 / 3.0);
        }
        List<Holder> holders =
                List.of(new Holder("s".repeat(150), 3), new Holder("t".repeat(150), 2), new Holder("u".repeat(150), 1));
        Choice choice = StreamPlanner.choose(
                OBJECTIVE,
                "acme/slow/cpu0",
                alone(80, 90),
                List.of(shared),
                0,
                _ -> new Held(1, false, holders),
                _ -> Strain.NONE);
        String why = StreamPlanner.why(choice, "learned", List.of(), Optional.empty());
        assertThat(why.length()).isBetween(15_000, StreamPlanRow.WHY_CHARS_MAX);
        assertThat(why).contains("\"chosen\":\"alone\"").endsWith("}");
    }
}
