package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.fleetwright.trust.artifact.ArtifactStore;
import io.fleetwright.trust.artifact.Delta;
import io.fleetwright.trust.artifact.DiskArtifacts;
import io.fleetwright.trust.artifact.MalformedDeltaException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A folder of artifacts by digest, for pipelines and for sites without a controller, and deltas between files. */
@Command(name = "artifact", description = "A folder of artifacts by digest, and deltas between files.")
public final class ArtifactCommand extends CommandGroup {
    private static final int PAGE = 1000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Where the artifacts are. */
    static final class Folder {
        @Option(names = "--store", required = true, paramLabel = "DIR", description = "folder of artifacts")
        private Path store = Path.of("");

        <T> T use(Work<T> work) throws CommandFailure {
            try {
                return work.with(new DiskArtifacts(store, InstantSource.system()));
            } catch (ArtifactException refused) {
                throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
            }
        }
    }

    /** Something done with the artifacts. */
    @FunctionalInterface
    interface Work<T> {
        T with(ArtifactStore artifacts) throws CommandFailure;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(name = "put", description = "Stores files; prints the digest of each.")
    int put(@Mixin Folder folder, @Parameters(paramLabel = "FILE", arity = "1..*") List<Path> files)
            throws CommandFailure {
        for (Path file : files) {
            byte[] bytes = InputFile.read(file);
            Digest digest = folder.use(artifacts -> artifacts.put(bytes));
            out().println("%s %s".formatted(digest, file));
        }
        return CommandFailure.DONE;
    }

    @Command(name = "get", description = "Writes an artifact to a file when it still has its digest.")
    int get(
            @Mixin Folder folder,
            @Parameters(paramLabel = "DIGEST") String digest,
            @Option(names = "--out", required = true, paramLabel = "F", description = "where it goes") Path out)
            throws CommandFailure {
        Digest wanted = digest(digest);
        OutputFile.write(out, folder.use(artifacts -> artifacts.read(wanted)));
        return CommandFailure.DONE;
    }

    @Command(name = "list", aliases = "ls", description = "All artifacts.")
    int list(@Mixin Folder folder) throws CommandFailure {
        Table table = new Table("digest", " bytes", "put");
        for (ArtifactStore.Stored one : folder.use(ArtifactCommand::all)) {
            table.row(
                    one.digest().value(),
                    String.valueOf(one.bytes()),
                    Instant.ofEpochMilli(one.putAtMillis()).toString());
        }
        table.print(out());
        return CommandFailure.DONE;
    }

    @Command(name = "gc", description = "Deletes all artifacts but those that are named.")
    int collect(
            @Mixin Folder folder,
            @Option(
                            names = "--keep",
                            required = true,
                            paramLabel = "DIGEST",
                            description = "an artifact that stays; may be repeated")
                    List<String> kept)
            throws CommandFailure {
        Set<String> keep = kept.stream().collect(Collectors.toSet());
        for (String digest : keep) {
            digest(digest);
        }
        long bytes = folder.use(artifacts -> {
            long freed = 0;
            for (ArtifactStore.Stored one : all(artifacts)) {
                if (!keep.contains(one.digest().value()) && artifacts.delete(one.digest())) {
                    out().println(one.digest());
                    freed += one.bytes();
                }
            }
            return freed;
        });
        out().println("%d bytes are free again".formatted(bytes));
        return CommandFailure.DONE;
    }

    @Command(name = "delta", description = "Writes what makes one file of another.")
    int delta(
            @Parameters(index = "0", paramLabel = "BASE") Path base,
            @Parameters(index = "1", paramLabel = "TARGET") Path target,
            @Option(names = "--out", required = true, paramLabel = "F", description = "where the delta goes") Path out)
            throws CommandFailure {
        byte[] wanted = artifact(target);
        byte[] delta = Delta.between(artifact(base), wanted);
        OutputFile.write(out, delta);
        out().println("%d bytes, %.1f %% of %d"
                .formatted(delta.length, 100.0 * delta.length / wanted.length, wanted.length));
        return CommandFailure.DONE;
    }

    @Command(name = "patch", description = "Makes the target of a base and a delta; refuses a delta that does not fit.")
    int patch(
            @Parameters(index = "0", paramLabel = "BASE") Path base,
            @Parameters(index = "1", paramLabel = "DELTA") Path delta,
            @Option(names = "--out", required = true, paramLabel = "F", description = "where the target goes") Path out)
            throws CommandFailure {
        try {
            byte[] target = Delta.apply(artifact(base), artifact(delta), ArtifactStore.BYTES_MAX);
            OutputFile.write(out, target);
            out().println("%s %s".formatted(Digest.of(target), out));
            return CommandFailure.DONE;
        } catch (MalformedDeltaException refused) {
            throw new CommandFailure("%s: %s".formatted(delta, refused.getMessage()), refused);
        }
    }

    private static byte[] artifact(Path file) throws CommandFailure {
        byte[] bytes = InputFile.read(file);
        try {
            ArtifactStore.requireSize(bytes);
        } catch (ArtifactException refused) {
            throw new CommandFailure("%s: %s".formatted(file, refused.getMessage()), refused);
        }
        return bytes;
    }

    private static List<ArtifactStore.Stored> all(ArtifactStore artifacts) {
        List<ArtifactStore.Stored> all = new java.util.ArrayList<>();
        for (List<ArtifactStore.Stored> page = artifacts.list(null, PAGE);
                !page.isEmpty();
                page = artifacts.list(all.getLast().digest(), PAGE)) {
            all.addAll(page);
        }
        return all;
    }

    private static Digest digest(String text) throws CommandFailure {
        if (!Digest.isValid(text)) {
            throw new CommandFailure(
                    "digest (%s) must be sha256: and 64 hexadecimal digits".formatted(text),
                    CommandFailure.WRONG_USAGE);
        }
        return new Digest(text);
    }
}
