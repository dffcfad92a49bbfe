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
import io.fleetwright.scheduler.online.DeadlineAdmission;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TenantResult;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
            names = "--semantics",
            defaultValue = "ds3",
            paramLabel = "S",
            description = "ds3: ticks of a microsecond, whole transfer times; real: neither")
    private Semantics semantics = Semantics.DS3;

    @Option(
            names = "--noise",
            defaultValue = "0",
            paramLabel = "SD",
            description = "standard deviation of execution times, as a part of their mean, 0 to 1")
    private double noise;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "decides what noise does")
    private long seed;

    @Option(
            names = "--queue-cap",
            paramLabel = "N",
            description = "at most so many jobs in the system; latency then counts from admission")
    private @Nullable Integer queueCap;

    @Option(
            names = "--deadline",
            paramLabel = "APP=US",
            description = "time that a job of this application has from its arrival; may be repeated")
    private Map<String, Double> deadlines = Map.of();

    @Option(names = "--admission", description = "refuses jobs that would break a --deadline, their own or another's")
    private boolean admission;

    @Option(
            names = "--tenant",
            paramLabel = "APP=NAME[:WEIGHT]",
            description = "owner of the jobs of this application, and its share under policy fair; may be repeated")
    private Map<String, String> tenants = Map.of();

    @Option(names = "--schedule", paramLabel = "OUT.csv", description = "writes what ran where and when")
    private @Nullable Path schedule;

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
        if (admission && deadlines.isEmpty()) {
            throw wrongUsage("--admission needs a --deadline");
        }
        try {
            ArrivalTrace trace = read(arrivals, ArrivalCsv::read);
            Workload workload = workload(trace);
            SimulationResult result = simulate(workload, trace);
            if (schedule != null) {
                write(schedule, workload, result.schedule());
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
        return new Workload(read(platform, Ds3Soc::read), applications, SimulationOptions.transfers(semantics));
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

    private SimulationResult simulate(Workload workload, ArrivalTrace trace) {
        SimulationOptions.Builder options =
                semantics == Semantics.DS3 ? SimulationOptions.ds3() : SimulationOptions.real();
        options.seed(seed)
                .executionNoise(noise)
                .recordSchedule(schedule != null)
                .nanoClock(System::nanoTime);
        if (!deadlines.isEmpty()) {
            options.deadlineMicros(SimulationOptions.Deadline.COUNTED, deadlines(workload));
        }
        if (!tenants.isEmpty()) {
            options.tenants(new Tenants(workload, TenantOption.parse(tenants)));
        }
        if (queueCap != null) {
            options.queueCap(queueCap);
        }
        return new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        admission ? new DeadlineAdmission() : Admission.EVERY_JOB,
                        new TraceArrivals(trace, workload),
                        options.build())
                .run();
    }

    private double[] deadlines(Workload workload) {
        double[] micros = new double[workload.applicationCount()];
        Arrays.fill(micros, Double.POSITIVE_INFINITY);
        deadlines.forEach((name, value) -> micros[workload.applicationNamed(name)] = value);
        return micros;
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
                    .put("unfinished", result.unfinished())
                    .put("refused", result.refused())
                    .put("missRate", result.missRate()));
        } else {
            new Table("policy", " jobs", " mean us", " p95 us", " max us", " energy mJ", " decision p99 us")
                    .row(
                            policy,
                            String.valueOf(result.completed()),
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
