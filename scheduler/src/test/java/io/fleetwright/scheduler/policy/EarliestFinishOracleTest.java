package io.fleetwright.scheduler.policy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.policy.Candidate.Impossible;
import io.fleetwright.scheduler.policy.Candidate.Possible;
import io.fleetwright.scheduler.policy.Candidate.Standing;
import io.fleetwright.scheduler.policy.DeviceOption.Excluded;
import io.fleetwright.scheduler.policy.DeviceOption.Runs;
import io.fleetwright.scheduler.policy.PlacementDecision.Placed;
import io.fleetwright.scheduler.policy.PlacementDecision.Refused;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Placements against the same rule said again, and against themselves after changes that must not matter. */
class EarliestFinishOracleTest {
    private static final EarliestFinish DISPATCHER = new EarliestFinish();

    @Test
    void everyDecisionIsTheOneThatThePlainRuleGives() {
        Set<Standing> seen = EnumSet.noneOf(Standing.class);
        Set<Exclusion> excluded = EnumSet.noneOf(Exclusion.class);
        SeededCases.forEach(1, 1200, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<PlacementDecision> decisions = snapshot.replay(DISPATCHER);
            assertThat(decisions).isEqualTo(NaiveDispatch.dispatch(snapshot.requests(), snapshot.devices()));
            for (Candidate candidate : candidates(decisions)) {
                switch (candidate) {
                    case Possible possible -> seen.add(possible.standing());
                    case Impossible impossible -> excluded.add(impossible.reason());
                }
            }
        });
        // The other two are those of plans of several jobs (FinishOrderTest).
        assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(Standing.PLANNED, Standing.LEFT_TO_OTHERS)));
        assertThat(excluded).containsExactlyInAnyOrder(Exclusion.values());
    }

    private static List<Candidate> candidates(List<PlacementDecision> decisions) {
        List<Candidate> all = new ArrayList<>();
        for (PlacementDecision decision : decisions) {
            switch (decision) {
                case Placed(Placement placement) -> all.addAll(placement.candidates());
                case Refused refused -> all.addAll(refused.reasons());
            }
        }
        return all;
    }

    /** Each device is in each decision once, and the figures of each candidate add up. */
    @Test
    void everyDeviceIsAccountedForInEveryDecision() {
        SeededCases.forEach(5000, 300, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<String> names =
                    snapshot.devices().stream().map(DeviceState::device).toList();
            for (PlacementDecision decision : snapshot.replay(DISPATCHER)) {
                List<Candidate> candidates = candidates(List.of(decision));
                assertThat(candidates).extracting(Candidate::device).containsExactlyInAnyOrderElementsOf(names);
                for (Candidate candidate : candidates) {
                    if (candidate instanceof Possible possible) {
                        assertThat(possible.waiting()).isNotNegative();
                        assertThat(possible.start() + possible.execution()).isEqualTo(possible.finish());
                    }
                }
            }
        });
    }

    /** Two runs on one device never overlap, and none begins before its inputs are there. */
    @Test
    void whatIsPlacedOnADeviceRunsOneAfterTheOther() {
        SeededCases.forEach(8000, 400, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            Map<String, Double> free = new HashMap<>();
            snapshot.devices().forEach(state -> free.put(state.device(), state.readyTime()));
            List<PlacementDecision> decisions = snapshot.replay(DISPATCHER);
            for (int i = 0; i < decisions.size(); i++) {
                if (decisions.get(i) instanceof Placed(Placement placement)) {
                    TaskRequest request = snapshot.requests().get(i);
                    Runs runs = (Runs) requireNonNull(request.options().get(placement.device()));
                    assertThat(placement.task()).isEqualTo(request.task());
                    assertThat(placement.start())
                            .isEqualTo(Math.max(
                                    requireNonNull(free.get(placement.device())),
                                    request.releaseTime() + runs.inputTransfer()));
                    assertThat(placement.finish()).isLessThanOrEqualTo(request.deadline());
                    free.put(placement.device(), placement.finish());
                }
            }
        });
    }

    @Test
    void aSnapshotReplaysAlikeHoweverOften() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            assertThat(snapshot.replay(DISPATCHER)).isEqualTo(snapshot.replay(new EarliestFinish()));
        });
    }

    /** Times four: exact in binary, so every figure must be exactly four times as large. */
    @Test
    void aSlowerClockScalesEveryFigure() {
        SeededCases.forEach(1, 400, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            Snapshot scaled = changed(snapshot, time -> 4 * time, time -> 4 * time, name -> name);
            assertSameStory(snapshot, scaled, 4, 0);
        });
    }

    /** By whole figures, on which adding is exact. */
    @Test
    void aLaterClockShiftsEveryTime() {
        SeededCases.forEach(1, 400, (random, _) -> {
            Snapshot snapshot = rounded(NaiveDispatch.snapshot(random));
            Snapshot shifted = changed(snapshot, time -> time, time -> time + 1000, name -> name);
            assertSameStory(snapshot, shifted, 1, 1000);
        });
    }

    private static Snapshot rounded(Snapshot snapshot) {
        return changed(snapshot, Math::rint, Math::rint, name -> name);
    }

    /** All decisions alike, with all instants {@code factor} times as large and {@code shift} later. */
    private static void assertSameStory(Snapshot one, Snapshot other, double factor, double shift) {
        List<PlacementDecision> expected = one.replay(DISPATCHER);
        List<PlacementDecision> actual = other.replay(DISPATCHER);
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i) instanceof Placed(Placement first)
                    && actual.get(i) instanceof Placed(Placement second)) {
                assertThat(second.device()).isEqualTo(first.device());
                assertThat(second.start()).isEqualTo(first.start() * factor + shift);
                assertThat(second.finish()).isEqualTo(first.finish() * factor + shift);
                for (int c = 0; c < first.candidates().size(); c++) {
                    assertSameStanding(
                            first.candidates().get(c), second.candidates().get(c), factor);
                }
            } else {
                assertThat(actual.get(i)).isInstanceOf(Refused.class);
                assertThat(expected.get(i)).isInstanceOf(Refused.class);
            }
        }
    }

    private static void assertSameStanding(Candidate first, Candidate second, double factor) {
        assertThat(second.device()).isEqualTo(first.device());
        if (first instanceof Possible expected) {
            Possible possible = (Possible) second;
            assertThat(possible.standing()).isEqualTo(expected.standing());
            assertThat(possible.waiting()).isEqualTo(factor * expected.waiting());
            assertThat(possible.laterBy()).isEqualTo(factor * expected.laterBy());
            assertThat(possible.energy()).isEqualTo(expected.energy());
        } else {
            assertThat(((Impossible) second).reason()).isEqualTo(((Impossible) first).reason());
        }
    }

    /** Names in the same order of the alphabet: the ties fall alike. */
    @Test
    void otherNamesInTheSameOrderChangeNothingElse() {
        SeededCases.forEach(1, 400, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            UnaryOperator<String> renamed = name -> "fleet/" + name + "/0";
            Snapshot other = changed(snapshot, time -> time, time -> time, renamed);
            List<PlacementDecision> expected = snapshot.replay(DISPATCHER);
            List<PlacementDecision> actual = other.replay(DISPATCHER);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(candidates(List.of(actual.get(i))))
                        .extracting(Candidate::device)
                        .containsExactlyElementsOf(candidates(List.of(expected.get(i))).stream()
                                .map(candidate -> renamed.apply(candidate.device()))
                                .toList());
            }
        });
    }

    @Test
    void aDeviceThatCanDoNothingChangesNoPlacement() {
        SeededCases.forEach(1, 400, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<DeviceState> more = new ArrayList<>(snapshot.devices());
            more.add(random.nextInt(more.size() + 1), new DeviceState("a-useless-one", 0));
            assertSamePlaces(snapshot, new Snapshot(snapshot.requests(), more));
        });
    }

    @Test
    void anOptionForADeviceThatIsNotThereChangesNothing() {
        SeededCases.forEach(1, 500, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<TaskRequest> requests = snapshot.requests().stream()
                    .map(request -> {
                        Map<String, DeviceOption> options = new HashMap<>(request.options());
                        options.put("a-fast-one-elsewhere", new Runs(0, 0));
                        return new TaskRequest(request.task(), request.releaseTime(), request.deadline(), options);
                    })
                    .toList();
            assertThat(new Snapshot(requests, snapshot.devices()).replay(DISPATCHER))
                    .isEqualTo(snapshot.replay(DISPATCHER));
        });
    }

    private static void assertSamePlaces(Snapshot one, Snapshot other) {
        assertThat(places(other)).isEqualTo(places(one));
    }

    private static List<String> places(Snapshot snapshot) {
        return snapshot.replay(DISPATCHER).stream()
                .map(decision -> switch (decision) {
                    case Placed(Placement placed) ->
                        "%s on %s %s-%s".formatted(placed.task(), placed.device(), placed.start(), placed.finish());
                    case Refused refused -> refused.task() + " refused";
                })
                .toList();
    }

    /** What comes later cannot change what was decided before. */
    @Test
    void theDecisionsOnTheFirstRequestsAreThoseOfThemAlone() {
        SeededCases.forEach(1, 500, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            int count = random.nextInt(snapshot.requests().size() + 1);
            assertThat(new Snapshot(snapshot.requests().subList(0, count), snapshot.devices()).replay(DISPATCHER))
                    .isEqualTo(snapshot.replay(DISPATCHER).subList(0, count));
        });
    }

    /** A batch is its requests one by one, each on the devices as the ones before left them. */
    @Test
    void aBatchIsItsRequestsOneByOne() {
        SeededCases.forEach(1, 500, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<DeviceState> states = new ArrayList<>(snapshot.devices());
            List<PlacementDecision> together = snapshot.replay(DISPATCHER);
            for (int i = 0; i < together.size(); i++) {
                PlacementDecision alone =
                        EarliestFinish.place(snapshot.requests().get(i), states);
                assertThat(alone).isEqualTo(together.get(i));
                if (alone instanceof Placed(Placement placed)) {
                    states.replaceAll(state -> state.device().equals(placed.device())
                            ? new DeviceState(placed.device(), placed.finish())
                            : state);
                }
            }
        });
    }

    /** Whatever was chosen is still chosen when it gets faster, and no other device gets worse by that. */
    @Test
    void theChosenDeviceStaysChosenWhenItGetsFaster() {
        SeededCases.forEach(1, 400, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            TaskRequest request = snapshot.requests().getFirst();
            if (EarliestFinish.place(request, snapshot.devices()) instanceof Placed(Placement placed)) {
                Runs runs = (Runs) requireNonNull(request.options().get(placed.device()));
                Map<String, DeviceOption> options = new HashMap<>(request.options());
                options.put(
                        placed.device(), new Runs(runs.executionP90() / 2, runs.inputTransfer() / 2, runs.energy()));
                var faster = new TaskRequest(request.task(), request.releaseTime(), request.deadline(), options);
                Placement again = ((Placed) EarliestFinish.place(faster, snapshot.devices())).placement();
                assertThat(again.device()).isEqualTo(placed.device());
                assertThat(again.finish()).isLessThanOrEqualTo(placed.finish());
            }
        });
    }

    @Test
    void energyDecidesNothing() {
        SeededCases.forEach(1, 500, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            List<TaskRequest> requests = snapshot.requests().stream()
                    .map(request -> {
                        Map<String, DeviceOption> options = new HashMap<>();
                        request.options()
                                .forEach((device, option) -> options.put(
                                        device,
                                        switch (option) {
                                            case Runs runs ->
                                                new Runs(
                                                        runs.executionP90(),
                                                        runs.inputTransfer(),
                                                        OptionalDouble.of(random.nextDouble()));
                                            case Excluded excluded -> excluded;
                                        }));
                        return new TaskRequest(request.task(), request.releaseTime(), request.deadline(), options);
                    })
                    .toList();
            assertSamePlaces(snapshot, new Snapshot(requests, snapshot.devices()));
        });
    }

    private static Snapshot changed(
            Snapshot snapshot,
            UnaryOperator<Double> duration,
            UnaryOperator<Double> instant,
            UnaryOperator<String> name) {
        List<DeviceState> devices = snapshot.devices().stream()
                .map(state -> new DeviceState(name.apply(state.device()), instant.apply(state.readyTime())))
                .toList();
        List<TaskRequest> requests = new ArrayList<>();
        for (TaskRequest request : snapshot.requests()) {
            Map<String, DeviceOption> options = new HashMap<>();
            request.options()
                    .forEach((device, option) -> options.put(
                            name.apply(device),
                            switch (option) {
                                case Runs runs ->
                                    new Runs(
                                            duration.apply(runs.executionP90()),
                                            duration.apply(runs.inputTransfer()),
                                            runs.energy());
                                case Excluded excluded -> excluded;
                            }));
            requests.add(new TaskRequest(
                    request.task(), instant.apply(request.releaseTime()), instant.apply(request.deadline()), options));
        }
        return new Snapshot(requests, devices);
    }
}
