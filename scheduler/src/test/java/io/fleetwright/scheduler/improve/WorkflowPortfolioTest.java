package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.PlatformFile;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.testkit.SharedData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ten real workflows on 16 mixed devices, from computation to communication bound. */
class WorkflowPortfolioTest {
    private static final double[] SPEEDS = {4, 2, 1, 0.5};
    private static final double[] COMMUNICATION_TO_COMPUTATION = {0.1, 1, 10};

    @Test
    void thePortfolioIsNeverWorseThanHeftAndThreePercentBetterOnAverage() throws Exception {
        double gain = 0;
        int problems = 0;
        for (Path file : files()) {
            Workflow workflow = Workflow.read(file);
            for (double ratio : COMMUNICATION_TO_COMPUTATION) {
                Problem problem = workflow.on(platform(workflow, ratio));
                double bound = LowerBounds.of(problem);
                Schedule heft = valid(problem, "heft");
                Schedule portfolio = valid(problem, "portfolio");
                assertThat(portfolio.makespan()).isLessThanOrEqualTo(heft.makespan());
                assertThat(portfolio.makespan()).isGreaterThanOrEqualTo(bound * (1 - 1e-9));
                gain += 1 - portfolio.makespan() / heft.makespan();
                problems++;
                System.out.printf(
                        "%s ratio %.1f: heft %.2f portfolio %.2f gap %.1f %%%n",
                        file.getFileName(),
                        ratio,
                        heft.makespan(),
                        portfolio.makespan(),
                        100 * new Solution(portfolio, bound).gap());
            }
        }
        assertThat(problems).isEqualTo(30);
        assertThat(gain / problems).isGreaterThan(0.03);
    }

    private static List<Path> files() throws Exception {
        try (var files = Files.list(SharedData.require("workloads/wfinstances"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private static Schedule valid(Problem problem, String name) throws Exception {
        Schedule schedule = Algorithms.named(name, 1).schedule(problem);
        assertThat(ScheduleChecker.check(problem, schedule)).as(name).isEmpty();
        return schedule;
    }

    /** Bandwidth is such that the mean transfer takes {@code ratio} times the mean execution. */
    private static PlatformFile platform(Workflow workflow, double ratio) throws Exception {
        TaskGraph graph = workflow.graph();
        double volume = 0;
        for (int task = 0; task < graph.taskCount(); task++) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                volume += graph.outVolume(e);
            }
        }
        double slowness =
                Arrays.stream(SPEEDS).map(speed -> 1 / speed).average().orElseThrow();
        double execution = Arrays.stream(workflow.runtimeSeconds()).average().orElseThrow() * slowness;
        double bandwidth = volume / graph.edgeCount() / (ratio * execution);
        var devices = new StringBuilder();
        for (double speed : SPEEDS) {
            devices.append(devices.isEmpty() ? "" : ",")
                    .append("{\"id\": \"x%s\", \"count\": 4, \"speed\": %s}".formatted(speed, speed));
        }
        return PlatformFile.read("{\"bandwidth\": %s, \"devices\": [%s]}"
                .formatted(bandwidth, devices)
                .getBytes(StandardCharsets.UTF_8));
    }
}
