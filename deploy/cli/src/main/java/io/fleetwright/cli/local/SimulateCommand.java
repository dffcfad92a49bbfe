package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.scheduler.format.ArrivalCsv;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TenantResult;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Simulates a stream of jobs on a platform under an online policy. */
@Command(name = "simulate", description = "Simulates a stream of jobs on a platform and reports latency and energy.")
public final class SimulateCommand extends CliCommand {
    /** A policy that the contract names and nothing answers to yet. */
    private static final String LEARNED = "learned";

    private static final int APPLICATIONS_MAX = 1000;

    @Option(names = "--platform", required = true, paramLabel = "F", description = "a DS3 platform file")
    private Path platform = Path.of("");

    @Option(names = "--jobs", required = true, paramLabel = "DIR", description = "a folder of DS3 application files")
    private Path jobs = Path.of("");

    @Option(names = "--arrivals", required = true, paramLabel = "CSV", description = "lines job,arrival_us,app")
    private Path arrivals = Path.of("");

    @Option(
            names = "--policy",
            required = true,
            paramLabel = "P",
            description = "decides where tasks go; an unknown one lists them all")
    private String policy = "";

    @Option(
            names = "--energy-slack",
            paramLabel = "PART",
            description =
                    "part by which policy 'energy' may lengthen jobs, 0 to 10; default " + OnlinePolicies.ENERGY_SLACK)
    private @Nullable Double energySlack;

    @Mixin
    private SimulationConditions conditions = new SimulationConditions();

    @Option(names = "--schedule", paramLabel = "OUT.csv", description = "writes what ran where and when")
    private @Nullable Path schedule;

    @Option(
            names = "--gantt",
            paramLabel = "OUT.svg|OUT.json",
            converter = GanttFile.Converter.class,
            description = "draws what ran where and when")
    private @Nullable GanttFile gantt;

    @Option(names = "--json", description = "one JSON object: policy, jobs, meanUs, p95Us, maxUs, energyMj, ...")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        if (policy.equals(LEARNED)) {
            throw new CommandFailure("policy 'learned' is not there yet; known: " + known());
        }
        if (!OnlinePolicies.names().contains(policy)) {
            throw wrongUsage("unknown policy '%s'; known: %s".formatted(policy, known()));
        }
        OnlinePolicy decider = decider();
        try {
            ArrivalTrace trace = read(arrivals, ArrivalCsv::read);
            Workload workload = workload(trace);
            SimulationResult result = simulate(workload, trace, decider);
            if (schedule != null) {
                write(schedule, workload, result.schedule());
            }
            if (gantt != null) {
                String title = "%s, %d jobs done".formatted(policy, result.completed());
                gantt.write(() -> Gantt.ofRuns(title, workload, result.schedule()));
            }
            report(result);
            return CommandFailure.DONE;
        } catch (InvalidWorkloadException invalid) {
            throw new CommandFailure(String.valueOf(invalid.getMessage()), invalid);
        }
    }

    private static String known() {
        return String.join(" ", OnlinePolicies.names());
    }

    /** Only the applications that arrive; the others need not fit the platform. */
    private Workload workload(ArrivalTrace trace) throws CommandFailure {
        List<Application> all = new ArrayList<>();
        for (Path file : applicationFiles()) {
            all.add(read(file, Ds3Job::read));
        }
        Set<String> names = all.stream().map(Application::name).collect(Collectors.toCollection(TreeSet::new));
        Set<String> wanted = new HashSet<>();
        for (ArrivalTrace.Arrival arrival : trace.arrivals()) {
            if (wanted.add(arrival.application()) && !names.contains(arrival.application())) {
                throw new CommandFailure("%s: application '%s' is not in %s, which has %s"
                        .formatted(arrivals, arrival.application(), jobs, String.join(", ", names)));
            }
        }
        if (wanted.isEmpty()) {
            throw new CommandFailure("%s has no job".formatted(arrivals));
        }
        List<Application> applications =
                all.stream().filter(each -> wanted.contains(each.name())).toList();
        return new Workload(read(platform, Ds3Soc::read), applications, conditions.transfers());
    }

    private List<Path> applicationFiles() throws CommandFailure {
        try (Stream<Path> files = Files.list(jobs)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .limit(APPLICATIONS_MAX + 1L)
                    .toList();
            if (found.isEmpty() || found.size() > APPLICATIONS_MAX) {
                throw new CommandFailure("%s must hold 1 to %d .json files".formatted(jobs, APPLICATIONS_MAX));
            }
            return found;
        } catch (IOException unreadable) {
            throw new CommandFailure("%s is not a folder that can be read".formatted(jobs), unreadable);
        }
    }

    /** Reads one kind of file. */
    @FunctionalInterface
    private interface Reader<T> {
        T read(byte[] bytes) throws MalformedWorkloadException;
    }

    private static <T> T read(Path file, Reader<T> reader) throws CommandFailure {
        try {
            return reader.read(InputFile.read(file));
        } catch (MalformedWorkloadException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
    }

    private OnlinePolicy decider() {
        if (energySlack == null) {
            return OnlinePolicies.named(policy);
        }
        if (!policy.equals(OnlinePolicies.ENERGY)) {
            throw wrongUsage("--energy-slack is an option of policy '%s'".formatted(OnlinePolicies.ENERGY));
        }
        try {
            return OnlinePolicies.energy(energySlack);
        } catch (IllegalArgumentException outOfRange) {
            throw wrongUsage("--energy-slack %s: %s".formatted(energySlack, outOfRange.getMessage()));
        }
    }

    private SimulationResult simulate(Workload workload, ArrivalTrace trace, OnlinePolicy decider)
            throws CommandFailure {
        SimulationOptions options = conditions
                .on(workload)
                .recordSchedule(schedule != null || gantt != null)
                .nanoClock(System::nanoTime)
                .build();
        return new Simulator(workload, decider, conditions.admission(), new TraceArrivals(trace, workload), options)
                .run();
    }

    private static void write(Path file, Workload workload, List<ScheduleEntry> entries) throws CommandFailure {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            out.println("job,app,task,device,startUs,finishUs");
            for (ScheduleEntry entry : entries) {
                if (entry.completed()) {
                    out.printf(
                            "%d,%s,%d,%d,%s,%s%n",
                            entry.job(),
                            workload.application(entry.app()).name(),
                            entry.task(),
                            workload.deviceNumber(entry.device()),
                            number(entry.startMicros()),
                            number(entry.finishMicros()));
                }
            }
            if (out.checkError()) {
                throw new CommandFailure("%s cannot be written".formatted(file));
            }
        } catch (IOException unwritable) {
            throw new CommandFailure("%s cannot be written: %s".formatted(file, unwritable.getMessage()), unwritable);
        }
    }

    private void report(SimulationResult result) {
        if (json) {
            ObjectNode root = object().put("policy", policy).put("jobs", result.completed());
            put(root, "meanUs", result.meanMicros());
            put(root, "p95Us", result.quantileMicros(0.95));
            put(root, "maxUs", result.maxMicros());
            put(root, "energyMj", result.joules() * 1000);
            if (!result.tenants().isEmpty()) {
                ArrayNode array = root.putArray("tenants");
                result.tenants().forEach(tenant -> add(array, tenant));
            }
            print(root.put("decisionMicrosP99", result.decisionMicrosP99())
                    .put("endUs", result.endMicros())
                    .put("abandoned", result.abandoned())
                    .put("unfinished", result.unfinished())
                    .put("refused", result.refused())
                    .put("missRate", result.missRate()));
        } else {
            new Table(
                            "policy",
                            " jobs",
                            " refused",
                            " given up",
                            " unfinished",
                            " mean us",
                            " p95 us",
                            " max us",
                            " energy mJ",
                            " decision p99 us")
                    .row(
                            policy,
                            String.valueOf(result.completed()),
                            String.valueOf(result.refused()),
                            String.valueOf(result.abandoned()),
                            String.valueOf(result.unfinished()),
                            rounded(result.meanMicros()),
                            rounded(result.quantileMicros(0.95)),
                            rounded(result.maxMicros()),
                            rounded(result.joules() * 1000),
                            rounded(result.decisionMicrosP99()))
                    .print(out());
        }
    }

    private static void add(ArrayNode array, TenantResult tenant) {
        ObjectNode node = array.addObject()
                .put("name", tenant.tenant().name())
                .put("weight", tenant.tenant().weight())
                .put("jobs", tenant.completed())
                .put("refused", tenant.refused())
                .put("share", tenant.share());
        put(node, "meanUs", tenant.meanMicros());
    }

    /** What is not known is null, never a number. */
    private static void put(ObjectNode root, String name, double value) {
        if (Double.isNaN(value)) {
            root.putNull(name);
        } else {
            root.put(name, value);
        }
    }

    private static String rounded(double value) {
        return Double.isNaN(value) ? "unknown" : String.format(Locale.ROOT, "%.1f", value);
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
