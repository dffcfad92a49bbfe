package io.fleetwright.scheduler.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The problems that the adversarial search walks over, read back figure by figure. */
class InstanceTest {
    /** All figures of a problem by what they are. */
    private static Map<String, Double> figures(Problem problem) {
        Map<String, Double> figures = new TreeMap<>();
        TaskGraph graph = problem.graph();
        Links links = problem.platform().links();
        for (int task = 0; task < problem.taskCount(); task++) {
            for (int device = 0; device < problem.deviceCount(); device++) {
                figures.put("cost " + task + " " + device, problem.costs().executionTime(task, device));
            }
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                figures.put("edge " + task + " " + graph.outTask(e), graph.outVolume(e));
            }
        }
        for (int from = 0; from < problem.deviceCount(); from++) {
            for (int to = 0; to < problem.deviceCount(); to++) {
                // The rate is 1 over the time of a unit; within a device it is not used.
                figures.put("rate " + from + " " + to, 1 / links.transferTimeBetweenZones(1, from, to));
            }
        }
        return figures;
    }

    @Test
    void aRandomProblemIsWithinItsLimitsAndSoIsEveryFigure() {
        SeededCases.forEach(1, 200, (random, _) -> {
            int tasksMax = random.nextInt(3, 12);
            int devicesMax = random.nextInt(2, 6);
            Problem problem = Instance.random(random, tasksMax, devicesMax).problem();
            assertThat(problem.taskCount()).isBetween(3, tasksMax);
            assertThat(problem.deviceCount()).isBetween(2, devicesMax);
            assertThat(figures(problem).values()).allMatch(figure -> figure >= 0.05 - 1e-12 && figure <= 1 + 1e-12);
            assertThat(problem.platform().devices()).allMatch(device -> device.readyTime() == 0);
        });
    }

    @Test
    void everySizeWithinTheLimitsComesUp() {
        List<String> seen = new ArrayList<>();
        SeededCases.forEach(1, 200, (random, _) -> {
            Problem problem = Instance.random(random, 5, 3).problem();
            seen.add(problem.taskCount() + " x " + problem.deviceCount());
        });
        assertThat(seen).contains("3 x 2", "4 x 2", "5 x 2", "3 x 3", "4 x 3", "5 x 3");
    }

    /** A step changes one cost, one rate, one volume by up to 0.3, or takes or gives one edge; or nothing it could change. */
    @Test
    void aStepChangesOneFigureAtMost() {
        Map<String, Integer> changes = new TreeMap<>();
        SeededCases.forEach(1, 80, (random, _) -> {
            Instance instance = Instance.random(random, 6, 3);
            for (int step = 0; step < 20; step++) {
                Map<String, Double> before = figures(instance.problem());
                Instance next = instance.changed(random);
                assertThat(figures(instance.problem())).isEqualTo(before);
                Map<String, Double> after = figures(next.problem());
                List<String> changed = new ArrayList<>();
                for (String figure : union(before, after)) {
                    double was = before.getOrDefault(figure, -1.0);
                    double is = after.getOrDefault(figure, -1.0);
                    if (was != is) {
                        changed.add(figure);
                        if (was >= 0 && is >= 0) {
                            assertThat(Math.abs(is - was)).as(figure).isLessThanOrEqualTo(0.3 + 1e-9);
                        } else {
                            assertThat(figure).startsWith("edge");
                        }
                        assertThat(DoubleStream.of(was, is).filter(value -> value >= 0))
                                .allMatch(value -> value >= 0.05 - 1e-12 && value <= 1 + 1e-12);
                        changes.merge(kind(figure, was, is), 1, Integer::sum);
                    }
                }
                assertThat(changed.size()).isLessThanOrEqualTo(1);
                instance = next;
            }
        });
        assertThat(changes).containsOnlyKeys("cost", "edge changed", "edge given", "edge taken", "rate");
        assertThat(changes.values()).allMatch(times -> times > 50);
    }

    /** An edge from any task to any later one comes and goes, and every cost and every rate is changed. */
    @Test
    void noFigureIsOutOfReach() {
        var random = new SplittableRandom(9);
        Instance instance = Instance.random(random, 3, 2);
        Set<String> changed = new TreeSet<>();
        for (int step = 0; step < 400; step++) {
            Map<String, Double> before = figures(instance.problem());
            instance = instance.changed(random);
            Map<String, Double> after = figures(instance.problem());
            for (String figure : union(before, after)) {
                if (!Objects.equals(before.get(figure), after.get(figure))) {
                    changed.add(figure);
                }
            }
        }
        assertThat(changed)
                .contains("cost 0 0", "cost 0 1", "cost 1 0", "cost 1 1", "cost 2 0", "cost 2 1")
                .contains("edge 0 1", "edge 0 2", "edge 1 2", "rate 0 1", "rate 1 0")
                .doesNotContain("edge 1 0", "edge 2 0", "edge 2 1");
    }

    private static List<String> union(Map<String, Double> one, Map<String, Double> other) {
        Map<String, Double> both = new TreeMap<>(one);
        both.putAll(other);
        return List.copyOf(both.keySet());
    }

    private static String kind(String figure, double was, double is) {
        String kind = figure.substring(0, figure.indexOf(' '));
        return kind.equals("edge") ? was < 0 ? "edge given" : is < 0 ? "edge taken" : "edge changed" : kind;
    }

    /** Figures stay in range however long the walk, and reach both ends of it. */
    @Test
    void aLongWalkStaysWithinAndReachesTheEnds() {
        var random = new SplittableRandom(4);
        Instance instance = Instance.random(random, 3, 2);
        int outside = 0;
        int least = 0;
        int most = 0;
        for (int step = 0; step < 1500; step++) {
            instance = instance.changed(random);
            for (double figure : figures(instance.problem()).values()) {
                outside += figure < 0.05 - 1e-12 || figure > 1 + 1e-12 ? 1 : 0;
                least += figure == 0.05 ? 1 : 0;
                most += figure == 1 ? 1 : 0;
            }
        }
        assertThat(outside).isZero();
        assertThat(least).isPositive();
        assertThat(most).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5"})
    void theSameSeedWalksTheSameWay(long seed) {
        List<Map<String, Double>> walks = new ArrayList<>();
        for (int time = 0; time < 2; time++) {
            var random = new SplittableRandom(seed);
            Instance instance = Instance.random(random, 9, 4);
            for (int step = 0; step < 50; step++) {
                instance = instance.changed(random);
            }
            walks.add(figures(instance.problem()));
        }
        assertThat(walks.get(0)).isEqualTo(walks.get(1));
    }
}
