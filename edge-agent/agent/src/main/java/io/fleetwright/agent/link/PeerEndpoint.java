package io.fleetwright.agent.link;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fleetwright.agent.identity.PeerTls;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Takes tensors from other nodes of the tenant: {@code POST /tensor} over mutual TLS, the sender by its certificate. A body is stretches of a
 * tensor, each of them a message of {@code in/tensor/{from}} with its length before it, and is read no further than the node wants it: no
 * stretch is asked for before the one before it was ordered and taken. Answers 204 when all are taken.
 */
public final class PeerEndpoint implements AutoCloseable {
    /** Requests at a time; of one node. */
    static final int REQUESTS_MAX = 32;

    static final int REQUESTS_OF_ONE_MAX = 8;

    /** Connections that are being greeted or served. */
    private static final int THREADS_MAX = 64;
    /** A sender gives up first. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    private final Receiver receiver;
    private final String tenant;
    private final Duration grace;
    private final HttpsServer server;
    private final Semaphore threads = new Semaphore(THREADS_MAX);
    private final Semaphore requests = new Semaphore(REQUESTS_MAX);
    private final Map<String, Integer> byNode = new HashMap<>();
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("peer-request").factory());
    private final ScheduledExecutorService limits = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("peer-limit").factory());

    /** What became of a stretch. */
    public enum Taken {
        TAKEN,
        /** No order names it. */
        NOT_ORDERED,
        /** It is no stretch of a tensor. */
        MALFORMED,
        /** The node has too much to do. */
        BUSY
    }

    /** Who takes the stretches. */
    @FunctionalInterface
    public interface Receiver {
        /** @param from node of the tenant, by its certificate */
        Taken take(String from, byte[] message) throws InterruptedException;
    }

    /**
     * Takes an address, and takes tensors there after {@link #start}.
     *
     * @param at port 0 for any that is free
     * @throws IOException when the address cannot be had
     */
    public PeerEndpoint(InetSocketAddress at, String tenant, SSLContext tls, Receiver receiver) throws IOException {
        this(at, tenant, tls, receiver, GRACE);
    }

    PeerEndpoint(InetSocketAddress at, String tenant, SSLContext tls, Receiver receiver, Duration grace)
            throws IOException {
        if (at.isUnresolved() || at.getAddress().isAnyLocalAddress()) {
            throw new IOException("peer address (%s) must be one of this board's".formatted(at.getHostString()));
        }
        this.receiver = receiver;
        this.tenant = tenant;
        this.grace = grace;
        this.server = HttpsServer.create(at, REQUESTS_MAX);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters mutual = tls.getDefaultSSLParameters();
                mutual.setNeedClientAuth(true);
                parameters.setSSLParameters(mutual);
            }
        });
        server.createContext("/", this::exchange);
        server.setExecutor(this::execute);
    }

    public void start() {
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        executor.shutdownNow();
        server.stop(0);
        limits.shutdownNow();
    }

    private void execute(Runnable task) {
        if (!threads.tryAcquire()) {
            throw new RejectedExecutionException("%d connections are served".formatted(THREADS_MAX));
        }
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } finally {
                    threads.release();
                }
            });
        } catch (RejectedExecutionException ending) {
            threads.release();
            throw ending;
        }
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = answer(exchange);
            // What is left of the body is of no use, and the next request would stand behind it.
            if (status != 204) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private int answer(HttpExchange exchange) throws IOException {
        String from = from(exchange);
        if (from == null) {
            return 403;
        }
        if (!exchange.getRequestURI().getPath().equals("/tensor")) {
            return 404;
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            return 204;
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            return 405;
        }
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (length == null
                || exchange.getRequestHeaders().containsKey("Transfer-Encoding")
                || !LENGTH.matcher(length).matches()) {
            return 411;
        }
        long bytes = Long.parseLong(length);
        if (bytes > PeerBody.BYTES_MAX) {
            return 413;
        }
        if (!begin(from)) {
            return 503;
        }
        Thread reader = Thread.currentThread();
        try {
            // An interrupt closes the connection that the thread reads from.
            ScheduledFuture<?> limit = limits.schedule(
                    reader::interrupt, PeerBody.limit(bytes).plus(grace).toMillis(), TimeUnit.MILLISECONDS);
            try {
                return read(from, exchange.getRequestBody(), bytes);
            } finally {
                limit.cancel(false);
            }
        } catch (RejectedExecutionException ending) {
            return 503;
        } catch (InterruptedException late) {
            return 503;
        } finally {
            end(from);
        }
    }

    private @Nullable String from(HttpExchange exchange) {
        return exchange instanceof HttpsExchange secured
                ? PeerTls.peer(secured.getSSLSession())
                        .filter(node -> node.tenant().equals(tenant))
                        .map(NodeAddress::node)
                        .orElse(null)
                : null;
    }

    private int read(String from, InputStream in, long bytes) throws IOException, InterruptedException {
        long left = bytes;
        if (left == 0) {
            return 400;
        }
        while (left > 0) {
            byte[] prefix = in.readNBytes((int) Math.min(left, PeerBody.LENGTH_BYTES));
            left -= prefix.length;
            int length = prefix.length == PeerBody.LENGTH_BYTES
                    ? ByteBuffer.wrap(prefix).getInt()
                    : 0;
            if (length < 1 || length > Limits.MESSAGE_BYTES_MAX || length > left) {
                return 400;
            }
            byte[] message = in.readNBytes(length);
            left -= message.length;
            if (message.length < length) {
                return 400;
            }
            switch (receiver.take(from, message)) {
                case TAKEN -> {}
                case NOT_ORDERED -> {
                    return 409;
                }
                case MALFORMED -> {
                    return 400;
                }
                case BUSY -> {
                    return 503;
                }
            }
        }
        return 204;
    }

    private boolean begin(String from) {
        if (!requests.tryAcquire()) {
            return false;
        }
        synchronized (byNode) {
            if (byNode.merge(from, 1, Integer::sum) <= REQUESTS_OF_ONE_MAX) {
                return true;
            }
        }
        end(from);
        return false;
    }

    private void end(String from) {
        synchronized (byNode) {
            byNode.computeIfPresent(from, (_, count) -> count == 1 ? null : count - 1);
        }
        requests.release();
    }
}
