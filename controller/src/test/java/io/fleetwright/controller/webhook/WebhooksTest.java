package io.fleetwright.controller.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.testkit.Await;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class WebhooksTest {
    private static final String TENANT = TestFleet.TENANT;
    private static final String SECRET = "a-secret-of-some-length";
    private static final Duration SOON = Duration.ofSeconds(20);

    private record Message(String body, String path, String event, String signature) {}

    private final TestFleet fleet = new TestFleet();
    private final ConcurrentLinkedQueue<Message> heard = new ConcurrentLinkedQueue<>();
    private HttpServer receiver;
    private volatile int status = 200;
    private Vertx vertx;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readNBytes(100_000), StandardCharsets.UTF_8);
            heard.add(new Message(
                    body,
                    exchange.getRequestURI().toString(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Fleetwright-Event")),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Fleetwright-Signature"))));
            if (status == 302) {
                exchange.getResponseHeaders().add("Location", url("/elsewhere"));
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() throws Exception {
        receiver.stop(0);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, java.util.concurrent.TimeUnit.SECONDS);
    }

    private String url(String path) {
        return "http://127.0.0.1:%d%s".formatted(receiver.getAddress().getPort(), path);
    }

    private void create(String id, String url, String... events) {
        create(List.of("127.0.0.0/8"), id, url, events);
    }

    private void create(List<String> networks, String id, String url, String... events) {
        create(TENANT, networks, id, url, events);
    }

    private void create(String tenant, List<String> networks, String id, String url, String... events) {
        fleet.core()
                .run(scope -> Webhooks.create(
                        scope.tx(), tenant, "ann", id, url, SECRET, List.of(events), networks, scope.nowMillis()));
    }

    private void happens(String action) {
        fleet.core().act(TENANT, "ann", action, "it", _ -> true);
    }

    private WebhookSender sender(String... allowed) {
        WebhookSender sender =
                new WebhookSender(vertx, fleet.core(), List.of(allowed), fleet.clock, new SplittableRandom(1));
        sender.start();
        return sender;
    }

    @Test
    void whatWasAskedForArrivesSignedAndLeavesTheQueue() {
        create("w-1", url("/hook?x=1"), "node.*", "rollout.created");
        happens("node.revoked");
        happens("rollout.created");
        happens("rollout.aborted");
        try (WebhookSender _ = sender("127.0.0.0/8")) {
            Await.until(
                    "the queue is empty",
                    SOON,
                    () -> fleet.all(DeliveryRow.class).isEmpty());
        }
        assertThat(heard).hasSize(2).allSatisfy(message -> {
            assertThat(message.path()).isEqualTo("/hook?x=1");
            assertThat(message.body()).contains("\"tenant\":\"acme\"", "\"what\":\"it\"");
            assertThat(message.signature())
                    .isEqualTo(Signature.of(SECRET, message.body(), fleet.clock.millis() / 1000));
        });
        assertThat(heard).extracting(message -> message.event()).containsExactly("node.revoked", "rollout.created");
    }

    @Test
    void aPrivateAddressIsRefusedWhenItIsToBeConnectedTo() {
        create("w-1", url("/hook"), "*");
        create("w-2", "https://localhost:%d/".formatted(receiver.getAddress().getPort()), "*");
        happens("node.revoked");
        try (WebhookSender _ = sender()) {
            Await.until(
                    "both are dead",
                    SOON,
                    () -> fleet.all(DeliveryRow.class).stream().allMatch(row -> row.state.equals(Webhooks.DEAD)));
        }
        assertThat(fleet.all(DeliveryRow.class))
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.reason).contains("private or special address"));
        assertThat(heard).isEmpty();
    }

    @Test
    void aRedirectIsAFailureAndIsNotFollowed() {
        status = 302;
        create("w-1", url("/hook"), "*");
        happens("node.revoked");
        try (WebhookSender _ = sender("127.0.0.1")) {
            Await.until(
                    "a try is noted",
                    SOON,
                    () -> fleet.all(DeliveryRow.class).stream().anyMatch(row -> row.tries == 1));
        }
        assertThat(fleet.all(DeliveryRow.class)).singleElement().satisfies(row -> {
            assertThat(row.reason).isEqualTo("status 302");
            assertThat(row.nextAt).isGreaterThan(fleet.clock.millis());
        });
        assertThat(heard).extracting(message -> message.path()).containsExactly("/hook");
    }

    @Test
    void whatFailsIsTriedLaterAndDeadAfterEightTries() {
        create("w-1", "https://hooks.example/", "*");
        happens("node.revoked");
        String id = fleet.all(DeliveryRow.class).getFirst().id;
        for (int tries = 1; tries <= Webhooks.TRIES_MAX; tries++) {
            assertThat(due()).as("before try %d", tries).hasSize(1);
            fleet.core().run(scope -> {
                Webhooks.settle(scope.tx(), id, "status 500", false, 1, scope.nowMillis());
                return true;
            });
            assertThat(due()).isEmpty();
            fleet.clock.advance(Duration.ofHours(2));
        }
        assertThat(due()).isEmpty();
        assertThat(fleet.get(DeliveryRow.class, id).state).isEqualTo(Webhooks.DEAD);
        fleet.clock.advance(Duration.ofDays(7));
        fleet.core().run(scope -> {
            Webhooks.forget(scope.tx(), scope.nowMillis());
            return true;
        });
        assertThat(fleet.all(DeliveryRow.class)).isEmpty();
    }

    private List<List<Webhooks.Due>> due() {
        return fleet.core()
                .run(scope ->
                        Webhooks.due(scope.tx(), scope.nowMillis(), 3, 2, new SplittableRandom(fleet.clock.millis())));
    }

    @Test
    void everyWebhookHasItsTurnWhicheverWaitsTheLongest() {
        for (int i = 0; i < 5; i++) {
            create("w-" + i, "https://hooks.example/", "*");
            happens("node.revoked");
        }
        happens("node.revoked");
        Set<String> had = new HashSet<>();
        for (int round = 0; round < 20; round++) {
            fleet.clock.advance(Duration.ofMillis(500));
            assertThat(due()).hasSize(3).allSatisfy(turn -> {
                assertThat(turn).hasSize(2);
                String hook = turn.getFirst().delivery().substring(0, 3);
                assertThat(turn).allSatisfy(one -> assertThat(one.delivery()).startsWith(hook + "-"));
                had.add(hook);
            });
        }
        assertThat(had).hasSize(5);
    }

    @Test
    void aReceiverThatNeverAnswersKeepsNobodyElseWaiting() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            create("w-1", "http://127.0.0.1:%d/".formatted(silent.getLocalPort()), "*");
            for (int i = 0; i < 4; i++) {
                happens("node.revoked");
            }
            create("other", List.of("127.0.0.0/8"), "w-2", url("/other"), "*");
            for (int i = 0; i < 15; i++) {
                fleet.clock.advance(Duration.ofMillis(1));
                fleet.core().act("other", "bob", "node.revoked", "board-" + i, _ -> true);
            }
            try (WebhookSender _ = sender("127.0.0.0/8")) {
                Await.until("the other tenant's messages arrive", SOON, () -> heard.size() == 15);
            }
        }
        List<String> bodies = heard.stream().map(message -> message.body()).toList();
        for (int i = 0; i < 15; i++) {
            assertThat(bodies.get(i)).contains("\"what\":\"board-%d\"".formatted(i));
        }
    }

    @Test
    void whatCannotBeSentFailsAloneAndTheOthersArrive() {
        create("w-1", url("/hook"), "*");
        happens("node.revoked");
        fleet.core().run(scope -> {
            WebhookRow stored = scope.tx().get(WebhookRow.class, "w-1").orElseThrow();
            stored.url = "http://127.0.0.1:70000/";
            scope.tx().update(stored);
            return true;
        });
        create("w-2", url("/other"), "*");
        happens("rollout.created");
        try (WebhookSender _ = sender("127.0.0.0/8")) {
            Await.until(
                    "the other one's has left the queue and a try is noted",
                    SOON,
                    () -> fleet.all(DeliveryRow.class).stream().allMatch(row -> row.webhookId.equals("w-1"))
                            && fleet.all(DeliveryRow.class).stream().anyMatch(row -> row.tries == 1));
        }
        assertThat(heard).extracting(message -> message.path()).containsExactly("/other");
        assertThat(fleet.all(DeliveryRow.class))
                .filteredOn(row -> row.tries == 1)
                .allSatisfy(row -> assertThat(row.reason).contains("port"));
    }

    @Test
    void aQueueIsBoundedAndGoesWithItsWebhook() {
        create("w-1", "https://hooks.example/", "*");
        for (int i = 0; i < 1010; i++) {
            happens("node.revoked");
        }
        assertThat(fleet.all(DeliveryRow.class)).hasSize(1000);
        assertThatThrownBy(() -> delete("other", "w-1"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("no webhook");
        delete(TENANT, "w-1");
        assertThat(fleet.all(DeliveryRow.class)).isEmpty();
        happens("node.revoked");
        assertThat(fleet.all(DeliveryRow.class)).isEmpty();
    }

    private void delete(String tenant, String id) {
        fleet.core().run(scope -> {
            Webhooks.delete(scope.tx(), tenant, id);
            return true;
        });
    }

    @Test
    void refusesWhatIsNoWebhook() {
        for (String url : List.of("", "ftp://x/", "https:///x", "https://u:p@x/", "not a url", "https://x/#y")) {
            assertThatThrownBy(() -> create("w", url, "*")).as(url).isInstanceOf(Refusal.class);
        }
        for (int port : List.of(0, 65_536, 70_000)) {
            assertThatThrownBy(() -> create("w", "https://x:%d/".formatted(port), "*"))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("port (%d)".formatted(port));
        }
        create("w-port", "https://x:65535/", "*");
        delete(TENANT, "w-port");
        assertThatThrownBy(() -> create("w", "https://x/")).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> create("w", "https://x/", "a b")).isInstanceOf(Refusal.class);
        for (int i = 0; i < 20; i++) {
            create("w-" + i, "https://x/", "*");
        }
        assertThatThrownBy(() -> create("w-20", "https://x/", "*"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("20 webhooks");
    }

    @Test
    void plainHttpIsRefusedAtOnceUnlessTheNetworkIsAllowed() {
        for (String url : List.of("http://hooks.example/", "http://1.1.1.1/", "http://[::1]/")) {
            assertThatThrownBy(() -> create(List.of(), "w", url, "*"))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining(url)
                    .hasMessageContaining("https");
        }
        assertThatThrownBy(() -> create(List.of("10.1.0.0/16", "fd00::/8"), "w", "http://10.2.0.1/", "*"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("http://10.2.0.1/");
        assertThat(fleet.all(WebhookRow.class)).isEmpty();
        create(List.of("10.1.0.0/16", "fd00::/8"), "w-1", "http://10.1.0.1/", "*");
        create(List.of("10.1.0.0/16", "fd00::/8"), "w-2", "http://[fd00::1]:8080/", "*");
        create(List.of("10.1.0.0/16"), "w-3", "http://hooks.example/", "*");
        create(List.of(), "w-4", "https://hooks.example/", "*");
        assertThat(fleet.all(WebhookRow.class)).hasSize(4);
    }

    @Test
    void anEventThatNeverHappensIsRefusedByName() {
        for (String event : List.of("rollout.exploded", "rollouts.*", "rollout", "node.*.*")) {
            assertThatThrownBy(() -> create("w", "https://x/", "node.revoked", event))
                    .as(event)
                    .isInstanceOf(Refusal.class);
        }
        assertThatThrownBy(() -> create("w", "https://x/", "rollout.exploded"))
                .hasMessageContaining("rollout.exploded")
                .hasMessageContaining("rollout.*");
        assertThat(fleet.all(WebhookRow.class)).isEmpty();
        create("w-1", "https://x/", "rollout.needs-approval", "enrolment-token.*", "refused", "*");
        assertThat(fleet.all(WebhookRow.class)).hasSize(1);
    }

    @Test
    void theSignatureIsWhatTheDocumentationSays() {
        // The key and text of RFC 4231, test case 2, behind a time.
        assertThat(Signature.of("Jefe", "what do ya want for nothing?", 7))
                .startsWith("t=7,v1=")
                .isNotEqualTo(Signature.of("Jefe", "what do ya want for nothing?", 8))
                .hasSize("t=7,v1=".length() + 64);
    }

    @Test
    void onlyThePublicInternetIsNoSpecialAddress() throws Exception {
        for (String refused : List.of(
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "0.0.0.0",
                "100.64.0.1",
                "100.127.255.255",
                "168.63.129.16",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::7f00:1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::7f00:1",
                "2002:7f00:1::",
                "ff02::1",
                "2001:0:1::1")) {
            assertThat(Destinations.isRefused(InetAddress.ofLiteral(refused)))
                    .as(refused)
                    .isTrue();
        }
        for (String open : List.of(
                "1.1.1.1", "9.255.255.255", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00::1")) {
            assertThat(Destinations.isRefused(InetAddress.ofLiteral(open)))
                    .as(open)
                    .isFalse();
        }
        Destinations some = new Destinations(List.of("10.1.0.0/16"));
        assertThat(some.check(URI.create("http://10.1.2.3/")).getHostAddress()).isEqualTo("10.1.2.3");
        assertThatThrownBy(() -> some.check(URI.create("http://10.2.2.3/")))
                .isInstanceOf(Destinations.RefusedException.class);
        assertThatThrownBy(() -> some.check(URI.create("http://1.1.1.1/")))
                .isInstanceOf(Destinations.RefusedException.class)
                .hasMessageContaining("https");
        for (String malformed : List.of("10.1.0.0/33", "10.1.0.0/-1", "x", "10.1.0.0/x", "")) {
            assertThatThrownBy(() -> new Destinations(List.of(malformed)))
                    .as(malformed)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
