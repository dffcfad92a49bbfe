package io.fleetwright.tests.browser;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fleetwright.tests.integration.Api;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * An OpenID provider on loopback with one client: a page on which one chooses who one is, and behind it the code flow with PKCE
 * (OpenID Connect Core 1.0, section 3.1; RFC 7636). Each request that breaks the protocol is refused.
 */
final class SignInPage implements AutoCloseable {
    static final String CLIENT = "fleetwright";
    static final String SECRET = "a-secret-of-more-than-32-characters-for-the-test";

    private final HttpServer server;
    private final KeyPair key;
    private final Map<String, Visit> visits = new ConcurrentHashMap<>();

    private record Visit(String user, String challenge, String nonce, String redirect) {}

    SignInPage() throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        key = generator.generateKeyPair();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/.well-known/openid-configuration", exchange -> json(exchange, 200, configuration()));
        server.createContext("/keys", exchange -> json(exchange, 200, keys()));
        server.createContext("/authorize", this::authorize);
        server.createContext("/choose", this::choose);
        server.createContext("/token", this::token);
        server.start();
    }

    String issuer() {
        return "http://127.0.0.1:%d".formatted(server.getAddress().getPort());
    }

    /** Settings of a controller that sends people here. */
    Map<String, String> settings() {
        return Map.of(
                "FLEETWRIGHT_OIDC_PEOPLE_ISSUER",
                issuer(),
                "FLEETWRIGHT_OIDC_PEOPLE_AUDIENCE",
                CLIENT,
                "FLEETWRIGHT_OIDC_PEOPLE_KEYS",
                issuer() + "/keys",
                "FLEETWRIGHT_OIDC_PEOPLE_CLIENT_SECRET",
                SECRET);
    }

    private String configuration() {
        ObjectNode node = Api.JSON.createObjectNode();
        node.put("issuer", issuer());
        node.put("authorization_endpoint", issuer() + "/authorize");
        node.put("token_endpoint", issuer() + "/token");
        node.put("jwks_uri", issuer() + "/keys");
        node.putArray("response_types_supported").add("code");
        node.putArray("subject_types_supported").add("public");
        node.putArray("id_token_signing_alg_values_supported").add("RS256");
        return node.toString();
    }

    private String keys() {
        RSAPublicKey known = (RSAPublicKey) key.getPublic();
        ObjectNode node = Api.JSON.createObjectNode();
        node.putArray("keys")
                .addObject()
                .put("kty", "RSA")
                .put("use", "sig")
                .put("alg", "RS256")
                .put("kid", "k1")
                .put("n", base64(unsigned(known.getModulus())))
                .put("e", base64(unsigned(known.getPublicExponent())));
        return node.toString();
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> asked = form(exchange.getRequestURI().getRawQuery());
        if (!CLIENT.equals(asked.get("client_id"))
                || !"code".equals(asked.get("response_type"))
                || !"S256".equals(asked.get("code_challenge_method"))
                || !asked.keySet().containsAll(List.of("state", "nonce", "code_challenge", "redirect_uri"))) {
            json(exchange, 400, "{\"error\":\"invalid_request\"}");
            return;
        }
        String page = "<title>Who are you?</title>"
                + List.of("operator", "guest").stream()
                        .map(user -> "<p><a href=\"/choose?user=%s&amp;%s\">%s</a></p>"
                                .formatted(
                                        user,
                                        exchange.getRequestURI().getRawQuery().replace("&", "&amp;"),
                                        user))
                        .collect(Collectors.joining());
        exchange.getResponseHeaders().add("Content-Type", "text/html");
        send(exchange, 200, page);
    }

    private void choose(HttpExchange exchange) throws IOException {
        Map<String, String> asked = form(exchange.getRequestURI().getRawQuery());
        String code = UUID.randomUUID().toString();
        visits.put(
                code,
                new Visit(
                        asked.getOrDefault("user", ""),
                        asked.getOrDefault("code_challenge", ""),
                        asked.getOrDefault("nonce", ""),
                        asked.getOrDefault("redirect_uri", "")));
        exchange.getResponseHeaders()
                .add(
                        "Location",
                        "%s?code=%s&state=%s"
                                .formatted(
                                        asked.get("redirect_uri"),
                                        code,
                                        URLEncoder.encode(asked.getOrDefault("state", ""), StandardCharsets.UTF_8)));
        send(exchange, 302, "");
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> asked = form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        // A code is good once.
        Visit visit = visits.remove(asked.getOrDefault("code", ""));
        String basic =
                "Basic " + Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(StandardCharsets.UTF_8));
        boolean known = basic.equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (visit == null
                || !known
                || !visit.redirect.equals(asked.get("redirect_uri"))
                || !visit.challenge.equals(base64(sha256(asked.getOrDefault("code_verifier", ""))))) {
            json(exchange, 400, "{\"error\":\"invalid_grant\"}");
            return;
        }
        ObjectNode answer = Api.JSON.createObjectNode();
        answer.put("access_token", UUID.randomUUID().toString());
        answer.put("token_type", "Bearer");
        answer.put("expires_in", 300);
        answer.put("id_token", idToken(visit));
        json(exchange, 200, answer.toString());
    }

    private String idToken(Visit visit) {
        long now = Instant.now().getEpochSecond();
        ObjectNode claims = Api.JSON.createObjectNode();
        claims.put("iss", issuer());
        claims.put("aud", CLIENT);
        claims.put("sub", visit.user);
        claims.put("preferred_username", visit.user + " at work");
        claims.put("nonce", visit.nonce);
        claims.put("iat", now);
        claims.put("exp", now + 300);
        if (visit.user.equals("operator")) {
            claims.putArray("roles").add("operator");
        }
        String signed = base64("{\"alg\":\"RS256\",\"kid\":\"k1\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.toString().getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.UTF_8));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] unsigned(BigInteger value) {
        byte[] bytes = value.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Map<String, String> form(String text) {
        return Arrays.stream(text.split("&"))
                .map(pair -> pair.split("=", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(
                        pair -> pair[0],
                        pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                        (first, _) -> first));
    }

    private static void json(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        send(exchange, status, body);
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
