package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Solvers in a folder of jars, kept apart from our own class path: they bring libraries in versions of their own, and
 * share with us only the scheduler's types.
 */
final class SolverFolder {
    private SolverFolder() {}

    /** The solvers of {@code folder}, none if it is not there. */
    static List<ProvingSolver> load(Path folder) throws CommandFailure {
        List<URL> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
                for (Path jar : files) {
                    jars.add(jar.toUri().toURL());
                }
            } catch (IOException unreadable) {
                throw new CommandFailure(
                        "%s cannot be read: %s".formatted(folder, unreadable.getMessage()), unreadable);
            }
        }
        // Stays open: a solver loads its classes when it needs them, and the process ends with the command.
        var loader = new URLClassLoader(jars.toArray(URL[]::new), new SchedulerTypes());
        return ServiceLoader.load(ProvingSolver.class, loader).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** Shows the JDK and the scheduler, and nothing else of ours. */
    private static final class SchedulerTypes extends ClassLoader {
        private static final String SHARED = "io.fleetwright.scheduler.";

        SchedulerTypes() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (!name.startsWith(SHARED)) {
                throw new ClassNotFoundException(name);
            }
            return ProvingSolver.class.getClassLoader().loadClass(name);
        }
    }
}
