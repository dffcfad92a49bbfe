package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.scheduler.online.DeadlineAdmission;
import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.LinkChange;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationOptions.Governor;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code simulate} that say under which conditions the jobs run. */
final class SimulationConditions {
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

    @Option(
            names = "--transfer-noise",
            defaultValue = "0",
            paramLabel = "SD",
            description = "standard deviation of transfer times, as a part of their mean, 0 to 1")
    private double transferNoise;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "decides what noise does")
    private long seed;

    @Option(names = "--link-contention", description = "one transfer at a time between any two clusters")
    private boolean linkContention;

    @Option(
            names = "--link-change",
            paramLabel = "CLUSTER,CLUSTER@US=FACTOR",
            description = "from a time on transfers between two clusters take so much longer; may be repeated")
    private List<String> linkChanges = List.of();

    @Option(
            names = "--outage",
            paramLabel = "DEVICE=US..[US]",
            description = "a device is gone from a time until another, or for good; may be repeated")
    private List<String> outages = List.of();

    @Option(
            names = "--battery",
            paramLabel = "[DEVICE=]JOULES",
            description = "energy of one or every device, which is gone when that is used up; may be repeated")
    private List<String> batteries = List.of();

    @Option(
            names = "--power-cap",
            paramLabel = "W",
            description = "no task starts while it would take the platform's power above this")
    private @Nullable Double powerCap;

    @Option(
            names = "--governor",
            defaultValue = "performance",
            paramLabel = "G",
            description = "performance or powersave: highest or lowest clocks at the start")
    private Governor governor = Governor.PERFORMANCE;

    @Option(
            names = "--decision-us",
            defaultValue = "0",
            paramLabel = "US",
            description = "time that placing a task takes")
    private double decisionMicros;

    @Option(
            names = "--batch-us",
            defaultValue = "0",
            paramLabel = "US",
            description = "time for which ready tasks gather before they are placed together")
    private double batchMicros;

    @Option(names = "--horizon-us", paramLabel = "US", description = "the simulation ends at this time")
    private @Nullable Double horizonMicros;

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

    @Option(names = "--enforce-deadlines", description = "a job whose --deadline passes is given up")
    private boolean enforceDeadlines;

    @Option(names = "--admission", description = "refuses jobs that would break a --deadline, their own or another's")
    private boolean admission;

    @Option(
            names = "--tenant",
            paramLabel = "APP=NAME[:WEIGHT]",
            description = "owner of the jobs of this application, and its share under policy fair; may be repeated")
    private Map<String, String> tenants = Map.of();

    long seed() {
        return seed;
    }

    /** A new one for one simulation. */
    Admission admission() {
        return admission ? new DeadlineAdmission() : Admission.EVERY_JOB;
    }

    Workload.Transfers transfers() {
        return SimulationOptions.transfers(semantics);
    }

    /** @throws CommandFailure naming the option if a value is out of range or names what the workload does not have */
    SimulationOptions.Builder on(Workload workload) throws CommandFailure {
        SimulationOptions.Builder options =
                semantics == Semantics.DS3 ? SimulationOptions.ds3() : SimulationOptions.real();
        options.seed(seed).linkContention(linkContention).governor(governor);
        set("--noise", noise, options::executionNoise);
        set("--transfer-noise", transferNoise, options::transferNoise);
        set("--decision-us", decisionMicros, options::decisionMicros);
        set("--batch-us", batchMicros, options::batchMicros);
        set("--power-cap", powerCap, options::powerCapWatts);
        set("--horizon-us", horizonMicros, options::horizonMicros);
        set("--queue-cap", queueCap, options::queueCap);
        var texts = new ConditionTexts(workload);
        List<Outage> allOutages = new ArrayList<>();
        for (String text : outages) {
            allOutages.add(texts.outage(text));
        }
        List<LinkChange> allChanges = new ArrayList<>();
        for (String text : linkChanges) {
            allChanges.add(texts.linkChange(text));
        }
        options.outages(allOutages).linkChanges(allChanges);
        if (!batteries.isEmpty()) {
            double[] joules = texts.batteries(batteries);
            set("--battery", batteries, _ -> options.batteryJoules(joules));
        }
        if (!deadlines.isEmpty()) {
            Deadline rule = enforceDeadlines ? Deadline.ENFORCED : Deadline.COUNTED;
            set("--deadline", deadlines, _ -> options.deadlineMicros(rule, deadlines(workload)));
        } else if (enforceDeadlines || admission) {
            throw new CommandFailure(
                    "%s needs a --deadline".formatted(enforceDeadlines ? "--enforce-deadlines" : "--admission"),
                    CommandFailure.WRONG_USAGE);
        }
        if (!tenants.isEmpty()) {
            options.tenants(new Tenants(workload, TenantOption.parse(tenants)));
        }
        return options;
    }

    /** Sets one option to one value. */
    @FunctionalInterface
    private interface Setter<T> {
        SimulationOptions.Builder set(T value);
    }

    private static <T> void set(String option, @Nullable T value, Setter<T> setter) throws CommandFailure {
        if (value == null) {
            return;
        }
        try {
            setter.set(value);
        } catch (InvalidWorkloadException outOfRange) {
            throw ConditionTexts.wrong(option, value, outOfRange.getMessage());
        }
    }

    private double[] deadlines(Workload workload) {
        double[] micros = new double[workload.applicationCount()];
        Arrays.fill(micros, Double.POSITIVE_INFINITY);
        deadlines.forEach((name, value) -> micros[workload.applicationNamed(name)] = value);
        return micros;
    }
}
