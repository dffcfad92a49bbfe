package io.fleetwright.controller.oidc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.lang.JoseException;

/**
 * Public keys of one issuer (RFC 7517), fetched from an address that the operator configured and kept for ten minutes. A key id that
 * is not among them has them fetched again, at most twice a minute, so that made-up ids cost the issuer nothing.
 */
final class IssuerKeys {
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofSeconds(30);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int BYTES_MAX = 256 * 1024;
    private static final int KEYS_MAX = 100;

    private final URI address;
    private final InstantSource clock;
    private List<JsonWebKey> keys = List.of();
    private long fetchedAtMillis = Long.MIN_VALUE / 2;
    private long triedAtMillis = Long.MIN_VALUE / 2;

    /**
     * @param address https, or http on this machine
     * @throws IllegalArgumentException when it is neither
     */
    IssuerKeys(URI address, InstantSource clock) {
        if (!"https".equals(address.getScheme()) && !("http".equals(address.getScheme()) && isLoopback(address))) {
            throw new IllegalArgumentException("keys address (%s) must be https".formatted(address));
        }
        this.address = address;
        this.clock = clock;
    }

    private static boolean isLoopback(URI address) {
        String host = address.getHost();
        return host != null
                && (host.equals("localhost")
                        || host.matches("[0-9.]+|\\[.*]")
                                && InetAddress.ofLiteral(host).isLoopbackAddress());
    }

    /**
     * The keys, fetched anew when they are old or {@code id} is not among them.
     *
     * @throws IdTokenException when there are none to be had
     */
    synchronized List<JsonWebKey> with(String id) throws IdTokenException {
        long now = clock.millis();
        boolean old = now - fetchedAtMillis > KEPT.toMillis();
        boolean unknown = keys.stream().noneMatch(key -> id.equals(key.getKeyId()));
        if ((old || unknown) && now - triedAtMillis > PAUSE.toMillis()) {
            triedAtMillis = now;
            try {
                keys = fetch();
                fetchedAtMillis = now;
            } catch (IOException | JoseException failure) {
                throw new IdTokenException("the issuer's keys at %s cannot be read".formatted(address), failure);
            } catch (InterruptedException ending) {
                Thread.currentThread().interrupt();
                throw new IdTokenException("interrupted", ending);
            }
        }
        if (now - fetchedAtMillis > KEPT.toMillis()) {
            throw new IdTokenException("the issuer's keys at %s could not be read lately".formatted(address));
        }
        return keys;
    }

    private List<JsonWebKey> fetch() throws IOException, JoseException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build()) {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(address)
                            .timeout(LIMIT)
                            .header("Accept", "application/json")
                            .build(),
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), BYTES_MAX));
            if (answer.statusCode() != 200) {
                throw new IOException("status %d".formatted(answer.statusCode()));
            }
            List<JsonWebKey> found =
                    new JsonWebKeySet(new String(answer.body(), StandardCharsets.UTF_8)).getJsonWebKeys();
            if (found.size() > KEYS_MAX) {
                throw new IOException("%d keys, at most %d".formatted(found.size(), KEYS_MAX));
            }
            return List.copyOf(found);
        }
    }
}
