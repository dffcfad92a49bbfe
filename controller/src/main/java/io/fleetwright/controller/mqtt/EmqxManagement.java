package io.fleetwright.controller.mqtt;

import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * Puts a node out of an EMQX broker by its management API (version 5): banned first, so that it cannot come back between, then kicked.
 * Another node of that name is let in again.
 */
public final class EmqxManagement {
    private static final Duration LIMIT = Duration.ofSeconds(4);
    private static final int CREATED = 200;
    /** With {@link #BANNED_ALREADY} as its code, or another one where the ban itself is wrong. */
    private static final int BAD_REQUEST = 400;

    private static final String BANNED_ALREADY = "ALREADY_EXISTS";
    private static final int NOT_THERE = 404;
    private static final int ANSWER_BYTES_MAX = 64 * 1024;

    private final URI base;
    private final String authorization;

    /**
     * @param base such as {@code https://emqx.example:18084}
     * @param key name of an API key
     */
    public EmqxManagement(URI base, String key, String secret) {
        this.base = base;
        this.authorization =
                "Basic " + Base64.getEncoder().encodeToString((key + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Bans the node's client id and ends its session. Doing it twice does no harm.
     *
     * @throws IOException when the broker did not do it
     */
    public void putOut(NodeAddress node) throws IOException, InterruptedException {
        String clientId = node.toString();
        byte[] ban = Json.write(
                out -> out.field("as", "clientid").field("who", clientId).field("reason", "revoked"));
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
            HttpResponse<byte[]> banned = answer(
                    client,
                    request("/api/v5/banned")
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofByteArray(ban)));
            boolean stands = banned.statusCode() == CREATED
                    || banned.statusCode() == BAD_REQUEST && BANNED_ALREADY.equals(code(banned.body()));
            if (!stands) {
                throw new IOException("the broker answered %d to the ban of %s".formatted(banned.statusCode(), node));
            }
            int kicked = answer(
                            client,
                            request("/api/v5/clients/" + URLEncoder.encode(clientId, StandardCharsets.UTF_8))
                                    .DELETE())
                    .statusCode();
            if (kicked / 100 != 2 && kicked != NOT_THERE) {
                throw new IOException("the broker answered %d to the kick of %s".formatted(kicked, node));
            }
        }
    }

    /**
     * Lifts the ban of the node's client id, if there is one.
     *
     * @throws IOException when the broker did not do it
     */
    public void letIn(NodeAddress node) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
            int lifted = answer(
                            client,
                            request("/api/v5/banned/clientid/"
                                            + URLEncoder.encode(node.toString(), StandardCharsets.UTF_8))
                                    .DELETE())
                    .statusCode();
            if (lifted / 100 != 2 && lifted != NOT_THERE) {
                throw new IOException("the broker answered %d to the end of the ban of %s".formatted(lifted, node));
            }
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(LIMIT).header("Authorization", authorization);
    }

    private static HttpResponse<byte[]> answer(HttpClient client, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(
                request.build(),
                HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
    }

    /** What kind of error it is; empty when the broker does not say. */
    private static String code(byte[] answer) {
        try {
            return Json.read(answer, ANSWER_BYTES_MAX).text("code");
        } catch (MalformedMessageException other) {
            return "";
        }
    }
}
