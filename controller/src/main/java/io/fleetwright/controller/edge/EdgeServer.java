package io.fleetwright.controller.edge;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.controller.identity.Enrolment;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.controller.identity.Revocations;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PfxOptions;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS for agents, on its own port: enrolment by token, renewal by certificate, and artifacts by digest for the node in the client
 * certificate. A node may fetch what its own desired list or its own running work names, the documents of its tenant's signing set,
 * and nothing else. It may put the output of an attempt that it has and that is to be answered, and nothing else.
 */
public final class EdgeServer implements AutoCloseable {
    private static final int ENROL_BYTES_MAX = 16 * 1024;
    private static final int DISCARDED_BYTES_MAX = 1024 * 1024;
    private static final int ENROL_FIELD_CHARS_MAX = 8 * 1024;
    private static final int IDLE_SECONDS = 60;
    private static final long START_SECONDS = 20;
    /** The most that one answer carries; agents ask for the rest with another range. */
    private static final int RANGE_BYTES_MAX = 4 * 1024 * 1024;

    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,15})-([0-9]{0,15})");
    private static final String ARTIFACTS = "/agent/v1/artifacts/";
    private static final String OUTPUTS = "/agent/v1/outputs/";
    private static final Pattern OUTPUT =
            Pattern.compile("([a-zA-Z0-9-]{1,64}(?:\\.[0-9])?)/([0-9]{1,18})/(sha256:[0-9a-f]{64})");
    /** Outputs that are taken at a time. */
    static final int PUTS_MAX = 4;

    static final int PUTS_OF_TENANT_MAX = 3;
    static final int PUTS_OF_NODE_MAX = 2;
    /** For one output, from its first byte to its answer. */
    private static final long PUT_MILLIS_MAX = 30_000;

    /** Answers with artifacts that are on their way, each of them in memory. */
    private static final int GETS_MAX = 32;

    private static final int GETS_OF_TENANT_MAX = 24;
    static final int GETS_OF_NODE_MAX = 4;
    /** For one answer; agents ask for the rest of one that was cut. */
    private static final long GET_MILLIS_MAX = 300_000;

    private static final String CHUNKS = "/chunks";
    private static final System.Logger LOG = System.getLogger(EdgeServer.class.getName());

    private final FleetCore core;
    private final Keys keys;
    private final Enrolment enrolment;
    private final Revocations revocations;
    private final Consumer<NodeAddress> enrolled;
    private final String mqttHost;
    private final int mqttPort;
    private final Places puts = new Places(PUTS_MAX, PUTS_OF_TENANT_MAX, PUTS_OF_NODE_MAX);
    private final Places gets = new Places(GETS_MAX, GETS_OF_TENANT_MAX, GETS_OF_NODE_MAX);
    private final HttpServer server;
    private final Vertx vertx;

    /** @param enrolled hears of each node before it has its certificate; may wait */
    public EdgeServer(
            Vertx vertx,
            FleetCore core,
            Keys keys,
            Enrolment enrolment,
            Revocations revocations,
            Consumer<NodeAddress> enrolled,
            String mqttHost,
            int mqttPort) {
        this.revocations = revocations;
        this.enrolled = enrolled;
        this.vertx = vertx;
        this.core = core;
        this.keys = keys;
        this.enrolment = enrolment;
        this.mqttHost = mqttHost;
        this.mqttPort = mqttPort;
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setClientAuth(ClientAuth.REQUEST)
                .setIdleTimeout(IDLE_SECONDS);
        options.setKeyCertOptions(
                new PfxOptions().setPath(keys.serverStore().toString()).setPassword(keys.password()));
        options.setTrustOptions(
                new PfxOptions().setPath(keys.trustStore().toString()).setPassword(keys.password()));
        this.server = vertx.createHttpServer(options).requestHandler(this::handle);
    }

    /** Listens; returns when requests are accepted. */
    public void start(String host, int port) throws InterruptedException {
        try {
            server.listen(port, host).toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("the agents' HTTPS port %d cannot be opened".formatted(port), failure);
        }
    }

    @Override
    public void close() {
        var _ = server.close();
    }

    private void handle(HttpServerRequest request) {
        if (request.method().equals(HttpMethod.POST) && request.path().equals("/agent/v1/enrol")) {
            bounded(request, body -> enrol(request, body));
        } else if (request.method().equals(HttpMethod.POST) && request.path().equals("/agent/v1/renew")) {
            bounded(request, body -> renew(request, body));
        } else if (request.method().equals(HttpMethod.GET) && request.path().startsWith(ARTIFACTS)) {
            blocking(request, () -> artifact(request));
        } else if (request.method().equals(HttpMethod.PUT) && request.path().startsWith(OUTPUTS)) {
            output(request);
        } else {
            problem(request.response(), 404, "there is nothing at this address");
        }
    }

    private void bounded(HttpServerRequest request, Consumer<byte[]> work) {
        Buffer body = Buffer.buffer();
        long[] arrived = {0};
        request.handler(part -> {
            arrived[0] += part.length();
            if (arrived[0] <= ENROL_BYTES_MAX) {
                body.appendBuffer(part);
            } else {
                // A caller that is cut off while it still writes never reads the answer: some more is let go by.
                problem(request.response(), 413, "at most %d bytes".formatted(ENROL_BYTES_MAX));
                if (arrived[0] > DISCARDED_BYTES_MAX) {
                    request.connection().close();
                }
            }
        });
        request.endHandler(_ -> {
            if (!request.response().ended()) {
                blocking(request, () -> work.accept(body.getBytes()));
            }
        });
    }

    private void blocking(HttpServerRequest request, Runnable work) {
        var _ = answered(request, work);
    }

    /** True in the end when the work went well; otherwise the caller has its answer. */
    private Future<Boolean> answered(HttpServerRequest request, Runnable work) {
        return vertx.executeBlocking(
                () -> {
                    try {
                        work.run();
                        return true;
                    } catch (Refusal refused) {
                        problem(request.response(), status(refused), String.valueOf(refused.getMessage()));
                    } catch (ArtifactException refused) {
                        Refusal refusal = Refusal.of(refused);
                        problem(request.response(), status(refusal), String.valueOf(refusal.getMessage()));
                    } catch (StoreException failure) {
                        LOG.log(System.Logger.Level.ERROR, "edge.store_failed path=" + request.path(), failure);
                        problem(request.response(), 503, "the database does not answer");
                    } catch (RuntimeException bug) {
                        LOG.log(System.Logger.Level.ERROR, "edge.failed path=" + request.path(), bug);
                        problem(request.response(), 500, "internal error");
                    }
                    return false;
                },
                false);
    }

    private void enrol(HttpServerRequest request, byte[] body) {
        String token;
        String csr;
        String wish;
        try {
            Json.Node in = Json.read(body, ENROL_BYTES_MAX);
            token = in.text("token");
            csr = in.longText("csr", ENROL_FIELD_CHARS_MAX);
            wish = in.text("node");
        } catch (MalformedMessageException malformed) {
            throw Refusal.invalid(String.valueOf(malformed.getMessage()));
        }
        PublicKey key = requested(csr);
        record Admitted(NodeAddress address, Instant at) {}
        Admitted admitted = core.run(scope ->
                new Admitted(enrolment.enrol(scope, token, key, wish), Instant.ofEpochMilli(scope.nowMillis())));
        enrolled.accept(admitted.address());
        X509Certificate certificate =
                keys.authority().issueNode(key, admitted.address(), enrolment.validity(), admitted.at());
        LOG.log(System.Logger.Level.INFO, "node.enrolled node=" + admitted.address());
        json(
                request.response(),
                200,
                Json.write(out -> out.field("tenant", admitted.address().tenant())
                        .field("node", admitted.address().node())
                        .field("certificate", CertificateAuthority.pem(certificate))
                        .field("ca", CertificateAuthority.pem(keys.authority().certificate()))
                        .field("mqttHost", mqttHost)
                        .field("mqttPort", mqttPort)
                        .field(
                                "root",
                                Base64.getEncoder()
                                        .encodeToString(keys.release().newestRoot()))));
    }

    /** Another certificate for the key of the one that the caller shows. */
    private void renew(HttpServerRequest request, byte[] body) {
        X509Certificate shown =
                certificate(request).orElseThrow(() -> Refusal.notFound("node", "without a certificate of its own"));
        NodeAddress node = caller(request).orElseThrow(() -> Refusal.notFound("node", "of that certificate"));
        PublicKey key;
        try {
            key = requested(Json.read(body, ENROL_BYTES_MAX).longText("csr", ENROL_FIELD_CHARS_MAX));
        } catch (MalformedMessageException malformed) {
            throw Refusal.invalid(String.valueOf(malformed.getMessage()));
        }
        if (!key.equals(shown.getPublicKey())) {
            throw new Refusal(Refusal.Kind.CONFLICT, "a renewal is for the key of the certificate that is shown");
        }
        Instant now = core.run(scope -> {
            enrolment.renew(scope, node, key);
            return Instant.ofEpochMilli(scope.nowMillis());
        });
        X509Certificate certificate = keys.authority().issueNode(key, node, enrolment.validity(), now);
        LOG.log(
                System.Logger.Level.INFO,
                "node.renewed node=%s until=%s"
                        .formatted(node, certificate.getNotAfter().toInstant()));
        json(
                request.response(),
                200,
                Json.write(out -> out.field("certificate", CertificateAuthority.pem(certificate))
                        .field("ca", CertificateAuthority.pem(keys.authority().certificate()))));
    }

    private static PublicKey requested(String csr) {
        try {
            return CertificateAuthority.readRequest(csr);
        } catch (CertificateAuthority.BadRequestException bad) {
            throw Refusal.invalid(String.valueOf(bad.getMessage()));
        }
    }

    private void artifact(HttpServerRequest request) {
        NodeAddress node = caller(request)
                .orElseThrow(() -> Refusal.notFound("artifact", "for a caller without a node certificate"));
        String name = request.path().substring(ARTIFACTS.length());
        boolean isMap = name.endsWith(CHUNKS);
        String text = isMap ? name.substring(0, name.length() - CHUNKS.length()) : name;
        if (!Digest.isValid(text)) {
            throw Refusal.invalid("digest must be sha256: and 64 hexadecimal digits");
        }
        if (!gets.take(node)) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d answers with artifacts are on their way, %d of one tenant, %d of one node, at most"
                            .formatted(GETS_MAX, GETS_OF_TENANT_MAX, GETS_OF_NODE_MAX));
        }
        Future<?> answer;
        try {
            answer = artifact(request, node, new Digest(text), isMap);
        } catch (RuntimeException none) {
            gets.free(node);
            throw none;
        }
        // It ends with its connection too.
        long limit = vertx.setTimer(GET_MILLIS_MAX, _ -> request.connection().close());
        var _ = answer.onComplete(_ -> {
            vertx.cancelTimer(limit);
            gets.free(node);
        });
    }

    private record Part(byte[] bytes, long first, long length) {
        static Part whole(byte[] bytes) {
            return new Part(bytes, 0, bytes.length);
        }
    }

    /** Answers; over when all of it has left. */
    private Future<?> artifact(HttpServerRequest request, NodeAddress node, Digest digest, boolean isMap) {
        Optional<Part> document = core.run(scope -> {
            Optional<byte[]> found =
                    isMap ? Optional.empty() : core.releases().document(scope.tx(), node.tenant(), digest.value());
            if (found.isEmpty() && !mayFetch(scope.tx(), node, digest.value())) {
                throw Refusal.notFound("artifact", digest.value());
            }
            return found.map(Part::whole);
        });
        // Bytes wait for nobody, and nobody for them.
        Part part = document.orElseGet(() -> core.read(scope -> {
            Artifacts artifacts = Artifacts.of(scope);
            return isMap
                    ? Part.whole(artifacts.chunkMap(digest).encode())
                    : part(artifacts, digest, request.getHeader("Range"));
        }));
        boolean whole = part.bytes().length == part.length();
        HttpServerResponse response = request.response();
        response.setStatusCode(whole ? 200 : 206)
                .putHeader("Content-Type", "application/octet-stream")
                .putHeader("Accept-Ranges", "bytes");
        if (!whole) {
            response.putHeader(
                    "Content-Range",
                    "bytes %d-%d/%d".formatted(part.first(), part.first() + part.bytes().length - 1, part.length()));
        }
        return response.end(Buffer.buffer(part.bytes()));
    }

    private static Part part(Artifacts artifacts, Digest digest, @Nullable String range) {
        long length = artifacts.length(digest);
        long first = 0;
        long last = length - 1;
        if (range != null) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches()) {
                throw Refusal.invalid("range must be bytes=first-last or bytes=first-");
            }
            first = Long.parseLong(matcher.group(1));
            last = matcher.group(2).isEmpty() ? last : Math.min(last, Long.parseLong(matcher.group(2)));
        }
        last = Math.min(last, first + RANGE_BYTES_MAX - 1);
        return new Part(artifacts.range(digest, first, last), first, length);
    }

    /** Takes the output of an attempt. Whether the caller may put it, and how long it is, is looked at before any of it is read. */
    private void output(HttpServerRequest request) {
        request.pause();
        Matcher path = OUTPUT.matcher(request.path().substring(OUTPUTS.length()));
        long length = length(request);
        if (!path.matches()) {
            problem(request.response(), 422, "an output is put at outputs/{task}/{epoch}/sha256:{64 digits}");
            discard(request);
        } else if (length < 1) {
            problem(request.response(), 411, "an output needs a Content-Length of at least 1");
            discard(request);
        } else if (length > Limits.OUTPUT_BYTES_MAX) {
            problem(request.response(), 413, "at most %d bytes".formatted(Limits.OUTPUT_BYTES_MAX));
            discard(request);
        } else {
            Put put = new Put(path.group(1), Long.parseLong(path.group(2)), path.group(3), (int) length);
            NodeAddress[] from = new NodeAddress[1];
            var _ = answered(request, () -> from[0] = admitted(request, put)).onSuccess(may -> {
                if (may) {
                    receive(request, from[0], put);
                } else {
                    discard(request);
                }
            });
        }
    }

    /** What a caller wants to put. */
    private record Put(String task, long epoch, String digest, int length) {}

    private static long length(HttpServerRequest request) {
        String text = request.getHeader("Content-Length");
        return text != null && text.matches("[0-9]{1,15}") ? Long.parseLong(text) : -1;
    }

    /** Whose output is taken; it has a place then. */
    private NodeAddress admitted(HttpServerRequest request, Put put) {
        NodeAddress node = caller(request)
                .orElseThrow(() -> Refusal.notFound("attempt", "for a caller without a node certificate"));
        boolean _ = core.run(scope -> {
            JobRow _ = core.jobs().outputs().require(scope.tx(), node, put.task(), put.epoch());
            return true;
        });
        if (!puts.take(node)) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d outputs are on their way, %d of one tenant, %d of one node, at most"
                            .formatted(PUTS_MAX, PUTS_OF_TENANT_MAX, PUTS_OF_NODE_MAX));
        }
        core.jobs().outputs().begins(put.task());
        return node;
    }

    private void receive(HttpServerRequest request, NodeAddress node, Put put) {
        AtomicBoolean left = new AtomicBoolean();
        Runnable leave = () -> {
            if (left.compareAndSet(false, true)) {
                puts.free(node);
                core.jobs().outputs().ends(put.task());
            }
        };
        long limit = vertx.setTimer(PUT_MILLIS_MAX, _ -> {
            leave.run();
            request.connection().close();
        });
        Handler<@Nullable Void> over = _ -> {
            vertx.cancelTimer(limit);
            leave.run();
        };
        request.response().endHandler(over);
        request.response().closeHandler(over);
        if (request.response().closed()) {
            over.handle(null); // While it was looked at; nobody is told of that any more.
            return;
        }
        Buffer body = Buffer.buffer(put.length());
        request.handler(part -> {
            if (body.length() + part.length() <= put.length()) {
                body.appendBuffer(part);
            } else {
                request.connection().close();
            }
        });
        request.endHandler(_ -> blocking(request, () -> store(request, node, put, body.getBytes())));
        request.resume();
    }

    private void store(HttpServerRequest request, NodeAddress node, Put put, byte[] bytes) {
        String digest = Digest.of(bytes).value();
        if (bytes.length != put.length() || !digest.equals(put.digest())) {
            throw Refusal.invalid(
                    "%d bytes of digest %s came; the address names %s".formatted(bytes.length, digest, put.digest()));
        }
        boolean _ = core.run(scope -> {
            core.jobs().outputs().put(scope.tx(), node, put.task(), put.epoch(), digest, bytes, scope.nowMillis());
            return true;
        });
        var _ = request.response().setStatusCode(204).end();
    }

    /** Lets go by what a caller sends who has an answer: cut off while it still writes, it would never read that. */
    private static void discard(HttpServerRequest request) {
        long[] passed = {0};
        request.handler(part -> {
            passed[0] += part.length();
            if (passed[0] > Limits.OUTPUT_BYTES_MAX) {
                request.connection().close();
            }
        });
        request.resume();
    }

    private static boolean mayFetch(Tx tx, NodeAddress node, String digest) {
        return tx.count(Query.of(SlotRow.class).equal("nodeId", node.toString()).equal("desiredDigest", digest)) > 0
                || tx.count(Query.of(JobRow.class)
                                .equal("nodeId", node.toString())
                                .equal("state", Jobs.RUNNING)
                                .equal("inputDigest", digest))
                        > 0;
    }

    /** The node that asks; none without a certificate, or with one that is revoked or has ended since the connection began. */
    private Optional<NodeAddress> caller(HttpServerRequest request) {
        X509Certificate shown = certificate(request).orElse(null);
        if (shown == null) {
            return Optional.empty();
        }
        Optional<NodeAddress> node = CertificateAuthority.nodeOf(shown);
        if (revocations.isRevoked(shown) || shown.getNotAfter().toInstant().isBefore(Instant.now())) {
            node.ifPresent(known ->
                    core.refused().note(known.tenant(), "node:" + known.node(), "https with a refused certificate"));
            return Optional.empty();
        }
        return node;
    }

    private static Optional<X509Certificate> certificate(HttpServerRequest request) {
        try {
            SSLSession session = request.sslSession(); // It is gone with the connection, at any moment.
            return session != null && session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? Optional.of(certificate)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException noCertificate) {
            return Optional.empty();
        }
    }

    private static int status(Refusal refused) {
        return switch (refused.kind()) {
            case NOT_FOUND -> 404;
            case INVALID, DEADLINE_UNREACHABLE -> 422;
            case CONFLICT -> 409;
            case PRECONDITION_FAILED -> 412;
            case TOO_MANY -> 429;
            case UNAVAILABLE -> 503;
        };
    }

    private static void problem(HttpServerResponse response, int status, String detail) {
        if (!response.ended() && !response.headWritten()) {
            response.putHeader("Content-Type", "application/problem+json");
            json(
                    response,
                    status,
                    Json.write(out -> out.field("title", "refused")
                            .field("status", status)
                            .field("detail", detail)));
        }
    }

    private static void json(HttpServerResponse response, int status, byte[] body) {
        response.setStatusCode(status);
        if (!response.headers().contains("Content-Type")) {
            response.putHeader("Content-Type", "application/json");
        }
        var _ = response.end(Buffer.buffer(body));
    }
}
