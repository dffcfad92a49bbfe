package io.fleetwright.cli.local;

import io.fleetwright.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A platform, applications and arrivals in a folder, for the command {@code simulate}. */
record SimulatedFolder(Path folder) {
    /** A folder that holds the platform and one application named {@code app}. */
    static SimulatedFolder of(Path folder, String soc, String job) throws IOException {
        Files.writeString(folder.resolve("soc"), soc);
        Files.createDirectory(folder.resolve("jobs"));
        var simulated = new SimulatedFolder(folder);
        simulated.writeJob("app", job);
        return simulated;
    }

    void writeJob(String name, String job) throws IOException {
        Files.writeString(folder.resolve("jobs").resolve(name + ".json"), job);
    }

    /** Jobs of {@code app} at these times. */
    void writeArrivals(double... micros) throws IOException {
        StringBuilder csv = new StringBuilder("job,arrival_us,app\n");
        for (int job = 0; job < micros.length; job++) {
            csv.append(job).append(',').append(micros[job]).append(",app\n");
        }
        writeTrace(csv.toString());
    }

    void writeTrace(String csv) throws IOException {
        Files.writeString(folder.resolve("trace.csv"), csv);
    }

    Ran run(String policy, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of(
                "simulate",
                "--platform",
                folder.resolve("soc"),
                "--jobs",
                folder.resolve("jobs"),
                "--arrivals",
                folder.resolve("trace.csv"),
                "--policy",
                policy));
        arguments.addAll(List.of(more));
        return Ran.of(arguments.toArray());
    }
}
