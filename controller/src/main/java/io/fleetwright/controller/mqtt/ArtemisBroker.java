package io.fleetwright.controller.mqtt;

import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import javax.security.auth.Subject;
import org.apache.activemq.artemis.api.core.ActiveMQDisconnectedException;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.protocol.mqtt.MQTTInterceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyServerConnection;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.activemq.artemis.core.security.CheckType;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.impl.ActiveMQServerImpl;
import org.apache.activemq.artemis.core.server.impl.ServiceRegistryImpl;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;
import org.apache.activemq.artemis.spi.core.security.ActiveMQSecurityManager5;
import org.apache.activemq.artemis.spi.core.security.jaas.UserPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Artemis with mutual TLS. Every check goes by the certificate of the connection: the client id must be the
 * certificate's identity, user names are refused, only MQTT 5 may connect, and no answer is cached.
 */
public final class ArtemisBroker implements EmbeddedBroker {
    private static final int MQTT_5 = 5;
    private static final long NO_LIMIT = -1;
    private static final long RELEASE_MILLIS = 100;
    private static final int CONNECTIONS_MAX = 20_000;
    private static final int KEEP_ALIVE_SECONDS = 15;
    /**
     * Messages that a node may leave unacknowledged, which no other bound of the broker's memory counts. Agents say 50; who says
     * nothing asks for 65,535.
     */
    static final int RECEIVE_MAXIMUM = 64;

    /**
     * From TCP's connection to the first MQTT packet. When a whole fleet comes back at once, a controller has seconds of TLS to compute:
     * what is cut before its turn was computed in vain, and comes again.
     */
    private static final int HANDSHAKE_SECONDS = 20;

    private final Predicate<X509Certificate> refused;
    private final BiConsumer<NodeAddress, String> attempts;
    private final ActiveMQServerImpl server;
    private final Brake brake;

    /**
     * @param folder bindings of the broker
     * @param host address to listen on
     * @param refused certificates that are good for TLS and yet let nobody in; asked at every check
     * @param attempts hears of what a node was refused; must not wait
     */
    public ArtemisBroker(
            Path folder,
            String host,
            int port,
            Keys keys,
            Predicate<X509Certificate> refused,
            BiConsumer<NodeAddress, String> attempts) {
        this(folder, host, port, keys, refused, attempts, Brake.Limits.DEFAULT);
    }

    ArtemisBroker(
            Path folder,
            String host,
            int port,
            Keys keys,
            Predicate<X509Certificate> refused,
            BiConsumer<NodeAddress, String> attempts,
            Brake.Limits limits) {
        this.refused = refused;
        this.attempts = attempts;
        Configuration configuration = new ConfigurationImpl()
                // No session outlives its connection, and what matters is sent again: nothing is worth a journal.
                .setPersistenceEnabled(false)
                .setJournalDirectory(folder.resolve("journal").toString())
                .setBindingsDirectory(folder.resolve("bindings").toString())
                .setPagingDirectory(folder.resolve("paging").toString())
                .setLargeMessagesDirectory(folder.resolve("large").toString())
                .setSecurityEnabled(true)
                .setAuthenticationCacheSize(0)
                .setAuthorizationCacheSize(0)
                .setJMXManagementEnabled(false)
                .setGlobalMaxSize(NO_LIMIT)
                .setMaxDiskUsage(99)
                // A message for each subscriber in one queue, and all of it is searched whenever a session ends.
                .setMqttSubscriptionPersistenceEnabled(false)
                .setMqttSessionScanInterval(1000);
        // Artemis counts a message's bytes for the address that it was published to, and looks at those of the
        // subscription's address, which has wildcards, before it would page or drop: its own limits never act here.
        configuration.addAddressSetting("#", settings());
        for (String kind : List.of("in", "down")) {
            configuration.addAddressSetting(
                    "fw.v1.*.*." + kind + ".#", settings().setDefaultRingSize(limits.perQueue()));
        }
        configuration.addAcceptorConfiguration(acceptor(host, port, keys));
        ServiceRegistryImpl services = new ServiceRegistryImpl();
        services.addIncomingInterceptor(new Doorkeeper());
        this.server = new ActiveMQServerImpl(configuration, null, new CertificateSecurity(), null, services);
        this.brake = new Brake(limits, this::heldBytes);
    }

    private static AddressSettings settings() {
        return new AddressSettings()
                .setMaxSizeBytes(NO_LIMIT)
                .setDeadLetterAddress(SimpleString.of("fw.dead"))
                .setExpiryAddress(SimpleString.of("fw.expired"))
                .setAutoCreateDeadLetterResources(false)
                .setAutoCreateExpiryResources(false);
    }

    /** Bytes of all messages that wait for subscribers or for their acknowledgements. */
    long heldBytes() {
        return server.getPagingManager().getGlobalSize();
    }

    /** Messages in all queues, also in those of the broker itself. */
    long messages() {
        return server.getTotalMessageCount();
    }

    /** Addresses that the broker keeps. */
    int addresses() {
        return server.getPostOffice().getAddresses().size();
    }

    private static TransportConfiguration acceptor(String host, int port, Keys keys) {
        Map<String, Object> parameters = new HashMap<>();
        parameters.put(TransportConstants.HOST_PROP_NAME, host);
        parameters.put(TransportConstants.PORT_PROP_NAME, port);
        parameters.put(TransportConstants.PROTOCOLS_PROP_NAME, "MQTT");
        parameters.put(TransportConstants.SSL_ENABLED_PROP_NAME, true);
        parameters.put(TransportConstants.NEED_CLIENT_AUTH_PROP_NAME, true);
        parameters.put(TransportConstants.ENABLED_PROTOCOLS_PROP_NAME, "TLSv1.3");
        parameters.put(TransportConstants.KEYSTORE_TYPE_PROP_NAME, "PKCS12");
        parameters.put(
                TransportConstants.KEYSTORE_PATH_PROP_NAME, keys.serverStore().toString());
        parameters.put(TransportConstants.KEYSTORE_PASSWORD_PROP_NAME, keys.password());
        parameters.put(TransportConstants.TRUSTSTORE_TYPE_PROP_NAME, "PKCS12");
        parameters.put(
                TransportConstants.TRUSTSTORE_PATH_PROP_NAME, keys.trustStore().toString());
        parameters.put(TransportConstants.TRUSTSTORE_PASSWORD_PROP_NAME, keys.password());
        parameters.put(TransportConstants.HANDSHAKE_TIMEOUT, HANDSHAKE_SECONDS);
        parameters.put(TransportConstants.CONNECTIONS_ALLOWED, CONNECTIONS_MAX);
        Map<String, Object> mqtt = new HashMap<>();
        mqtt.put("maximumPacketSize", Limits.MESSAGE_BYTES_MAX + 1024);
        mqtt.put("serverKeepAlive", KEEP_ALIVE_SECONDS);
        return new TransportConfiguration(NettyAcceptorFactory.class.getName(), parameters, "mqtts", mqtt);
    }

    @Override
    public void start() throws BrokerException {
        try {
            server.start();
        } catch (Exception failure) {
            // Artemis declares Exception; whatever it was, there is no broker.
            throw new BrokerException("the broker cannot start: " + failure.getMessage(), failure);
        }
        if (!server.isActive() || !server.getRemotingService().isStarted()) {
            throw new BrokerException("the broker did not become active", new IllegalStateException());
        }
        var _ = server.getScheduledPool()
                .scheduleWithFixedDelay(brake::release, RELEASE_MILLIS, RELEASE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void disconnect(NodeAddress node) {
        String clientId = Identity.clientIdOf(node);
        for (RemotingConnection connection : server.getRemotingService().getConnections()) {
            if (clientId.equals(connection.getClientID())) {
                connection.fail(new ActiveMQDisconnectedException("disconnected by the controller"));
            }
        }
    }

    @Override
    public void cutRefused() {
        for (RemotingConnection connection : server.getRemotingService().getConnections()) {
            if (certificate(connection).filter(this::isRefused).isPresent()) {
                connection.fail(new ActiveMQDisconnectedException("the certificate is refused"));
            }
        }
    }

    /** A session outlives neither its certificate nor its revocation. */
    private boolean isRefused(X509Certificate certificate) {
        return refused.test(certificate)
                || certificate.getNotAfter().toInstant().isBefore(Instant.now());
    }

    @Override
    public void close() {
        try {
            server.stop(true);
        } catch (Exception failure) {
            // Nothing is lost: what is acknowledged lies in the database, the rest with the agents.
            System.getLogger(ArtemisBroker.class.getName())
                    .log(System.Logger.Level.WARNING, "broker.stop_failed", failure);
        }
    }

    private Optional<Identity> identity(RemotingConnection connection) {
        return certificate(connection)
                .filter(certificate -> !isRefused(certificate))
                .flatMap(Identity::of);
    }

    private static Optional<X509Certificate> certificate(RemotingConnection connection) {
        if (connection.getTransportConnection() instanceof NettyServerConnection netty) {
            X509Certificate[] chain = netty.getPeerCertificates();
            if (chain != null && chain.length > 0) {
                return Optional.of(chain[0]);
            }
        }
        return Optional.empty();
    }

    private void noteRefused(Identity identity, String what) {
        if (identity instanceof Identity.Node(NodeAddress node)) {
            attempts.accept(node, what);
        }
    }

    /** Equal for one connection. */
    private record Reading(NettyServerConnection connection) implements Brake.Source {
        @Override
        public void read(boolean on) {
            connection.setAutoRead(on);
        }
    }

    /** Refuses what must not even reach the sessions: false closes the connection. */
    private final class Doorkeeper implements MQTTInterceptor {
        @Override
        public boolean intercept(MqttMessage message, RemotingConnection connection) {
            Identity identity = identity(connection).orElse(null);
            if (identity == null) {
                certificate(connection)
                        .flatMap(CertificateAuthority::nodeOf)
                        .ifPresent(node -> attempts.accept(node, "mqtt with a refused certificate"));
                connection.fail(new ActiveMQDisconnectedException("no identity"));
                return false;
            }
            String refusal = switch (message) {
                case MqttConnectMessage connect -> refusal(identity, connect);
                case MqttPublishMessage publish -> refusal(identity, publish);
                case MqttSubscribeMessage subscribe ->
                    subscribe.payload().topicSubscriptions().stream()
                                    .map(MqttTopicSubscription::topicFilter)
                                    .allMatch(filter -> AccessRules.isFilter(identity, filter))
                            ? null
                            : "mqtt SUBSCRIBE";
                default -> null;
            };
            if (refusal != null) {
                noteRefused(identity, refusal);
                connection.fail(new ActiveMQDisconnectedException("refused: " + refusal));
                return false;
            }
            if (message instanceof MqttPublishMessage && identity instanceof Identity.Node && !isRoomFor(connection)) {
                connection.fail(new ActiveMQDisconnectedException("the broker is full"));
                return false;
            }
            return true;
        }

        private boolean isRoomFor(RemotingConnection connection) {
            return !(connection.getTransportConnection() instanceof NettyServerConnection netty)
                    || brake.published(new Reading(netty)) != Brake.Verdict.REFUSED;
        }

        private static @Nullable String refusal(Identity identity, MqttPublishMessage publish) {
            if (!AccessRules.isTopic(publish.variableHeader().topicName())) {
                return "mqtt PUBLISH";
            }
            // What is retained stays for ever, also when its node is gone.
            return identity instanceof Identity.Node && publish.fixedHeader().isRetain()
                    ? "mqtt PUBLISH of a retained message"
                    : null;
        }

        private static @Nullable String refusal(Identity identity, MqttConnectMessage connect) {
            if (connect.variableHeader().version() != MQTT_5
                    || connect.variableHeader().hasUserName()
                    || !identity.owns(connect.payload().clientIdentifier())
                    || connect.variableHeader().isWillFlag() && !mayWill(identity, connect)) {
                return "mqtt CONNECT";
            }
            if (identity instanceof Identity.Controller) {
                return null;
            }
            if (connect.variableHeader().isWillRetain()) {
                return "mqtt CONNECT with a retained will";
            }
            return connect.variableHeader()
                                            .properties()
                                            .getProperty(MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM.value())
                                    instanceof MqttProperties.IntegerProperty most
                            && most.value() <= RECEIVE_MAXIMUM
                    ? null
                    : "mqtt CONNECT without a receive maximum of at most %d".formatted(RECEIVE_MAXIMUM);
        }

        private static boolean mayWill(Identity identity, MqttConnectMessage connect) {
            String will = connect.payload().willTopic();
            return will != null
                    && AccessRules.isTopic(will)
                    && AccessRules.mayPublish(identity, will.replace('/', '.'));
        }
    }

    /** Asks the access rules at every check; Artemis keeps no answer. */
    private final class CertificateSecurity implements ActiveMQSecurityManager5 {
        @Override
        public @Nullable Subject authenticate(
                String user, String password, RemotingConnection connection, String securityDomain) {
            Identity identity = identity(connection).orElse(null);
            String clientId = connection.getClientID();
            if (identity == null || clientId != null && !identity.owns(clientId)) {
                return null;
            }
            Subject subject = new Subject();
            subject.getPrincipals().add(new UserPrincipal(clientId == null ? "unnamed" : clientId));
            subject.getPublicCredentials().add(identity);
            return subject;
        }

        @Override
        public boolean authorize(Subject subject, Set<Role> roles, CheckType check, String place) {
            Identity identity = subject.getPublicCredentials(Identity.class).stream()
                    .findFirst()
                    .orElse(null);
            if (identity == null) {
                return false;
            }
            int separator = place.indexOf("::");
            String address = separator < 0 ? place : place.substring(0, separator);
            String queue = separator < 0 ? "" : place.substring(separator + 2);
            boolean allowed = switch (check) {
                case SEND -> AccessRules.mayPublish(identity, address);
                case CREATE_ADDRESS, DELETE_ADDRESS ->
                    AccessRules.mayPublish(identity, address) || AccessRules.maySubscribe(identity, address, queue);
                case CONSUME, CREATE_DURABLE_QUEUE, DELETE_DURABLE_QUEUE ->
                    AccessRules.maySubscribe(identity, address, queue);
                case CREATE_NON_DURABLE_QUEUE, DELETE_NON_DURABLE_QUEUE, MANAGE, BROWSE, VIEW, EDIT -> false;
            };
            if (!allowed) {
                noteRefused(identity, "mqtt %s %s".formatted(check, address));
            }
            return allowed && (identity instanceof Identity.Controller || isAwaited(address));
        }

        /**
         * Addresses stay for ever, so none is made for a tensor to a node that is not there. That node's may have left just now,
         * which is no attempt to tell of.
         */
        private boolean isAwaited(String address) {
            return AccessRules.subscriptionFor(address)
                    .map(SimpleString::of)
                    .map(subscription -> server.getAddressInfo(subscription) != null)
                    .orElse(true);
        }

        @Override
        public String getUserFromSubject(Subject subject) {
            return subject.getPrincipals(UserPrincipal.class).stream()
                    .map(UserPrincipal::getName)
                    .findFirst()
                    .orElse("unnamed");
        }

        @Override
        public boolean validateUser(String user, String password) {
            return false; // Users and passwords do not exist here.
        }

        @Override
        public boolean validateUserAndRole(String user, String password, Set<Role> roles, CheckType checkType) {
            return false; // Users and passwords do not exist here.
        }
    }
}
