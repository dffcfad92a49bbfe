package io.fleetwright.scheduler.policy;

import static io.fleetwright.scheduler.policy.FleetDispatcher.NONE;
import static io.fleetwright.scheduler.policy.TaskRequest.NO_DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small placements whose every figure can be worked out by hand. */
class PlacementStoriesTest {
    /**
     * Devices as {@code name@ready}, options as {@code name=execution+transfer} or {@code name!REASON}, and the whole
     * decision as {@code name start-finish standing} or {@code name!REASON} in the order of the candidates.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # release, deadline | devices | options | decision
            0,-  | a@0          | a=5+0          | a 0-5 ONLY_POSSIBLE
            3,-  | a@0          | a=5+0          | a 3-8 ONLY_POSSIBLE
            3,-  | a@7          | a=5+0          | a 7-12 ONLY_POSSIBLE
            3,-  | a@7          | a=5+2          | a 7-12 ONLY_POSSIBLE
            3,-  | a@7          | a=5+4          | a 7-12 ONLY_POSSIBLE
            3,-  | a@7          | a=5+6          | a 9-14 ONLY_POSSIBLE
            0,-  | a@0          | a=0+0          | a 0-0 ONLY_POSSIBLE
            # the deadline is kept to the point
            0,5  | a@0          | a=5+0          | a 0-5 ONLY_POSSIBLE
            0,5  | a@1          | a=5+0          | a!MISSES_DEADLINE
            0,5  | a@0          | a=5+1          | a!MISSES_DEADLINE
            2,5  | a@0          | a=4+0          | a!MISSES_DEADLINE
            0,0  | a@0          | a=0+0          | a 0-0 ONLY_POSSIBLE
            1,0  | a@0          | a=0+0          | a!MISSES_DEADLINE
            # of two, the one that finishes first
            0,-  | a@0 b@0      | a=5+0 b=4+0    | b 0-4 EARLIEST_FINISH; a 0-5 LONGER_EXECUTION
            0,-  | a@0 b@0      | a=4+0 b=5+0    | a 0-4 EARLIEST_FINISH; b 0-5 LONGER_EXECUTION
            0,-  | a@2 b@0      | a=4+0 b=5+0    | b 0-5 EARLIEST_FINISH; a 2-6 LONGER_WAIT
            0,-  | a@0 b@0      | a=4+2 b=5+0    | b 0-5 EARLIEST_FINISH; a 2-6 LONGER_TRANSFER
            0,-  | a@1 b@0      | a=4+2 b=5+0    | b 0-5 EARLIEST_FINISH; a 2-6 LONGER_TRANSFER
            0,-  | a@3 b@0      | a=4+2 b=5+0    | b 0-5 EARLIEST_FINISH; a 3-7 LONGER_TRANSFER
            0,-  | a@5 b@0      | a=4+2 b=5+0    | b 0-5 EARLIEST_FINISH; a 5-9 LONGER_WAIT
            # ties go to the lower name
            0,-  | a@0 b@0      | a=5+0 b=5+0    | a 0-5 EARLIEST_FINISH; b 0-5 SAME_FINISH_HIGHER_ID
            0,-  | b@0 a@0      | a=5+0 b=5+0    | a 0-5 EARLIEST_FINISH; b 0-5 SAME_FINISH_HIGHER_ID
            0,-  | a@3 b@0      | a=2+0 b=5+0    | a 3-5 EARLIEST_FINISH; b 0-5 SAME_FINISH_HIGHER_ID
            0,-  | B@0 a@0      | a=5+0 B=5+0    | B 0-5 EARLIEST_FINISH; a 0-5 SAME_FINISH_HIGHER_ID
            0,-  | d10@0 d9@0   | d10=5+0 d9=5+0 | d10 0-5 EARLIEST_FINISH; d9 0-5 SAME_FINISH_HIGHER_ID
            # of equal causes execution is named before the wait, and the wait before the transfer
            0,-  | a@0 b@2      | a=1+0 b=3+0    | a 0-1 EARLIEST_FINISH; b 2-5 LONGER_EXECUTION
            0,-  | a@0 b@4      | a=1+0 b=1+2    | a 0-1 EARLIEST_FINISH; b 4-5 LONGER_WAIT
            0,-  | a@0 b@0      | a=1+0 b=3+2    | a 0-1 EARLIEST_FINISH; b 2-5 LONGER_EXECUTION
            # what is better elsewhere does not count as a loss
            0,-  | a@9 b@0      | a=1+0 b=20+0   | a 9-10 EARLIEST_FINISH; b 0-20 LONGER_EXECUTION
            0,-  | a@0 b@0      | a=9+0 b=1+20   | a 0-9 EARLIEST_FINISH; b 20-21 LONGER_TRANSFER
            # devices that are out of the question come last, by name
            0,-  | c@0 b@0 a@0  | b=1+0          | b 0-1 ONLY_POSSIBLE; a!NO_ESTIMATE; c!NO_ESTIMATE
            0,-  | c@0 b@0 a@0  | c=1+0 a!OFFLINE b!CONSTRAINT | c 0-1 ONLY_POSSIBLE; a!OFFLINE; b!CONSTRAINT
            0,3  | a@0 b@0 c@0  | a=4+0 b=3+0 c=2+0 | c 0-2 EARLIEST_FINISH; b 0-3 LONGER_EXECUTION; a!MISSES_DEADLINE
            0,-  | a@0 b@0      | a!NO_LINK b!NOT_LOADED | a!NO_LINK; b!NOT_LOADED
            0,-  | b@0 a@0      | c=1+0          | a!NO_ESTIMATE; b!NO_ESTIMATE
            0,1  | a@0 b@0      | a=2+0 b!OUT_OF_MEMORY | a!MISSES_DEADLINE; b!OUT_OF_MEMORY
            """)
    void aRequestGoesWhereItFinishesFirst(String times, String devices, String options, String decision) {
        String[] time = times.split(",");
        double deadline = time[1].equals("-") ? NO_DEADLINE : Double.parseDouble(time[1]);
        List<DeviceState> states = new ArrayList<>();
        for (String device : devices.split(" ")) {
            String[] part = device.split("@");
            states.add(new DeviceState(part[0], Double.parseDouble(part[1])));
        }
        Map<String, DeviceOption> all = new HashMap<>();
        for (String option : options.split(" ")) {
            String[] part = option.split("[=+!]");
            all.put(
                    part[0],
                    option.contains("!")
                            ? new DeviceOption.Excluded(Exclusion.valueOf(part[1]), "why")
                            : new DeviceOption.Runs(Double.parseDouble(part[1]), Double.parseDouble(part[2])));
        }
        var request = new TaskRequest("t", Double.parseDouble(time[0]), deadline, all);
        assertThat(shown(EarliestFinish.place(request, states))).isEqualTo(decision);
    }

    private static String shown(PlacementDecision decision) {
        List<? extends Candidate> candidates = switch (decision) {
            case PlacementDecision.Placed(Placement placement) -> placement.candidates();
            case PlacementDecision.Refused refused -> refused.reasons();
        };
        return candidates.stream()
                .map(candidate -> switch (candidate) {
                    case Candidate.Possible possible ->
                        "%s %.0f-%.0f %s"
                                .formatted(possible.device(), possible.start(), possible.finish(), possible.standing());
                    case Candidate.Impossible impossible -> impossible.device() + "!" + impossible.reason();
                })
                .collect(Collectors.joining("; "));
    }

    /** Three of 4 each on devices of speed 1 and 1/2: 0-4 on a; 4-8 on a ties with 0-8 on b; then b 0-8 against a 8-12. */
    @Test
    void aSlowDeviceTakesWhatAFastOneWouldFinishLater() {
        Map<String, DeviceOption> options = Map.of("a", new DeviceOption.Runs(4, 0), "b", new DeviceOption.Runs(8, 0));
        var request = new TaskRequest("t", 0, options);
        List<PlacementDecision> decisions = new EarliestFinish()
                .dispatch(
                        List.of(request, request, request, request),
                        List.of(new DeviceState("a", 0), new DeviceState("b", 0)));
        assertThat(decisions.stream().map(PlacementStoriesTest::shown).map(all -> all.split(" [A-Z]")[0]))
                .containsExactly("a 0-4", "a 4-8", "b 0-8", "a 8-12");
    }

    /** A refused request holds nothing: the next one finds the device as it was. */
    @Test
    void aRefusalLeavesTheDevicesAsTheyWere() {
        Map<String, DeviceOption> options = Map.of("a", new DeviceOption.Runs(4, 0));
        List<PlacementDecision> decisions = new EarliestFinish()
                .dispatch(
                        List.of(new TaskRequest("hasty", 0, 3, options), new TaskRequest("patient", 0, 4, options)),
                        List.of(new DeviceState("a", 0)));
        assertThat(decisions.stream().map(PlacementStoriesTest::shown))
                .containsExactly("a!MISSES_DEADLINE", "a 0-4 ONLY_POSSIBLE");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ready    | -1       | readyTime (-1.0) must be finite and at least 0
            ready    | NaN      | readyTime (NaN) must be finite and at least 0
            ready    | Infinity | readyTime (Infinity) must be finite and at least 0
            run      | -0.001   | executionP90 (-0.001) must be finite and at least 0
            run      | Infinity | executionP90 (Infinity) must be finite and at least 0
            transfer | -1       | inputTransfer (-1.0) must be finite and at least 0
            transfer | NaN      | inputTransfer (NaN) must be finite and at least 0
            energy   | -5       | energy (-5.0) must be finite and at least 0
            energy   | Infinity | energy (Infinity) must be finite and at least 0
            energy   | NaN      | energy (NaN) must be finite and at least 0
            release  | -1       | releaseTime (-1.0) must be finite and at least 0
            release  | Infinity | releaseTime (Infinity) must be finite and at least 0
            deadline | -1       | deadline (-1.0) must be at least 0
            deadline | NaN      | deadline (NaN) must be at least 0
            now      | NaN      | now (NaN) must be finite and at least 0
            now      | Infinity | now (Infinity) must be finite and at least 0
            back     | -3       | now (-3.0) must be finite and at least 0
            back     | Infinity | now (Infinity) must be finite and at least 0
            free     | -3       | at (-3.0) must be finite and at least 0
            free     | Infinity | at (Infinity) must be finite and at least 0
            commit   | NaN      | at (NaN) must be finite and at least 0
            """)
    void aFigureOutOfRangeIsRefusedByName(String figure, double value, String message) {
        assertThat(catchThrowable(() -> make(figure, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static Object make(String figure, double value) {
        return switch (figure) {
            case "ready" -> new DeviceState("a", value);
            case "run" -> new DeviceOption.Runs(value, 0);
            case "transfer" -> new DeviceOption.Runs(0, value);
            case "energy" -> new DeviceOption.Runs(0, 0, OptionalDouble.of(value));
            case "release" -> new TaskRequest("t", value, Map.of());
            case "deadline" -> new TaskRequest("t", 0, value, Map.of());
            case "now" -> fleet(value);
            case "commit" -> fleet(0).commit(0, 0, value);
            default -> changed(fleet(0), figure, value);
        };
    }

    private static FleetDispatcher changed(FleetDispatcher fleet, String figure, double value) {
        if (figure.equals("back")) {
            fleet.comeBack(0, value);
        } else {
            fleet.setFree(0, value);
        }
        return fleet;
    }

    @Test
    void aSnapshotHoldsSoManyRequestsAndDevices() {
        var request = new TaskRequest("t", 0, Map.of());
        var device = new DeviceState("a", 0);
        assertThat(new Snapshot(Collections.nCopies(10_000, request), Collections.nCopies(100_000, device)).devices())
                .hasSize(Snapshot.DEVICES_MAX);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Snapshot(Collections.nCopies(10_001, request), List.of()))
                .withMessage("10001 requests and 0 devices, 10000 and 100000 allowed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Snapshot(List.of(), Collections.nCopies(100_001, device)))
                .withMessage("0 requests and 100001 devices, 10000 and 100000 allowed");
    }

    /** Costs of a task of each kind: 10 and 3 on devices 0 and 1 of one zone, 4 on device 2 of the other, 2 apart. */
    private static FleetDispatcher fleet(double now) {
        return new FleetDispatcher(
                CostTable.perTask(new double[][] {{10, 3, 4}, {CostTable.CANNOT_RUN, 6, 6}}),
                Links.zoned(new int[] {0, 0, 1}, new double[][] {{4, 1}, {1, 4}}, new double[][] {{0, 2}, {2, 0}}),
                now);
    }

    /** 8 of input from device 0: there at once, 2 to device 1 (8/4), 10 to device 2 (2 + 8/1). */
    @Test
    void theDeviceThatHasTheInputIsWeighedWithoutTransfer() {
        FleetDispatcher fleet = fleet(0);
        assertThat(fleet.find(0, 0, 8, 0, NO_DEADLINE)).isEqualTo(1);
        assertThat(fleet.finish()).isEqualTo(5);
        fleet.lose(1);
        assertThat(fleet.find(0, 0, 8, 0, NO_DEADLINE)).isZero();
        assertThat(fleet.finish()).as("10 on device 0, 14 on device 2").isEqualTo(10);
        fleet.setFree(0, 4);
        assertThat(fleet.find(0, 0, 8, 0, NO_DEADLINE))
                .as("14 on both: the lower")
                .isZero();
        fleet.setFree(0, 4.5);
        assertThat(fleet.find(0, 0, 8, 0, NO_DEADLINE)).isEqualTo(2);
        assertThat(fleet.start()).isEqualTo(10);
    }

    /** What a device that is gone has can still be read: only nothing runs there. */
    @Test
    void theInputMayBeOnADeviceThatIsGone() {
        FleetDispatcher fleet = fleet(0);
        fleet.lose(0);
        assertThat(fleet.find(0, 0, 8, 0, NO_DEADLINE)).isEqualTo(1);
        assertThat(fleet.finish()).isEqualTo(5);
    }

    /** Task 1 takes 6 on device 1 and on device 2, and does not run on device 0. */
    @Test
    void theLowerOfEqualDevicesOfTwoGroupsIsTaken() {
        FleetDispatcher fleet = fleet(7);
        assertThat(fleet.place(1, NONE, 0, 7, 13)).isEqualTo(1);
        assertThat(fleet.place(1, NONE, 0, 7, 13)).isEqualTo(2);
        assertThat(fleet.place(1, NONE, 0, 7, 13)).as("both would end at 19").isEqualTo(NONE);
        assertThat(fleet.place(1, NONE, 0, 7, 19)).isEqualTo(1);
        assertThat(fleet.freeAt(0)).isEqualTo(7);
        assertThat(fleet.freeAt(1)).isEqualTo(19);
        assertThat(fleet.freeAt(2)).isEqualTo(13);
    }

    @Test
    void aDeviceThatComesBackIsAsGoodAsNew() {
        FleetDispatcher fleet = fleet(0);
        fleet.setFree(1, 100);
        fleet.lose(1);
        fleet.setFree(1, 50);
        assertThat(fleet.freeAt(1))
                .as("what is gone is not told when it is free")
                .isInfinite();
        fleet.comeBack(1, 20);
        fleet.comeBack(1, 30);
        assertThat(fleet.freeAt(1)).as("it is back only once").isEqualTo(20);
        assertThat(fleet.version(1)).as("busy, gone, back").isEqualTo(3);
    }

    /** Two planners see the same fleet; the second to commit must look again. */
    @Test
    void ofTwoPlansForOneDeviceOnlyOneIsCommitted() {
        FleetDispatcher fleet = fleet(0);
        int mine = fleet.find(0, 0, NO_DEADLINE);
        int seen = fleet.version(mine);
        int theirs = fleet.find(0, 0, NO_DEADLINE);
        assertThat(theirs).isEqualTo(mine).isEqualTo(1);
        assertThat(fleet.commit(theirs, seen, 3)).isTrue();
        assertThat(fleet.commit(mine, seen, 3)).isFalse();
        assertThat(fleet.find(0, 0, NO_DEADLINE))
                .as("4 on device 2, 6 on device 1")
                .isEqualTo(2);
        assertThat(fleet.commit(2, fleet.version(2), 4)).isTrue();
    }
}
