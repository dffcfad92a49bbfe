package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.platform.Needs.Unmet;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeedsTest {
    /** Demand and offer in columns: operators, precision, memory, location, tenant. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            conv add | int8 | 5 | yard | acme || conv add mul | int8 int4 | 5   | yard | acme zeta || -         | -
            -        | -    | 0 | -    | -    || conv         | int4      | 0   | hall | acme      || -         | -
            conv add | int8 | 5 | yard | acme || -            | -         | inf | yard | -         || -         | -
            conv add | int8 | 5 | yard | acme || mul          | float     | 1   | hall | zeta      || OPERATOR  | lacks add, conv
            conv add | int8 | 5 | yard | acme || conv         | int8      | 9   | yard | acme      || OPERATOR  | lacks add
            conv     | int8 | 5 | yard | acme || conv         | int4 int2 | 1   | hall | zeta      || PRECISION | computes in int2, int4, not in int8
            conv     | int8 | 5 | yard | acme || conv         | int8      | 4   | hall | zeta      || MEMORY    | has 4.0 of the 5.0 that it takes
            conv     | int8 | 5 | yard | acme || conv         | int8      | 5   | hall | zeta      || LOCATION  | stands in hall, the task must stay in yard
            conv     | int8 | 5 | yard | acme || conv         | int8      | 5   | -    | acme      || LOCATION  | stands nobody knows where, the task must stay in yard
            conv     | int8 | 5 | yard b | acme || conv       | int8      | 5   | b    | acme      || -         | -
            conv     | int8 | 5 | yard | acme || conv         | int8      | 5   | yard | zeta beta || TENANT    | serves beta, zeta, not acme
            conv     | int8 | 5 | yard | -    || conv         | int8      | 5   | yard | zeta      || -         | -
            """)
    void theFirstUnmetDemandIsNamed(
            @Nullable String operators,
            @Nullable String precision,
            double memory,
            @Nullable String locations,
            @Nullable String tenant,
            String gap,
            @Nullable String has,
            @Nullable String precisions,
            String size,
            @Nullable String location,
            @Nullable String tenants,
            String otherGap,
            @Nullable Constraint constraint,
            @Nullable String detail) {
        var needs = new Needs(set(operators), word(precision), memory, set(locations), word(tenant));
        double room = size.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(size);
        var offer = new Offer(set(has), set(precisions), room, word(location), set(tenants));
        assertThat(needs.unmetBy(offer).map(Unmet::constraint).orElse(null)).isEqualTo(constraint);
        assertThat(needs.unmetBy(offer).map(Unmet::detail).orElse(null)).isEqualTo(detail);
    }

    private static String word(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static Set<String> set(@Nullable String text) {
        return text == null ? Set.of() : new TreeSet<>(Arrays.asList(text.split(" ")));
    }

    /** What fits goes on fitting with any demand dropped, and with any limit of the device lifted. */
    @Test
    void aDroppedDemandOrALiftedLimitNeverKeepsATaskOff() {
        int[] fitting = new int[1];
        SeededCases.forEach(1, 2000, (random, _) -> {
            var needs = new Needs(some(random), one(random), random.nextInt(5), some(random), one(random));
            var offer = new Offer(some(random), some(random), random.nextInt(5), one(random), some(random));
            if (needs.unmetBy(offer).isPresent()) {
                return;
            }
            fitting[0]++;
            assertThat(List.of(
                            new Needs(Set.of(), needs.precision(), needs.memory(), needs.locations(), needs.tenant()),
                            new Needs(needs.operators(), "", needs.memory(), needs.locations(), needs.tenant()),
                            new Needs(needs.operators(), needs.precision(), 0, needs.locations(), needs.tenant()),
                            new Needs(needs.operators(), needs.precision(), needs.memory(), Set.of(), needs.tenant()),
                            new Needs(needs.operators(), needs.precision(), needs.memory(), needs.locations(), "")))
                    .allMatch(less -> less.unmetBy(offer).isEmpty());
            assertThat(List.of(
                            offer.withOperators(Set.of()),
                            offer.withMemory(Double.POSITIVE_INFINITY),
                            new Offer(offer.operators(), Set.of(), offer.memory(), offer.location(), offer.tenants()),
                            new Offer(
                                    offer.operators(), offer.precisions(), offer.memory(), offer.location(), Set.of())))
                    .allMatch(more -> needs.unmetBy(more).isEmpty());
        });
        assertThat(fitting[0]).isBetween(200, 1800);
    }

    private static Set<String> some(SplittableRandom random) {
        return new TreeSet<>(List.of("a", "b", "c").subList(0, random.nextInt(4)));
    }

    private static String one(SplittableRandom random) {
        return List.of("", "a", "b", "c").get(random.nextInt(4));
    }

    @Test
    void memoryIsAFigure() {
        for (double memory : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Needs(Set.of(), "", memory, Set.of(), ""))
                    .withMessage("memory (%s) must be finite and at least 0", memory);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Offer.EVERYTHING.withMemory(Double.NaN))
                .withMessage("memory (NaN) must be at least 0");
    }
}
