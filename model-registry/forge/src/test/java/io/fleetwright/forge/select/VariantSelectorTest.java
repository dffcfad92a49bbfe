package io.fleetwright.forge.select;

import static io.fleetwright.forge.select.Candidates.ANY_DEVICE;
import static io.fleetwright.forge.select.Candidates.candidate;
import static io.fleetwright.forge.select.Candidates.relaxable;
import static io.fleetwright.forge.select.Candidates.strict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VariantSelectorTest {
    private static final double NONE = Double.NaN;
    private static final Constraints NO_LIMITS = strict(NONE, NONE, NONE);
    private static final Set<String> OPERATORS = Set.of("CONV_2D", "ADD", "SOFTMAX", "LSTM");

    private static Selection select(Constraints constraints, Candidate... candidates) {
        return VariantSelector.select(List.of(candidates), ANY_DEVICE, constraints, Optional.empty());
    }

    private static String chosen(Selection selection) {
        return ((Selection.Chosen) selection).variant().variant();
    }

    private static List<String> reasons(Selection selection) {
        return selection.judgements().stream().map(Judgement::text).toList();
    }

    @Test
    void theMostAccurateWins() {
        assertThat(chosen(select(NO_LIMITS, candidate("small", .70, 1, 1), candidate("large", .76, 9, 9))))
                .isEqualTo("large");
    }

    @Test
    void aboutEqualAccuracyIsDecidedByEnergyThenByLatency() {
        var selection = select(
                NO_LIMITS,
                candidate("best", .7610, 5, 9),
                candidate("frugal", .7595, 7, 4),
                candidate("frugal-fast", .7592, 6, 4));
        assertThat(chosen(selection)).isEqualTo("frugal-fast");
        assertThat(reasons(selection))
                .containsExactly("frugal-fast has the better energy", "frugal-fast has the better latency", "chosen");
        assertThat(chosen(select(NO_LIMITS, candidate("best", .761, 5, 9), candidate("just-outside", .759, 5, 1))))
                .isEqualTo("best");
    }

    @Test
    void whatAnotherIsNeverWorseThanIsSaidToBeDominated() {
        assertThat(reasons(select(NO_LIMITS, candidate("a", .7, 2, 2), candidate("b", .8, 2, 1))))
                .containsExactly("b is at least as good in everything", "chosen");
    }

    @Test
    void unknownEnergyIsNeitherZeroNorDominatedAndBreaksALimitOfEnergy() {
        var known = candidate("known", .75, 5, 3);
        var unknown = candidate("unknown", .7505, 4, NONE);
        var selection = select(NO_LIMITS, known, unknown);
        assertThat(chosen(selection)).isEqualTo("known");
        assertThat(reasons(selection)).last().isEqualTo("known has the better energy");
        assertThat(reasons(select(strict(NONE, 9, NONE), known, unknown)))
                .last()
                .isEqualTo("p90 energy is unknown, must be at most 9.00000 mJ");
        assertThat(chosen(select(NO_LIMITS, unknown))).isEqualTo("unknown");
    }

    @Test
    void everyRefusalNamesItsConstraintsWithTheirFigures() {
        var device = new DeviceFacts(
                "board", Optional.of(Set.of("CONV_2D")), Optional.of(Set.of(4, 8)), new Memory.Split(1000, 500));
        var wrong = new Candidate(
                "wrong",
                Set.of("CONV_2D", "LSTM", "ADD"),
                16,
                2000,
                600,
                OptionalDouble.of(.6),
                OptionalDouble.of(30),
                OptionalDouble.empty());
        var selection = VariantSelector.select(List.of(wrong), device, strict(20, 1, .7), Optional.empty());
        assertThat(selection).isInstanceOf(Selection.None.class);
        assertThat(reasons(selection))
                .containsExactly("needs operators ADD, LSTM; has 16-bit weights, the device takes [4, 8];"
                        + " needs 2000 bytes of weight memory, the device has 1000;"
                        + " accuracy 0.600000, must be at least 0.700000;"
                        + " p90 latency 30.0000 ms, must be at most 20.0000 ms;"
                        + " p90 energy is unknown, must be at most 1.00000 mJ");
    }

    @Test
    void limitsGiveWayInOrderAndNoFurtherThanNeeded() {
        var hungry = candidate("hungry", .75, 10, 9);
        var energy = (Selection.Chosen) select(relaxable(10, 5, .7), hungry);
        assertThat(energy.relaxed()).containsExactly(Relaxation.ENERGY);
        var latency = (Selection.Chosen) select(relaxable(8, 5, .7), hungry);
        assertThat(latency.relaxed()).containsExactly(Relaxation.ENERGY, Relaxation.LATENCY);
        var accuracy = (Selection.Chosen) select(relaxable(8, 5, .8), hungry);
        assertThat(accuracy.relaxed()).isEqualTo(Constraints.RELAXATIONS);
        assertThat(select(relaxable(7.9, 5, .8), hungry)).isInstanceOf(Selection.None.class);
    }

    @Test
    void onlyWhatTheChosenOneBreaksHasGivenWay() {
        var slow = candidate("slow", .75, 11, 9);
        assertThat(((Selection.Chosen) select(relaxable(10, NONE, NONE), slow)).relaxed())
                .as("no energy was asked for")
                .containsExactly(Relaxation.LATENCY);
        assertThat(((Selection.Chosen) select(relaxable(10, 20, .7), slow)).relaxed())
                .as("it keeps the energy")
                .containsExactly(Relaxation.LATENCY);
        assertThat(((Selection.Chosen) select(relaxable(20, 20, .8), slow)).relaxed())
                .containsExactly(Relaxation.ACCURACY);
    }

    @Test
    void memoryNeverGivesWay() {
        var device = new DeviceFacts("board", Optional.empty(), Optional.empty(), new Memory.Shared(1999));
        var selection = VariantSelector.select(
                List.of(candidate("v", .75, 1, 1)), device, relaxable(NONE, NONE, NONE), Optional.empty());
        assertThat(selection).isEqualTo(new Selection.None(Optional.empty(), selection.judgements()));
        assertThat(reasons(selection)).containsExactly("needs 2000 bytes of memory, the device has 1999");
    }

    @Test
    void theNearestVariantIsNamedWhenNothingFits() {
        var selection = select(
                strict(10, 10, NONE),
                candidate("late", .8, 15, 10),
                candidate("near", .7, 12, 11),
                candidate("dark", .9, 10, NONE));
        assertThat(((Selection.None) selection).nearest()).contains("near");
    }

    @Test
    void aDeviceChangesOnlyForAGainOrABrokenLimit() {
        var old = candidate("old", .75, 10, 10);
        var slightly = candidate("slightly", .75, 10, 9.6);
        var clearly = candidate("clearly", .75, 10, 9.4);
        assertThat(withIncumbent(NO_LIMITS, old, slightly)).isEqualTo("old");
        assertThat(withIncumbent(NO_LIMITS, old, clearly)).isEqualTo("clearly");
        assertThat(withIncumbent(strict(NONE, 9.9, NONE), old, slightly)).isEqualTo("slightly");
        assertThat(withIncumbent(NO_LIMITS, old, candidate("righter", .76, 10, 10)))
                .as("1 of 25 wrong answers less")
                .isEqualTo("old");
        assertThat(withIncumbent(NO_LIMITS, old, candidate("much-righter", .77, 10, 10)))
                .isEqualTo("much-righter");
        assertThat(withIncumbent(NO_LIMITS, candidate("old", .75, 10, NONE), candidate("measured", .75, 10, 1)))
                .as("what is not known is no reason")
                .isEqualTo("old");
    }

    private static String withIncumbent(Constraints constraints, Candidate old, Candidate other) {
        return chosen(VariantSelector.select(List.of(old, other), ANY_DEVICE, constraints, Optional.of(old.variant())));
    }

    @Test
    void theReasonsOfAKeptVariantSayHowLittleTheBestGains() {
        var selection = VariantSelector.select(
                List.of(candidate("old", .75, 10, 10), candidate("new", .75, 10, 9.6)),
                ANY_DEVICE,
                NO_LIMITS,
                Optional.of("old"));
        assertThat(reasons(selection)).containsExactly("kept: new gains only 4.0 %", "gains only 4.0 % over old");
    }

    @Test
    void refusesTwoOfOneNameTooManyAndWrongFigures() {
        var one = candidate("v", .5, 1, 1);
        assertThatThrownBy(() -> select(NO_LIMITS, one, one)).hasMessage("variant v is there twice");
        List<Candidate> many = new ArrayList<>();
        for (int i = 0; i <= VariantSelector.CANDIDATES_MAX; i++) {
            many.add(candidate("v" + i, .5, 1, 1));
        }
        assertThatThrownBy(() -> VariantSelector.select(many, ANY_DEVICE, NO_LIMITS, Optional.empty()))
                .hasMessage("candidates (10001) must be at most 10000");
        assertThatThrownBy(() -> candidate("v", 1.5, 1, 1)).hasMessage("v: accuracy (1.5) must be 0 to 1");
        assertThatThrownBy(() -> candidate("v", .5, 0, 1)).hasMessageContaining("latencyMillis (0.0) must be above 0");
        assertThatThrownBy(() -> strict(-1, NONE, NONE)).hasMessageContaining("latencyMillisMax (-1.0)");
        assertThatThrownBy(() -> new Constraints(
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        List.of(Relaxation.ENERGY, Relaxation.ENERGY)))
                .hasMessageContaining("must differ");
    }

    @Test
    void agreesWithAPlainSelectorOnAFleet() {
        Set<Integer> levels = new HashSet<>();
        long[] nanos = new long[1];
        SeededCases.forEach(1, 1000, (random, _) -> {
            List<Candidate> candidates = randomCandidates(random, 50);
            DeviceFacts device = randomDevice(random);
            Constraints constraints = randomConstraints(random);
            long start = System.nanoTime();
            Selection selection = VariantSelector.select(candidates, device, constraints, Optional.empty());
            nanos[0] += System.nanoTime() - start;
            var plain = PlainSelector.choose(candidates, device, constraints);
            if (selection instanceof Selection.Chosen chosen) {
                assertThat(new PlainSelector.Answer(chosen.variant().variant(), chosen.relaxed()))
                        .isEqualTo(plain);
                levels.add(chosen.relaxed().size());
            } else {
                assertThat(plain.variant()).isEmpty();
                levels.add(-1);
            }
        });
        assertThat(levels).contains(-1, 0, 1, 2, 3);
        System.out.printf("selection for 1000 devices of 50 variants: %.1f ms%n", nanos[0] / 1e6);
    }

    @Test
    void theSkylineIsTheSetThatNoPairRefutes() {
        SeededCases.forEach(1, 500, (random, _) -> {
            List<Candidate> candidates = randomCandidates(random, random.nextInt(1, 80));
            int[] dominators = Skyline.dominators(candidates);
            List<Candidate> front = new ArrayList<>();
            for (int i = 0; i < dominators.length; i++) {
                if (dominators[i] == Skyline.NOT_DOMINATED) {
                    front.add(candidates.get(i));
                } else {
                    assertThat(PlainSelector.front(List.of(candidates.get(i), candidates.get(dominators[i]))))
                            .containsExactly(candidates.get(dominators[i]));
                }
            }
            assertThat(front).isEqualTo(PlainSelector.front(candidates));
        });
    }

    /** Figures on a coarse grid, so that equal ones are common; one in eight is unknown. */
    private static List<Candidate> randomCandidates(SplittableRandom random, int count) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Set<String> operators = new HashSet<>(Set.of("CONV_2D"));
            operators.addAll(random.nextInt(4) == 0 ? Set.of("LSTM") : Set.of("ADD"));
            candidates.add(new Candidate(
                    "v" + i,
                    operators,
                    List.of(2, 4, 8, 16).get(random.nextInt(4)),
                    random.nextInt(1, 2000),
                    random.nextInt(1, 500),
                    figure(random, random.nextInt(600, 800) / 1000.0),
                    figure(random, random.nextInt(1, 40)),
                    figure(random, random.nextInt(1, 40) / 2.0)));
        }
        return candidates;
    }

    private static OptionalDouble figure(SplittableRandom random, double value) {
        return random.nextInt(8) == 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private static DeviceFacts randomDevice(SplittableRandom random) {
        Memory memory = switch (random.nextInt(3)) {
            case 0 -> new Memory.Unknown();
            case 1 -> new Memory.Shared(random.nextInt(1, 2500));
            default -> new Memory.Split(random.nextInt(1, 2000), random.nextInt(1, 500));
        };
        return new DeviceFacts(
                "d",
                random.nextBoolean() ? Optional.of(OPERATORS) : Optional.of(Set.of("CONV_2D", "ADD")),
                random.nextBoolean() ? Optional.empty() : Optional.of(Set.of(4, 8)),
                memory);
    }

    private static Constraints randomConstraints(SplittableRandom random) {
        return relaxable(
                random.nextBoolean() ? NONE : random.nextInt(1, 20),
                random.nextBoolean() ? NONE : random.nextInt(1, 8),
                random.nextBoolean() ? NONE : random.nextInt(650, 850) / 1000.0);
    }
}
