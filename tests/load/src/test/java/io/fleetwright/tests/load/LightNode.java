package io.fleetwright.tests.load;

import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.link.PahoTransport;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.tests.integration.WireNode;
import io.fleetwright.trust.DesiredVerifier;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.Verdict;
import io.fleetwright.trust.set.RootChain;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.Nullable;

/**
 * A node of a simulated fleet: its own certificate and connection, no agent inside. It checks the list's signature and says at once
 * that it runs what the list names. All nodes share an event loop; one belongs to one of its threads, which alone changes it.
 */
final class LightNode {
    private static final int PACKET_BYTES_MAX = 512 * 1024;
    private static final int KEEP_ALIVE_SECONDS = 15;
    private static final int CONNECT_MILLIS_MAX = 60_000;
    /** The longest pause before the next connection. */
    private static final Duration REDIAL = Duration.ofSeconds(2);

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration RESEND = Duration.ofSeconds(5);
    /** All nodes check in one thread: with the JDK's own provider that alone took longer than telling them. */
    private static final Provider VERIFIER = new BouncyCastleProvider();

    private final NodeIdentity identity;
    private final String boot;
    private final DesiredVerifier verifier;
    private List<SlotReport> slots = List.of();
    private byte @Nullable [] unacknowledged;
    private long sequence;
    private long resendAtNanos;
    private int packet;
    private volatile @Nullable Channel channel;
    private volatile Stage stage = Stage.CONNECTING;
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile long applied;
    private volatile long notifiedNanos;
    private volatile long acknowledgedNanos;
    private volatile @Nullable Throwable wrong;

    /** How far its connection is. */
    enum Stage {
        /** TCP and TLS. */
        CONNECTING,
        /** Waits for the answer to its CONNECT. */
        GREETING,
        SUBSCRIBING,
        /** Its subscription stands, and its birth is on its way. */
        LISTENING
    }

    LightNode(NodeIdentity identity, String boot) throws GeneralSecurityException, MalformedMessageException {
        this.identity = identity;
        this.boot = boot;
        this.verifier = new DesiredVerifier(
                address().tenant(),
                address().node(),
                RootChain.directors(identity.root()).getFirst(),
                VERIFIER);
    }

    NodeAddress address() {
        return identity.address();
    }

    Stage stage() {
        return stage;
    }

    /** When the first list with something in it came, of {@link System#nanoTime}; 0 before. */
    long notifiedNanos() {
        return notifiedNanos;
    }

    /** When the controller said that it has stored the report; 0 before. */
    long acknowledgedNanos() {
        return acknowledgedNanos;
    }

    /** What ended the connection or was not as it should be. */
    @Nullable
    Throwable wrong() {
        return wrong;
    }

    /**
     * Begins to connect, and again when the broker ends a connection before its subscription stands, as an agent does; {@link #stage}
     * says how far it is.
     */
    void connect(EventLoopGroup loop) throws GeneralSecurityException {
        JdkSslContext tls = new JdkSslContext(
                identity.tls(), true, null, IdentityCipherSuiteFilter.INSTANCE, null, ClientAuth.NONE, null, false);
        dial(new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        SslHandler handler = tls.newHandler(socket.alloc(), "127.0.0.1", identity.mqttPort());
                        handler.setHandshakeTimeoutMillis(CONNECT_MILLIS_MAX);
                        socket.pipeline()
                                .addLast(
                                        handler,
                                        new MqttDecoder(PACKET_BYTES_MAX),
                                        MqttEncoder.INSTANCE,
                                        new Conversation());
                    }
                }));
    }

    private void dial(Bootstrap bootstrap) {
        attempts.incrementAndGet();
        var connecting = bootstrap.connect("127.0.0.1", identity.mqttPort());
        var _ = connecting.addListener(done -> {
            if (!done.isSuccess()) {
                wrong = done.cause();
            }
        });
        var _ = connecting.channel().closeFuture().addListener(_ -> {
            if (wrong == null && stage != Stage.LISTENING) {
                stage = Stage.CONNECTING;
                long pause = Math.floorMod(boot.hashCode(), REDIAL.toMillis());
                var _ = bootstrap.config().group().schedule(() -> dial(bootstrap), pause, TimeUnit.MILLISECONDS);
            }
        });
    }

    /** Connections that it began. */
    int attempts() {
        return attempts.get();
    }

    void close() {
        Channel open = channel;
        if (open != null) {
            var ignored = open.close();
        }
    }

    private final class Conversation extends SimpleChannelInboundHandler<MqttMessage> {
        private @Nullable Future<?> beats;

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent shaken && shaken.isSuccess()) {
                channel = context.channel();
                stage = Stage.GREETING;
                write(
                        context.channel(),
                        MqttMessageBuilders.connect()
                                .protocolVersion(MqttVersion.MQTT_5)
                                .clientId(WireNode.clientId(address()))
                                .cleanSession(true)
                                .keepAlive(KEEP_ALIVE_SECONDS)
                                .properties(receiveMaximum())
                                .build());
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, MqttMessage message)
                throws MalformedMessageException {
            if (message.decoderResult().isFailure()) {
                throw new IllegalStateException(
                        "not MQTT", message.decoderResult().cause());
            }
            switch (message) {
                case MqttConnAckMessage answer -> connected(context, answer);
                case MqttSubAckMessage answer -> {
                    if (answer.payload().grantedQoSLevels().getFirst() > 2) {
                        throw new IllegalStateException("the subscription was refused");
                    }
                    send(Topic.Kind.UP_BIRTH, birth());
                    stage = Stage.LISTENING;
                    long beat = HEARTBEAT.toMillis();
                    beats = context.executor()
                            .scheduleAtFixedRate(
                                    this::beat, Math.floorMod(boot.hashCode(), beat), beat, TimeUnit.MILLISECONDS);
                }
                case MqttPublishMessage published -> {
                    if (published.fixedHeader().qosLevel() == MqttQoS.AT_LEAST_ONCE) {
                        write(
                                context.channel(),
                                acknowledgement(published.variableHeader().packetId()));
                    }
                    heard(published.variableHeader().topicName(), ByteBufUtil.getBytes(published.payload()));
                }
                default -> {
                    // Acknowledgements of the broker, which are not the controller's.
                }
            }
        }

        private void connected(ChannelHandlerContext context, MqttConnAckMessage answer) {
            if (answer.variableHeader().connectReturnCode() != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
                throw new IllegalStateException(
                        "refused: " + answer.variableHeader().connectReturnCode());
            }
            stage = Stage.SUBSCRIBING;
            write(
                    context.channel(),
                    MqttMessageBuilders.subscribe()
                            .addSubscription(MqttQoS.AT_LEAST_ONCE, Topic.downFilter(address()))
                            .messageId(nextPacket())
                            .build());
        }

        private void beat() {
            byte[] kept = unacknowledged;
            if (kept != null && System.nanoTime() > resendAtNanos) {
                resendAtNanos = System.nanoTime() + RESEND.toNanos();
                send(Topic.Kind.UP_REPORTED, kept);
            }
            send(Topic.Kind.UP_STATUS, new Status(boot, 1, Status.State.ONLINE, System.currentTimeMillis()).encode());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            boolean isCut = cause instanceof IOException && !(cause instanceof SSLException);
            if (!isCut || stage == Stage.LISTENING) {
                wrong = cause;
            }
            var ignored = context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Future<?> beating = beats;
            if (beating != null) {
                beating.cancel(false);
            }
            if (wrong == null && stage == Stage.LISTENING) {
                wrong = new IllegalStateException("the connection of %s has ended".formatted(address()));
            }
        }
    }

    private void heard(String topic, byte[] payload) throws MalformedMessageException {
        switch (Topic.parse(topic).kind()) {
            case DOWN_DESIRED -> desired(Desired.decode(payload));
            case DOWN_ACK -> {
                Ack ack = Ack.decode(payload);
                if (ack.stream() == Stream.REPORTED
                        && ack.boot().equals(boot)
                        && ack.ranges().getLast().last() >= sequence) {
                    unacknowledged = null;
                    acknowledgedNanos = slots.isEmpty() ? 0 : System.nanoTime();
                }
            }
            case DOWN_COMMAND -> send(Topic.Kind.UP_BIRTH, birth());
            case DOWN_WORK, DOWN_OUTCOME, UP_BIRTH, UP_STATUS, UP_REPORTED, UP_TELEMETRY, UP_RESULT, IN_TENSOR ->
                throw new MalformedMessageException("nobody was to send " + topic);
        }
    }

    private void desired(Desired desired) {
        SignedList signed = new SignedList(desired.list(), desired.keyId(), desired.signature());
        if (!(verifier.verify(signed, applied) instanceof Verdict.Accepted(var verified))) {
            return; // The same list again.
        }
        applied = verified.list().version();
        slots = verified.list().slots().stream()
                .map(slot -> new SlotReport(
                        slot.device(), slot.slot(), slot.digest().value(), SlotReport.State.ACTIVE, null))
                .toList();
        if (notifiedNanos == 0 && !slots.isEmpty()) {
            notifiedNanos = System.nanoTime();
        }
        sequence++;
        unacknowledged = new Reported(new Stamp(boot, sequence), applied, true, slots, null).encode();
        resendAtNanos = System.nanoTime() + RESEND.toNanos();
        send(Topic.Kind.UP_REPORTED, unacknowledged);
    }

    private byte[] birth() {
        return Birth.of(boot, 1, System.currentTimeMillis(), "test", "scalar")
                .withOperators(List.copyOf(Set.copyOf(ModelReader.operatorNames())))
                .withDevices(List.of(new Birth.Device(WireNode.DEVICE, DeviceClass.CPU, "cpu", null, false, 1L << 30)))
                .withSlots(slots, applied)
                .encode();
    }

    private static MqttProperties receiveMaximum() {
        MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(
                MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM.value(), PahoTransport.RECEIVE_MAXIMUM));
        return properties;
    }

    private void send(Topic.Kind kind, byte[] payload) {
        Channel open = channel;
        if (open != null) {
            write(
                    open,
                    MqttMessageBuilders.publish()
                            .topicName(new Topic(address(), kind).text())
                            .qos(MqttQoS.AT_LEAST_ONCE)
                            .messageId(nextPacket())
                            .payload(Unpooled.wrappedBuffer(payload))
                            .build());
        }
    }

    private static void write(Channel out, MqttMessage message) {
        var ignored = out.writeAndFlush(message).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    private int nextPacket() {
        packet = packet % 65_535 + 1;
        return packet;
    }

    private static MqttMessage acknowledgement(int packet) {
        return new MqttMessage(
                new MqttFixedHeader(MqttMessageType.PUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
                MqttMessageIdVariableHeader.from(packet));
    }
}
