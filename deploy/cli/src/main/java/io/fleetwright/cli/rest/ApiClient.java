package io.fleetwright.cli.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One controller's HTTP API as JSON trees, with a limit on every wait and every answer. */
public final class ApiClient implements AutoCloseable {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    private static final int ANSWER_BYTES_MAX = 64 << 20;
    private static final int ITEMS_MAX = 100_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final URI base;
    private final @Nullable String token;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT_LIMIT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /**
     * @param url such as {@code http://127.0.0.1:8080}
     * @param token API token, or null for the few addresses that need none
     * @throws IllegalArgumentException if the address is none
     */
    public ApiClient(String url, @Nullable String token) {
        URI parsed = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
        if (parsed.getHost() == null || !("http".equals(parsed.getScheme()) || "https".equals(parsed.getScheme()))) {
            throw new IllegalArgumentException("url (%s) must look like http://host:port".formatted(url));
        }
        this.base = parsed;
        this.token = token;
    }

    /** Where this client points. */
    public URI base() {
        return base;
    }

    public JsonNode get(String path) throws ApiException, InterruptedException {
        return send("GET", path, BodyPublishers.noBody(), "application/json");
    }

    /**
     * What is waited for, looked at once more. A controller that is started anew meanwhile is no reason to give up: nothing has changed
     * then as far as anybody knows.
     *
     * @param before as it was when it was last seen
     */
    public JsonNode again(String path, JsonNode before) throws ApiException, InterruptedException {
        try {
            return get(path);
        } catch (ApiException refused) {
            if (refused.isPassing()) {
                return before;
            }
            throw refused;
        }
    }

    public JsonNode post(String path, JsonNode body) throws ApiException, InterruptedException {
        return send("POST", path, BodyPublishers.ofString(body.toString()), "application/json");
    }

    public JsonNode put(String path, byte[] body) throws ApiException, InterruptedException {
        return send("PUT", path, BodyPublishers.ofByteArray(body), "application/octet-stream");
    }

    public JsonNode post(String path, byte[] body, String contentType) throws ApiException, InterruptedException {
        return send("POST", path, BodyPublishers.ofByteArray(body), contentType);
    }

    /** A JSON document in place of the one at the address. */
    public JsonNode put(String path, JsonNode body) throws ApiException, InterruptedException {
        return send("PUT", path, BodyPublishers.ofString(body.toString()), "application/json");
    }

    public JsonNode patch(String path, JsonNode body) throws ApiException, InterruptedException {
        return send("PATCH", path, BodyPublishers.ofString(body.toString()), "application/json");
    }

    public JsonNode delete(String path) throws ApiException, InterruptedException {
        return send("DELETE", path, BodyPublishers.noBody(), "application/json");
    }

    /** Every item of a list, page after page. */
    public ArrayNode all(String path) throws ApiException, InterruptedException {
        return all(path, null);
    }

    /**
     * Every item of a list that fits.
     *
     * @param q RSQL; absent means all
     */
    public ArrayNode all(String path, @Nullable String q) throws ApiException, InterruptedException {
        String first = path + "?limit=200" + (q == null ? "" : "&q=" + segment(q));
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        String cursor = "";
        do {
            JsonNode page = get(first + (cursor.isEmpty() ? "" : "&cursor=" + segment(cursor)));
            page.path("items").forEach(items::add);
            cursor = page.path("next").asText("");
        } while (!cursor.isEmpty() && !cursor.equals("null") && items.size() < ITEMS_MAX);
        return items;
    }

    /** A name as one segment of a path. */
    public static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The bytes at an address. */
    public byte[] download(String path) throws ApiException, InterruptedException {
        return exchange("GET", path, BodyPublishers.noBody(), "application/octet-stream")
                .body();
    }

    /**
     * Follows a stream of server-sent events until one of a name has come.
     *
     * @return false when the stream ended without it, or the limit has passed: the caller looks for itself
     */
    public boolean await(String path, String event, Duration limit) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWER_LIMIT)
                .header("Accept", "text/event-stream, application/problem+json");
        String bearer = token;
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        CompletableFuture<Boolean> seen = new CompletableFuture<>();
        CompletableFuture<HttpResponse<Void>> stream = http.sendAsync(
                request.build(),
                HttpResponse.BodyHandlers.limiting(
                        HttpResponse.BodyHandlers.fromLineSubscriber(new Lines("event:" + event, seen)),
                        ANSWER_BYTES_MAX));
        var _ = stream.whenComplete((_, _) -> seen.complete(false));
        try {
            return seen.get(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a wait never ends in an error", impossible);
        } finally {
            stream.cancel(true);
        }
    }

    /** Waits for one line. */
    private static final class Lines implements Flow.Subscriber<String> {
        private final String wanted;
        private final CompletableFuture<Boolean> seen;

        Lines(String wanted, CompletableFuture<Boolean> seen) {
            this.wanted = wanted;
            this.seen = seen;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (line.replace(": ", ":").equals(wanted)) {
                seen.complete(true);
            }
        }

        @Override
        public void onError(Throwable failure) {
            seen.complete(false);
        }

        @Override
        public void onComplete() {
            seen.complete(false);
        }
    }

    private JsonNode send(String method, String path, BodyPublisher body, String contentType)
            throws ApiException, InterruptedException {
        HttpResponse<byte[]> response = exchange(method, path, body, contentType);
        JsonNode answer = parse(response.body());
        if (answer == null) {
            throw new ApiException(response.statusCode(), "%s answers something else than JSON".formatted(base), null);
        }
        return answer;
    }

    /** One request and its answer, which is no refusal. */
    private HttpResponse<byte[]> exchange(String method, String path, BodyPublisher body, String contentType)
            throws ApiException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWER_LIMIT)
                .header(
                        "Accept",
                        method.equals("GET") ? contentType + ", application/problem+json" : "application/json")
                .method(method, body);
        if (!method.equals("GET")) {
            request.header("Content-Type", contentType);
        }
        String bearer = token;
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        HttpResponse<byte[]> response;
        try {
            response = http.send(
                    request.build(),
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        } catch (IOException unreachable) {
            String why = unreachable.getMessage();
            throw new ApiException(
                    ApiException.NO_ANSWER,
                    "%s does not answer%s".formatted(base, why == null || why.isBlank() ? "" : ": " + why),
                    unreachable);
        }
        if (response.statusCode() >= 300) {
            throw new ApiException(
                    response.statusCode(), refusal(method, path, response.statusCode(), parse(response.body())), null);
        }
        return response;
    }

    private static @Nullable JsonNode parse(byte[] bytes) {
        try {
            return bytes.length == 0 ? MissingNode.getInstance() : MAPPER.readTree(bytes);
        } catch (JsonProcessingException notJson) {
            return null;
        } catch (IOException impossible) {
            throw new IllegalStateException("reading from memory failed", impossible);
        }
    }

    private static String refusal(String method, String path, int status, @Nullable JsonNode answer) {
        String detail = answer == null ? "" : answer.path("detail").asText("");
        return detail.isBlank()
                ? "%s %s was refused with status %d".formatted(method, path, status)
                : "%s (status %d)".formatted(detail, status);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
