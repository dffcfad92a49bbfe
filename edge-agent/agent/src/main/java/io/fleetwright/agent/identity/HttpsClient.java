package io.fleetwright.agent.identity;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Small HTTPS requests with bounds on time and size; no redirects, host names checked. */
final class HttpsClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final SSLContext tls;

    HttpsClient(SSLContext tls) {
        this.tls = tls;
    }

    record Answer(int status, byte[] body) {}

    Answer post(URI uri, String type, byte[] body, int answerBytesMax) throws IOException {
        HttpsURLConnection connection = open(uri);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", type);
        connection.setRequestProperty("Accept", "application/json, application/problem+json");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        int status = connection.getResponseCode();
        try (InputStream in = body(connection, status)) {
            byte[] answer = in == null ? new byte[0] : in.readNBytes(answerBytesMax + 1);
            if (answer.length > answerBytesMax) {
                throw new IOException("answer of more than %d bytes".formatted(answerBytesMax));
            }
            return new Answer(status, answer);
        }
    }

    HttpsURLConnection open(URI uri) throws IOException {
        if (!(uri.toURL().openConnection() instanceof HttpsURLConnection connection)) {
            throw new IOException("%s is not an https address".formatted(uri));
        }
        connection.setSSLSocketFactory(tls.getSocketFactory());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout((int) TIMEOUT.toMillis());
        connection.setReadTimeout((int) TIMEOUT.toMillis());
        return connection;
    }

    static @Nullable InputStream body(HttpsURLConnection connection, int status) throws IOException {
        return status >= 400 ? connection.getErrorStream() : connection.getInputStream();
    }
}
