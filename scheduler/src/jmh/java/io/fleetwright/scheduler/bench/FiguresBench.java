package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.improve.MixedDevices;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The figures of the papers, of DS3's single jobs, of real workflows and of deadlines. */
final class FiguresBench {
    private static final List<String> EXAMPLES = List.of("topcuoglu2002", "arabnejad2014");
    private static final List<String> ALGORITHMS = List.of("heft", "cpop", "peft", "lookahead");
    private static final int WARM_UPS = 20;
    /** Of the best known time of a job on an empty platform. */
    private static final double DEADLINE = 1.5;

    private FiguresBench() {}

    static String run() throws Exception {
        List<String> results = new ArrayList<>();
        for (String example : EXAMPLES) {
            Problem problem = CanonicalWorkload.read(SharedData.require("workloads/canonical/" + example + ".json"))
                    .problem();
            for (String algorithm : ALGORITHMS) {
                results.add(String.format(
                        Locale.ROOT,
                        "{\"example\":\"%s\",\"algorithm\":\"%s\",\"makespan\":%.3f}",
                        example,
                        algorithm,
                        Algorithms.named(algorithm, 0).schedule(problem).makespan()));
            }
            results.add(proof(example, problem));
        }
        Workload ds3 = SharedWorkloads.ds3("multiple-bal", Semantics.REAL);
        for (int app = 0; app < ds3.applicationCount(); app++) {
            results.add(String.format(
                    Locale.ROOT,
                    "{\"job\":\"%s\",\"algorithm\":\"portfolio\",\"makespanUs\":%.3f}",
                    ds3.application(app).name(),
                    portfolio(ds3.problem(app))));
        }
        results.add(workflows());
        results.add(deadlines());
        return "[" + String.join(",", results) + "]";
    }

    private static String proof(String example, Problem problem) throws UnschedulableException {
        var exact = (BoundedScheduler) Algorithms.named("exact", 0);
        for (int run = 0; run < WARM_UPS; run++) {
            exact.solve(problem);
        }
        long before = System.nanoTime();
        Solution solution = exact.solve(problem);
        return String.format(
                Locale.ROOT,
                "{\"example\":\"%s\",\"algorithm\":\"exact\",\"makespan\":%.3f,\"lowerBound\":%.3f,\"ms\":%.1f}",
                example,
                solution.schedule().makespan(),
                solution.lowerBound(),
                (System.nanoTime() - before) / 1e6);
    }

    private static double portfolio(Problem problem) throws UnschedulableException {
        return Algorithms.named("portfolio", 1).schedule(problem).makespan();
    }

    private static String workflows() throws Exception {
        double gain = 0;
        int problems = 0;
        int worse = 0;
        for (Path file : MixedDevices.workflows()) {
            Workflow workflow = Workflow.read(file);
            for (double ratio : MixedDevices.COMMUNICATION_TO_COMPUTATION) {
                Problem problem = workflow.on(MixedDevices.platform(workflow, ratio));
                double toHeft = portfolio(problem)
                        / Algorithms.named("heft", 0).schedule(problem).makespan();
                gain += 1 - toHeft;
                worse += toHeft > 1 ? 1 : 0;
                problems++;
            }
        }
        return String.format(
                Locale.ROOT,
                "{\"workflows\":%d,\"portfolioWorseThanHeft\":%d,\"meanGain\":%.3f}",
                problems,
                worse,
                gain / problems);
    }

    private static String deadlines() throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        double[] deadlines = new double[workload.applicationCount()];
        Arrays.fill(deadlines, Double.POSITIVE_INFINITY);
        Workload exact = SharedWorkloads.ds3("multiple-bal", Semantics.REAL);
        for (String app : List.of("WiFi_Transmitter", "WiFi_Receiver")) {
            int number = workload.applicationNamed(app);
            deadlines[number] = DEADLINE * portfolio(exact.problem(number));
        }
        double etf = missRate(workload, "etf", deadlines);
        double deadline = missRate(workload, "deadline", deadlines);
        return String.format(
                Locale.ROOT,
                "{\"trace\":\"wifi80-20_scale100\",\"deadlines\":%.1f,\"etfMissRate\":%.3f,\"deadlineMissRate\":%.3f,"
                        + "\"ratio\":%.3f}",
                DEADLINE,
                etf,
                deadline,
                deadline / etf);
    }

    private static double missRate(Workload workload, String policy, double[] deadlines)
            throws Exception {
        SimulationResult result = new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(SharedWorkloads.trace("wifi80-20_scale100"), workload),
                        SimulationOptions.ds3()
                                .deadlineMicros(SimulationOptions.Deadline.COUNTED, deadlines)
                                .build())
                .run();
        return result.missRate();
    }
}
