package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.TestClock;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.Databases;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.HibernateStore;
import io.fleetwright.controller.store.Row;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.Test;

/**
 * A rollout to many devices on PostgreSQL; {@code ./fleetwright bench rollout} is this with a million. The figures go to
 * {@code target/rollout-bench.json}; what is asserted is that they are figures of the right thing.
 */
final class RolloutScaleTest {
    private static final List<String> CLASSES = List.of("cpu", "gpu", "dsp", "fpga", "npu", "mcu");
    private static final int ROWS = 10_000;

    private final int targets = Integer.getInteger("fleetwright.targets", 2000);
    private final TestClock clock = new TestClock();
    private final AtomicLong sent = new AtomicLong();

    @Test
    void aLargeRolloutIsMadeAndItsFirstWaveToldPageByPage() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                SessionFactory sessions = Databases.open(
                        server.getJdbcUrl("postgres", "postgres") + "&reWriteBatchedInserts=true",
                        "postgres",
                        "bytea")) {
            FleetStore store = new HibernateStore(sessions);
            fill(store);
            analyze(server);
            FleetCore core = new FleetCore(
                    store,
                    (_, _, _) -> {
                        sent.incrementAndGet();
                        return true;
                    },
                    clock,
                    new SplittableRandom(1),
                    TestFleet.KEYS,
                    TestFleet.SETTINGS,
                    _ -> {});
            measure(core);
        }
    }

    private void measure(FleetCore core) throws Exception {
        Policy policy = core.rollouts().percents(List.of(1, 5, 25, 100));
        Rollouts.Request request = TestFleet.requestOf("glyphs", "1.0.0", policy);
        long began = System.nanoTime();
        RolloutRow rollout = core.run(scope ->
                core.rollouts().create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
        double created = seconds(began);
        assertThat(counts(core, rollout).total()).isEqualTo(targets);

        began = System.nanoTime();
        Rollouts.Plan plan = core.run(scope -> core.rollouts().plan(scope.tx(), rollout.id, scope.nowMillis()));
        double decided = seconds(began);
        assertThat(plan.actions()).isNotEmpty();

        long firstWave = Math.ceilDiv(targets, 100);
        began = System.nanoTime();
        while (counts(core, rollout).get(TargetState.RUNNING) < firstWave) {
            core.run(scope -> {
                core.rollouts().step(scope.tx(), scope.effects(), scope.nowMillis());
                return true;
            });
        }
        double told = seconds(began);
        assertThat(sent.get()).isEqualTo(firstWave);
        assertThat(counts(core, rollout).get(TargetState.PENDING)).isEqualTo(targets - firstWave);
        String json = String.format(
                Locale.ROOT,
                "{\"targets\":%d,\"createdSeconds\":%.2f,\"firstPage\":%d,\"firstPageDecidedSeconds\":%.3f,"
                        + "\"firstWave\":%d,\"firstWaveToldSeconds\":%.2f}",
                targets,
                created,
                plan.actions().size(),
                decided,
                firstWave,
                told);
        Files.writeString(Path.of("target", "rollout-bench.json"), json + "\n");
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static Counts counts(FleetCore core, RolloutRow rollout) {
        return core.run(scope -> Rollouts.counts(scope.tx(), rollout));
    }

    /** What the database does by itself within a minute: without it plans are made for empty tables. */
    private static void analyze(EmbeddedPostgres server) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("analyze");
        }
    }

    private void fill(FleetStore store) {
        insert(store, model());
        for (int from = 0; from < targets; from += ROWS) {
            List<Row> nodes = new ArrayList<>();
            List<Row> devices = new ArrayList<>();
            for (int i = from; i < Math.min(targets, from + ROWS); i++) {
                NodeRow node = new NodeRow();
                node.id = "acme/n-%07d".formatted(i);
                node.tenant = TestFleet.TENANT;
                node.node = "n-%07d".formatted(i);
                node.status = Nodes.ONLINE;
                node.operators = "CONV_2D,SOFTMAX";
                nodes.add(node);
                DeviceRow device = new DeviceRow();
                device.id = node.id + "/cpu0";
                device.tenant = node.tenant;
                device.nodeId = node.id;
                device.node = node.node;
                device.device = "cpu0";
                device.deviceClass = CLASSES.get(i % CLASSES.size());
                device.driver = "cpu";
                device.memoryBytes = 1L << 30;
                devices.add(device);
            }
            insert(store, nodes);
            insert(store, devices);
        }
    }

    private static void insert(FleetStore store, List<Row> rows) {
        store.transact(tx -> {
            rows.stream()
                    .map(Row::getClass)
                    .distinct()
                    .forEach(type -> tx.insertAll(
                            rows.stream().filter(row -> row.getClass() == type).toList()));
            return true;
        });
    }

    private static List<Row> model() {
        ModelRow model = new ModelRow();
        model.id = "acme/glyphs";
        model.tenant = TestFleet.TENANT;
        model.model = "glyphs";
        VersionRow version = new VersionRow();
        version.id = "acme/glyphs/1.0.0";
        version.tenant = TestFleet.TENANT;
        version.model = "glyphs";
        version.version = "1.0.0";
        version.state = "approved";
        VariantRow variant = new VariantRow();
        variant.id = version.id + "/int8";
        variant.tenant = TestFleet.TENANT;
        variant.model = "glyphs";
        variant.version = "1.0.0";
        variant.versionId = version.id;
        variant.variant = "int8";
        variant.digest = TestFleet.digest(variant.id);
        variant.bytes = 1000;
        variant.operators = "CONV_2D";
        variant.inputShape = "1,4,4,1";
        variant.outputShape = "1,10";
        return List.of(model, version, variant);
    }
}
