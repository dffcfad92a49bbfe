package io.fleetwright.controller.boot;

import io.fleetwright.controller.alert.AlertRule;
import io.fleetwright.controller.alert.Alerts;
import io.fleetwright.controller.core.DropLog;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Placing;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.edge.EdgeServer;
import io.fleetwright.controller.http.ChangeHints;
import io.fleetwright.controller.identity.ApiTokenRow;
import io.fleetwright.controller.identity.Enrolment;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.controller.identity.Revocations;
import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.model.CutMeasures;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.mqtt.ArtemisBroker;
import io.fleetwright.controller.mqtt.BrokerFiles;
import io.fleetwright.controller.mqtt.EmbeddedBroker;
import io.fleetwright.controller.mqtt.EmqxManagement;
import io.fleetwright.controller.mqtt.MqttLink;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.oidc.IdTokens;
import io.fleetwright.controller.oidc.OidcConfig;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.HibernateStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.webhook.WebhookSender;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.trust.set.Role;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.Console;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;

/** Wires the core to database, broker, agents' HTTPS and the clock, and drives it until the process ends. */
@ApplicationScoped
public class Controller {
    /** The tenant that exists from the first start. */
    public static final String DEFAULT_TENANT = "default";

    private static final Duration STEP = Duration.ofMillis(500);
    /** Between two looks for variants whose cuts are to be measured. */
    private static final Duration MEASURE_STEP = Duration.ofSeconds(2);
    /** Shorter pauses are left for the next one. */
    private static final Duration MEASURE_PAUSE_MIN = Duration.ofMillis(2);

    private static final Duration ALERT_COUNT_STEP = Duration.ofSeconds(30);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final System.Logger LOG = System.getLogger(Controller.class.getName());

    private final ControllerConfig config;
    private final Vertx vertx;
    private final ChangeHints hints;
    private final MeterRegistry meters;
    private final ActiveDatabase database;
    private final Tokens tokens = new Tokens();
    private final Revocations revocations = new Revocations();

    private final OidcConfig oidc;
    private @Nullable IdTokens idTokens;
    private @Nullable FleetCore core;
    private @Nullable Keys keys;
    private @Nullable EmbeddedBroker broker;
    private @Nullable MqttLink link;
    private @Nullable EdgeServer edge;
    private @Nullable Thread stepper;
    private @Nullable Thread measurer;
    private @Nullable Thread alertCounter;
    /** Of all tenants, at the last count. */
    private volatile Map<AlertRule.Severity, Long> alertsCounted = Map.of();

    private @Nullable WebhookSender webhooks;
    private final CountDownLatch stopSignal = new CountDownLatch(1);

    Controller(
            ControllerConfig config,
            OidcConfig oidc,
            Vertx vertx,
            ChangeHints hints,
            MeterRegistry meters,
            ActiveDatabase database) {
        this.oidc = oidc;
        this.config = config;
        this.vertx = vertx;
        this.hints = hints;
        this.meters = meters;
        this.database = database;
    }

    /**
     * Gives a role of the signing set a new key.
     *
     * @throws Refusal when the root's key is not on this machine
     */
    public void rotate(String tenant, String who, Role role) {
        try {
            keys().release().rotate(role, InstantSource.system().instant());
        } catch (IllegalStateException noRootKey) {
            throw new Refusal(Refusal.Kind.CONFLICT, String.valueOf(noRootKey.getMessage()));
        } catch (IOException failure) {
            throw new Refusal(
                    Refusal.Kind.UNAVAILABLE, "the new key cannot be stored: %s".formatted(failure.getMessage()));
        }
        core().act(tenant, who, "trust.rotated", role.word(), scope -> {
            core().tellAll(scope);
            return true;
        });
    }

    /** What needs an operator's eyes. */
    public Alerts.Found alerts(Models.Scope scope, String tenant, TargetQuery query) {
        return Alerts.find(
                scope.tx(),
                tenant,
                query,
                new Alerts.Outside(
                        core().jobs().failing(tenant, Alerts.SEEN_SHOWN, scope.nowMillis()),
                        config.nodeCertificateValidity(),
                        keys().release().newest().expires(),
                        keys().ownExpires()),
                scope.nowMillis());
    }

    /** Refuses a node's keys for good, and cuts its session. */
    public NodeRow revokeNode(String tenant, String who, String node) {
        NodeRow revoked = core().act(
                        tenant,
                        who,
                        "node.revoked",
                        node,
                        scope -> core().removal().revoke(scope, tenant, node));
        cutRevoked(core());
        putOut(new NodeAddress(tenant, node));
        return revoked;
    }

    /** Deletes a node that does not come back. */
    public void deleteNode(String tenant, String who, String node) {
        core().act(tenant, who, "node.deleted", node, scope -> {
            core().removal().delete(scope, tenant, node);
            return true;
        });
        cutRevoked(core());
        putOut(new NodeAddress(tenant, node));
    }

    /** Into an external broker that has put another node of that name out. */
    private void letIn(NodeAddress node) {
        config.emqx().ifPresent(emqx -> {
            try {
                new EmqxManagement(emqx.url(), emqx.key(), emqx.secret()).letIn(node);
            } catch (IOException failure) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "emqx.let_in_failed node=%s reason=%s".formatted(node, failure.getMessage()));
            } catch (InterruptedException ending) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Out of an external broker too. The node is revoked whatever that broker says; what it did not do is for its operator to see. */
    private void putOut(NodeAddress node) {
        config.emqx().ifPresent(emqx -> {
            try {
                new EmqxManagement(emqx.url(), emqx.key(), emqx.secret()).putOut(node);
            } catch (IOException failure) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "emqx.put_out_failed node=%s reason=%s".formatted(node, failure.getMessage()));
            } catch (InterruptedException ending) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Configuration of an external broker of that make, by file name. */
    public Optional<Map<String, String>> brokerFiles(String kind) {
        return BrokerFiles.Kind.of(kind).map(known -> BrokerFiles.of(known, config.mqttPort()));
    }

    private void cutRevoked(FleetCore started) {
        boolean more = started.run(scope -> revocations.refresh(scope.tx(), scope.nowMillis()));
        EmbeddedBroker running = broker;
        if (more && running != null) {
            running.cutRefused();
        }
    }

    /** The core; there from the start event on. */
    public FleetCore core() {
        return present(core);
    }

    public Keys keys() {
        return present(keys);
    }

    public Tokens tokens() {
        return tokens;
    }

    public IdTokens idTokens() {
        return present(idTokens);
    }

    public ControllerConfig config() {
        return config;
    }

    /** True when messages can come in and go out. */
    public boolean isReady() {
        MqttLink current = link;
        return current != null && current.isConnected() && !core().isReplaced();
    }

    void start(@Observes StartupEvent event) throws IOException, EmbeddedBroker.BrokerException, InterruptedException {
        Path data = Path.of(config.dataDir()).toAbsolutePath();
        Files.createDirectories(data);
        InstantSource clock = InstantSource.system();
        Keys opened = Keys.open(
                data,
                hosts(),
                config.authority().map(given -> new Keys.GivenAuthority(given.keyStore(), given.passwordFile())),
                clock.instant());
        keys = opened;
        idTokens = new IdTokens(oidc, clock);

        SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());
        FleetStore store = FleetCore.remembering(new HibernateStore(database.sessions()));
        Outgoing outgoing = new Outgoing();
        FleetCore started = new FleetCore(
                store,
                outgoing,
                clock,
                random.split(),
                opened.release(),
                Settings.DEFAULTS
                        .probing(config.probes())
                        .placing(Placing.parse(
                                config.policy(), config.tenantShares().orElse(""))),
                hints::changed);
        core = started;
        started.direct().refreshBy(Thread::startVirtualThread);
        started.start();
        setupToken(data, started);
        if (config.supervisorTokenFile().isPresent()) {
            supervisorToken(Path.of(config.supervisorTokenFile().get()), started);
        }

        cutRevoked(started);
        if (config.broker().equals("embedded")) {
            EmbeddedBroker own = new ArtemisBroker(
                    data.resolve("broker"),
                    config.host(),
                    config.mqttPort(),
                    opened,
                    revocations::isRevoked,
                    (node, what) -> started.refused().note(node.tenant(), "node:" + node.node(), what));
            broker = own;
            own.start();
        }
        MqttLink opening = new MqttLink(
                config.publicHost(), config.mqttPort(), opened, random.split(), new Incoming(started, clock));
        link = opening;
        outgoing.target = opening;
        opening.start();
        edge = new EdgeServer(
                vertx,
                started,
                opened,
                new Enrolment(
                        tokens,
                        Settings.DEFAULTS,
                        config.nodeCertificateValidity(),
                        !config.broker().equals("embedded")),
                revocations,
                this::letIn,
                config.publicHost(),
                config.mqttPort());
        edge.start(config.host(), config.edgePort());
        WebhookSender sending =
                new WebhookSender(vertx, started, config.webhookNetworks().orElse(List.of()), clock, random.split());
        webhooks = sending;
        sending.start();
        meters.gauge("fleetwright.messages.dropped", started, FleetCore::droppedMessages);
        meters.gauge("fleetwright.messages.unsent", started, FleetCore::unsentMessages);
        for (AlertRule.Severity severity : AlertRule.Severity.values()) {
            meters.gauge("fleetwright.alerts", Tags.of("severity", severity.label()), severity, this::alertsCounted);
        }
        alertCounter = Thread.ofPlatform().name("alert-counter").daemon().start(this::countAlerts);
        measurer = Thread.ofPlatform().name("cut-measurer").daemon().start(() -> measureCuts(started.cutMeasures()));
        stepper = Thread.ofPlatform().name("core-stepper").daemon().start(() -> drive(started));
        LOG.log(
                System.Logger.Level.INFO,
                "controller.ready http=%d edge=%d mqtt=%d database=%s"
                        .formatted(config.httpPort(), config.edgePort(), config.mqttPort(), config.database()));
    }

    void stop(@Observes ShutdownEvent event) {
        stopSignal.countDown();
        join(stepper);
        join(measurer);
        join(alertCounter);
        WebhookSender sending = webhooks;
        if (sending != null) {
            sending.close();
        }
        EdgeServer open = edge;
        if (open != null) {
            open.close();
        }
        MqttLink connected = link;
        if (connected != null) {
            connected.close();
        }
        EmbeddedBroker running = broker;
        if (running != null) {
            running.close();
        }
    }

    /** Never by interruption: that would close the database's file under a write in progress. */
    private static void join(@Nullable Thread thread) {
        if (thread != null) {
            try {
                var _ = thread.join(STOP_LIMIT);
            } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Measures with half of a core at most: others have as long as a part of it took. */
    private void measureCuts(CutMeasures measures) {
        boolean ends = false;
        String told = "";
        while (!ends) {
            long[] resumed = {System.nanoTime()};
            boolean more = false;
            try {
                more = measures.next(() -> {
                    long took = System.nanoTime() - resumed[0];
                    if (took < MEASURE_PAUSE_MIN.toNanos()) {
                        return isStopping(0);
                    }
                    boolean stops = isStopping(Math.min(took, MEASURE_STEP.toNanos()));
                    resumed[0] = System.nanoTime();
                    return stops;
                });
                told = "";
            } catch (FleetStore.StoreException failure) {
                told = tellOnce("cuts.measure_failed", failure, told);
            } catch (RuntimeException bug) {
                // The thread goes on: other variants wait.
                LOG.log(System.Logger.Level.ERROR, "cuts.measure_failed", bug);
            }
            ends = isStopping(more ? 0 : MEASURE_STEP.toNanos());
        }
    }

    private double alertsCounted(AlertRule.Severity severity) {
        return alertsCounted.getOrDefault(severity, 0L);
    }

    /** For the metric; callers of the API are told those of the moment. */
    private void countAlerts() {
        do {
            try {
                Map<AlertRule.Severity, Long> counted = new EnumMap<>(AlertRule.Severity.class);
                core().read(scope -> {
                            Set<String> tenants = new TreeSet<>(scope.tx().distinct(Query.of(NodeRow.class), "tenant"));
                            tenants.addAll(scope.tx().distinct(Query.of(ApiTokenRow.class), "tenant"));
                            return tenants;
                        })
                        .forEach(tenant -> {
                            Alerts.Found found = core().read(scope -> alerts(scope, tenant, TargetQuery.all()));
                            for (AlertRule.Severity severity : AlertRule.Severity.values()) {
                                counted.merge(severity, found.count(severity), Long::sum);
                            }
                        });
                alertsCounted = counted;
            } catch (FleetStore.StoreException failure) {
                LOG.log(System.Logger.Level.ERROR, "alerts.count_failed reason=" + failure.getMessage());
            } catch (RuntimeException bug) {
                // The thread goes on: the next count may succeed.
                LOG.log(System.Logger.Level.ERROR, "alerts.count_failed", bug);
            }
        } while (!isStopping(ALERT_COUNT_STEP.toNanos()));
    }

    private boolean isStopping(long waitNanos) {
        try {
            return stopSignal.await(waitNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException stop) {
            return true;
        }
    }

    /** A database may be away for hours, and who was replaced stays so. */
    private static String tellOnce(String event, FleetStore.StoreException failure, String told) {
        String reason = String.valueOf(failure.getMessage());
        if (!reason.equals(told)) {
            LOG.log(System.Logger.Level.ERROR, event + " reason=" + reason);
        }
        return reason;
    }

    private void drive(FleetCore driven) {
        String told = "";
        while (true) {
            try {
                driven.step();
                cutRevoked(driven);
                resetAdmin(driven);
                told = "";
            } catch (FleetStore.StoreException failure) {
                told = tellOnce("core.step_failed", failure, told);
            } catch (RuntimeException bug) {
                // The thread goes on: without steps nothing would be placed or expire.
                LOG.log(System.Logger.Level.ERROR, "core.step_failed", bug);
            }
            try {
                if (stopSignal.await(STEP.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    /** At the first start, and whenever asked: a token that is exchanged once for an admin's API token. */
    @SuppressWarnings("SystemConsoleNull") // Older runtimes answer null, and so does the null checker's model.
    private void setupToken(Path data, FleetCore started) throws IOException {
        boolean first = started.run(scope -> scope.tx().count(Query.of(ApiTokenRow.class)) == 0);
        if (first || config.freshSetupToken()) {
            String text = freshSetupToken(data, started, DEFAULT_TENANT);
            Console console = System.console();
            if (console != null && console.isTerminal()) {
                System.out.println("Setup token (once, valid 24 h): " + text);
            }
        }
    }

    private String freshSetupToken(Path data, FleetCore started, String tenant) throws IOException {
        Tokens.Made made = started.run(scope -> {
            FleetCore.audit(scope, tenant, "controller", "setup-token.created", "");
            return tokens.makeSetup(scope.tx(), tenant, scope.nowMillis());
        });
        Keys.write(data.resolve("setup-token"), (made.text() + "\n").getBytes(StandardCharsets.US_ASCII));
        return made.text();
    }

    /**
     * Whoever can write to the data folder may ask there for a fresh setup token: the folder holds the keys anyway. The file names the tenant
     * whose administrator it makes; there is no other way for a tenant to begin.
     */
    private void resetAdmin(FleetCore started) {
        Path data = Path.of(config.dataDir()).toAbsolutePath();
        Path asked = data.resolve("reset-admin");
        if (!Files.isRegularFile(asked)) {
            return;
        }
        try {
            Optional<String> tenant = AdminReset.tenant(asked);
            if (tenant.isPresent()) {
                var _ = freshSetupToken(data, started, tenant.get());
            } else {
                LOG.log(System.Logger.Level.ERROR, "reset-admin.failed reason=the file names no tenant");
            }
            Files.deleteIfExists(asked);
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.ERROR, "reset-admin.failed reason=" + failure.getMessage());
        }
    }

    /** Whoever supervises this process works with an API token of its own; one that is still good is kept. */
    private void supervisorToken(Path file, FleetCore started) throws IOException {
        String kept = Files.exists(file) ? Files.readString(file).strip() : "";
        Tokens.Made made = started.run(scope -> new Holder(
                        tokens.caller(scope.tx(), kept, scope.nowMillis()).isPresent()
                                ? null
                                : tokens.makeApi(
                                        scope.tx(),
                                        DEFAULT_TENANT,
                                        "supervisor",
                                        Tokens.Role.ADMIN,
                                        scope.nowMillis())))
                .made();
        if (made != null) {
            Keys.write(file, (made.text() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private record Holder(Tokens.@Nullable Made made) {}

    private Set<String> hosts() {
        Set<String> hosts = new LinkedHashSet<>();
        hosts.add("localhost");
        hosts.add("127.0.0.1");
        hosts.add(config.publicHost());
        try {
            hosts.add(InetAddress.getLocalHost().getHostName());
        } catch (java.net.UnknownHostException nameless) {
            LOG.log(System.Logger.Level.DEBUG, "host.has_no_name");
        }
        return hosts;
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the controller has not started yet");
        }
        return value;
    }

    /** Stands in until the link is there; the core needs a transport from its first moment. */
    private static final class Outgoing implements Transport {
        private volatile @Nullable Transport target;

        @Override
        public boolean send(Topic topic, byte[] payload, Duration expiry) {
            Transport current = target;
            return current != null && current.send(topic, payload, expiry);
        }
    }

    /** Hands messages to the core, and logs what it drops once by node and kind. */
    private static final class Incoming implements Transport.Listener {
        private final FleetCore core;
        private final InstantSource clock;
        private final DropLog drops = new DropLog();

        Incoming(FleetCore core, InstantSource clock) {
            this.core = core;
            this.clock = clock;
        }

        @Override
        public void connected() {
            LOG.log(System.Logger.Level.INFO, "link.connected");
        }

        @Override
        public void disconnected(String why) {
            LOG.log(System.Logger.Level.WARNING, "link.disconnected reason=" + why);
        }

        @Override
        public boolean arrived(String topic, byte[] payload) {
            return core.direct().heard(topic, payload);
        }

        @Override
        public void message(String topic, byte[] payload) {
            messages(List.of(new Transport.Arrived(topic, payload)));
        }

        @Override
        public void messages(List<Transport.Arrived> messages) {
            core.messages(
                    messages,
                    (dropped, why) -> drops.dropped(dropped.topic(), dropped.payload().length, why, clock.millis())
                            .ifPresent(line -> LOG.log(System.Logger.Level.WARNING, line)));
        }
    }

    /** What the core's rows are stored in; a bean of its own because the choice depends on the configuration. */
    @ApplicationScoped
    public static class ActiveDatabase {
        private final jakarta.enterprise.inject.Instance<SessionFactory> h2;
        private final jakarta.enterprise.inject.Instance<SessionFactory> postgresql;
        private final ControllerConfig config;

        ActiveDatabase(
                @io.quarkus.hibernate.orm.PersistenceUnit("h2") jakarta.enterprise.inject.Instance<SessionFactory> h2,
                @io.quarkus.hibernate.orm.PersistenceUnit("postgresql")
                        jakarta.enterprise.inject.Instance<SessionFactory> postgresql,
                ControllerConfig config) {
            this.h2 = h2;
            this.postgresql = postgresql;
            this.config = config;
        }

        SessionFactory sessions() {
            return config.database().equals("postgresql") ? postgresql.get() : h2.get();
        }
    }
}
