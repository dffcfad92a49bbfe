package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.AgentCore;
import io.fleetwright.agent.core.AgentSettings;
import io.fleetwright.agent.core.Frame;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticInputs;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Controller and agents on one virtual clock: a variant with a wrong scale stops at the first wave, on agreement. */
class ShadowGateTest {
    private static final String TENANT = "default";
    private static final String MODEL = "glyphs";
    private static final int BOARDS = 4;
    private static final long STEP_MILLIS = 100;
    private static final long START_MILLIS = 1_767_225_600_000L;
    private static final RootChain KEYS = RootChain.generate(Instant.ofEpochMilli(START_MILLIS));
    private static final DeviceProfile PROFILE = DeviceProfiles.find("gap9").orElseThrow();

    private final MemoryStore store = new MemoryStore();
    private final Map<String, byte[]> artifacts = new HashMap<>();
    private final Map<String, AgentCore> agents = new HashMap<>();
    private final ArrayDeque<Runnable> network = new ArrayDeque<>();
    private final SyntheticInputs inputs = new SyntheticInputs(11);
    private final Set<String> ran = new HashSet<>();
    private long now = START_MILLIS;
    private final FleetCore controller = new FleetCore(
            store,
            (topic, payload, _) -> network.add(() ->
                    Objects.requireNonNull(agents.get(topic.address().node())).message(topic.text(), payload)),
            () -> Instant.ofEpochMilli(now),
            new SplittableRandom(1),
            KEYS,
            Settings.DEFAULTS,
            _ -> {});

    private void publish(String version, byte[] bytes) {
        artifacts.put(Digest.of(bytes).value(), bytes);
        controller.models().create(TENANT, MODEL);
        controller.models().createVersion(TENANT, MODEL, version);
        controller.models().putVariant(TENANT, MODEL, version, "int8", bytes, "test");
    }

    private void boot(String name, int seed) throws Exception {
        store.transact(tx -> {
            NodeRow row = new NodeRow();
            row.id = TENANT + "/" + name;
            row.tenant = TENANT;
            row.node = name;
            row.status = Nodes.OFFLINE;
            tx.insert(row);
            return true;
        });
        NodeAddress address = new NodeAddress(TENANT, name);
        AgentCore agent = new AgentCore(
                AgentSettings.defaults(address, KEYS.root(1).orElseThrow(), "0.1.0"),
                new AgentCore.Seams(
                        () -> Instant.ofEpochMilli(now),
                        () -> Instant.ofEpochMilli(now),
                        new SplittableRandom(seed),
                        (topic, payload, _) -> network.add(() -> assertThat(controller.message(topic.text(), payload))
                                .isNull()),
                        new CrashingDevice(() -> false),
                        (digest, _, done) -> network.add(() -> done.accept(fetched(digest))),
                        new DriverHost() {
                            @Override
                            public <T> void run(String device, Supplier<T> work, Consumer<T> done) {
                                network.add(() -> done.accept(work.get()));
                            }
                        },
                        List.of(new EmulatedDriver("npu0", PROFILE)),
                        null,
                        (_, _) -> {},
                        Sensors.NONE,
                        PeerSender.NONE,
                        OutputSink.NONE));
        agents.put(name, agent);
        agent.connected();
    }

    private ArtifactSource.Fetched fetched(Digest digest) {
        byte @Nullable [] bytes = artifacts.get(digest.value());
        Optional<byte[]> found = bytes != null
                ? Optional.of(bytes)
                : store.transact(tx -> new Releases(KEYS).document(tx, TENANT, digest.value()));
        return found.<ArtifactSource.Fetched>map(ArtifactSource.Fetched.Bytes::new)
                .orElseGet(() -> new ArtifactSource.Fetched.Failed("http-404", true));
    }

    private void pass(int seconds, boolean loaded) {
        for (long end = now + seconds * 1000L; now < end; now += STEP_MILLIS) {
            if (loaded) {
                agents.values()
                        .forEach(agent -> agent.inputBytes(MODEL)
                                .forEach((device, bytes) ->
                                        agent.infer(new Frame(MODEL, device, inputs.next(bytes), null), _ -> {})));
            }
            controller.step();
            agents.values().forEach(AgentCore::step);
            for (Runnable message = network.poll(); message != null; message = network.poll()) {
                message.run();
            }
            agents.values()
                    .forEach(agent -> agent.slots().stream()
                            .filter(slot -> slot.slot().equals(MODEL))
                            .map(SlotReport::digest)
                            .filter(Objects::nonNull)
                            .forEach(ran::add));
        }
    }

    private RolloutRow rollOut(String version, List<Integer> waves, @Nullable String gates) {
        Rollouts.Request request = new Rollouts.Request(
                MODEL,
                version,
                List.of(),
                List.of(),
                null,
                List.of(),
                controller.rollouts().percents(waves),
                null,
                null,
                null,
                Set.of(Rollouts.Allowance.UNAPPROVED),
                gates);
        return controller.act(
                TENANT,
                "test",
                "rollout.created",
                MODEL,
                scope -> controller.rollouts().create(scope.tx(), scope.effects(), TENANT, request, scope.nowMillis()));
    }

    private RolloutRow rollout(RolloutRow row) {
        return store.transact(tx -> tx.get(RolloutRow.class, row.id)).orElseThrow();
    }

    @Test
    void misscaledVariantStopsAtTheFirstWaveOnAgreementAndIsTakenBack() throws Exception {
        byte[] good = GlyphModels.bytes("w1.0-int8");
        byte[] bad = Misscaled.of(good, 16);
        controller.start();
        publish("1.0.0", good);
        publish("1.1.0", bad);
        for (int board = 0; board < BOARDS; board++) {
            boot("n-" + board, board);
        }
        pass(2, false);
        RolloutRow first = rollOut("1.0.0", List.of(100), null);
        pass(10, true);
        assertThat(rollout(first).state).isEqualTo("succeeded");

        RolloutRow second =
                rollOut("1.1.0", List.of(25, 100), "{\"metrics\":[{\"metric\":\"agreement\",\"limit\":0.9}]}");
        pass(60, true);
        assertThat(rollout(second).state).isEqualTo("rolled-back");
        assertThat(rollout(second).reason).isEqualTo("gate-breach");
        assertThat(rollout(second).detail).startsWith("agreement: ");
        assertThat(rollout(second).wave).isZero();
        String badDigest = Digest.of(bad).value();
        assertThat(ran).contains(badDigest);
        store.transact(tx -> {
            for (int board = 0; board < BOARDS; board++) {
                SlotRow slot = tx.get(SlotRow.class, "default/n-%d/npu0/glyphs".formatted(board))
                        .orElseThrow();
                assertThat(slot.reportedDigest).isEqualTo(Digest.of(good).value());
                assertThat(badDigest.equals(slot.previousDigest)).isEqualTo(board == 0);
                tx.get(SlotRow.class, slot.deviceId + "/glyphs.shadow-20")
                        .ifPresent(shadow -> assertThat(shadow.desiredDigest).isNull());
            }
            return true;
        });
    }

    @Test
    void widerVariantGoesThroughWithinItsLatency() throws Exception {
        byte[] good = GlyphModels.bytes("w1.0-int8");
        controller.start();
        publish("1.0.0", GlyphModels.bytes("w0.5-int8"));
        publish("1.1.0", good);
        for (int board = 0; board < BOARDS; board++) {
            boot("n-" + board, board);
        }
        pass(2, false);
        rollOut("1.0.0", List.of(100), null);
        pass(10, true);
        RolloutRow second =
                rollOut("1.1.0", List.of(25, 100), "{\"metrics\":[{\"metric\":\"latency-p95\",\"limit\":1000}]}");
        pass(60, true);
        assertThat(rollout(second).state).isEqualTo("succeeded");
        assertThat(rollout(second).detail).isNull();
    }
}
