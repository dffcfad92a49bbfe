package io.fleetwright.controller.webhook;

import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sends what is due, in rounds: read from the queue, send outside of any transaction, note how it went. Every webhook of a round has a
 * thread of its own, so that a receiver that never answers keeps nobody else waiting for longer than a round.
 */
public final class WebhookSender implements AutoCloseable {
    /** Webhooks in a round. */
    private static final int ROUND_MAX = 50;
    /** Messages for one of them in a round. */
    private static final int TURN_MAX = 20;

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int GONE = 410;
    private static final System.Logger LOG = System.getLogger(WebhookSender.class.getName());

    private final Models.Transactions core;
    private final Destinations destinations;
    private final InstantSource clock;
    /** Asked only in transactions of the core, which come one after the other. */
    private final RandomGenerator random;

    private final HttpClient client;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    /** How a try went: absent failure means that it arrived. */
    private record Outcome(@Nullable String failure, boolean last) {}

    /** @param allowed networks that are not on the public internet and may be reached all the same */
    public WebhookSender(
            Vertx vertx, Models.Transactions core, List<String> allowed, InstantSource clock, RandomGenerator random) {
        this.core = core;
        this.destinations = new Destinations(allowed);
        this.clock = clock;
        this.random = random;
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setKeepAlive(false)
                .setVerifyHost(true)
                .setConnectTimeout((int) LIMIT.toMillis())
                .setIdleTimeout((int) LIMIT.toSeconds())
                .setMaxPoolSize(ROUND_MAX));
        this.thread = Thread.ofVirtual().name("webhooks").unstarted(this::drive);
    }

    public void start() {
        thread.start();
    }

    private void drive() {
        String told = "";
        try {
            boolean more;
            do {
                more = false;
                try {
                    more = round();
                    told = "";
                } catch (StoreException failure) {
                    String reason = String.valueOf(failure.getMessage());
                    if (!reason.equals(told)) { // A database may be away for hours.
                        LOG.log(System.Logger.Level.ERROR, "webhook.round_failed reason=" + reason);
                    }
                    told = reason;
                }
            } while (!stop.await(more ? 0 : PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    /** True when something was due. */
    private boolean round() throws InterruptedException {
        List<List<Webhooks.Due>> turns = core.run(scope -> {
            Webhooks.forget(scope.tx(), scope.nowMillis());
            return Webhooks.due(scope.tx(), scope.nowMillis(), ROUND_MAX, TURN_MAX, random);
        });
        long until = System.nanoTime() + LIMIT.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> tasks = turns.stream()
                    .<Callable<Boolean>>map(turn -> () -> take(turn, until))
                    .toList();
            for (Future<Boolean> task : threads.invokeAll(tasks)) {
                task.get();
            }
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof RuntimeException known ? known : new IllegalStateException(failure);
        }
        return !turns.isEmpty();
    }

    /** Sends one webhook's messages, one after the other; the first failure ends its turn, and so does the time of a try. */
    private boolean take(List<Webhooks.Due> turn, long until) throws InterruptedException {
        for (Webhooks.Due one : turn) {
            Outcome outcome = send(one);
            if (outcome.failure != null && stop.getCount() == 0) {
                return false; // Cut off by the end of this controller, which is no try.
            }
            core.run(scope -> {
                Webhooks.settle(
                        scope.tx(),
                        one.delivery(),
                        outcome.failure,
                        outcome.last,
                        random.nextDouble(),
                        scope.nowMillis());
                return true;
            });
            if (outcome.failure != null || System.nanoTime() - until > 0) {
                return false;
            }
        }
        return true;
    }

    /** Whatever goes wrong is the outcome of this one message. */
    private Outcome send(Webhooks.Due due) throws InterruptedException {
        try {
            int status = post(due, destinations.check(due.url()));
            return status / 100 == 2 ? new Outcome(null, false) : new Outcome("status " + status, status == GONE);
        } catch (Destinations.RefusedException refused) {
            return new Outcome(refused.getMessage(), true);
        } catch (UnknownHostException unknown) {
            return new Outcome("%s has no address".formatted(due.url().getHost()), false);
        } catch (ExecutionException failure) {
            return new Outcome(String.valueOf(failure.getCause()), false);
        } catch (TimeoutException late) {
            return new Outcome("no answer", false);
        } catch (RuntimeException wrong) {
            return new Outcome(wrong.toString(), false);
        }
    }

    /** The status that the receiver answers. */
    private int post(Webhooks.Due due, InetAddress address)
            throws InterruptedException, ExecutionException, TimeoutException {
        boolean tls = "https".equals(due.url().getScheme());
        int port = due.url().getPort() < 0 ? (tls ? 443 : 80) : due.url().getPort();
        String path = due.url().getRawPath().isEmpty() ? "/" : due.url().getRawPath();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setHost(due.url().getHost())
                .setPort(port)
                .setSsl(tls)
                .setURI(
                        due.url().getRawQuery() == null
                                ? path
                                : path + "?" + due.url().getRawQuery())
                .setFollowRedirects(false)
                .setTimeout(LIMIT.toMillis())
                .putHeader("Content-Type", "application/json")
                .putHeader("Fleetwright-Event", due.event())
                .putHeader("Fleetwright-Delivery", due.delivery())
                .putHeader(Signature.HEADER, Signature.of(due.secret(), due.body(), clock.millis() / 1000));
        return client.request(options)
                .compose(request -> request.send(Buffer.buffer(due.body())))
                .map(response -> {
                    // Nobody reads what a receiver has to say.
                    var _ = response.request().connection().close();
                    return response.statusCode();
                })
                .toCompletionStage()
                .toCompletableFuture()
                .get(2 * LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        stop.countDown();
        var _ = client.close();
    }
}
