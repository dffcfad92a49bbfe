package io.fleetwright.agent.identity;

import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.trust.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.function.LongSupplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Fetches artifacts from the controller with the node's certificate. What a broken try has got is kept in memory, and
 * the next try for the same digest asks for the rest. One thread at a time.
 */
public final class HttpsArtifacts {
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    /** Slower than this on the whole, after the first seconds, is no download but a trap. */
    private static final long BYTES_PER_SECOND_MIN = 1024;

    private static final long GRACE_MILLIS = 20_000;
    private static final int CHUNK_BYTES = 16 * 1024;

    private final URI controller;
    private final HttpsClient client;
    private final LongSupplier nanos;
    private @Nullable Partial partial;

    private record Partial(Digest digest, ByteArrayOutputStream bytes) {}

    /**
     * @param tls the node's own, see {@link NodeIdentity#tls()}
     * @param nanos a clock that never goes back
     */
    public HttpsArtifacts(URI controller, SSLContext tls, LongSupplier nanos) {
        this.controller = controller;
        this.client = new HttpsClient(tls);
        this.nanos = nanos;
    }

    /** One try; blocks. */
    public Fetched fetch(Digest digest, long bytesMax) {
        Partial before = partial;
        Partial current = before != null && before.digest.equals(digest) && before.bytes.size() < bytesMax
                ? before
                : new Partial(digest, new ByteArrayOutputStream());
        partial = current;
        try {
            HttpsURLConnection connection = client.open(controller.resolve("/agent/v1/artifacts/" + digest.value()));
            int offset = current.bytes.size();
            if (offset > 0) {
                connection.setRequestProperty("Range", "bytes=%d-".formatted(offset));
            }
            int status = connection.getResponseCode();
            if (status != OK && status != PARTIAL) {
                drain(connection, status);
                partial = null;
                return new Fetched.Failed(
                        "http-" + status, status >= 500 || status == 408 || status == 416 || status == 429);
            }
            if (status == OK && offset > 0) {
                current.bytes.reset();
            }
            boolean whole = read(connection, current.bytes, bytesMax);
            partial = null;
            return whole ? new Fetched.Bytes(current.bytes.toByteArray()) : new Fetched.Failed("too-large", false);
        } catch (IOException broken) {
            return new Fetched.Failed("io", true);
        }
    }

    /** False when the body is longer than allowed. */
    private boolean read(HttpsURLConnection connection, ByteArrayOutputStream into, long bytesMax) throws IOException {
        long start = nanos.getAsLong();
        long got = 0;
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = connection.getInputStream()) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (into.size() + (long) count > bytesMax) {
                    return false;
                }
                into.write(chunk, 0, count);
                got += count;
                long millis = (nanos.getAsLong() - start) / 1_000_000;
                if (millis > GRACE_MILLIS && got * 1000 / millis < BYTES_PER_SECOND_MIN) {
                    throw new IOException("too slow");
                }
            }
        } finally {
            connection.disconnect();
        }
        long announced = connection.getContentLengthLong();
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
