package io.fleetwright.scheduler.scenario;

import static io.fleetwright.scheduler.scenario.TestFleet.first;
import static io.fleetwright.scheduler.scenario.TestFleet.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import io.fleetwright.scheduler.scenario.RunResult.BoardResult;
import io.fleetwright.scheduler.scenario.RunResult.StreamResult;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Timelines that were worked out by hand, to the last digit. */
class FleetRunTimelineTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final double ONCE = 10_000;

    /** One frame: 10 ms and 20 ms on the source, 2 ms and 4 ms on the helper. */
    private static TestFleet pair(double deadline) {
        return new TestFleet().board("source", 10, 20).board("helper", 2, 4).stream(ONCE, deadline, source(0, 0));
    }

    private static StreamResult only(RunResult result) {
        return result.streams().getFirst();
    }

    @Test
    void framesThatComeFasterThanTheyAreRunWaitForEachOther() {
        TestFleet fleet = new TestFleet().board("source", 10, 20).stream(25, 50, source(0, 0));
        StreamResult result = only(fleet.run(new LocalOnly()));
        // Taken at 0, 25, ... 150; frame n ends at 30 (n + 1): 30, 35, ... 50 ms after it was taken, the sixth 5 ms
        // late,
        // and the seventh is not done at the end.
        assertThat(result.taken()).isEqualTo(7);
        assertThat(result.onTime()).isEqualTo(5);
        assertThat(result.late()).isEqualTo(1);
        assertThat(result.expired()).isEqualTo(1);
        assertThat(result.latencyMillis()).isCloseTo(40, EXACT);
    }

    @Test
    void aFrameThatIsTooOldIsNotBegun() {
        TestFleet fleet = new TestFleet().board("source", 40, 40).stream(20, 60, source(0, 0));
        RunResult result = fleet.run(new LocalOnly());
        // Taken at 0, 20, ... 140; the first runs from 0 to 80, late; at 80 the one of 20 is too old, the one of 40
        // runs to 160,
        // late; at 160 those of 60, 80, 100 are too old, that of 120 runs over the end, as does the wait of that of
        // 140.
        assertThat(only(result).late()).isEqualTo(2);
        assertThat(only(result).expired()).isEqualTo(6);
        assertThat(result.boards().getFirst().compute()).isCloseTo(20, EXACT);
    }

    @Test
    void aSharedFrameTakesBothStretchesAndBothWays() {
        RunResult result = pair(100).run(first(1, 1));
        // 10 here, 52.4 on the air and 5 until it is there, 4 there, 2 on the air and 5 until it is back.
        assertThat(only(result).latencyMillis()).isCloseTo(78.4, EXACT);
        assertThat(only(result).shared()).isEqualTo(1);
        BoardResult source = result.boards().getFirst();
        assertThat(source.compute()).isCloseTo(1, EXACT);
        assertThat(source.send()).isCloseTo(0.5 * 52.4, EXACT);
        assertThat(source.receive()).isCloseTo(0.2 * 2, EXACT);
        BoardResult helper = result.boards().getLast();
        assertThat(helper.compute()).isCloseTo(0.4, EXACT);
        assertThat(helper.send()).isCloseTo(0.5 * 2, EXACT);
        assertThat(helper.receive()).isCloseTo(0.2 * 52.4, EXACT);
    }

    @Test
    void theEstimateOfAnIdleFleetIsWhatHappens() {
        TestFleet fleet = pair(150);
        var seen = new double[1];
        RunResult result = fleet.run((request, view) -> {
            var placement = new Placement(1, 0);
            FleetView.Estimate estimate = view.estimate(0, 0, placement);
            seen[0] = estimate.finishMillis();
            assertThat(view.shippedMillis(0, 0, 1)).isCloseTo(estimate.finishMillis(), EXACT);
            assertThat(estimate.sourceMillijoules()).isCloseTo(0.5 * 102.4 + 0.2 * 2, EXACT);
            return placement;
        });
        assertThat(only(result).latencyMillis())
                .isCloseTo(102.4 + 5 + 6 + 2 + 5, EXACT)
                .isCloseTo(seen[0], EXACT);
    }

    @Test
    void aLinkThatFailsAmidATransferCostsTheDetectionAndAllOfTheFrameAgain() {
        TestFleet fleet = pair(100).happens(30, 1, Kind.LINK, 0);
        RunResult result = fleet.run(first(1, 1));
        // On the air from 10 to 30; noticed at 45; 30 alone.
        assertThat(only(result).latencyMillis()).isCloseTo(75, EXACT);
        assertThat(only(result).shared()).isZero();
        assertThat(result.boards().getFirst().send()).isCloseTo(0.5 * 20, EXACT);
        assertThat(result.boards().getLast().receive()).isCloseTo(0.2 * 20, EXACT);
        assertThat(result.drops()).isEqualTo(1);
        assertThat(result.missedPerDropMax()).isZero();
    }

    @Test
    void aFrameThatADropMakesLateIsCountedForIt() {
        RunResult result = pair(74).happens(30, 1, Kind.LINK, 0).run(first(1, 1));
        assertThat(only(result).late()).isEqualTo(1);
        assertThat(result.missedPerDropMax()).isEqualTo(1);
        assertThat(result.missedBehindMax()).isZero();
    }

    @Test
    void framesTakenWhileTheirSourceIsCutOffAreCountedApart() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 20).stream(40, 25, source(0, 0))
                        .happens(30, 0, Kind.LINK, 0)
                        .happens(100, 0, Kind.LINK, 1);
        RunResult result = fleet.run(new LocalOnly());
        // Taken at 0, 40, 80, 120, 160, each 5 ms late; those of 40 and 80 behind the drop.
        assertThat(only(result).late()).isEqualTo(5);
        assertThat(result.missedBehindMax()).isEqualTo(2);
        assertThat(result.drops()).isZero();
    }

    @Test
    void aSlowerLinkTakesLongerForWhatIsLeft() {
        RunResult result = pair(150).happens(30, 0, Kind.LINK, 0.5).run(first(1, 1));
        // 20 of 52.4 sent by then; 32.4 at half the rate; the answer takes 4.
        assertThat(only(result).latencyMillis()).isCloseTo(10 + 20 + 64.8 + 5 + 4 + 4 + 5, EXACT);
        assertThat(result.boards().getFirst().send()).isCloseTo(0.5 * 84.8, EXACT);
    }

    @Test
    void aBatteryEndsAmidARun() {
        TestFleet fleet = new TestFleet().board("source", 10, 20, 0.02, 0.0029).stream(50, 40, source(0, 10));
        RunResult result = fleet.run(new LocalOnly());
        // 0.2 mJ until 10, then 0.1 W: 2.7 mJ are used up at 37. Frames of 10, 60, 110, 160 are lost.
        assertThat(result.boards().getFirst().emptiedAtMillis()).isCloseTo(37, EXACT);
        assertThat(result.boards().getFirst().idle()).isCloseTo(0.2, EXACT);
        assertThat(result.boards().getFirst().compute()).isCloseTo(2.7, EXACT);
        assertThat(only(result).lost()).isEqualTo(4);
        assertThat(only(result).onTime()).isZero();
        assertThat(result.batteriesEmpty()).isEqualTo(1);
    }

    @Test
    void aHelperWithoutPowerStopsAndItsFrameIsRunAlone() {
        RunResult result = pair(150).happens(69, 1, Kind.POWER, 0).run(first(1, 1));
        // The helper began at 67.4.
        assertThat(result.boards().getLast().compute()).isCloseTo(0.16, EXACT);
        assertThat(only(result).latencyMillis()).isCloseTo(69 + 15 + 30, EXACT);
    }

    @Test
    void aHelperThatIsCutOffStillRunsWhatItHas() {
        RunResult result = pair(150).happens(69, 1, Kind.LINK, 0).run(first(1, 1));
        assertThat(result.boards().getLast().compute()).isCloseTo(0.4, EXACT);
        assertThat(result.boards().getLast().send()).isZero();
        assertThat(only(result).latencyMillis()).isCloseTo(69 + 15 + 30, EXACT);
        assertThat(only(result).onTime()).isEqualTo(1);
    }

    @Test
    void aSourceWithoutPowerTakesNoFrames() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 20, 0.01, Double.POSITIVE_INFINITY).stream(50, 50, source(0, 0))
                        .happens(20, 0, Kind.POWER, 0)
                        .happens(120, 0, Kind.POWER, 1);
        RunResult result = fleet.run(new LocalOnly());
        // Of 0, 50, 100, 150 the first is lost at 20, two are not taken, the last ends at 180.
        assertThat(only(result).taken()).isEqualTo(2);
        assertThat(only(result).lost()).isEqualTo(1);
        assertThat(only(result).onTime()).isEqualTo(1);
        assertThat(result.boards().getFirst().compute()).isCloseTo(2 + 3, EXACT);
        assertThat(result.boards().getFirst().idle()).isCloseTo(0.01 * (30 + 20), EXACT);
    }

    @Test
    void twoSourcesWaitForTheSameRadio() {
        TestFleet fleet = new TestFleet()
                .board("one", 10, 20).board("other", 10, 20).board("helper", 2, 4).stream(
                        ONCE, 180, source(0, 0), source(1, 1));
        StreamResult result = only(fleet.run(first(2, 1)));
        // The second may send at 62.4, is there at 119.8, done at 123.8; the first one's answer, ready at 71.4, has to
        // wait
        // until 114.8 as well and is back at 121.8; the second one's is back at 130.8.
        assertThat(result.latencyMillis()).isCloseTo((121.8 + 130.8 - 1) / 2, EXACT);
    }

    @Test
    void aHotBoardTakesLongerForWhatBeginsThen() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 20).stream(100, 80, source(0, 0)).happens(5, 0, Kind.SPEED, 2);
        RunResult result = fleet.run(new LocalOnly());
        assertThat(only(result).latencyMillis()).isCloseTo((30 + 60) / 2.0, EXACT);
        assertThat(result.boards().getFirst().compute()).isCloseTo(3 + 6, EXACT);
    }

    @Test
    void aFrameIsTriedFourTimesAtMost() {
        TestFleet fleet = pair(190);
        for (int n = 0; n < 5; n++) {
            fleet.happens(10 + 30 * n, 1, Kind.LINK, 0).happens(11 + 30 * n, 1, Kind.LINK, 1);
        }
        RunResult result = fleet.run((request, view) -> new Placement(1, 0));
        // Sent from 0, 25, 55, 85; broken at 10, 40, 70, 100.
        assertThat(only(result).lost()).isEqualTo(1);
        assertThat(result.drops()).isEqualTo(4);
        assertThat(result.boards().getFirst().send()).isCloseTo(0.5 * (10 + 15 + 15 + 15), EXACT);
    }

    @Test
    void aPlacementThatCannotBeIsRefused() {
        for (Placement wrong : new Placement[] {
            new Placement(1, 2), new Placement(0, 0), new Placement(Placement.NONE, 1), new Placement(Placement.NONE, 0)
        }) {
            assertThatThrownBy(() -> pair(100).run((request, view) -> wrong))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot be done");
        }
    }
}
