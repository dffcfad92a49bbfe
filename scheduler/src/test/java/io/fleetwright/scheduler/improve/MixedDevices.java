package io.fleetwright.scheduler.improve;

import io.fleetwright.scheduler.format.PlatformFile;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.testkit.SharedData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The ten workflows of WfCommons beside the project, and platforms of 16 devices of four speeds for them. */
public final class MixedDevices {
    public static final List<Double> COMMUNICATION_TO_COMPUTATION = List.of(0.1, 1.0, 10.0);

    private static final double[] SPEEDS = {4, 2, 1, 0.5};

    private MixedDevices() {}

    public static List<Path> workflows() throws Exception {
        try (var files = Files.list(SharedData.require("workloads/wfinstances"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    /** Bandwidth is such that the mean transfer takes {@code ratio} times the mean execution. */
    public static PlatformFile platform(Workflow workflow, double ratio) throws Exception {
        TaskGraph graph = workflow.graph();
        double volume = 0;
        for (int task = 0; task < graph.taskCount(); task++) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                volume += graph.outVolume(e);
            }
        }
        double slowness =
                Arrays.stream(SPEEDS).map(speed -> 1 / speed).average().orElseThrow();
        double execution = Arrays.stream(workflow.runtimeSeconds()).average().orElseThrow() * slowness;
        double bandwidth = volume / graph.edgeCount() / (ratio * execution);
        var devices = new StringBuilder();
        for (double speed : SPEEDS) {
            devices.append(devices.isEmpty() ? "" : ",")
                    .append("{\"id\": \"x%s\", \"count\": 4, \"speed\": %s}".formatted(speed, speed));
        }
        return PlatformFile.read("{\"bandwidth\": %s, \"devices\": [%s]}"
                .formatted(bandwidth, devices)
                .getBytes(StandardCharsets.UTF_8));
    }
}
