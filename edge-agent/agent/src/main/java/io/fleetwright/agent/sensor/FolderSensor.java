package io.fleetwright.agent.sensor;

import io.fleetwright.telemetry.wire.Birth.SensorKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The files of a folder that have the wanted length, in the order of their names, over and over. The folder is looked at again
 * after its last file, so files may come and go.
 */
public final class FolderSensor implements Sensor {
    /** Files that are looked at in one round; those with the last names are left out beyond it. */
    static final int FILES_MAX = 10_000;

    private final Path folder;
    private static final int LENGTHS_MAX = 64;

    /** Names in the folder, as it was looked at last. */
    private final TreeSet<Path> names = new TreeSet<>();
    /** By length of a frame, the name that was given last: who wants another length has a round of their own. */
    private final Map<Integer, Path> last = new HashMap<>();

    private long number;

    public FolderSensor(Path folder) {
        this.folder = folder;
    }

    @Override
    public SensorKind kind() {
        return SensorKind.FOLDER;
    }

    @Override
    public synchronized Optional<SensorFrame> take(int bytes) {
        Path before = last.get(bytes);
        Optional<byte[]> next = before == null ? Optional.empty() : first(bytes, names.tailSet(before, false));
        if (next.isEmpty()) {
            look();
            next = first(bytes, names);
        }
        return next.map(frame -> new SensorFrame(++number, frame));
    }

    /** The first file of those that fits. */
    private Optional<byte[]> first(int bytes, SortedSet<Path> among) {
        for (Path file : among) {
            try {
                if (Files.isRegularFile(file) && Files.size(file) == bytes) {
                    try (InputStream in = Files.newInputStream(file)) {
                        byte[] frame = in.readNBytes(bytes);
                        if (frame.length == bytes) {
                            if (last.size() >= LENGTHS_MAX && !last.containsKey(bytes)) {
                                last.clear();
                            }
                            last.put(bytes, file);
                            return Optional.of(frame);
                        }
                    }
                }
            } catch (IOException gone) {
                // Files may come and go; the next one will do.
            }
        }
        return Optional.empty();
    }

    private void look() {
        names.clear();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                names.add(file);
                if (names.size() > FILES_MAX) {
                    names.pollLast();
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // There is no frame then, and the attempt says so.
            names.clear();
        }
    }
}
