package io.fleetwright.tests.integration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The REST API as a caller with one token sees it. */
public final class Api {
    public static final ObjectMapper JSON = new ObjectMapper();

    private static final String JSON_BYTES = "Inference-Header-Content-Length";
    /** For what is asked together with much else: longer than any deadline in such a question. */
    private static final Duration BEGUN_MAX = Duration.ofMinutes(5);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final String base;
    private final @Nullable String token;

    public Api(String base, @Nullable String token) {
        this.base = base;
        this.token = token;
    }

    /** An answer. */
    public record Answer(int status, JsonNode body) {
        public Answer expect(int wanted) {
            if (status != wanted) {
                throw new AssertionError("status %d, expected %d: %s".formatted(status, wanted, body));
            }
            return this;
        }
    }

    /** The same caller at another address. */
    public Api at(String otherBase) {
        return new Api(otherBase, token);
    }

    public Api as(@Nullable String otherToken) {
        return new Api(base, otherToken);
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send("GET", path, null, "application/json");
    }

    /** The bytes of an address, or the range of them that the header asks for. */
    public byte[] bytes(String path, @Nullable String range) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
        if (range != null) {
            request.header("Range", range);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != (range == null ? 200 : 206)) {
            throw new AssertionError("status %d of %s".formatted(response.statusCode(), path));
        }
        return response.body();
    }

    /** An answer whose body comes only as fast as it is read; a GET without {@code json}. */
    public CompletableFuture<HttpResponse<InputStream>> begin(String path, @Nullable String json) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(BEGUN_MAX);
        if (json != null) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json));
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    public Answer post(String path, String json) throws IOException, InterruptedException {
        return send("POST", path, json.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    /** The same as {@link #post}, under an idempotency key. */
    public Answer keyed(String key, String path, String json) throws IOException, InterruptedException {
        return send("POST", path, json.getBytes(StandardCharsets.UTF_8), "application/json", key);
    }

    /** An answer whose first bytes are JSON, and what follows them. */
    public record Mixed(int status, JsonNode json, byte[] behind) {}

    /** Asks with JSON and bytes behind it, by the binary tensor data extension of the inference protocol. */
    public Mixed mixed(String path, String json, byte[] behind) throws IOException, InterruptedException {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        byte[] body = Arrays.copyOf(head, head.length + behind.length);
        System.arraycopy(behind, 0, body, head.length, behind.length);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(60))
                .header(JSON_BYTES, Integer.toString(head.length))
                .header("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        byte[] all = response.body();
        int length =
                Math.toIntExact(response.headers().firstValueAsLong(JSON_BYTES).orElse(all.length));
        return new Mixed(
                response.statusCode(),
                JSON.readTree(Arrays.copyOf(all, length)),
                Arrays.copyOfRange(all, length, all.length));
    }

    /** An answer with some of its headers; absent ones are empty. */
    public record Headed(int status, JsonNode body, String tag, String location, String applied) {}

    /** A request with JSON, or without a body, and with headers: names and values in turn. */
    public Headed headed(String method, String path, @Nullable String json, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder()
                .method(
                        method,
                        json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json));
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        return headed(path, request, headers);
    }

    /** Puts bytes, with headers: names and values in turn. */
    public Headed bytesPut(String path, byte[] bytes, String... headers) throws IOException, InterruptedException {
        return headed(
                path,
                HttpRequest.newBuilder()
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                        .header("Content-Type", "application/octet-stream"),
                headers);
    }

    private Headed headed(String path, HttpRequest.Builder request, String... headers)
            throws IOException, InterruptedException {
        request.uri(URI.create(base + path)).timeout(Duration.ofSeconds(60));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        String type = response.headers().firstValue("Content-Type").orElse("");
        return new Headed(
                response.statusCode(),
                type.contains("json") && response.body().length > 0
                        ? JSON.readTree(response.body())
                        : JSON.createObjectNode(),
                response.headers().firstValue("ETag").orElse(""),
                response.headers().firstValue("Location").orElse(""),
                response.headers().firstValue("Preference-Applied").orElse(""));
    }

    public Answer put(String path, byte[] bytes) throws IOException, InterruptedException {
        return send("PUT", path, bytes, "application/octet-stream");
    }

    public Answer send(String method, String path, byte @Nullable [] body, String type)
            throws IOException, InterruptedException {
        return send(method, path, body, type, null);
    }

    /**
     * The same for a body that may be refused unread: it is sent only if the server asks for it. Who sends at once may find the
     * connection closed before the answer is read.
     */
    public Answer announce(String method, String path, byte[] body, String type)
            throws IOException, InterruptedException {
        return send(method, path, body, type, null, true);
    }

    private Answer send(
            String method, String path, byte @Nullable [] body, String type, @Nullable String idempotencyKey)
            throws IOException, InterruptedException {
        return send(method, path, body, type, idempotencyKey, false);
    }

    private Answer send(
            String method,
            String path,
            byte @Nullable [] body,
            String type,
            @Nullable String idempotencyKey,
            boolean waits)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(60))
                .expectContinue(waits)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (body != null) {
            request.header("Content-Type", type);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (idempotencyKey != null) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        String answerType = response.headers().firstValue("Content-Type").orElse("");
        return new Answer(
                response.statusCode(),
                answerType.contains("json") && response.body().length > 0
                        ? JSON.readTree(response.body())
                        : JSON.createObjectNode());
    }
}
