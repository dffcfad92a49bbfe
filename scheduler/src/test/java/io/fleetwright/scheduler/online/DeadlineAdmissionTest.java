package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.Admission.Answer;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationChecker;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadlineAdmissionTest {
    private static final double NO_DEADLINE = Double.POSITIVE_INFINITY;

    /** Each job has 1.5 times its best known time on an empty platform. */
    @ParameterizedTest
    @CsvSource({"wifi80-20_scale40, 0.2, 0.5, 1.5", "wifi80-20_scale30, 0.2, 0.8, 3"})
    void admittedJobsKeepTheirDeadlinesUnderOverload(
            String trace, double missedWith, double missedWithout, double moreOnTime) throws Exception {
        SimulationResult every = runWifi(trace, Admission.EVERY_JOB);
        SimulationResult admitted = runWifi(trace, new DeadlineAdmission());
        assertThat(every.refused()).isZero();
        assertThat(every.missRate()).isGreaterThan(missedWithout);
        assertThat(admitted.missRate()).isLessThan(missedWith);
        assertThat(admitted.refused()).isPositive();
        assertThat(admitted.refused() + admitted.completed()).isEqualTo(300);
        assertThat(admitted.onTime()).isGreaterThan((int) (moreOnTime * every.onTime()));
    }

    @ParameterizedTest
    @CsvSource({"wifi80-20_scale200, 0.02", "wifi80-20_scale100, 0.06"})
    void fewAreRefusedAndNoneOfTheOthersIsLostUnderMediumLoad(String trace, double refused) throws Exception {
        SimulationResult admitted = runWifi(trace, new DeadlineAdmission());
        assertThat(admitted.refused()).isLessThan((int) (refused * 300));
        assertThat(admitted.onTime())
                .isGreaterThanOrEqualTo(runWifi(trace, Admission.EVERY_JOB).onTime());
    }

    @Test
    void underLightLoadNothingIsRefused() throws Exception {
        SimulationResult admitted = runWifi("wifi80-20_scale1000", new DeadlineAdmission());
        assertThat(admitted.refused()).isZero();
        assertThat(admitted.schedule())
                .isEqualTo(runWifi("wifi80-20_scale1000", Admission.EVERY_JOB).schedule());
    }

    /** One device, 10 us a job. */
    @Test
    void aJobThatWouldBeLateIsRefused() {
        SimulationResult result = run(List.of(job(0, "loose"), job(0, "loose"), job(0, "loose")), 25, NO_DEADLINE);
        assertThat(result.completed()).isEqualTo(2);
        assertThat(result.refused()).isEqualTo(1);
        assertThat(result.missed()).isZero();
        assertThat(run(List.of(job(0, "tight")), 25, 9).refusals()).containsExactly(Map.entry(Answer.OWN_DEADLINE, 1));
    }

    /** The last job could be done in time only before one that was promised an end at 22. */
    @Test
    void aPromiseIsNotBrokenForAnotherJob() {
        List<Arrival> jobs = List.of(job(0, "loose"), job(1, "loose"), job(2, "tight"));
        SimulationResult result = run(jobs, 21, 19.5);
        assertThat(result.refusals()).containsExactly(Map.entry(Answer.GIVEN_PROMISE, 1));
        assertThat(result.missed()).isZero();
        assertThat(run(jobs, 21, 40).refused()).isZero();
    }

    @Test
    void withoutDeadlinesNothingIsRefused() {
        assertThat(run(List.of(job(0, "loose"), job(0, "tight"), job(0, "loose")), NO_DEADLINE, NO_DEADLINE)
                        .completed())
                .isEqualTo(3);
    }

    @Test
    void moreThanCanBePlannedIsRefused() {
        Arrival[] jobs = new Arrival[2100];
        Arrays.fill(jobs, job(0, "loose"));
        SimulationResult result = run(List.of(jobs), NO_DEADLINE, NO_DEADLINE);
        assertThat(result.refusals()).containsOnlyKeys(Answer.TOO_MUCH_WORK);
        assertThat(result.refused() + result.completed()).isEqualTo(2100);
    }

    @Test
    void refusedJobsKeepTheirNumbersAndLetOthersFollow() {
        Workload workload = workload();
        Admission everyOther = (state, slot) -> state.jobNumber(slot) % 2 == 0 ? Answer.ADMITTED : Answer.OWN_DEADLINE;
        SimulationOptions options = SimulationOptions.real()
                .queueCap(1)
                .tenants(new Tenants(workload, Map.of()))
                .recordSchedule(true)
                .build();
        SimulationResult result = simulate(
                workload,
                everyOther,
                List.of(job(0, "loose"), job(0, "loose"), job(0, "tight"), job(0, "tight"), job(0, "loose")),
                options);
        assertThat(result.schedule()).extracting(ScheduleEntry::job).containsExactly(0, 2, 4);
        assertThat(result.endMicros()).isEqualTo(30);
        assertThat(result.unfinished()).isZero();
        assertThat(result.tenants())
                .satisfiesExactly(
                        loose -> {
                            assertThat(loose.completed()).isEqualTo(2);
                            assertThat(loose.refused()).isEqualTo(1);
                            assertThat(loose.share()).isEqualTo(2 / 3.0);
                        },
                        tight -> {
                            assertThat(tight.refused()).isEqualTo(1);
                            assertThat(tight.deviceMicros()).isEqualTo(10);
                            assertThat(tight.meanMicros()).isEqualTo(10);
                        });
    }

    private static SimulationResult runWifi(String trace, Admission admission) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        double[] deadlines = new double[workload.applicationCount()];
        Arrays.fill(deadlines, NO_DEADLINE);
        deadlines[workload.applicationNamed("WiFi_Transmitter")] = 1.5 * 69;
        deadlines[workload.applicationNamed("WiFi_Receiver")] = 1.5 * 288;
        SimulationOptions options = SimulationOptions.ds3()
                .deadlineMicros(Deadline.COUNTED, deadlines)
                .recordSchedule(true)
                .build();
        SimulationResult result =
                simulate(workload, admission, SharedWorkloads.trace(trace).arrivals(), options);
        assertThat(SimulationChecker.check(workload, result.schedule())).isEmpty();
        return result;
    }

    private static SimulationResult run(List<Arrival> arrivals, double looseMicros, double tightMicros) {
        SimulationOptions options = SimulationOptions.real()
                .deadlineMicros(Deadline.COUNTED, looseMicros, tightMicros)
                .build();
        return simulate(workload(), new DeadlineAdmission(), arrivals, options);
    }

    private static SimulationResult simulate(
            Workload workload, Admission admission, List<Arrival> arrivals, SimulationOptions options) {
        return new Simulator(
                        workload,
                        OnlinePolicies.named("deadline"),
                        admission,
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        options)
                .run();
    }

    private static Arrival job(double micros, String app) {
        return new Arrival(micros, app);
    }

    private static Workload workload() {
        TaskGraph graph = TaskGraph.builder().task("a").build();
        SocCluster cluster = new SocCluster(0, "CPU", "P", List.of(0), List.of(), List.of(), Map.of("a", 10.0));
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("loose", graph), new Application("tight", graph)),
                Workload.Transfers.EXACT);
    }
}
