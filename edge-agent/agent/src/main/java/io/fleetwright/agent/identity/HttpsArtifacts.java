package io.fleetwright.agent.identity;

import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.trust.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
    /** Slower than this on the whole, after the first seconds, is no download but a trap. */
    private static final long BYTES_PER_SECOND_MIN = 1024;

    private static final long GRACE_MILLIS = 20_000;
    private static final int CHUNK_BYTES = 16 * 1024;
    /** Answers below 500 that may be another one next time. */
    private static final Set<Integer> AGAIN = Set.of(408, 416, 425, 429);

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})");

    private final URI controller;
    private final Supplier<SSLContext> tls;
    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Partial> broken = new AtomicReference<>();

    private record Partial(Digest digest, ByteArrayOutputStream bytes) {}

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
                HttpsURLConnection connection =
                        new HttpsClient(tls.get()).open(controller.resolve("/agent/v1/artifacts/" + digest.value()));
                int offset = current.bytes.size();
                if (offset > 0) {
                    connection.setRequestProperty("Range", "bytes=%d-".formatted(offset));
                }
                int status = connection.getResponseCode();
                if (status != OK && status != PARTIAL) {
                    drain(connection, status);
                    return new Fetched.Failed("http-" + status, status >= 500 || AGAIN.contains(status));
                }
                if (status == OK) {
                    current.bytes.reset();
                }
                long whole = status == OK ? -1 : wholeLength(connection, current.bytes.size());
                if (!read(connection, current.bytes, bytesMax)) {
                    return new Fetched.Failed("too-large", false);
                }
                if (whole < 0 || current.bytes.size() >= whole) {
                    return new Fetched.Bytes(current.bytes.toByteArray());
                }
                if (current.bytes.size() == offset) {
                    throw new IOException("empty part");
                }
            }
        } catch (IOException interrupted) {
            broken.set(current);
            return new Fetched.Failed("io", true);
        }
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
        var range = CONTENT_RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
        if (!range.matches() || Long.parseLong(range.group(1)) != offset) {
            throw new IOException("part does not begin at %d".formatted(offset));
        }
        return Long.parseLong(range.group(2));
    }

    /** False when the body is longer than allowed. */
    private boolean read(HttpsURLConnection connection, ByteArrayOutputStream into, long bytesMax) throws IOException {
        long announced = connection.getContentLengthLong();
        long start = nanos.getAsLong();
        long got = 0;
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = connection.getInputStream()) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (into.size() + (long) count > bytesMax) {
                    connection.disconnect();
                    return false;
                }
                into.write(chunk, 0, count);
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
        return true;
    }

    private static void drain(HttpsURLConnection connection, int status) throws IOException {
        try (InputStream in = HttpsClient.body(connection, status)) {
            if (in != null) {
                in.readNBytes(CHUNK_BYTES);
            }
        }
    }
}
