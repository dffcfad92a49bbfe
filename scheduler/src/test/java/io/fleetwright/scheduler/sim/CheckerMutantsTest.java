package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real schedules with one thing wrong: the checker names the rule that is broken, and finds nothing before. */
class CheckerMutantsTest {
    /** One thing wrong with a schedule. */
    enum Mutant {
        LONGER("takes ") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                return moved(run, run.startMicros(), run.finishMicros() + by);
            }
        },
        SHORTER("takes ") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                return moved(run, run.startMicros() + 1e-3, run.finishMicros());
            }
        },
        WRONG_CLOCK("takes ") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                return new ScheduleEntry(
                        run.job(),
                        run.app(),
                        run.task(),
                        run.device(),
                        run.startMicros(),
                        run.finishMicros(),
                        run.slowdown() * 1.01,
                        true);
            }
        },
        CUT_OFF_AT_ITS_END("before its input was made") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                return new ScheduleEntry(
                        run.job(),
                        run.app(),
                        run.task(),
                        run.device(),
                        run.startMicros(),
                        run.finishMicros(),
                        run.slowdown(),
                        false);
            }

            @Override
            boolean suits(Workload workload, ScheduleEntry run) {
                return feeds(workload, run);
            }
        },
        CUT_OFF_TOO_LATE("cut off after its end") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                return new ScheduleEntry(
                        run.job(),
                        run.app(),
                        run.task(),
                        run.device(),
                        run.startMicros(),
                        run.finishMicros() + by,
                        run.slowdown(),
                        false);
            }
        },
        BEFORE_ITS_INPUTS("before its input arrived") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                double length = run.finishMicros() - run.startMicros();
                return moved(run, -length - by, -by);
            }

            @Override
            boolean suits(Workload workload, ScheduleEntry run) {
                TaskRange in = TaskRange.inputs(workload, run);
                return run.completed() && in.begin() < in.end();
            }
        },
        FED_TOO_LATE("before its input arrived") {
            @Override
            ScheduleEntry change(ScheduleEntry run, double by) {
                double length = run.finishMicros() - run.startMicros();
                return moved(run, 1e6, 1e6 + length);
            }

            @Override
            boolean suits(Workload workload, ScheduleEntry run) {
                return feeds(workload, run);
            }
        },
        MISSING("before its input was made") {
            @Override
            @Nullable
            ScheduleEntry change(ScheduleEntry run, double by) {
                return null;
            }

            @Override
            boolean suits(Workload workload, ScheduleEntry run) {
                return feeds(workload, run);
            }
        };

        private final String rule;

        Mutant(String rule) {
            this.rule = rule;
        }

        abstract @Nullable ScheduleEntry change(ScheduleEntry run, double by);

        boolean suits(Workload workload, ScheduleEntry run) {
            return run.completed();
        }

        private static boolean feeds(Workload workload, ScheduleEntry run) {
            TaskRange out = TaskRange.outputs(workload, run);
            return run.completed() && out.begin() < out.end();
        }

        private static ScheduleEntry moved(ScheduleEntry run, double start, double finish) {
            return new ScheduleEntry(
                    run.job(), run.app(), run.task(), run.device(), start, finish, run.slowdown(), run.completed());
        }
    }

    /** Edges of a task. */
    private record TaskRange(int begin, int end) {
        static TaskRange inputs(Workload workload, ScheduleEntry run) {
            return new TaskRange(
                    workload.graph(run.app()).inBegin(run.task()),
                    workload.graph(run.app()).inEnd(run.task()));
        }

        static TaskRange outputs(Workload workload, ScheduleEntry run) {
            return new TaskRange(
                    workload.graph(run.app()).outBegin(run.task()),
                    workload.graph(run.app()).outEnd(run.task()));
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void theBrokenRuleIsNamed(Mutant mutant) {
        var broken = new AtomicInteger();
        SeededCases.forEach(1, 40, (random, _) -> {
            Workload workload = RawWorkloads.real(random).toWorkload(Workload.Transfers.EXACT);
            List<ScheduleEntry> schedule = schedule(random, workload);
            assertThat(SimulationChecker.check(workload, schedule)).isEmpty();
            int[] suited = IntStream.range(0, schedule.size())
                    .filter(at -> mutant.suits(workload, schedule.get(at)))
                    .toArray();
            if (suited.length > 0) {
                int at = suited[random.nextInt(suited.length)];
                List<ScheduleEntry> changed = new ArrayList<>(schedule);
                ScheduleEntry run = changed.remove(at);
                ScheduleEntry other = mutant.change(run, 0.01 + random.nextDouble());
                if (other != null) {
                    changed.add(at, other);
                }
                assertThat(SimulationChecker.check(workload, changed)).anyMatch(line -> line.startsWith(mutant.rule));
                broken.incrementAndGet();
            }
        });
        assertThat(broken.get()).isGreaterThan(20);
    }

    /** Two runs of one device at a time, one run twice, and a task on a device that does not run it. */
    @ParameterizedTest
    @EnumSource(Twist.class)
    void twistsOfTwoRunsAreNamed(Twist twist) {
        var broken = new AtomicInteger();
        SeededCases.forEach(1, 80, (random, _) -> {
            Workload workload = RawWorkloads.real(random).toWorkload(Workload.Transfers.EXACT);
            List<ScheduleEntry> schedule = new ArrayList<>(schedule(random, workload));
            ScheduleEntry run = schedule.get(random.nextInt(schedule.size()));
            if (twist.apply(workload, schedule, run)) {
                assertThat(SimulationChecker.check(workload, schedule)).anyMatch(line -> line.startsWith(twist.rule));
                broken.incrementAndGet();
            }
        });
        assertThat(broken.get()).isGreaterThan(10);
    }

    /** What needs more than the run itself. */
    enum Twist {
        TWICE("done twice") {
            @Override
            boolean apply(Workload workload, List<ScheduleEntry> schedule, ScheduleEntry run) {
                double length = run.finishMicros() - run.startMicros();
                return schedule.add(new ScheduleEntry(
                        run.job(), run.app(), run.task(), run.device(), 1e5, 1e5 + length, run.slowdown(), true));
            }
        },
        OVERLAPPING("overlap") {
            @Override
            boolean apply(Workload workload, List<ScheduleEntry> schedule, ScheduleEntry run) {
                double middle = (run.startMicros() + run.finishMicros()) / 2;
                return schedule.add(new ScheduleEntry(
                        run.job(),
                        run.app(),
                        run.task(),
                        run.device(),
                        middle,
                        run.finishMicros(),
                        run.slowdown(),
                        false));
            }
        },
        WHILE_ITS_DATA_IS_ON_ITS_WAY("before its input arrived") {
            @Override
            boolean apply(Workload workload, List<ScheduleEntry> schedule, ScheduleEntry run) {
                TaskRange in = TaskRange.inputs(workload, run);
                for (int e = in.begin(); e < in.end(); e++) {
                    int from = workload.graph(run.app()).inTask(e);
                    for (ScheduleEntry input : schedule) {
                        if (input.completed()
                                && run.completed()
                                && input.job() == run.job()
                                && input.task() == from
                                && input.device() != run.device()) {
                            double half = workload.transfer(
                                            run.app(),
                                            e,
                                            workload.clusterOf(input.device()),
                                            workload.clusterOf(run.device()))
                                    / 2;
                            double start = input.finishMicros() + half;
                            schedule.remove(run);
                            return schedule.add(
                                    Mutant.moved(run, start, start + run.finishMicros() - run.startMicros()));
                        }
                    }
                }
                return false;
            }
        },
        WHERE_IT_CANNOT_RUN("cannot run there") {
            @Override
            boolean apply(Workload workload, List<ScheduleEntry> schedule, ScheduleEntry run) {
                for (int device = 0; device < workload.deviceCount(); device++) {
                    if (workload.execution(run.app(), run.task(), workload.clusterOf(device)) == Workload.CANNOT_RUN) {
                        schedule.remove(run);
                        return schedule.add(new ScheduleEntry(
                                run.job(),
                                run.app(),
                                run.task(),
                                device,
                                run.startMicros(),
                                run.finishMicros(),
                                run.slowdown(),
                                true));
                    }
                }
                return false;
            }
        };

        private final String rule;

        Twist(String rule) {
            this.rule = rule;
        }

        abstract boolean apply(Workload workload, List<ScheduleEntry> schedule, ScheduleEntry run);
    }

    private static List<ScheduleEntry> schedule(SplittableRandom random, Workload workload) {
        List<ArrivalTrace.Arrival> arrivals =
                RawWorkloads.arrivals(random, workload.applicationCount(), 12, 15, false).stream()
                        .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                        .toList();
        return new Simulator(
                        workload,
                        OnlinePolicies.named("etf"),
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        SimulationOptions.real()
                                .recordSchedule(true)
                                .outages(List.of(new Outage(0, 20, 40)))
                                .build())
                .run()
                .schedule();
    }
}
