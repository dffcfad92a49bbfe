package io.fleetwright.agent.identity;

import io.fleetwright.agent.spool.OutputSink.Put;
import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Puts outputs of work orders to the controller with the node's certificate. For any number of threads; an interrupt ends a try on a
 * virtual thread at once.
 */
public final class HttpsOutputs {
    private static final int ANSWER_BYTES_MAX = 16 * 1024;
    /** Answers below 500 that may be another one next time. */
    private static final Set<Integer> AGAIN = Set.of(408, 425, 429);
    /** Task ids are the controller's; nothing else becomes part of an address. */
    private static final Pattern TASK = Pattern.compile("[a-zA-Z0-9-]{1,64}(\\.[0-9])?");

    private final URI controller;
    private final Supplier<SSLContext> tls;

    /** @param tls the node's own of the moment, see {@link NodeIdentity#tls()} */
    public HttpsOutputs(URI controller, Supplier<SSLContext> tls) {
        this.controller = controller;
        this.tls = tls;
    }

    /** One try; blocks. */
    public Put put(String task, long epoch, byte[] output) {
        if (!TASK.matcher(task).matches()) {
            return Put.REFUSED;
        }
        String path = "/agent/v1/outputs/%s/%d/%s".formatted(task, epoch, Digest.of(output));
        try {
            HttpsURLConnection connection = new HttpsClient(tls.get()).open(controller.resolve(path));
            connection.setRequestMethod("PUT");
            connection.setRequestProperty("Content-Type", "application/octet-stream");
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(output.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(output);
            }
            int status = connection.getResponseCode();
            try (InputStream in = HttpsClient.body(connection, status)) {
                if (in != null) {
                    in.readNBytes(ANSWER_BYTES_MAX);
                }
            }
            boolean stored = status >= 200 && status < 300;
            return stored ? Put.STORED : status >= 500 || AGAIN.contains(status) ? Put.FAILED : Put.REFUSED;
        } catch (IOException interrupted) {
            return Put.FAILED;
        }
    }
}
