package io.fleetwright.scheduler.reference;

import static java.util.Objects.requireNonNull;

import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.format.NaiveJson;
import io.fleetwright.scheduler.format.PlatformFile;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of {@code ../shared/workloads}, and for each graph among them a problem. */
final class SharedFiles {
    /** For workflows: two fast machines of 100 MB/s with a third of the memory, six slow ones behind 10 MB/s. */
    static final String PLATFORM = """
            {"bandwidth": 1e7, "latency": 0.01, "devices": [
              {"id": "rack", "count": 2, "speed": 2, "zone": "rack", "readyTime": 1.5},
              {"id": "field", "count": 4, "speed": 0.5, "zone": "field"},
              {"id": "edge", "speed": 1, "zone": "field"}],
             "links": [{"from": "rack", "to": "rack", "bandwidth": 1e8, "latency": 0.0001}]}""";

    /** The platform that each folder's applications run on. */
    private static final Map<String, String> SOC_OF = Map.of(
            "ds3/jobs/top", "ds3/soc/top",
            "socrates", "socrates/soc-top",
            "ds3/jobs", "ds3/soc/multiple-bal");

    private SharedFiles() {}

    /** Paths of the JSON files in a folder, by name, without their ending. */
    static List<String> in(String folder) throws IOException {
        try (Stream<Path> files = Files.list(SharedData.require("workloads/" + folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> folder + "/" + name.replace(".json", ""))
                    .sorted()
                    .toList();
        }
    }

    /** Everything that has a graph. */
    static List<String> graphs() throws IOException {
        return Stream.of(in("canonical"), in("ds3/jobs"), in("socrates"), in("wfinstances"))
                .flatMap(List::stream)
                .filter(name -> !name.endsWith("soc-top"))
                .toList();
    }

    static byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(SharedData.require("workloads/" + name + ".json"));
    }

    /** As the second parser reads it. */
    static NaiveJson.Node parsed(String name) throws IOException {
        return NaiveJson.parse(new String(bytes(name), StandardCharsets.UTF_8));
    }

    static Problem problem(String name) throws Exception {
        if (name.startsWith("canonical")) {
            return CanonicalWorkload.read(bytes(name)).problem();
        }
        if (name.startsWith("wfinstances")) {
            return Workflow.read(bytes(name)).on(PlatformFile.read(PLATFORM.getBytes(StandardCharsets.UTF_8)));
        }
        return workload(name).problem(0);
    }

    /** An application of DS3 or SoCRATES alone on the platform that it is for. */
    static Workload workload(String name) throws Exception {
        return new Workload(Ds3Soc.read(bytes(soc(name))), List.of(Ds3Job.read(bytes(name))), Workload.Transfers.EXACT);
    }

    static String soc(String name) {
        return requireNonNull(SOC_OF.getOrDefault(name, SOC_OF.get(name.substring(0, name.lastIndexOf('/')))));
    }
}
