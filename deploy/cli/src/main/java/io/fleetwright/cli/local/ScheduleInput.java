package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.format.MalformedWorkloadException;
import io.fleetwright.scheduler.format.PlatformFile;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.plan.Problem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads a problem from a canonical file, or from a workflow and the platform that it is to run on. */
final class ScheduleInput {
    private ScheduleInput() {}

    static Problem read(Path dag, @Nullable Path platform) throws CommandFailure {
        byte[] bytes = InputFile.read(dag);
        try {
            if (!Workflow.isWorkflow(bytes)) {
                if (platform != null) {
                    throw new CommandFailure("%s has its own processors: it takes no --platform".formatted(dag));
                }
                return CanonicalWorkload.read(bytes).problem();
            }
            if (platform == null) {
                throw new CommandFailure("%s is a workflow: it needs a --platform".formatted(dag));
            }
            return Workflow.read(bytes).on(readPlatform(platform));
        } catch (MalformedWorkloadException | IllegalArgumentException malformed) {
            throw new CommandFailure("%s: %s".formatted(dag, malformed.getMessage()), malformed);
        }
    }

    private static PlatformFile readPlatform(Path file) throws CommandFailure {
        try {
            return PlatformFile.read(InputFile.read(file));
        } catch (MalformedWorkloadException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
    }
}
