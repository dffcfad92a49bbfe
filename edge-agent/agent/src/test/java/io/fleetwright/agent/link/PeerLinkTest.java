package io.fleetwright.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.identity.PeerTls;
import io.fleetwright.agent.identity.TestAuthority;
import io.fleetwright.agent.link.PeerEndpoint.Taken;
import io.fleetwright.agent.link.PeerSender.Answer;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Tensor;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes on loopback, with certificates as a controller gives them out. */
@Timeout(180)
class PeerLinkTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** A machine with much other work decides nothing here. */
    private static final DirectPeers.Patience PATIENT =
            new DirectPeers.Patience(Duration.ofSeconds(30), Duration.ofSeconds(60));

    private final TestAuthority authority;
    private final AtomicReference<NodeIdentity> receiver;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong(1);
    private volatile PeerEndpoint.@Nullable Receiver answers;
    private PeerEndpoint endpoint;
    private PeerAddress address;

    private record Received(String from, byte[] message) {}

    PeerLinkTest() throws Exception {
        authority = new TestAuthority();
        receiver = new AtomicReference<>(authority.node("acme", "receiver"));
        endpoint = listen(0, Duration.ofSeconds(60));
        address = new PeerAddress("127.0.0.1", endpoint.port());
    }

    @BeforeEach
    void start() {
        endpoint.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private PeerEndpoint listen(int port, Duration grace) throws Exception {
        PeerEndpoint listening = new PeerEndpoint(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                "acme",
                new PeerTls(receiver::get).server(),
                (from, message) -> {
                    received.add(new Received(from, message));
                    PeerEndpoint.Receiver told = answers;
                    return told == null ? Taken.TAKEN : told.take(from, message);
                },
                grace);
        open.add(listening);
        return listening;
    }

    private DirectPeers sender(NodeIdentity identity) {
        return sender(identity, PATIENT);
    }

    private DirectPeers sender(NodeIdentity identity, DirectPeers.Patience patience) {
        DirectPeers sender = new DirectPeers("sender", new PeerTls(() -> identity)::client, nanos::get, patience);
        open.add(sender);
        return sender;
    }

    private DirectPeers sender() throws Exception {
        return sender(authority.node("acme", "sender"));
    }

    /** Stretches of a tensor of so many bytes. */
    private static List<byte[]> tensor(int bytes) {
        byte[] whole = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(whole);
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < bytes; at += Tensor.BYTES_MAX) {
            byte[] part = Arrays.copyOfRange(whole, at, Math.min(bytes, at + Tensor.BYTES_MAX));
            messages.add(new Tensor("t.1", 1, at, bytes, part, new byte[32]).encode());
        }
        return messages;
    }

    private static CompletableFuture<Answer> begin(DirectPeers sender, PeerAddress to, List<byte[]> messages) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        assertThat(sender.send(new PeerSender.Parcel("receiver", to, messages, LIMIT), answer::complete))
                .isTrue();
        return answer;
    }

    private Answer send(DirectPeers sender, List<byte[]> messages) throws Exception {
        return begin(sender, address, messages).get(120, TimeUnit.SECONDS);
    }

    private boolean isTried(DirectPeers sender) {
        return sender.send(new PeerSender.Parcel("receiver", address, tensor(1), LIMIT), _ -> {});
    }

    @Test
    void theBytesOfATensorArriveAsTheyAreInTheirOrderFromTheNodeInTheCertificate() throws Exception {
        DirectPeers sender = sender();
        for (int bytes : new int[] {1, 16_384, Tensor.BYTES_MAX, Tensor.BYTES_MAX + 1, 1 << 20, Tensor.TOTAL_MAX}) {
            received.clear();
            List<byte[]> messages = tensor(bytes);
            assertThat(send(sender, messages)).isInstanceOf(Answer.Taken.class);
            assertThat(received).extracting(Received::from).containsOnly("sender");
            assertThat(received).hasSize(messages.size());
            for (int i = 0; i < messages.size(); i++) {
                assertThat(received.get(i).message).isEqualTo(messages.get(i));
            }
        }
    }

    @Test
    void nodesOfAnotherAuthorityTenantOrNameOrWithoutACertificateOfTheirOwnAreRefused() throws Exception {
        TestAuthority foreign = new TestAuthority();
        for (NodeIdentity stranger : List.of(
                foreign.node("acme", "sender"),
                authority.node("other", "sender"),
                authority.ended("acme", "sender"),
                authority.server("acme", "sender"),
                authority.named("acme", "sender", "urn:fleetwright:controller"),
                authority.named("acme", "sender", "urn:fleetwright:node:acme/a/b"))) {
            // It would take any server for the one that it looks for.
            AtomicReference<NodeIdentity> shown = new AtomicReference<>(authority.node("acme", "sender"));
            PeerTls tls = new PeerTls(shown::get);
            try (SSLSocket socket = socket(tls, "receiver", stranger, shown)) {
                assertThatThrownBy(() -> {
                            write(socket, "POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
                            assertThat(status(socket)).isEqualTo("nothing");
                        })
                        .isInstanceOf(IOException.class);
            }
        }
        var nobody = javax.net.ssl.SSLContext.getInstance("TLSv1.3");
        nobody.init(null, new javax.net.ssl.TrustManager[] {new Anybody()}, null);
        try (SSLSocket socket = (SSLSocket) nobody.getSocketFactory().createSocket("127.0.0.1", address.port())) {
            assertThatThrownBy(() -> {
                        write(socket, "POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
                        assertThat(status(socket)).isEqualTo("nothing");
                    })
                    .isInstanceOf(IOException.class);
        }
        assertThat(received).isEmpty();
        assertThat(send(sender(), tensor(5))).isInstanceOf(Answer.Taken.class);
    }

    /** A connection that shows what {@code stranger} has. */
    private SSLSocket socket(PeerTls tls, String to, NodeIdentity stranger, AtomicReference<NodeIdentity> shown)
            throws Exception {
        var context = tls.client(to);
        shown.set(stranger);
        return (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", address.port());
    }

    @Test
    void aTensorIsShownToNobodyButTheNodeThatItIsFor() throws Exception {
        TestAuthority foreign = new TestAuthority();
        for (NodeIdentity other : List.of(
                authority.node("acme", "third"),
                authority.node("other", "receiver"),
                foreign.node("acme", "receiver"),
                authority.ended("acme", "receiver"))) {
            receiver.set(other);
            DirectPeers sender = sender();
            assertThat(send(sender, tensor(5))).isEqualTo(new Answer.Failed("tls"));
            assertThat(received).isEmpty();
            assertThat(isTried(sender)).isFalse();
        }
    }

    @Test
    void whatNoOrderNamesIsReadNoFurtherAndSaysNothingAgainstTheNode() throws Exception {
        answers = (_, _) -> Taken.NOT_ORDERED;
        DirectPeers sender = sender();
        assertThat(send(sender, tensor(1 << 20))).isIn(new Answer.Failed("http-409"), new Answer.Failed("broken"));
        assertThat(received).hasSize(1);
        answers = null;
        DirectPeers again = sender();
        assertThat(send(again, tensor(9))).isInstanceOf(Answer.Taken.class);
        answers = (_, _) -> Taken.NOT_ORDERED;
        assertThat(send(again, tensor(9))).isEqualTo(new Answer.Failed("http-409"));
        answers = null;
        assertThat(send(again, tensor(9))).isInstanceOf(Answer.Taken.class);
    }

    @Test
    void anAnswerThatSaysThatTheNodeIsBrokenLeavesItAloneForAWhile() throws Exception {
        answers = (_, _) -> Taken.MALFORMED;
        DirectPeers sender = sender();
        assertThat(send(sender, tensor(9))).isEqualTo(new Answer.Failed("http-400"));
        answers = null;
        assertThat(isTried(sender)).isFalse();
        nanos.addAndGet(DirectPeers.SHUNNED.toNanos());
        assertThat(send(sender, tensor(9))).isInstanceOf(Answer.Taken.class);
    }

    @Test
    void aNodeThatIsDownIsLeftAloneForAWhileAndThenTriedAgain() throws Exception {
        endpoint.close();
        DirectPeers sender = sender();
        assertThat(send(sender, tensor(9))).isInstanceOf(Answer.Failed.class);
        assertThat(isTried(sender)).isFalse();
        nanos.addAndGet(DirectPeers.SHUNNED.toNanos());
        assertThat(send(sender, tensor(9))).isInstanceOf(Answer.Failed.class);
        nanos.addAndGet(DirectPeers.SHUNNED.toNanos());
        listen(address.port(), Duration.ofSeconds(60)).start();
        assertThat(isTried(sender)).isFalse();
        nanos.addAndGet(DirectPeers.SHUNNED.toNanos());
        assertThat(send(sender, tensor(9))).isInstanceOf(Answer.Taken.class);
    }

    @Test
    void aNodeThatTakesConnectionsAndSaysNothingIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            DirectPeers sender = sender(
                    authority.node("acme", "sender"), new DirectPeers.Patience(Duration.ofMillis(300), Duration.ZERO));
            PeerAddress there = new PeerAddress("127.0.0.1", silent.getLocalPort());
            assertThat(begin(sender, there, tensor(9)).get(120, TimeUnit.SECONDS))
                    .isInstanceOf(Answer.Failed.class);
            assertThat(sender.send(new PeerSender.Parcel("receiver", there, tensor(1), LIMIT), _ -> {}))
                    .isFalse();
        }
    }

    @Test
    void aParcelWhoseTimeIsNearlyOverSaysNothingAgainstTheNode() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            DirectPeers sender = sender();
            PeerAddress there = new PeerAddress("127.0.0.1", silent.getLocalPort());
            // Which of two clocks ends it first, and says so in its own way, is chance.
            for (int millis = 1; millis <= 40; millis++) {
                CompletableFuture<Answer> late = new CompletableFuture<>();
                assertThat(sender.send(
                                new PeerSender.Parcel("receiver", there, tensor(9), Duration.ofMillis(millis)),
                                late::complete))
                        .as("in %d ms", millis)
                        .isTrue();
                assertThat(late.get(120, TimeUnit.SECONDS)).isInstanceOf(Answer.Failed.class);
            }
            assertThat(sender.send(new PeerSender.Parcel("receiver", there, tensor(1), LIMIT), _ -> {}))
                    .isTrue();
        }
    }

    @Test
    void whatWasOnItsWayWhenANodeFailedIsNoFurtherFailure() throws Exception {
        DirectPeers sender = sender(
                authority.node("acme", "sender"),
                new DirectPeers.Patience(Duration.ofSeconds(100), Duration.ofSeconds(100)));
        PeerAddress there;
        CompletableFuture<Answer> one;
        CompletableFuture<Answer> other;
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            there = new PeerAddress("127.0.0.1", silent.getLocalPort());
            one = begin(sender, there, tensor(9));
            other = begin(sender, there, tensor(9));
        }
        // Both were on their way when it went.
        assertThat(one.get(120, TimeUnit.SECONDS)).isInstanceOf(Answer.Failed.class);
        assertThat(other.get(120, TimeUnit.SECONDS)).isInstanceOf(Answer.Failed.class);
        var again = new PeerSender.Parcel("receiver", there, tensor(1), LIMIT);
        assertThat(sender.send(again, _ -> {})).isFalse();
        nanos.addAndGet(DirectPeers.SHUNNED.toNanos());
        assertThat(sender.send(again, _ -> {})).as("one failure, not two").isTrue();
    }

    @Test
    void aConnectionIsMadeBeforeItIsNeededAndANodeThatIsDownIsFoundOutThen() throws Exception {
        DirectPeers sender = sender();
        sender.prepare("receiver", address);
        assertThat(send(sender, tensor(9))).isInstanceOf(Answer.Taken.class);
        endpoint.close();
        DirectPeers other = sender();
        other.prepare("receiver", address);
        while (isTried(other)) {
            Thread.onSpinWait(); // The test's limit ends this.
        }
        assertThat(isTried(other)).isFalse();
    }

    @Test
    void requestsOfAnotherFormAreAnsweredWithWhatIsWrong() throws Exception {
        assertThat(ask("GET /tensor HTTP/1.1\r\nHost: x\r\n\r\n")).contains(" 405 ");
        assertThat(ask("POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
                .contains(" 404 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
                .contains(" 411 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\n\r\n")).contains(" 411 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                        .formatted(PeerBody.BYTES_MAX + 1)))
                .contains(" 413 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
                .contains(" 400 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"))
                .contains(" 400 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n\u007f\u007f\u007f\u007fabcd"))
                .contains(" 400 ");
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n\0\0\0\5abcd"))
                .contains(" 400 ");
        assertThat(received).isEmpty();
        assertThat(ask("POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n\0\0\0\4abcd"))
                .contains(" 204 ");
        assertThat(received).hasSize(1);
    }

    private SSLSocket socket() throws Exception {
        NodeIdentity own = authority.node("acme", "sender");
        SSLSocket socket = (SSLSocket)
                new PeerTls(() -> own).client("receiver").getSocketFactory().createSocket("127.0.0.1", address.port());
        open.add(socket);
        return socket;
    }

    private String ask(String request) throws Exception {
        try (SSLSocket socket = socket()) {
            write(socket, request);
            return status(socket);
        }
    }

    private static void write(SSLSocket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The first line of an answer. */
    private static String status(SSLSocket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = socket.getInputStream().read();
                next >= 0 && next != '\r';
                next = socket.getInputStream().read()) {
            line.append((char) next);
        }
        if (line.isEmpty()) {
            throw new IOException("the connection was closed");
        }
        return line.toString();
    }

    @Test
    void aSenderThatStopsInTheMiddleIsLetGoAndOthersAreServedMeanwhile() throws Exception {
        PeerEndpoint brisk = listen(0, Duration.ofMillis(200));
        brisk.start();
        address = new PeerAddress("127.0.0.1", brisk.port());
        SSLSocket slow = socket();
        write(slow, "POST /tensor HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n\0\0\0\40abcd");
        DirectPeers other = sender();
        // On a machine with much other work this one may seem slow as well, the first time.
        while (!(send(other, tensor(9)) instanceof Answer.Taken)) {
            nanos.addAndGet(8 * DirectPeers.SHUNNED.toNanos());
        }
        // Without an end the test's limit would end this.
        try {
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        } catch (IOException closed) {
            assertThat(closed).isNotNull();
        }
        assertThat(received)
                .allSatisfy(one -> assertThat(one.message).isEqualTo(tensor(9).getFirst()));
    }

    @Test
    void oneNodeCannotTakeAllPlaces() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch there = new CountDownLatch(PeerEndpoint.REQUESTS_OF_ONE_MAX);
        answers = (from, _) -> {
            if (from.equals("sender")) {
                there.countDown();
                go.await();
            }
            return Taken.TAKEN;
        };
        NodeIdentity greedy = authority.node("acme", "sender");
        DirectPeers one = sender(greedy);
        List<CompletableFuture<Answer>> held = new ArrayList<>();
        for (int i = 0; i < PeerEndpoint.REQUESTS_OF_ONE_MAX; i++) {
            held.add(begin(one, address, tensor(9)));
        }
        there.await();
        assertThat(isTried(one)).isFalse(); // So many are on their way.
        assertThat(send(sender(greedy), tensor(9))).isEqualTo(new Answer.Failed("http-503"));
        assertThat(send(sender(authority.node("acme", "third")), tensor(9))).isInstanceOf(Answer.Taken.class);
        go.countDown();
        for (CompletableFuture<Answer> one0 : held) {
            assertThat(one0.get(120, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void newConnectionsShowTheCertificateThatTheNodeHasThen() throws Exception {
        NodeIdentity old = authority.node("acme", "receiver");
        receiver.set(old);
        assertThat(shown()).isEqualTo(TestAuthority.serialOf(old));
        NodeIdentity renewed = authority.renewed(old);
        assertThat(TestAuthority.serialOf(renewed)).isNotEqualTo(TestAuthority.serialOf(old));
        receiver.set(renewed);
        assertThat(shown()).isEqualTo(TestAuthority.serialOf(renewed));
    }

    private BigInteger shown() throws Exception {
        try (SSLSocket socket = socket()) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
        }
    }

    @Test
    void itEndsWhileSomebodySends() throws Exception {
        CountDownLatch there = new CountDownLatch(1);
        answers = (_, _) -> {
            there.countDown();
            new CountDownLatch(1).await();
            return Taken.TAKEN;
        };
        DirectPeers sender = sender();
        CompletableFuture<Answer> answer = begin(sender, address, tensor(9));
        there.await();
        endpoint.close();
        assertThat(answer.get(120, TimeUnit.SECONDS)).isInstanceOf(Answer.Failed.class);
        sender.close();
        assertThat(isTried(sender)).isFalse();
    }

    @Test
    void itListensNowhereButWhereItWasTold() throws Exception {
        var tls = new PeerTls(receiver::get).server();
        assertThatThrownBy(
                        () -> new PeerEndpoint(new InetSocketAddress("0.0.0.0", 0), "acme", tls, (_, _) -> Taken.TAKEN))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("0.0.0.0");
        assertThatThrownBy(() -> new PeerEndpoint(
                        InetSocketAddress.createUnresolved("nowhere.invalid", 0), "acme", tls, (_, _) -> Taken.TAKEN))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere.invalid");
    }

    @Test
    void moreIsNotBegunThanMayBeOnItsWay() throws Exception {
        assertThat(DirectPeers.FLIGHT_BYTES_MAX).isLessThan(2 * PeerBody.BYTES_MAX);
        CountDownLatch go = new CountDownLatch(1);
        answers = (_, _) -> {
            go.await();
            return Taken.TAKEN;
        };
        DirectPeers sender = sender();
        CompletableFuture<Answer> large = begin(sender, address, tensor(Tensor.TOTAL_MAX));
        assertThat(sender.send(new PeerSender.Parcel("receiver", address, tensor(Tensor.TOTAL_MAX), LIMIT), _ -> {}))
                .isFalse();
        go.countDown();
        assertThat(large.get(120, TimeUnit.SECONDS)).isInstanceOf(Answer.Taken.class);
        assertThat(send(sender, tensor(Tensor.TOTAL_MAX))).isInstanceOf(Answer.Taken.class);
    }

    /** Of a client that looks at nothing. */
    private static final class Anybody extends javax.net.ssl.X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
