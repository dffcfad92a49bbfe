package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Costs by kind and by restriction against the table written out; devices and platforms at the edges of what they take. */
class CostTableModelTest {
    private static final double NO = CostTable.CANNOT_RUN;

    @Test
    void aRestrictedTableHasTheOldFiguresWhereAllowedAndNoneElsewhere() {
        SeededCases.forEach(1, 200, (random, _) -> {
            double[][] written = table(random);
            CostTable table = CostTable.perTask(written);
            boolean[][] allowed = new boolean[written.length][written[0].length];
            for (boolean[] row : allowed) {
                IntStream.range(0, row.length).forEach(device -> row[device] = random.nextInt(3) > 0);
            }
            CostTable restricted = table.restrictedTo((task, device) -> allowed[task][device]);
            List<Integer> stranded = new ArrayList<>();
            for (int task = 0; task < written.length; task++) {
                double sum = 0;
                int runs = 0;
                for (int device = 0; device < allowed[task].length; device++) {
                    double cost = allowed[task][device] ? written[task][device] : NO;
                    assertThat(restricted.executionTime(task, device)).isEqualTo(cost);
                    assertThat(restricted.canRun(task, device)).isEqualTo(cost < NO);
                    sum += cost < NO ? cost : 0;
                    runs += cost < NO ? 1 : 0;
                }
                assertThat(restricted.executionTimeMean(task)).isEqualTo(runs == 0 ? NO : sum / runs);
                if (runs == 0) {
                    stranded.add(task);
                }
            }
            assertThat(restricted.tasksWithoutDevice()).isEqualTo(stranded);
        });
    }

    /** What is forbidden twice is forbidden once: the order of two restrictions does not matter. */
    @Test
    void restrictionsAddUpInAnyOrder() {
        SeededCases.forEach(1, 100, (random, _) -> {
            CostTable table = CostTable.perTask(table(random));
            long first = random.nextLong();
            long second = random.nextLong();
            CostTable.Permission one = (task, device) -> (first >> (5 * task + device) & 1) == 0;
            CostTable.Permission other = (task, device) -> (second >> (5 * task + device) & 1) == 0;
            CostTable there = table.restrictedTo(one).restrictedTo(other);
            CostTable back = table.restrictedTo(other).restrictedTo(one);
            CostTable both =
                    table.restrictedTo((task, device) -> one.allows(task, device) && other.allows(task, device));
            for (int task = 0; task < table.taskCount(); task++) {
                for (int device = 0; device < table.deviceCount(); device++) {
                    assertThat(there.executionTime(task, device))
                            .isEqualTo(back.executionTime(task, device))
                            .isEqualTo(both.executionTime(task, device));
                }
            }
        });
    }

    /** Kinds in another order, and one more that no device is of, give the same figures. */
    @Test
    void theNumbersOfTheKindsMeanNothing() {
        SeededCases.forEach(1, 100, (random, _) -> {
            double[][] costs = table(random);
            int kinds = costs[0].length;
            int[] kindOfTask = random.ints(6, 0, costs.length).toArray();
            int[] kindOfDevice = random.ints(7, 0, kinds).toArray();
            double[][] turned = Arrays.stream(costs)
                    .map(row -> IntStream.rangeClosed(0, kinds)
                            .mapToDouble(kind -> kind == kinds ? 1 : row[kinds - 1 - kind])
                            .toArray())
                    .toArray(double[][]::new);
            int[] turnedKind =
                    Arrays.stream(kindOfDevice).map(kind -> kinds - 1 - kind).toArray();
            CostTable table = CostTable.perKind(costs, kindOfTask, kindOfDevice);
            CostTable other = CostTable.perKind(turned, kindOfTask, turnedKind);
            assertThat(other.tasksWithoutDevice()).isEqualTo(table.tasksWithoutDevice());
            assertThat(other.deviceKindMembers(kinds)).isZero();
            for (int task = 0; task < table.taskCount(); task++) {
                assertThat(other.executionTimeMean(task)).isEqualTo(table.executionTimeMean(task));
                for (int device = 0; device < table.deviceCount(); device++) {
                    assertThat(other.executionTime(task, device)).isEqualTo(table.executionTime(task, device));
                    assertThat(table.executionTimeOnKind(task, table.deviceKind(device)))
                            .isEqualTo(table.executionTime(task, device));
                }
            }
        });
    }

    private static double[][] table(SplittableRandom random) {
        double[][] costs = new double[random.nextInt(1, 6)][random.nextInt(1, 6)];
        for (double[] row : costs) {
            Arrays.setAll(row, _ -> random.nextInt(4) == 0 ? NO : random.nextInt(64));
        }
        return costs;
    }

    static List<Object[]> refusals() {
        double[][] one = {{1, 2}};
        return List.of(
                refusal(new double[][] {{1, 2}, {3}}, new int[2], new int[2], "cost row 1 has 1 values, must have 2"),
                refusal(new double[][] {{1}, {3, 4}}, new int[2], new int[1], "cost row 1 has 2 values, must have 1"),
                refusal(
                        new double[][] {{-1, 2}},
                        new int[1],
                        new int[1],
                        "cost[0][0] (-1.0) must be 0 to 1.0E18, or infinite for 'cannot run'"),
                refusal(
                        new double[][] {{1, Double.NaN}},
                        new int[1],
                        new int[1],
                        "cost[0][1] (NaN) must be 0 to 1.0E18, or infinite for 'cannot run'"),
                refusal(
                        new double[][] {{1, 1.1e18}},
                        new int[1],
                        new int[1],
                        "cost[0][1] (1.1E18) must be 0 to 1.0E18, or infinite for 'cannot run'"),
                refusal(
                        new double[][] {{-NO, 2}},
                        new int[1],
                        new int[1],
                        "cost[0][0] (-Infinity) must be 0 to 1.0E18, or infinite for 'cannot run'"),
                refusal(one, new int[] {0, 1}, new int[1], "kind (1) of task 1 must be 0 to 0"),
                refusal(one, new int[] {-1}, new int[1], "kind (-1) of task 0 must be 0 to 0"),
                refusal(one, new int[1], new int[] {0, 1, 2}, "kind (2) of device 2 must be 0 to 1"),
                refusal(new double[0][], new int[1], new int[0], "kind (0) of task 0 must be 0 to -1"));
    }

    private static Object[] refusal(double[][] costs, int[] kindOfTask, int[] kindOfDevice, String message) {
        return new Object[] {costs, kindOfTask, kindOfDevice, message};
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatIsNoTableIsNamed(double[][] costs, int[] kindOfTask, int[] kindOfDevice, String message) {
        assertThatThrownBy(() -> CostTable.perKind(costs, kindOfTask, kindOfDevice))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void theLimitsThemselvesAreAllowed() {
        CostTable table = CostTable.perTask(new double[][] {{0, CostTable.COST_MAX, NO}});
        assertThat(table.executionTime(0, 0)).isZero();
        assertThat(table.canRun(0, 1)).isTrue();
        assertThat(table.canRun(0, 2)).isFalse();
        CostTable square = CostTable.perKind(new double[][] {{3}}, new int[200], new int[50_000]);
        assertThat(square.restrictedTo((_, device) -> device > 0).executionTimeMean(199))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''  | 0         | 0         | device id must not be blank",
                "' ' | 0         | 0         | device id must not be blank",
                "pi  | -0.5      | 0         | readyTime (-0.5) of device 'pi' must be finite and at least 0",
                "pi  | NaN       | 0         | readyTime (NaN) of device 'pi' must be finite and at least 0",
                "pi  | Infinity  | 0         | readyTime (Infinity) of device 'pi' must be finite and at least 0",
                "pi  | 0         | -1        | watts (-1.0) of device 'pi' must be finite and at least 0",
                "pi  | 0         | Infinity  | watts (Infinity) of device 'pi' must be finite and at least 0",
                "pi  | 0         | -Infinity | watts (-Infinity) of device 'pi' must be finite and at least 0",
            })
    void aDeviceThatCannotBeIsNamed(String id, double readyTime, double watts, String message) {
        assertThatThrownBy(() -> new Device(id, readyTime, watts))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** 5 W for 3 s are 15 J; a device of unknown power has no energy, one of none has 0. */
    @Test
    void energyIsPowerTimesTimeWhereThePowerIsKnown() {
        assertThat(new Device("pi", 0, 5).joules(3)).hasValue(15);
        assertThat(new Device("pi", 0, 0).joules(3)).hasValue(0);
        assertThat(new Device("pi", 0).joules(3)).isEmpty();
        assertThat(new Device("pi", 0, Double.NaN).joules(0)).isEmpty();
    }

    @Test
    void aPlatformHasAtLeastOneDeviceEachWithItsOwnId() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(List.of(), Links.uniform(0, 1, 0)))
                .withMessage("device count (0) must be 1 to 100000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(named("a", "b", "c", "b", "a"), Links.uniform(5, 1, 0)))
                .withMessage("device id 'b' is given more than once");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(named("a"), Links.uniform(0, 1, 0)))
                .withMessage("links cover 0 devices, the platform has 1");
        List<Device> many = IntStream.rangeClosed(0, Platform.DEVICES_MAX)
                .mapToObj(i -> new Device("d" + i, 0))
                .toList();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(many, Links.uniform(100_001, 1, 0)))
                .withMessage("device count (100001) must be 1 to 100000");
        assertThat(new Platform(many.subList(1, many.size()), Links.uniform(100_000, 1, 0)).deviceCount())
                .isEqualTo(100_000);
    }

    private static List<Device> named(String... ids) {
        return Arrays.stream(ids).map(id -> new Device(id, 0)).toList();
    }
}
