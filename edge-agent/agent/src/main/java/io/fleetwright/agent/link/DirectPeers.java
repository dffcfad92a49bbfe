package io.fleetwright.agent.link;

import io.fleetwright.telemetry.wire.PeerAddress;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends tensors to other nodes over HTTPS. A node that cannot be reached, or answers with anything but that it has taken a tensor, is left
 * alone for a while; a tensor that it was not told of says nothing against it. May be used by several threads.
 */
public final class DirectPeers implements PeerSender, AutoCloseable {
    /** Nodes with an open connection; the one used longest ago is closed. */
    static final int PEERS_MAX = 8;
    /** Nodes that are left alone; the one that failed longest ago is tried again. */
    static final int SHUNNED_MAX = 64;
    /** Tensors on their way at a time, and their bytes. */
    static final int FLIGHTS_MAX = 8;

    static final long FLIGHT_BYTES_MAX = 32L * 1024 * 1024;
    /** How long a node that failed is left alone; twice as long each time that it fails again, up to eight times. */
    static final Duration SHUNNED = Duration.ofSeconds(30);

    private static final String TIMEOUT = "timeout";
    /** Also where the whole time was over before there was a connection. */
    private static final String CONNECT_TIMEOUT = "connect-timeout";

    private static final int DOUBLINGS_MAX = 3;

    private static final Duration CONNECT = Duration.ofMillis(300);
    /** The other side closes a connection that is not used for longer. */
    private static final Duration KEPT = Duration.ofSeconds(10);

    private static final int ANSWER_BYTES_MAX = 1024;
    private static final int TAKEN = 204;
    private static final int NOT_ORDERED = 409;
    private static final int BUSY = 503;
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");

    private final Contexts tls;
    private final LongSupplier nanos;
    private final Patience patience;
    private final String own;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("peer").factory());
    /** The one used longest ago first. */
    private final Map<Peer, Line> lines = new LinkedHashMap<>(16, 0.75f, true);
    /** In the order of failing, until they take a tensor. */
    private final Map<Peer, Shunned> shunned = new LinkedHashMap<>();

    private int flights;
    private long flightBytes;
    private boolean closed;

    /** Makes TLS for connections to a node. */
    @FunctionalInterface
    public interface Contexts {
        SSLContext client(String node) throws GeneralSecurityException;
    }

    /**
     * A node that is left alone.
     *
     * @param doublings of the time
     */
    private record Shunned(long untilNanos, int doublings) {}

    private record Peer(String node, PeerAddress address) {}

    private static final class Line {
        final HttpClient client;
        long usedNanos;

        Line(HttpClient client, long usedNanos) {
            this.client = client;
            this.usedNanos = usedNanos;
        }
    }

    /**
     * @param own name of the node, for the log
     * @param nanos a steady clock
     */
    public DirectPeers(String own, Contexts tls, LongSupplier nanos) {
        this(own, tls, nanos, new Patience(CONNECT, Duration.ZERO));
    }

    DirectPeers(String own, Contexts tls, LongSupplier nanos, Patience patience) {
        this.own = own;
        this.tls = tls;
        this.nanos = nanos;
        this.patience = patience;
    }

    /**
     * How long a node is waited for.
     *
     * @param connect for a connection
     * @param more for an answer, beside what {@link PeerBody#limit} gives
     */
    record Patience(Duration connect, Duration more) {
        Duration answer(long bytes) {
            return PeerBody.limit(bytes).plus(more);
        }
    }

    /**
     * Whether an exchange had the time that a node may take: one that had less says nothing against the node.
     *
     * @param connection to connect
     * @param answer to answer
     */
    private record Given(boolean connection, boolean answer) {
        boolean blames(String failure) {
            return switch (failure) {
                case TIMEOUT -> answer;
                case CONNECT_TIMEOUT -> connection;
                default -> true;
            };
        }
    }

    @Override
    public boolean send(Parcel parcel, Consumer<Answer> done) {
        Peer peer = new Peer(parcel.node(), parcel.address());
        List<byte[]> parts = PeerBody.parts(parcel.messages());
        long bytes = parts.stream().mapToLong(part -> part.length).sum();
        Duration most = patience.answer(bytes);
        Duration limit = parcel.limit().compareTo(most) < 0 ? parcel.limit() : most;
        HttpClient client;
        synchronized (this) {
            client = bytes > PeerBody.BYTES_MAX
                            || limit.toMillis() < 1
                            || flights >= FLIGHTS_MAX
                            || flightBytes + bytes > FLIGHT_BYTES_MAX
                    ? null
                    : line(peer);
            if (client == null) {
                return false;
            }
            flights++;
            flightBytes += bytes;
        }
        BodyPublisher body = BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(parts), bytes);
        long begun = nanos.getAsLong();
        exchange(client, peer, "POST", body, limit, failure -> {
            synchronized (this) {
                flights--;
                flightBytes -= bytes;
            }
            done.accept(
                    failure == null
                            ? new Answer.Taken(Math.max(1, (nanos.getAsLong() - begun) / 1000))
                            : new Answer.Failed(failure));
        });
        return true;
    }

    @Override
    public void prepare(String node, PeerAddress address) {
        Peer peer = new Peer(node, address);
        HttpClient client;
        synchronized (this) {
            Line kept = lines.get(peer);
            client = kept != null && nanos.getAsLong() - kept.usedNanos < KEPT.toNanos() ? null : line(peer);
        }
        if (client != null) {
            exchange(client, peer, "HEAD", BodyPublishers.noBody(), patience.answer(0), _ -> {});
        }
    }

    /** Its connection, absent while the node is left alone. */
    private @Nullable HttpClient line(Peer peer) {
        long now = nanos.getAsLong();
        Shunned failed = shunned.get(peer);
        if (closed || failed != null && failed.untilNanos - now > 0) {
            return null;
        }
        Line line = lines.get(peer);
        if (line == null) {
            try {
                line = new Line(
                        HttpClient.newBuilder()
                                .version(HttpClient.Version.HTTP_1_1)
                                .followRedirects(HttpClient.Redirect.NEVER)
                                .connectTimeout(patience.connect)
                                .executor(threads)
                                .sslContext(tls.client(peer.node))
                                .build(),
                        now);
            } catch (GeneralSecurityException | UncheckedIOException broken) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "peer.no_client agent=%s reason=%s".formatted(own, broken.getMessage()));
                return null;
            }
            lines.put(peer, line);
            if (lines.size() > PEERS_MAX) {
                Peer oldest = lines.keySet().iterator().next();
                close(lines.remove(oldest));
            }
        }
        line.usedNanos = now;
        return line.client;
    }

    /**
     * @param done gets why it failed, null when it did not
     */
    private void exchange(
            HttpClient client,
            Peer peer,
            String method,
            BodyPublisher body,
            Duration limit,
            Consumer<@Nullable String> done) {
        Given time = new Given(
                limit.compareTo(patience.connect) >= 0, limit.compareTo(patience.answer(body.contentLength())) >= 0);
        HttpRequest request = HttpRequest.newBuilder(peer.address.tensors())
                .method(method, body)
                .header("Content-Type", "application/octet-stream")
                .timeout(limit)
                .build();
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.discarding(), ANSWER_BYTES_MAX));
        var _ = answer.copy()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .handleAsync(
                        (response, broken) -> {
                            if (broken != null) {
                                answer.cancel(true);
                            }
                            end(peer, response, broken, time, done);
                            return true;
                        },
                        threads);
    }

    private void end(
            Peer peer,
            @Nullable HttpResponse<Void> response,
            @Nullable Throwable broken,
            Given time,
            Consumer<@Nullable String> done) {
        String failure = response == null ? reason(broken) : "http-" + response.statusCode();
        boolean taken = response != null && response.statusCode() == TAKEN;
        boolean isPeersFault = response == null
                ? time.blames(failure)
                : !taken && response.statusCode() != NOT_ORDERED && response.statusCode() != BUSY;
        if (taken) {
            forgive(peer);
        } else if (isPeersFault && shun(peer)) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "peer.left_alone agent=%s peer=%s address=%s reason=%s"
                            .formatted(own, peer.node, peer.address.text(), failure));
        }
        done.accept(taken ? null : failure);
    }

    private synchronized boolean shun(Peer peer) {
        if (closed) {
            return false;
        }
        Shunned before = shunned.get(peer);
        if (before != null && before.untilNanos - nanos.getAsLong() > 0) {
            return false; // What was on its way fails with what failed first.
        }
        shunned.remove(peer);
        int doublings = before == null ? 0 : Math.min(DOUBLINGS_MAX, before.doublings + 1);
        shunned.put(peer, new Shunned(nanos.getAsLong() + (SHUNNED.toNanos() << doublings), doublings));
        if (shunned.size() > SHUNNED_MAX) {
            shunned.remove(shunned.keySet().iterator().next());
        }
        close(lines.remove(peer));
        return before == null;
    }

    private synchronized void forgive(Peer peer) {
        shunned.remove(peer);
    }

    private static String reason(@Nullable Throwable broken) {
        Throwable cause =
                broken instanceof CompletionException && broken.getCause() != null ? broken.getCause() : broken;
        return switch (cause) {
            case HttpConnectTimeoutException _ -> CONNECT_TIMEOUT;
            case HttpTimeoutException _, TimeoutException _ -> TIMEOUT;
            case ConnectException _ -> "refused";
            case SSLException _ -> "tls";
            case null, default -> "broken";
        };
    }

    private static void close(@Nullable Line line) {
        if (line != null) {
            line.client.shutdown();
        }
    }

    /** What is on its way fails. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            lines.values().forEach(line -> line.client.shutdownNow());
            lines.clear();
        }
        threads.shutdown();
    }
}
