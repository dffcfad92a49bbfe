package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.scheduler.format.ArrivalCsv;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.online.MalformedNetworkException;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.online.PairNetwork;
import io.fleetwright.scheduler.online.PairNetworkText;
import io.fleetwright.scheduler.scenario.FramePolicies;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.Objective;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Simulates a stream of jobs on a platform under an online policy. */
@Command(
        name = "simulate",
        description =
                "Simulates a stream of jobs on a platform, or a scenario of streams on a fleet, and reports latency and"
                        + " energy.")
public final class SimulateCommand extends CliCommand {
    /** Every policy there is. */
    private static final String ALL = "all";

    private static final int APPLICATIONS_MAX = 1000;

    private static final List<String> REQUIRED = List.of("--platform", "--jobs", "--arrivals", "--policy");
    private static final List<String> OF_SCENARIOS =
            List.of("--scenario", "--seeds", "--seed", "--mains", "--policy", "--json", "--svg");

    @Option(names = "--platform", paramLabel = "F", description = "a DS3 platform file")
    private Path platform = Path.of("");

    @Option(names = "--jobs", paramLabel = "DIR", description = "a folder of DS3 application files")
    private Path jobs = Path.of("");

    @Option(names = "--arrivals", paramLabel = "CSV", description = "lines job,arrival_us,app")
    private Path arrivals = Path.of("");

    @Option(
            names = "--policy",
            split = ",",
            paramLabel = "P",
            description = "decides where tasks go; several, separated by commas, or 'all' are compared;"
                    + " an unknown one lists them all")
    private List<String> policies = List.of();

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            description =
                    "wildfire: three streams on 24 boards with batteries and failing links, in the place of --platform,"
                            + " --jobs and --arrivals; compares all its policies, or those of --policy; takes --seed, --seeds, --mains, --json,"
                            + " --svg")
    private @Nullable String scenario;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "of a scenario: so many of them, from --seed on (default: 20)")
    private @Nullable Integer seeds;

    @Option(names = "--svg", paramLabel = "FILE", description = "of a scenario: draws misses over energy to this file")
    private @Nullable Path svg;

    @Option(names = "--mains", description = "of a scenario: no battery ends; what is left of the differences then")
    private boolean mains;

    @Option(
            names = "--objective",
            paramLabel = "O",
            converter = ObjectiveConverter.class,
            description = "what the policies are judged by: " + ObjectiveConverter.WORDS)
    private @Nullable Objective objective;

    @Option(
            names = "--energy-slack",
            paramLabel = "PART",
            description =
                    "part by which policy 'energy' may lengthen jobs, 0 to 10; default " + OnlinePolicies.ENERGY_SLACK)
    private @Nullable Double energySlack;

    @Option(
            names = "--network",
            paramLabel = "FILE",
            description =
                    "network of policy 'learned', as 'train scheduler' writes it; without it the one that is built in")
    private @Nullable Path network;

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

    @Option(
            names = "--json",
            description =
                    "one JSON object: policy, jobs, meanUs, p95Us, maxUs, energyMj, ...; of several policies, results")
    private boolean json;

    @Override
    protected int execute() throws CommandFailure {
        String named = scenario;
        if (named != null) {
            return scenario(named);
        }
        require();
        List<String> names = names();
        if (names.size() > 1 && (schedule != null || gantt != null)) {
            throw wrongUsage("--schedule and --gantt show one policy, not %d".formatted(names.size()));
        }
        try {
            ArrivalTrace trace = read(arrivals, ArrivalCsv::read);
            Workload workload = workload(trace);
            Map<String, SimulationResult> results = new LinkedHashMap<>();
            for (String name : names) {
                results.put(name, simulate(workload, trace, decider(name)));
            }
            SimulationResult first = results.values().iterator().next();
            if (schedule != null) {
                write(schedule, workload, first.schedule());
            }
            if (gantt != null) {
                String title = "%s, %d jobs done".formatted(names.getFirst(), first.completed());
                gantt.write(() -> Gantt.ofRuns(title, workload, first.schedule()));
            }
            report(results);
            return CommandFailure.DONE;
        } catch (InvalidWorkloadException invalid) {
            throw new CommandFailure(String.valueOf(invalid.getMessage()), invalid);
        }
    }

    /** What a simulation of jobs needs and does not have. */
    private void require() {
        if (seeds != null || mains || svg != null) {
            throw wrongUsage("--seeds, --mains and --svg are options of --scenario");
        }
        List<String> given = given();
        List<String> missing =
                REQUIRED.stream().filter(name -> !given.contains(name)).toList();
        if (!missing.isEmpty()) {
            throw wrongUsage("Missing required options: %s".formatted(String.join(", ", missing)));
        }
    }

    private int scenario(String name) throws CommandFailure {
        List<String> strange =
                given().stream().filter(each -> !OF_SCENARIOS.contains(each)).toList();
        if (!strange.isEmpty()) {
            throw wrongUsage("--scenario takes no %s".formatted(String.join(", ", strange)));
        }
        if (!name.equals(WildfireReport.NAME)) {
            throw wrongUsage("unknown scenario '%s'; known: %s".formatted(name, WildfireReport.NAME));
        }
        int wanted = seeds == null ? WildfireReport.SEEDS : seeds;
        if (wanted < 1 || wanted > WildfireReport.SEEDS_MAX) {
            throw wrongUsage("--seeds (%d) must be 1 to %d".formatted(wanted, WildfireReport.SEEDS_MAX));
        }
        List<String> compared = policies.isEmpty() || policies.equals(List.of(ALL))
                ? FramePolicies.names()
                : policies.stream().distinct().toList();
        for (String policy : compared) {
            if (!FramePolicies.names().contains(policy)) {
                throw wrongUsage("unknown policy '%s' of a scenario; known: %s"
                        .formatted(policy, String.join(" ", FramePolicies.names())));
            }
        }
        WildfireReport report = WildfireReport.of(compared, conditions.seed(), wanted, mains);
        if (svg != null) {
            OutputFile.write(svg, report.plot().getBytes(StandardCharsets.UTF_8));
        }
        if (json) {
            print(report.json(object()));
        } else {
            report.print(out());
        }
        return CommandFailure.DONE;
    }

    private List<String> names() {
        if (policies.equals(List.of(ALL))) {
            return OnlinePolicies.names();
        }
        for (String name : policies) {
            if (!OnlinePolicies.names().contains(name)) {
                throw wrongUsage("unknown policy '%s'; known: %s".formatted(name, known()));
            }
        }
        if (energySlack != null && !policies.contains(OnlinePolicies.ENERGY)) {
            throw wrongUsage("--energy-slack is an option of policy '%s'".formatted(OnlinePolicies.ENERGY));
        }
        if (network != null && !policies.contains(OnlinePolicies.LEARNED)) {
            throw wrongUsage("--network is an option of policy '%s'".formatted(OnlinePolicies.LEARNED));
        }
        return policies.stream().distinct().toList();
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

    private OnlinePolicy decider(String policy) throws CommandFailure {
        if (network != null && policy.equals(OnlinePolicies.LEARNED)) {
            return OnlinePolicies.learned(network(network));
        }
        if (energySlack == null || !policy.equals(OnlinePolicies.ENERGY)) {
            return OnlinePolicies.named(policy);
        }
        try {
            return OnlinePolicies.energy(energySlack);
        } catch (IllegalArgumentException outOfRange) {
            throw wrongUsage("--energy-slack %s: %s".formatted(energySlack, outOfRange.getMessage()));
        }
    }

    private static PairNetwork network(Path file) throws CommandFailure {
        try {
            return PairNetworkText.read(InputFile.read(file));
        } catch (MalformedNetworkException malformed) {
            throw new CommandFailure("--network %s: %s".formatted(file, malformed.getMessage()), malformed);
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

    private void report(Map<String, SimulationResult> results) {
        var report = new SimulationReport(results, objective);
        if (json) {
            print(report.json(object()));
        } else {
            report.print(out());
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
