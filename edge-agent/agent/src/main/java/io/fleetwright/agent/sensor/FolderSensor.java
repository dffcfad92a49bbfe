package io.fleetwright.agent.sensor;

import io.fleetwright.telemetry.wire.Birth.SensorKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The files of a folder that have the wanted length, in the order of their names, over and over. The folder is looked at again
 * after its last file, so files may come and go.
 */
public final class FolderSensor implements Sensor {
    /** Files that are looked at in one round; those with the last names are left out beyond it. */
    static final int FILES_MAX = 10_000;

    private final Path folder;
    /** Names that are still to come in this round. */
    private final TreeSet<Path> round = new TreeSet<>();

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
        Optional<byte[]> next = rest(bytes);
        if (next.isEmpty()) {
            look();
            next = rest(bytes);
        }
        return next.map(frame -> new SensorFrame(++number, frame));
    }

    /** The next file of this round that fits. */
    private Optional<byte[]> rest(int bytes) {
        for (Path file = round.pollFirst(); file != null; file = round.pollFirst()) {
            try {
                if (Files.isRegularFile(file) && Files.size(file) == bytes) {
                    try (InputStream in = Files.newInputStream(file)) {
                        byte[] frame = in.readNBytes(bytes);
                        if (frame.length == bytes) {
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
        round.clear();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                round.add(file);
                if (round.size() > FILES_MAX) {
                    round.pollLast();
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // There is no frame then, and the attempt says so.
            round.clear();
        }
    }
}
