package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.TestClock;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.Databases;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.HibernateStore;
import io.fleetwright.controller.store.KeptStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.Test;

/**
 * Queued jobs find their devices on PostgreSQL, with commits that wait for the disk; {@code ./fleetwright bench place} is this with
 * more of both. The figures go to {@code target/placement-bench.json}; what is asserted is that they are figures of the right thing.
 */
final class PlacementScaleTest {
    private static final int INPUT_BYTES = 1024;
    private static final long ROOM_MILLIS = 600_000;

    private final int devices = Integer.getInteger("fleetwright.devices", 50);
    private final int placements = Integer.getInteger("fleetwright.placements", 1000);
    private final TestClock clock = new TestClock();
    private final AtomicLong sent = new AtomicLong();
    private int made;

    @Test
    void queuedJobsAreSpreadOverTheFleet() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setServerConfig("synchronous_commit", "on")
                        .start();
                SessionFactory sessions = Databases.open(
                        server.getJdbcUrl("postgres", "postgres") + "&reWriteBatchedInserts=true",
                        "postgres",
                        "bytea")) {
            FleetStore store = new KeptStore(new HibernateStore(sessions), FleetCore.KEPT);
            store.transact(tx -> {
                fleet().forEach(tx::insertAll);
                return true;
            });
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
            // As many as fit at a time; the first time warms up.
            int batch = Math.min(placements, devices * PlacementRound.ATTEMPTS_PER_DEVICE_MAX / 2);
            double seconds = place(core, store, batch) * 0;
            int counted = 0;
            while (counted < placements) {
                seconds += place(core, store, batch);
                counted += batch;
            }
            Files.writeString(
                    Path.of("target", "placement-bench.json"),
                    String.format(
                            Locale.ROOT,
                            "{\"devices\":%d,\"placements\":%d,\"seconds\":%.2f,\"placementsPerSecond\":%.0f}%n",
                            devices,
                            counted,
                            seconds,
                            counted / seconds));
        }
    }

    /** Queues jobs, places them, looks where they are, and ends them; only the placing is timed. */
    private double place(FleetCore core, FleetStore store, int jobs) {
        store.transact(tx -> {
            List<JobRow> rows = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                rows.add(job());
            }
            tx.insertAll(rows);
            return true;
        });
        long before = sent.get();
        long began = System.nanoTime();
        boolean left = true;
        while (left) {
            left = core.run(scope -> {
                core.jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
                return scope.tx()
                                .find(Query.of(JobRow.class)
                                        .equal("state", Jobs.QUEUED)
                                        .limit(1))
                                .size()
                        == 1;
            });
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        assertThat(sent.get() - before).isEqualTo(jobs);
        store.transact(tx -> {
            List<JobRow> running = tx.find(Query.of(JobRow.class).equal("state", Jobs.RUNNING));
            assertThat(running).hasSize(jobs);
            Map<String, Integer> byDevice = new HashMap<>();
            running.forEach(job -> byDevice.merge(job.nodeId + "/" + job.device, 1, Integer::sum));
            // All devices are alike: none has more than one job more than another.
            assertThat(byDevice).hasSize(Math.min(jobs, devices));
            assertThat(byDevice.values()).allMatch(count -> count == jobs / devices || count == jobs / devices + 1);
            running.forEach(job -> job.state = Jobs.SUCCEEDED);
            tx.updateAll(running);
            return true;
        });
        return seconds;
    }

    private JobRow job() {
        JobRow job = new JobRow();
        job.id = "j-%09d".formatted(made++);
        job.tenant = TestFleet.TENANT;
        job.model = "glyphs";
        job.state = Jobs.QUEUED;
        job.createdAt = clock.millis();
        job.turnMicros = clock.millis() * 1000 + made;
        job.deadlineAt = clock.millis() + ROOM_MILLIS;
        job.bitsMin = Byte.SIZE;
        job.input = new byte[INPUT_BYTES];
        job.inputBytes = INPUT_BYTES;
        job.energyMethod = EnergyMethod.UNKNOWN.wireName();
        return job;
    }

    private List<List<? extends Row>> fleet() {
        VariantRow variant = new VariantRow();
        variant.id = TestFleet.TENANT + "/glyphs/1.0.0/int8";
        variant.tenant = TestFleet.TENANT;
        variant.model = "glyphs";
        variant.version = "1.0.0";
        variant.variant = "int8";
        variant.digest = TestFleet.digest("acme/glyphs/1.0.0/int8");
        variant.inputShape = "1,32,32,1";
        variant.outputShape = "1,10";
        variant.macs = 100_000;
        List<NodeRow> nodes = new ArrayList<>();
        List<DeviceRow> boards = new ArrayList<>();
        List<SlotRow> slots = new ArrayList<>();
        List<CostRow> costs = new ArrayList<>();
        for (int i = 0; i < devices; i++) {
            NodeRow node = new NodeRow();
            node.node = "n-%05d".formatted(i);
            node.id = TestFleet.TENANT + "/" + node.node;
            node.tenant = TestFleet.TENANT;
            node.status = Nodes.ONLINE;
            nodes.add(node);
            DeviceRow device = new DeviceRow();
            device.id = node.id + "/cpu0";
            device.tenant = node.tenant;
            device.nodeId = node.id;
            device.node = node.node;
            device.device = "cpu0";
            boards.add(device);
            SlotRow slot = new SlotRow();
            slot.id = device.id + "/glyphs";
            slot.tenant = node.tenant;
            slot.nodeId = node.id;
            slot.deviceId = device.id;
            slot.slot = "glyphs";
            slot.reportedState = "active";
            slot.reportedDigest = variant.digest;
            slots.add(slot);
            CostRow cost = new CostRow();
            cost.id = CostRow.key(device.id, variant.digest);
            cost.tenant = node.tenant;
            cost.deviceId = device.id;
            cost.digest = variant.digest;
            cost.meanMicros = 10_000;
            cost.count = 10;
            cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
            costs.add(cost);
        }
        return List.of(List.of(variant), nodes, boards, slots, costs);
    }
}
