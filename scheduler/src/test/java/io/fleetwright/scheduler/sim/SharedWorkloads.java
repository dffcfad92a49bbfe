package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.format.ArrivalCsv;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The workloads beside the project. */
public final class SharedWorkloads {
    private static final List<String> DS3_JOBS = List.of("lag", "scr", "sct", "temp-mit", "wifi-5rxm", "wifi-5txm");

    private SharedWorkloads() {}

    /** The six applications of DS3 on one of its platforms. */
    public static Workload ds3(String soc, SimulationOptions.Semantics semantics)
            throws IOException, MalformedWorkloadException {
        return ds3(soc, semantics, List.of(""));
    }

    /** The six applications of DS3 on one of its platforms, once with each suffix to its name. */
    public static Workload ds3(String soc, SimulationOptions.Semantics semantics, List<String> suffixes)
            throws IOException, MalformedWorkloadException {
        List<Application> applications = new ArrayList<>();
        for (String job : DS3_JOBS) {
            Application application = Ds3Job.read(bytes("ds3/jobs/" + job + ".json"));
            for (String suffix : suffixes) {
                applications.add(new Application(application.name() + suffix, application.graph()));
            }
        }
        return new Workload(
                Ds3Soc.read(bytes("ds3/soc/" + soc + ".json")), applications, SimulationOptions.transfers(semantics));
    }

    /** SoCRATES' ten profiles on its platform. */
    public static Workload socrates() throws IOException, MalformedWorkloadException {
        List<Application> applications = new ArrayList<>();
        for (int profile = 1; profile <= 10; profile++) {
            applications.add(Ds3Job.read(bytes("socrates/job-top" + (profile == 1 ? "" : profile) + ".json")));
        }
        return new Workload(Ds3Soc.read(bytes("socrates/soc-top.json")), applications, Workload.Transfers.WHOLE_MICROS);
    }

    public static ArrivalTrace trace(String name) throws IOException, MalformedWorkloadException {
        return ArrivalCsv.read(bytes("traces/" + name + "_seed0_arrivals.csv"));
    }

    /** Names of all traces. */
    public static List<String> traces() throws IOException {
        try (Stream<Path> files = Files.list(SharedData.require("workloads/traces"))) {
            return files.map(file -> file.getFileName().toString().replace("_seed0_arrivals.csv", ""))
                    .sorted()
                    .toList();
        }
    }

    private static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(SharedData.require("workloads/" + file));
    }
}
