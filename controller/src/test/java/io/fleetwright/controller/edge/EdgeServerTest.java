package io.fleetwright.controller.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.controller.identity.Enrolment;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.controller.identity.Requests;
import io.fleetwright.controller.identity.Revocations;
import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.OutputRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.mqtt.Clients;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ChunkMap;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EdgeServerTest {
    private static final int ARTIFACT_BYTES = 5 * 1024 * 1024;

    @TempDir
    private static Path folder;

    private static Keys keys;
    private static Vertx vertx;
    private static EdgeServer server;
    private static int port;

    private static final TestFleet FLEET = new TestFleet();
    private static final Tokens TOKENS = new Tokens();
    private static final Revocations REVOCATIONS = new Revocations();
    private static final Set<String> ENROLLED = ConcurrentHashMap.newKeySet();
    private static TestBoard board;
    private static byte[] artifact = new byte[ARTIFACT_BYTES];
    private static String digest;

    @BeforeAll
    static void start() throws Exception {
        keys = Keys.open(folder, List.of("localhost", "127.0.0.1"), Instant.now());
        port = Ports.free();
        vertx = Vertx.vertx();
        server = new EdgeServer(
                vertx,
                FLEET.core(),
                keys,
                new Enrolment(TOKENS, TestFleet.SETTINGS, Duration.ofDays(1)),
                REVOCATIONS,
                node -> ENROLLED.add(node.toString()),
                "broker.example",
                8883);
        server.start("127.0.0.1", port);
        board = FLEET.board("n1");
        FLEET.board("n2");
        new SplittableRandom(1).nextBytes(artifact);
        digest = FLEET.core().run(scope -> {
            String value = Artifacts.of(scope).put(artifact).value();
            SlotRow slot = new SlotRow();
            slot.id = board.address + "/cpu0/glyphs";
            slot.nodeId = board.address.toString();
            slot.desiredDigest = value;
            scope.tx().insert(slot);
            return value;
        });
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, java.util.concurrent.TimeUnit.SECONDS);
    }

    private static HttpResponse<byte[]> send(SSLContext tls, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:%d%s".formatted(port, path)))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(java.time.Duration.ofSeconds(20));
    }

    private static HttpResponse<byte[]> enrol(byte[] body) throws Exception {
        return send(Clients.nobody(keys), to("/agent/v1/enrol").POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private static byte[] enrolBody(String token, String csr, String wish) {
        return Json.write(out -> out.field("token", token).field("csr", csr).field("node", wish));
    }

    private static String token() {
        return FLEET.core()
                .run(scope -> TOKENS.makeEnrolment(
                        scope.tx(),
                        TestFleet.TENANT,
                        "ann",
                        keys.authority().pin(),
                        new Tokens.Admission(5, 10, Labels.NONE),
                        scope.nowMillis()))
                .text();
    }

    private static HttpResponse<byte[]> fetch(SSLContext tls, String wanted, String... headers) throws Exception {
        HttpRequest.Builder request = to("/agent/v1/artifacts/" + wanted);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(tls, request);
    }

    @Test
    void aTokenAndARequestBecomeANodeWithItsCertificate() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        String csr = Requests.pem(pair, pair, "CN=whoever");
        String token = token();
        HttpResponse<byte[]> answer = enrol(enrolBody(token, csr, "fresh"));
        assertThat(answer.statusCode()).isEqualTo(200);
        Json.Node body = Json.read(answer.body(), 16 * 1024);
        assertThat(body.text("tenant")).isEqualTo(TestFleet.TENANT);
        assertThat(body.text("node")).isEqualTo("fresh");
        assertThat(ENROLLED).contains(TestFleet.TENANT + "/fresh");
        assertThat(body.text("mqttHost")).isEqualTo("broker.example");
        assertThat(body.number("mqttPort", 1, 65535)).isEqualTo(8883);
        assertThat(Base64.getDecoder().decode(body.longText("root", 20_000)))
                .isEqualTo(keys.release().newestRoot());
        X509Certificate certificate = certificate(body.longText("certificate", 8000));
        assertThat(certificate.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(CertificateAuthority.nodeOf(certificate)).contains(new NodeAddress(TestFleet.TENANT, "fresh"));
        assertThat(certificate(body.longText("ca", 8000)))
                .isEqualTo(keys.authority().certificate());

        HttpResponse<byte[]> again = enrol(enrolBody(token, csr, "other-wish"));
        assertThat(Json.read(again.body(), 16 * 1024).text("node")).isEqualTo("fresh");
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void refusedEnrolmentsSayWhyAndLeaveNothing() throws Exception {
        int before = FLEET.all(NodeRow.class).size();
        KeyPair pair = Requests.key("secp256r1");
        String csr = Requests.pem(pair, pair, "CN=x");
        assertThat(enrol(enrolBody("fwe1.AAAA.BBBB", csr, "pi")).statusCode()).isEqualTo(404);
        assertThat(enrol(enrolBody(token(), "no request", "pi")).statusCode()).isEqualTo(422);
        assertThat(enrol(enrolBody(token(), csr, "NOT A NAME")).statusCode()).isEqualTo(422);
        assertThat(enrol(new byte[0]).statusCode()).isEqualTo(422);
        HttpResponse<byte[]> wrong = enrol("{\"token\":1}".getBytes(StandardCharsets.UTF_8));
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(FLEET.all(NodeRow.class)).hasSize(before);
    }

    @Test
    void aBodyBeyondTheBoundIsRefused() throws Exception {
        assertThat(enrol(new byte[16 * 1024 + 1]).statusCode()).isEqualTo(413);
        assertThat(enrol(new byte[300_000]).statusCode()).isEqualTo(413);
    }

    @Test
    void anArtifactIsThereOnlyForTheNodeThatShallRunIt() throws Exception {
        SSLContext own = Clients.node(keys, board.address);
        assertThat(fetch(Clients.nobody(keys), digest).statusCode()).isEqualTo(404);
        assertThat(fetch(Clients.node(keys, new NodeAddress(TestFleet.TENANT, "n2")), digest)
                        .statusCode())
                .isEqualTo(404);
        assertThat(fetch(Clients.node(keys, new NodeAddress("other", "n1")), digest)
                        .statusCode())
                .isEqualTo(404);
        assertThat(fetch(Clients.controller(keys), digest).statusCode()).isEqualTo(404);
        assertThat(fetch(own, TestFleet.digest("something else")).statusCode()).isEqualTo(404);
        assertThat(fetch(own, "../../etc/passwd").statusCode()).isIn(404, 422);
        assertThat(fetch(own, digest, "Range", "bytes=0-9").statusCode()).isEqualTo(206);
    }

    @Test
    void rangesTogetherAreTheArtifactAndNoAnswerIsLargerThanItsBound() throws Exception {
        SSLContext own = Clients.node(keys, board.address);
        HttpResponse<byte[]> first = fetch(own, digest);
        assertThat(first.statusCode()).isEqualTo(206);
        assertThat(first.body()).isEqualTo(Arrays.copyOf(artifact, 4 * 1024 * 1024));
        assertThat(first.headers().firstValue("Content-Range"))
                .contains("bytes 0-%d/%d".formatted(4 * 1024 * 1024 - 1, ARTIFACT_BYTES));
        HttpResponse<byte[]> rest = fetch(own, digest, "Range", "bytes=%d-".formatted(first.body().length));
        assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(artifact, first.body().length, ARTIFACT_BYTES));
        // Across the edge of a stored piece.
        HttpResponse<byte[]> edge = fetch(own, digest, "Range", "bytes=262143-262145");
        assertThat(edge.body()).isEqualTo(Arrays.copyOfRange(artifact, 262_143, 262_146));
        HttpResponse<byte[]> last = fetch(own, digest, "Range", "bytes=%d-999999999".formatted(ARTIFACT_BYTES - 1));
        assertThat(last.body()).containsExactly(artifact[ARTIFACT_BYTES - 1]);
        for (String wrong : List.of("bytes=5-2", "bytes=-5", "bytes=a-b", "items=0-1", "bytes=0-1,3-4")) {
            assertThat(fetch(own, digest, "Range", wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(422);
        }
        assertThat(fetch(own, digest, "Range", "bytes=%d-".formatted(ARTIFACT_BYTES))
                        .statusCode())
                .isIn(416, 422);
    }

    @Test
    void aNodeThatReadsNothingHoldsFewAnswersAndFreesThemWithItsConnections() throws Exception {
        SSLContext own = Clients.node(keys, board.address);
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < EdgeServer.GETS_OF_NODE_MAX; i++) {
                Socket socket = own.getSocketFactory().createSocket("127.0.0.1", port);
                open.add(socket);
                socket.setReceiveBufferSize(4096);
                socket.getOutputStream()
                        .write("GET /agent/v1/artifacts/%s HTTP/1.1\r\nHost: x\r\n\r\n"
                                .formatted(digest)
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            HttpResponse<byte[]> refused = fetch(own, digest, "Range", "bytes=0-9");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(fetch(Clients.node(keys, new NodeAddress(TestFleet.TENANT, "n2")), digest)
                            .statusCode())
                    .as("another node has places of its own")
                    .isEqualTo(404);
        } finally {
            for (Socket one : open) {
                one.close();
            }
        }
        Await.until(
                "the places are free",
                Duration.ofSeconds(10),
                () -> fetch(own, digest, "Range", "bytes=0-9").statusCode() == 206);
    }

    @Test
    void itsChunksAreThereForWhoMayFetchIt() throws Exception {
        SSLContext own = Clients.node(keys, board.address);
        HttpResponse<byte[]> map = fetch(own, digest + "/chunks");
        assertThat(map.statusCode()).isEqualTo(200);
        assertThat(ChunkMap.decode(map.body())).isEqualTo(ChunkMap.of(artifact));
        assertThat(fetch(Clients.node(keys, new NodeAddress(TestFleet.TENANT, "n2")), digest + "/chunks")
                        .statusCode())
                .isEqualTo(404);
        assertThat(fetch(own, TestFleet.digest("something else") + "/chunks").statusCode())
                .isEqualTo(404);
    }

    private static HttpResponse<byte[]> put(SSLContext tls, String path, byte[] body) throws Exception {
        return send(tls, to("/agent/v1/outputs/" + path).PUT(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private static String path(Work work, byte[] output) {
        return "%s/%d/%s".formatted(work.task(), work.epoch(), Digest.of(output));
    }

    private static byte[] output(int bytes) {
        byte[] output = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(output);
        return output;
    }

    /** A job that runs on a board of its own. */
    private static TestBoard running(String node, String model) {
        String variant = FLEET.publish(model, "1.0.0");
        TestBoard made = FLEET.board(node);
        made.report(TestBoard.active(model, variant));
        assertThat(FLEET.job(FLEET.submit(model).id).state).isEqualTo(Jobs.RUNNING);
        return made;
    }

    @Test
    void anOutputIsTakenFromTheNodeThatHasTheAttempt() throws Exception {
        TestBoard runs = running("puts", "puts");
        SSLContext own = Clients.node(keys, runs.address);
        Work work = runs.lastWork();
        byte[] output = output(Limits.OUTPUT_BYTES_MAX);
        assertThat(put(own, path(work, output), output).statusCode()).isEqualTo(204);
        assertThat(put(own, path(work, output), output).statusCode())
                .as("again")
                .isEqualTo(204);
        assertThat(FLEET.job(work.task()).state).isEqualTo(Jobs.RUNNING);
        runs.sendOk(Topic.Kind.UP_RESULT, runs.naming(work, output).encode());
        assertThat(FLEET.job(work.task()).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(FLEET.output(work.task())).isEqualTo(output);
        assertThat(put(own, path(work, output), output).statusCode())
                .as("its attempt has ended")
                .isEqualTo(404);
    }

    @Test
    void anOutputOfAnybodyElseOrOfOtherBytesIsNotTaken() throws Exception {
        TestBoard runs = running("guarded", "guarded");
        SSLContext own = Clients.node(keys, runs.address);
        Work work = runs.lastWork();
        byte[] output = output(5000);
        String path = path(work, output);
        assertThat(put(Clients.nobody(keys), path, output).statusCode()).isEqualTo(404);
        assertThat(put(Clients.controller(keys), path, output).statusCode()).isEqualTo(404);
        for (NodeAddress other :
                List.of(new NodeAddress(TestFleet.TENANT, "n2"), new NodeAddress("other", "guarded"))) {
            HttpResponse<byte[]> answer = put(Clients.node(keys, other), path, output);
            assertThat(answer.statusCode()).as(other.toString()).isEqualTo(404);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
        assertThat(put(own, path.replace("/1/", "/2/"), output).statusCode()).isEqualTo(404);
        assertThat(put(own, path, output(5001)).statusCode()).isEqualTo(422);
        assertThat(put(own, path.replace("sha256:", "sha257:"), output).statusCode())
                .isEqualTo(422);
        assertThat(put(own, path, new byte[0]).statusCode()).isEqualTo(411);
        byte[] long1 = output(Limits.OUTPUT_BYTES_MAX + 1);
        assertThat(put(own, path(work, long1), long1).statusCode()).isEqualTo(413);
        assertThat(FLEET.all(OutputRow.class)).noneMatch(row -> row.id.equals(work.task()));
        assertThat(put(own, path, output).statusCode()).isEqualTo(204);
    }

    /** A put whose body has come in part. */
    private static Socket begun(SSLContext tls, String path, byte[] output) throws IOException {
        Socket socket = tls.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        String head =
                "PUT /agent/v1/outputs/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(path, output.length);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(output, 0, output.length / 2);
        socket.getOutputStream().flush();
        return socket;
    }

    private static CompletableFuture<String> answer(Socket socket) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        var _ = Thread.startVirtualThread(() -> {
            try {
                answer.complete(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII));
            } catch (IOException broken) {
                answer.completeExceptionally(broken);
            }
        });
        return answer;
    }

    @Test
    void aNodeHasSomePutsAtATimeAndItsAttemptIsNotGivenUpMeanwhile() throws Exception {
        TestBoard runs = running("slow", "slow");
        SSLContext own = Clients.node(keys, runs.address);
        Work work = runs.lastWork();
        byte[] output = output(9000);
        String path = path(work, output);
        Map<Socket, CompletableFuture<String>> open = new LinkedHashMap<>();
        for (int i = 0; i <= EdgeServer.PUTS_OF_NODE_MAX; i++) {
            Socket socket = begun(own, path, output);
            open.put(socket, answer(socket));
        }
        Object first = CompletableFuture.anyOf(open.values().toArray(CompletableFuture[]::new))
                .get(20, TimeUnit.SECONDS);
        assertThat(first).as("there is no place for one").isEqualTo("HTTP/1.1 429");
        runs.status(Status.State.ONLINE);
        FLEET.step(TestFleet.SETTINGS.attemptLimit().plusMillis(1));
        assertThat(FLEET.job(work.task()).epoch).isEqualTo(1);
        List<String> answers = new ArrayList<>();
        for (Map.Entry<Socket, CompletableFuture<String>> one : open.entrySet()) {
            try (Socket socket = one.getKey()) {
                if (!one.getValue().isDone()) {
                    int half = output.length / 2;
                    socket.getOutputStream().write(output, half, output.length - half);
                    socket.getOutputStream().flush();
                }
                answers.add(one.getValue().get(20, TimeUnit.SECONDS));
            }
        }
        assertThat(answers).containsExactlyInAnyOrder("HTTP/1.1 204", "HTTP/1.1 204", "HTTP/1.1 429");
        Await.until(
                "a place is free",
                Duration.ofSeconds(20),
                () -> put(own, path, output).statusCode() == 204);

        // Nothing comes any more.
        begun(own, path, output).close();
        runs.status(Status.State.ONLINE);
        FLEET.clock.advance(TestFleet.SETTINGS.attemptLimit().multipliedBy(2));
        Await.until("the attempt is given up", Duration.ofSeconds(20), () -> {
            FLEET.step(Duration.ofMillis(1));
            return FLEET.job(work.task()).epoch > 1
                    || !FLEET.job(work.task()).state.equals(Jobs.RUNNING);
        });
    }

    /** Threads that wait for the core for the sake of a put. */
    private static long lookedAt() {
        return Thread.getAllStackTraces().values().stream()
                .map(stack -> Arrays.stream(stack)
                        .map(frame -> frame.getClassName() + "." + frame.getMethodName())
                        .toList())
                .filter(stack -> stack.contains(EdgeServer.class.getName() + ".admitted")
                        && stack.contains(FleetCore.class.getName() + ".run")
                        && stack.contains(LockSupport.class.getName() + ".park"))
                .count();
    }

    @Test
    void aConnectionThatEndsWhileItsPutIsLookedAtLeavesItsPlace() throws Exception {
        TestBoard runs = running("gone", "gone");
        SSLContext own = Clients.node(keys, runs.address);
        byte[] output = output(7000);
        String path = path(runs.lastWork(), output);
        CountDownLatch busy = new CountDownLatch(1);
        CompletableFuture<Boolean> go = new CompletableFuture<Boolean>().orTimeout(20, TimeUnit.SECONDS);
        CompletableFuture<Boolean> held =
                CompletableFuture.supplyAsync(() -> FLEET.core().run(_ -> {
                    busy.countDown();
                    return go.join();
                }));
        assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < EdgeServer.PUTS_OF_NODE_MAX; i++) {
            open.add(begun(own, path, output));
        }
        Await.until("they are looked at", Duration.ofSeconds(20), () -> lookedAt() == EdgeServer.PUTS_OF_NODE_MAX);
        for (Socket one : open) {
            one.close();
        }
        // Whoever answers this has heard of these connections and of their ends.
        assertThat(send(own, to("/")).statusCode()).isEqualTo(404);
        assertThat(send(own, to("/")).statusCode()).isEqualTo(404);
        go.complete(true);
        assertThat(held.get(20, TimeUnit.SECONDS)).isTrue();
        Await.until(
                "a place is free",
                Duration.ofSeconds(20),
                () -> put(own, path, output).statusCode() == 204);
    }

    @Test
    void outputsWhoseLengthIsNotSaidAreNotTaken() throws Exception {
        TestBoard runs = running("chunked", "chunked");
        byte[] output = output(5000);
        HttpResponse<byte[]> answer = send(
                Clients.node(keys, runs.address),
                to("/agent/v1/outputs/" + path(runs.lastWork(), output))
                        .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(output))));
        assertThat(answer.statusCode()).isEqualTo(411);
    }

    @Test
    void thereIsNothingElse() throws Exception {
        SSLContext nobody = Clients.nobody(keys);
        assertThat(send(nobody, to("/")).statusCode()).isEqualTo(404);
        assertThat(send(nobody, to("/agent/v1/enrol")).statusCode()).isEqualTo(404);
        assertThat(send(nobody, to("/agent/v1/artifacts/x").DELETE()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void aCertificateIsRenewedForItsOwnKeyUntilItIsRevoked() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        String csr = Requests.pem(pair, pair, "CN=whoever");
        NodeAddress address = new NodeAddress(TestFleet.TENANT, "renewing");
        assertThat(enrol(enrolBody(token(), csr, address.node())).statusCode()).isEqualTo(200);
        // The fleet's clock is a test's; TLS goes by the machine's.
        SSLContext own = Clients.node(keys, pair, keys.authority().issueNode(pair.getPublic(), address, Instant.now()));
        X509Certificate renewed =
                certificate(Json.read(renew(own, csr).body(), 16 * 1024).longText("certificate", 8000));
        assertThat(CertificateAuthority.nodeOf(renewed)).contains(address);
        assertThat(renewed.getPublicKey()).isEqualTo(pair.getPublic());

        KeyPair others = Requests.key("secp256r1");
        assertThat(renew(own, Requests.pem(others, others, "CN=x")).statusCode())
                .isEqualTo(409);
        assertThat(renew(own, "no request").statusCode()).isEqualTo(422);
        assertThat(renew(Clients.nobody(keys), csr).statusCode()).isEqualTo(404);
        FLEET.core().run(scope -> {
            FLEET.core().removal().revoke(scope, TestFleet.TENANT, "renewing");
            return REVOCATIONS.refresh(scope.tx(), scope.nowMillis());
        });
        assertThat(renew(own, csr).statusCode()).isEqualTo(404);
        assertThat(enrol(enrolBody(token(), csr, "renewing")).statusCode()).isEqualTo(409);
    }

    private static HttpResponse<byte[]> renew(SSLContext tls, String csr) throws Exception {
        return send(
                tls,
                to("/agent/v1/renew")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(out -> out.field("csr", csr)))));
    }
}
