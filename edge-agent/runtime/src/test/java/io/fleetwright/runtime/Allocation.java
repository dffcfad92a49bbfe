package io.fleetwright.runtime;

import com.sun.management.ThreadMXBean;
import io.fleetwright.runtime.arithmetic.Rounding;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What warm inferences leave for the garbage collector. */
final class Allocation {
    /** Some runs of a new JVM, and of a compiled method's first, make an object or two that no later one does. */
    static final int TRIES = 10;

    private static final int TRIES_OF_A_NEW_JVM = 500;
    private static final int WARM_RUNS = 100;
    private static final int RUNS = 5;

    private Allocation() {}

    /**
     * Bytes that this thread allocates in five runs: 0 if any of the tries finds that, else what the last one finds.
     *
     * @param input of one inference, from its start
     * @param warmRuns before each try
     */
    static long ofRuns(Interpreter interpreter, byte[] input, int warmRuns, int tries) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] output = new byte[interpreter.outputBytes()];
        long allocated = -1;
        for (int i = 0; allocated != 0 && i < tries; i++) {
            for (int run = 0; run < warmRuns; run++) {
                interpreter.run(input, 0, output, 0);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int run = 0; run < RUNS; run++) {
                interpreter.run(input, 0, output, 0);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        return allocated;
    }

    /** The same with the best kernels, in a JVM that has run nothing else. */
    static long inOwnJvm(GoldenModel model) throws IOException, InterruptedException {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Dfleetwright.root=" + System.getProperty("fleetwright.root"),
                "-cp",
                System.getProperty("java.class.path"),
                Allocation.class.getName(),
                model.name());
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = process.inputReader()) {
            long allocated = Long.parseLong(lines.readLine());
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException("%s ends with %s".formatted(command, process));
            }
            return allocated;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Prints the bytes. */
    public static void main(String[] arguments) throws Exception {
        var model = GoldenModel.valueOf(arguments[0]);
        try (var interpreter = Interpreter.create(model.graph(), Rounding.SINGLE)) {
            System.out.println(ofRuns(interpreter, model.inputs(), WARM_RUNS, TRIES_OF_A_NEW_JVM));
        }
    }
}
