package io.fleetwright.tests.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.identity.PeerTls;
import io.fleetwright.agent.link.DirectPeers;
import io.fleetwright.agent.link.PahoTransport;
import io.fleetwright.agent.link.PeerEndpoint;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.link.TensorPieces;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import io.fleetwright.trust.Digest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/**
 * {@code bench offload --tensors N}: how long tensors are on their way from one node to another by the controller's broker and directly, by
 * the agent's own transports. The two ways take turns; both nodes are in this process, the broker is in another one.
 */
final class TensorBench {
    private static final int[] BYTES = {256, 4 * 1024, 16 * 1024, 150 * 1024, 1024 * 1024};
    private static final int WARM_UP = 50;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private volatile Arrival awaited = new Arrival("none", 1);
    private final NodeIdentity from;
    private final NodeIdentity to;
    private int number;

    private TensorBench(NodeIdentity from, NodeIdentity to) {
        this.from = from;
        this.to = to;
    }

    /** A tensor on its way. */
    private static final class Arrival {
        final String task;
        final TensorPieces pieces;
        final CompletableFuture<Long> wholeNanos = new CompletableFuture<>();

        Arrival(String task, int bytes) {
            this.task = task;
            this.pieces = new TensorPieces(bytes);
        }
    }

    static int run(Path folder, int count, boolean json) throws Exception {
        try (Processes.Controller controller = new Processes.Controller(folder, Map.of()).atFullSpeed()) {
            controller.start();
            String token = Operator.signIn(controller).enrolmentToken(2);
            ArrayNode rows = new TensorBench(
                            WireNode.enrol(controller, token, "sender", folder),
                            WireNode.enrol(controller, token, "receiver", folder))
                    .rows(count);
            if (json) {
                System.out.println(JSON.createObjectNode().set("tensors", rows));
                return 0;
            }
            System.out.println("bytes    broker p50 ms    p90 ms  direct p50 ms    p90 ms  answered p50 ms");
            rows.forEach(row -> System.out.printf(
                    "%7d  %13.2f  %8.2f  %13.2f  %8.2f  %15.2f%n",
                    row.path("bytes").asInt(),
                    row.path("brokerP50Ms").asDouble(),
                    row.path("brokerP90Ms").asDouble(),
                    row.path("directP50Ms").asDouble(),
                    row.path("directP90Ms").asDouble(),
                    row.path("answeredP50Ms").asDouble()));
            return 0;
        }
    }

    private ArrayNode rows(int count) throws Exception {
        CountDownLatch connected = new CountDownLatch(2);
        SSLContext sending = from.tls();
        SSLContext receiving = to.tls();
        try (PahoTransport sender = transport(from, sending, new Ear(connected));
                PahoTransport receiver = transport(to, receiving, new Ear(connected));
                PeerEndpoint endpoint = new PeerEndpoint(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        to.address().tenant(),
                        new PeerTls(() -> to).server(),
                        (_, message) -> heard(message));
                DirectPeers direct = new DirectPeers("sender", new PeerTls(() -> from)::client, System::nanoTime)) {
            sender.start();
            receiver.start();
            endpoint.start();
            if (!connected.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the nodes could not connect");
            }
            PeerAddress address = new PeerAddress("127.0.0.1", endpoint.port());
            ArrayNode rows = JSON.createArrayNode();
            for (int bytes : BYTES) {
                List<Double> broker = new ArrayList<>();
                List<Double> directly = new ArrayList<>();
                List<Double> answered = new ArrayList<>();
                for (int i = -WARM_UP; i < count; i++) {
                    double brokerMillis = byBroker(sender, bytes);
                    double[] directMillis = directly(direct, address, bytes);
                    if (i >= 0) {
                        broker.add(brokerMillis);
                        directly.add(directMillis[0]);
                        answered.add(directMillis[1]);
                    }
                }
                rows.add(JSON.createObjectNode()
                        .put("bytes", bytes)
                        .put("brokerP50Ms", percentile(broker, 0.5))
                        .put("brokerP90Ms", percentile(broker, 0.9))
                        .put("directP50Ms", percentile(directly, 0.5))
                        .put("directP90Ms", percentile(directly, 0.9))
                        .put("answeredP50Ms", percentile(answered, 0.5)));
            }
            return rows;
        }
    }

    private static PahoTransport transport(NodeIdentity node, SSLContext tls, Ear ear) {
        return new PahoTransport(
                node.address(), node.mqttHost(), node.mqttPort(), () -> tls, new SplittableRandom(1), ear);
    }

    private byte[] next(int bytes) {
        byte[] whole = new byte[bytes];
        new SplittableRandom(++number).nextBytes(whole);
        awaited = new Arrival("t." + number, bytes);
        return whole;
    }

    private static List<byte[]> messages(String task, byte[] whole) {
        byte[] sha256 = Digest.sha256().digest(whole);
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < whole.length; at += Tensor.BYTES_MAX) {
            byte[] part = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + Tensor.BYTES_MAX));
            messages.add(new Tensor(task, 1, at, whole.length, part, sha256).encode());
        }
        return messages;
    }

    /** From before the stretches are made to when the tensor is whole, milliseconds. */
    private double byBroker(PahoTransport sender, int bytes) throws Exception {
        byte[] whole = next(bytes);
        Arrival arrival = awaited;
        Topic topic =
                new Topic(to.address(), Topic.Kind.IN_TENSOR, from.address().node());
        long begun = System.nanoTime();
        for (byte[] message : messages(arrival.task, whole)) {
            while (!sender.send(topic, message, LIMIT)) {
                if (System.nanoTime() - begun > LIMIT.toNanos()) {
                    throw new IllegalStateException("the broker takes nothing");
                }
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos()); // As the agent does.
            }
        }
        return checked(arrival, whole, begun);
    }

    private double[] directly(DirectPeers direct, PeerAddress address, int bytes) throws Exception {
        byte[] whole = next(bytes);
        Arrival arrival = awaited;
        CompletableFuture<PeerSender.Answer> answer = new CompletableFuture<>();
        long begun = System.nanoTime();
        var parcel = new PeerSender.Parcel(to.address().node(), address, messages(arrival.task, whole), LIMIT);
        if (!direct.send(parcel, answer::complete)) {
            throw new IllegalStateException("the direct way was not tried");
        }
        double millis = checked(arrival, whole, begun);
        if (answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS) instanceof PeerSender.Answer.Taken(long micros)) {
            return new double[] {millis, micros / 1000.0};
        }
        throw new IllegalStateException("the direct way failed: " + answer.get());
    }

    private static double checked(Arrival arrival, byte[] whole, long begun) throws Exception {
        double millis = (arrival.wholeNanos.get(LIMIT.toSeconds(), TimeUnit.SECONDS) - begun) / 1e6;
        if (!Arrays.equals(arrival.pieces.whole(), whole)) {
            throw new IllegalStateException("the tensor that came is another one");
        }
        return millis;
    }

    private PeerEndpoint.Taken heard(byte[] message) {
        try {
            Tensor tensor = Tensor.decode(message);
            Arrival arrival = awaited;
            if (!tensor.task().equals(arrival.task)) {
                return PeerEndpoint.Taken.NOT_ORDERED;
            }
            synchronized (arrival) {
                if (arrival.pieces.take(tensor) == TensorPieces.Outcome.WHOLE) {
                    arrival.wholeNanos.complete(System.nanoTime());
                }
            }
            return PeerEndpoint.Taken.TAKEN;
        } catch (MalformedMessageException malformed) {
            return PeerEndpoint.Taken.MALFORMED;
        }
    }

    private static double percentile(List<Double> values, double share) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }

    /** A node's core, which only takes tensors. */
    private final class Ear implements PahoTransport.Core, Transport.Listener {
        private final CountDownLatch connected;

        Ear(CountDownLatch connected) {
            this.connected = connected;
        }

        @Override
        public byte[] lastWill() {
            return new Status("00c0ffee00c0ffee", 1, Status.State.LOST, System.currentTimeMillis()).encode();
        }

        @Override
        public void offer(PahoTransport.Event event) {
            event.tell(this);
        }

        @Override
        public void put(PahoTransport.Event event) {
            event.tell(this);
        }

        @Override
        public void connected() {
            connected.countDown();
        }

        @Override
        public void disconnected(String why) {
            System.err.println("disconnected: " + why);
        }

        @Override
        public void message(String topic, byte[] payload) {
            if (topic.contains("/in/tensor/")) {
                heard(payload);
            }
        }
    }
}
