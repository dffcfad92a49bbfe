package io.fleetwright.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * TCP ports for servers that a test starts later, on the loopback interface.
 *
 * <p>They lie below those that operating systems give to outgoing connections, so none is taken in between by a client that
 * happens to connect. Test runs beside each other get different ones: each port is a byte of one file in the temporary folder,
 * which is locked for as long as this machine runs.
 */
public final class Ports {
    /** Linux gives 32,768 and more to outgoing connections, other systems 49,152 and more. */
    static final int LEAST = 10_000;

    static final int MOST = 32_767;

    private static final int TRIES_MAX = 1_000;
    private static final RandomGenerator RANDOM = RandomGenerator.getDefault();
    private static final FileChannel LOCKS = open();

    private Ports() {}

    /**
     * A port that nothing listens on now, and that no other call gives, here or in another process that asks this class.
     *
     * @throws IllegalStateException when there is none
     */
    public static int free() {
        return free(new int[0]);
    }

    /** A port that is free together with those at each distance above it. */
    public static int free(int... distances) {
        int span = Arrays.stream(distances).max().orElse(0);
        for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
            int port = RANDOM.nextInt(LEAST, MOST - span + 1);
            if (take(port, distances)) {
                return port;
            }
        }
        throw new IllegalStateException("no port from %d to %d is free together with those at distances %s"
                .formatted(LEAST, MOST, Arrays.toString(distances)));
    }

    private static boolean take(int port, int... distances) {
        List<FileLock> taken = new ArrayList<>();
        try {
            for (int i = -1; i < distances.length; i++) {
                int wanted = i < 0 ? port : port + distances[i];
                Optional<FileLock> lock = lock(wanted);
                lock.ifPresent(taken::add);
                if (lock.isEmpty() || !isFree(wanted)) {
                    for (FileLock each : taken) {
                        each.release();
                    }
                    return false;
                }
            }
            return true;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static synchronized Optional<FileLock> lock(int port) throws IOException {
        try {
            return Optional.ofNullable(LOCKS.tryLock(port, 1, false));
        } catch (OverlappingFileLockException here) {
            return Optional.empty();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort() == port;
        } catch (IOException busy) {
            return false;
        }
    }

    private static FileChannel open() {
        try {
            return FileChannel.open(
                    Path.of(
                            System.getProperty("java.io.tmpdir"),
                            "fleetwright-test-ports-%s".formatted(System.getProperty("user.name"))),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
