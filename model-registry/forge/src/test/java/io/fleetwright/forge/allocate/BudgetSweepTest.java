package io.fleetwright.forge.allocate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BudgetSweepTest {
    private static Allocation of(double size, double objective) {
        return new Allocation(List.of(4), objective, Map.of(Measure.SIZE, size));
    }

    @Test
    void goesFromAllFourToAllEightWithEveryStepBetter() throws IOException {
        LayerTable table = PublishedTable.read().table();
        List<Allocation> front = BudgetSweep.front(table, Measure.SIZE);
        assertThat(front).hasSizeBetween(10, BudgetSweep.POINTS);
        assertThat(front.getFirst().bits()).containsOnly(4);
        assertThat(front.getLast().bits()).containsOnly(8);
        for (int i = 1; i < front.size(); i++) {
            assertThat(table.cost(Measure.SIZE, front.get(i).bits()))
                    .isGreaterThan(table.cost(Measure.SIZE, front.get(i - 1).bits()));
            assertThat(front.get(i).objective()).isLessThan(front.get(i - 1).objective());
        }
    }

    @Test
    void dropsWhatIsNoBetterThanSomethingCheaper() {
        assertThat(BudgetSweep.withoutDominated(
                        List.of(of(3, 5), of(1, 9), of(2, 9), of(3, 6), of(4, 5), of(5, 1), of(5, 1)), Measure.SIZE))
                .containsExactly(of(1, 9), of(3, 5), of(5, 1));
    }
}
