package io.fleetwright.scheduler.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.policy.Candidate.Impossible;
import io.fleetwright.scheduler.policy.Candidate.Possible;
import io.fleetwright.scheduler.policy.Candidate.Standing;
import io.fleetwright.scheduler.policy.PlacementDecision.Placed;
import io.fleetwright.scheduler.policy.PlacementDecision.Refused;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EarliestFinishTest {
    @Test
    void theChosenDeviceComesFirstAndEachOtherSaysWhatItLostBy() {
        var request = new TaskRequest(
                "infer-1",
                100,
                Map.of(
                        "cpu", new DeviceOption.Runs(20, 0, OptionalDouble.of(7)),
                        "gpu", runs(4, 2),
                        "far", runs(5, 30),
                        "busy", runs(5, 0),
                        "twin", runs(6, 0),
                        "mcu", new DeviceOption.Excluded(Exclusion.OUT_OF_MEMORY, "needs 300 KB, has 256 KB")));
        var states = List.of(
                idle("twin"),
                idle("mcu"),
                idle("cpu"),
                new DeviceState("busy", 111),
                idle("gpu"),
                idle("far"),
                idle("new"));

        Placement placement = placed(EarliestFinish.place(request, states));

        assertThat(placement.task()).isEqualTo("infer-1");
        assertThat(placement.device()).isEqualTo("gpu");
        assertThat(placement.start()).isEqualTo(102);
        assertThat(placement.finish()).isEqualTo(106);
        assertThat(placement.candidates())
                .containsExactly(
                        possible("gpu", 102, 106, 2, 0, 4, 0, Standing.EARLIEST_FINISH),
                        possible("twin", 100, 106, 0, 0, 6, 0, Standing.SAME_FINISH_HIGHER_ID),
                        possible("busy", 111, 116, 0, 11, 5, 10, Standing.LONGER_WAIT),
                        new Possible("cpu", 100, 120, 0, 0, 20, OptionalDouble.of(7), 14, Standing.LONGER_EXECUTION),
                        possible("far", 130, 135, 30, 0, 5, 29, Standing.LONGER_TRANSFER),
                        new Impossible("mcu", Exclusion.OUT_OF_MEMORY, "needs 300 KB, has 256 KB"),
                        new Impossible("new", Exclusion.NO_ESTIMATE, "no cost is known for this device"));
    }

    @Test
    void inputsTravelWhileTheDeviceIsBusy() {
        var request = new TaskRequest("t", 0, Map.of("a", runs(5, 30)));
        Placement placement = placed(EarliestFinish.place(request, List.of(new DeviceState("a", 20))));
        assertThat(placement.start()).isEqualTo(30);
        assertThat(placement.candidates()).containsExactly(possible("a", 30, 35, 30, 0, 5, 0, Standing.ONLY_POSSIBLE));
    }

    @Test
    void aRequestThatNoDeviceCanTakeIsRefusedWithOneReasonPerDevice() {
        var request = new TaskRequest(
                "t",
                10,
                20,
                Map.of("slow", runs(10.5, 0), "off", new DeviceOption.Excluded(Exclusion.OFFLINE, "last seen at 3")));
        assertThat(EarliestFinish.place(request, List.of(idle("slow"), idle("off"))))
                .isEqualTo(new Refused(
                        "t",
                        List.of(
                                new Impossible("off", Exclusion.OFFLINE, "last seen at 3"),
                                new Impossible(
                                        "slow", Exclusion.MISSES_DEADLINE, "finish 20.5 is after the deadline 20.0"))));
        assertThat(EarliestFinish.place(request, List.of())).isEqualTo(new Refused("t", List.of()));
    }

    @Test
    void aBatchIsPlacedInOrderAndEachPlacementHoldsItsDevice() {
        var options = Map.<String, DeviceOption>of("a", runs(2, 0), "b", runs(5, 0));
        var requests = List.of(
                new TaskRequest("1", 0, options),
                new TaskRequest("2", 0, options),
                new TaskRequest("3", 0, 4, Map.of("a", runs(2, 0))),
                new TaskRequest("4", 0, options));
        var decisions = new EarliestFinish().dispatch(requests, List.of(idle("a"), idle("b")));
        assertThat(placed(decisions.get(0)).device()).isEqualTo("a");
        assertThat(placed(decisions.get(1)).finish()).isEqualTo(4);
        assertThat(decisions.get(2)).isInstanceOf(Refused.class);
        assertThat(placed(decisions.get(3)).device()).isEqualTo("b");
    }

    @Test
    void theOrderOfTheDevicesChangesNothingAndNoDeviceWouldFinishSooner() {
        SeededCases.forEach(1, 200, (random, seed) -> {
            Map<String, DeviceOption> options = new HashMap<>();
            List<DeviceState> states = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                options.put("d" + i, runs(random.nextInt(6), random.nextInt(4)));
                states.add(new DeviceState("d" + i, random.nextInt(10)));
            }
            var request = new TaskRequest("t", random.nextInt(5), options);
            PlacementDecision decision = EarliestFinish.place(request, states);
            Collections.shuffle(states, new Random(seed));
            assertThat(EarliestFinish.place(request, states)).isEqualTo(decision);

            Placement placement = placed(decision);
            assertThat(placement.candidates()).hasSize(8);
            for (Candidate candidate : placement.candidates()) {
                var possible = (Possible) candidate;
                assertThat(request.releaseTime() + possible.transfer() + possible.waiting() + possible.execution())
                        .isEqualTo(possible.finish());
                assertThat(possible.laterBy()).isGreaterThanOrEqualTo(0);
                assertThat(possible.laterBy() > 0 || placement.device().compareTo(possible.device()) <= 0)
                        .isTrue();
            }
        });
    }

    @Test
    void badFiguresAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> runs(Double.NaN, 0))
                .withMessageContaining("executionP90 (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DeviceState("a", Double.POSITIVE_INFINITY))
                .withMessageContaining("readyTime (Infinity)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TaskRequest("t", 0, Double.NaN, Map.of()))
                .withMessageContaining("deadline (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> EarliestFinish.place(new TaskRequest("t", 0, Map.of()), List.of(idle("a"), idle("a"))))
                .withMessageContaining("'a' is listed more than once");
    }

    private static Possible possible(
            String device,
            double start,
            double finish,
            double transfer,
            double waiting,
            double execution,
            double laterBy,
            Standing standing) {
        return new Possible(
                device, start, finish, transfer, waiting, execution, OptionalDouble.empty(), laterBy, standing);
    }

    private static DeviceOption runs(double executionP90, double inputTransfer) {
        return new DeviceOption.Runs(executionP90, inputTransfer);
    }

    private static DeviceState idle(String device) {
        return new DeviceState(device, 0);
    }

    private static Placement placed(PlacementDecision decision) {
        return switch (decision) {
            case Placed(Placement placement) -> placement;
            case Refused refused -> throw new AssertionError(refused.toString());
        };
    }
}
