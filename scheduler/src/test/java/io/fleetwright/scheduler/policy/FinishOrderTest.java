package io.fleetwright.scheduler.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class FinishOrderTest {
    private static DeviceOption option(SplittableRandom random) {
        if (random.nextInt(5) == 0) {
            return new DeviceOption.Excluded(Exclusion.OFFLINE, "gone");
        }
        // Few values, so that many finish at the same time.
        return new DeviceOption.Runs(
                random.nextInt(1, 6),
                random.nextInt(3),
                random.nextBoolean() ? OptionalDouble.empty() : OptionalDouble.of(random.nextInt(9)));
    }

    private static PlacementDecision clipped(PlacementDecision decision, int candidates) {
        return switch (decision) {
            case PlacementDecision.Refused refused -> refused;
            case PlacementDecision.Placed(Placement placement) ->
                new PlacementDecision.Placed(new Placement(
                        placement.task(),
                        placement.device(),
                        placement.start(),
                        placement.finish(),
                        placement
                                .candidates()
                                .subList(
                                        0,
                                        Math.min(
                                                candidates,
                                                placement.candidates().size()))));
        };
    }

    @Test
    void decisionsAreThoseOfEarliestFinish() {
        int[] seen = new int[2];
        SeededCases.forEach(1, 500, (random, _) -> {
            Map<String, DeviceOption> options = new HashMap<>();
            Map<String, Double> ready = new HashMap<>();
            for (int d = random.nextInt(1, 12); d > 0; d--) {
                options.put("d" + d, option(random));
                ready.put("d" + d, (double) random.nextInt(4));
            }
            int candidates = random.nextInt(1, 14);
            FinishOrder order = new FinishOrder(options, ready, candidates);
            for (int i = 0; i < 40; i++) {
                double deadline = random.nextInt(40);
                List<DeviceState> states = new ArrayList<>();
                ready.forEach((device, time) -> states.add(new DeviceState(device, time)));
                PlacementDecision expected =
                        EarliestFinish.place(new TaskRequest("t" + i, 0, deadline, options), states);
                PlacementDecision decision = order.place("t" + i, deadline);
                assertThat(decision).isEqualTo(clipped(expected, candidates));
                assertThat(order.isAble())
                        .isEqualTo(options.values().stream().anyMatch(DeviceOption.Runs.class::isInstance));
                seen[decision instanceof PlacementDecision.Placed ? 1 : 0]++;
                if (decision instanceof PlacementDecision.Placed(Placement placement)) {
                    ready.put(placement.device(), placement.finish());
                    order.ready(placement.device(), placement.finish());
                }
                if (random.nextInt(10) == 0) {
                    String device = "d" + random.nextInt(1, 12);
                    if (options.containsKey(device)) {
                        options.put(device, new DeviceOption.Excluded(Exclusion.QUEUE_FULL, "twelve"));
                        order.exclude(device, Exclusion.QUEUE_FULL, "twelve");
                    }
                }
            }
        });
        assertThat(seen[0]).as("refused").isPositive();
        assertThat(seen[1]).as("placed").isPositive();
    }

    @Test
    void deviceWithoutAReadyTimeAndNoCandidatesAreRefused() {
        Map<String, DeviceOption> options = Map.of("a", new DeviceOption.Runs(1, 0));
        assertThatThrownBy(() -> new FinishOrder(options, Map.of(), 3)).hasMessage("device 'a' has no ready time");
        assertThatThrownBy(() -> new FinishOrder(options, Map.of("a", 0.0), 0))
                .hasMessage("candidates (0) must be at least 1");
    }

    @Test
    void aDeviceThatIsExcludedOrUnknownIsNotReadyAgain() {
        FinishOrder order = new FinishOrder(Map.of("a", new DeviceOption.Runs(1, 0)), Map.of("a", 0.0), 3);
        order.exclude("a", Exclusion.QUEUE_FULL, "twelve");
        order.ready("a", 0);
        order.ready("b", 0);
        assertThat(order.isAble()).isFalse();
        assertThat(order.place("t", 10))
                .isEqualTo(new PlacementDecision.Refused(
                        "t", List.of(new Candidate.Impossible("a", Exclusion.QUEUE_FULL, "twelve"))));
    }

    @Test
    void aPlannedDeviceIsTakenWhileItRunsTheRequestInTime() {
        FinishOrder order = new FinishOrder(
                Map.of(
                        "a", new DeviceOption.Runs(5, 0),
                        "b", new DeviceOption.Runs(7, 0),
                        "c", new DeviceOption.Runs(9, 0)),
                Map.of("a", 0.0, "b", 0.0, "c", 0.0),
                24);
        Placement planned = placed(order.place("t", "b", 100));
        assertThat(planned.device()).isEqualTo("b");
        assertThat(planned.finish()).isEqualTo(7);
        assertThat(planned.candidates())
                .extracting(
                        Candidate::device,
                        one -> ((Candidate.Possible) one).laterBy(),
                        one -> ((Candidate.Possible) one).standing())
                .containsExactly(
                        tuple("b", 0.0, Candidate.Standing.PLANNED),
                        tuple("a", -2.0, Candidate.Standing.LEFT_TO_OTHERS),
                        tuple("c", 2.0, Candidate.Standing.LONGER_EXECUTION));
        // Where it finishes first it needs no plan.
        assertThat(order.place("t", "a", 100)).isEqualTo(order.place("t", 100));
        // Too late there, full there, never heard of.
        assertThat(placed(order.place("t", "b", 6)).device()).isEqualTo("a");
        order.exclude("b", Exclusion.QUEUE_FULL, "full");
        assertThat(placed(order.place("t", "b", 100)).device()).isEqualTo("a");
        assertThat(placed(order.place("t", "x", 100)).device()).isEqualTo("a");
        order.exclude("a", Exclusion.OFFLINE, "gone");
        order.exclude("c", Exclusion.OFFLINE, "gone");
        assertThat(order.place("t", "b", 100)).isInstanceOf(PlacementDecision.Refused.class);
    }

    private static Placement placed(PlacementDecision decision) {
        return ((PlacementDecision.Placed) decision).placement();
    }
}
