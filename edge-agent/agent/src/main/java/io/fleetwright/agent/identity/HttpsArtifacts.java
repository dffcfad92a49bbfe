package io.fleetwright.agent.identity;

import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.agent.update.ArtifactSource.Wanted;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ChunkAssembly;
import io.fleetwright.trust.artifact.ChunkAssembly.Stretch;
import io.fleetwright.trust.artifact.ChunkMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Fetches artifacts from the controller with the node's certificate. What the last broken try has got is kept in memory,
 * and the next try for the same digest asks for the rest. For any number of threads; an interrupt ends a try on a
 * virtual thread at once.
 */
public final class HttpsArtifacts {
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int NOT_FOUND = 404;
    /** Slower than this on the whole, after the first seconds, is no download but a trap. */
    private static final long BYTES_PER_SECOND_MIN = 1024;

    private static final long GRACE_MILLIS = 20_000;
    private static final int READ_BYTES = 16 * 1024;
    /** Chunks are checked when so much has come, so a server that sends something else is found out early. */
    private static final int STRETCH_BYTES_MAX = 1024 * 1024;
    /** Chunks with other bytes that one try bears. */
    private static final int DAMAGED_MAX = 8;
    /** Answers below 500 that may be another one next time. */
    private static final Set<Integer> AGAIN = Set.of(408, 416, 425, 429);

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})");
    private static final System.Logger LOG = System.getLogger(HttpsArtifacts.class.getName());

    private final URI controller;
    private final Supplier<SSLContext> tls;
    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Partial> broken = new AtomicReference<>();
    private final AtomicReference<@Nullable Assembling> unfinished = new AtomicReference<>();

    private record Partial(Digest digest, ByteArrayOutputStream bytes) {}

    private record Assembling(Digest digest, ChunkAssembly assembly, long reused) {}

    /** An answer that is no artifact. */
    private static final class StatusException extends IOException {
        private static final long serialVersionUID = 1;

        final int status;

        StatusException(int status) {
            super("http-" + status);
            this.status = status;
        }

        Fetched.Failed failed() {
            return new Fetched.Failed("http-" + status, status >= 500 || AGAIN.contains(status));
        }
    }

    /** An answer that is longer than what was asked for. */
    private static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /**
     * @param tls the node's own of the moment, see {@link NodeIdentity#tls()}
     * @param nanos a clock that never goes back
     */
    public HttpsArtifacts(URI controller, Supplier<SSLContext> tls, LongSupplier nanos) {
        this.controller = controller;
        this.tls = tls;
        this.nanos = nanos;
    }

    /** One try; blocks. A server may answer in parts, however little was asked for. */
    public Fetched fetch(Digest digest, long bytesMax) {
        Partial current = resumed(digest, bytesMax);
        try {
            while (true) {
                int offset = current.bytes.size();
                HttpsURLConnection connection =
                        open(digest.value(), offset == 0 ? null : "bytes=%d-".formatted(offset));
                if (connection.getResponseCode() == OK) {
                    current.bytes.reset();
                }
                long whole = connection.getResponseCode() == OK ? -1 : wholeLength(connection, current.bytes.size());
                read(connection, current.bytes, bytesMax);
                if (whole < 0 || current.bytes.size() >= whole) {
                    return new Fetched.Bytes(current.bytes.toByteArray());
                }
                if (current.bytes.size() == offset) {
                    throw new IOException("empty part");
                }
            }
        } catch (StatusException answer) {
            return answer.failed();
        } catch (TooLargeException tooLarge) {
            return new Fetched.Failed("too-large", false);
        } catch (IOException interrupted) {
            broken.set(current);
            return new Fetched.Failed("io", true);
        }
    }

    /** One try, chunk by chunk when the artifact has a map of them; blocks. */
    public Fetched fetch(Wanted wanted) {
        Assembling current;
        try {
            current = assembling(wanted);
        } catch (StatusException answer) {
            return answer.status == NOT_FOUND ? fetch(wanted.digest(), wanted.bytes()) : answer.failed();
        } catch (IllegalArgumentException wrongMap) {
            return new Fetched.Failed("hash-mismatch", true);
        } catch (IOException interrupted) {
            return new Fetched.Failed("io", true);
        }
        return current == null ? fetch(wanted.digest(), wanted.bytes()) : assemble(wanted, current);
    }

    /** Where the last try stopped, or a new beginning; nothing when there is no map. */
    private @Nullable Assembling assembling(Wanted wanted) throws IOException {
        Digest signed = wanted.chunks().orElse(null);
        if (signed == null) {
            return null;
        }
        Assembling before = unfinished.getAndSet(null);
        if (before != null && before.digest.equals(wanted.digest())) {
            return before;
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        read(open(wanted.digest().value() + "/chunks", null), body, ChunkMap.BYTES_MAX);
        byte[] encoded = body.toByteArray();
        ChunkMap map = ChunkMap.decode(encoded);
        if (!Digest.of(encoded).equals(signed) || map.length() != wanted.bytes()) {
            throw new IllegalArgumentException("another map than the signed one");
        }
        ChunkAssembly assembly = new ChunkAssembly(map);
        long reused = wanted.older().stream().mapToLong(assembly::reuse).sum();
        return new Assembling(wanted.digest(), assembly, reused);
    }

    private Fetched assemble(Wanted wanted, Assembling current) {
        long fetched = 0;
        int damaged = 0;
        try {
            for (Stretch next;
                    (next = current.assembly.missing(STRETCH_BYTES_MAX).orElse(null)) != null; ) {
                HttpsURLConnection connection =
                        open(wanted.digest().value(), "bytes=%d-%d".formatted(next.begin(), next.end() - 1));
                boolean all = connection.getResponseCode() == OK;
                if (!all) {
                    wholeLength(connection, next.begin());
                }
                ByteArrayOutputStream part = new ByteArrayOutputStream();
                try {
                    read(connection, part, all ? wanted.bytes() : next.end() - next.begin());
                } finally {
                    fetched += part.size();
                    damaged += current.assembly.accept(all ? 0 : next.begin(), part.toByteArray());
                }
                if (damaged > DAMAGED_MAX) {
                    unfinished.set(current);
                    return new Fetched.Failed("hash-mismatch", true);
                }
            }
        } catch (StatusException answer) {
            Fetched.Failed failed = answer.failed();
            if (failed.again()) {
                unfinished.set(current);
            }
            return failed;
        } catch (TooLargeException tooLarge) {
            return new Fetched.Failed("too-large", false);
        } catch (IOException interrupted) {
            unfinished.set(current);
            return new Fetched.Failed("io", true);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "artifact.assembled digest=%s bytes=%d fetched=%d reused=%d damaged_chunks=%d"
                        .formatted(wanted.digest(), wanted.bytes(), fetched, current.reused, damaged));
        return new Fetched.Bytes(current.assembly.bytes());
    }

    private HttpsURLConnection open(String path, @Nullable String range) throws IOException {
        HttpsURLConnection connection =
                new HttpsClient(tls.get()).open(controller.resolve("/agent/v1/artifacts/" + path));
        if (range != null) {
            connection.setRequestProperty("Range", range);
        }
        int status = connection.getResponseCode();
        if (status != OK && status != PARTIAL) {
            drain(connection, status);
            throw new StatusException(status);
        }
        return connection;
    }

    private Partial resumed(Digest digest, long bytesMax) {
        Partial before = broken.get();
        boolean fits = before != null && before.digest.equals(digest) && before.bytes.size() < bytesMax;
        // Two threads never go on with the same bytes.
        return fits && broken.compareAndSet(before, null)
                ? Objects.requireNonNull(before)
                : new Partial(digest, new ByteArrayOutputStream());
    }

    /** Length of the whole artifact by a part's {@code Content-Range}. */
    private static long wholeLength(HttpsURLConnection connection, int offset) throws IOException {
        Matcher range = CONTENT_RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
        if (!range.matches() || Long.parseLong(range.group(1)) != offset) {
            throw new IOException("part does not begin at %d".formatted(offset));
        }
        return Long.parseLong(range.group(2));
    }

    private void read(HttpsURLConnection connection, ByteArrayOutputStream into, long bytesMax) throws IOException {
        long announced = connection.getContentLengthLong();
        long start = nanos.getAsLong();
        long got = 0;
        byte[] some = new byte[READ_BYTES];
        try (InputStream in = connection.getInputStream()) {
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                if (into.size() + (long) count > bytesMax) {
                    connection.disconnect();
                    throw new TooLargeException();
                }
                into.write(some, 0, count);
                got += count;
                long millis = (nanos.getAsLong() - start) / 1_000_000;
                if (millis > GRACE_MILLIS && got * 1000 / millis < BYTES_PER_SECOND_MIN) {
                    connection.disconnect();
                    throw new IOException("too slow");
                }
            }
        }
        if (announced >= 0 && got < announced) {
            throw new IOException("body ended after %d of %d bytes".formatted(got, announced));
        }
    }

    private static void drain(HttpsURLConnection connection, int status) throws IOException {
        try (InputStream in = HttpsClient.body(connection, status)) {
            if (in != null) {
                in.readNBytes(READ_BYTES);
            }
        }
    }
}
