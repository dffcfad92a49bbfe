package io.fleetwright.runtime.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a figure was measured on. */
record Machine(String system, String processor, String jdk, List<String> flags) {
    private static final List<String> SIMD =
            List.of("avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "asimd", "asimddp");

    static Machine here() {
        var runtime = ManagementFactory.getRuntimeMXBean();
        return new Machine(
                "%s %s, %d processors, load %.1f"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.arch"),
                                Runtime.getRuntime().availableProcessors(),
                                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()),
                processorName(),
                "%s %s".formatted(System.getProperty("java.vendor"), Runtime.version()),
                runtime.getInputArguments().stream()
                        .filter(flag -> !flag.startsWith("-D"))
                        .toList());
    }

    /** As Linux names it, with those instruction sets that decide about integer speed. */
    private static String processorName() {
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
        } catch (IOException absent) {
            return System.getProperty("os.arch");
        }
        String name = value(lines, "model name").findFirst().orElse(System.getProperty("os.arch"));
        var flags = Stream.concat(value(lines, "flags"), value(lines, "Features"))
                .findFirst()
                .map(line -> List.of(line.split(" ")))
                .orElse(List.of());
        var known = SIMD.stream().filter(flags::contains).toList();
        return "%s (%s)".formatted(name, String.join(" ", known));
    }

    private static Stream<String> value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip());
    }
}
