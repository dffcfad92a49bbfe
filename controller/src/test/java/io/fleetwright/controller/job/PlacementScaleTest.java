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
    /** Networks that every device has; the second one takes twice as long as the first, and so on. */
    private static final int MODELS = 4;

    private static final long MODEL_MICROS = 10_000;

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
            FleetStore store = FleetCore.remembering(new HibernateStore(sessions));
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
            int batches = (placements + batch - 1) / batch;
            int counted = batches * batch;
            double alike = place(core, store, batch, 1, 1 + batches);
            double mixed = place(core, store, batch, MODELS, 1 + batches);
            Files.writeString(
                    Path.of("target", "placement-bench.json"),
                    String.format(
                            Locale.ROOT,
                            "{\"devices\":%d,\"placements\":%d,\"seconds\":%.2f,\"placementsPerSecond\":%.0f,"
                                    + "\"mixedModels\":%d,\"mixedSeconds\":%.2f,\"mixedPlacementsPerSecond\":%.0f}%n",
                            devices,
                            counted,
                            alike,
                            counted / alike,
                            MODELS,
                            mixed,
                            counted / mixed));
        }
    }

    /** Seconds of all batches but the first. */
    private double place(FleetCore core, FleetStore store, int batch, int models, int batches) {
        double seconds = 0;
        for (int i = 0; i < batches; i++) {
            double one = place(core, store, batch, models);
            seconds += i == 0 ? 0 : one;
        }
        return seconds;
    }

    /** Queues jobs, places them, looks where they are, and ends them; only the placing is timed. */
    private double place(FleetCore core, FleetStore store, int jobs, int models) {
        store.transact(tx -> {
            List<JobRow> rows = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                rows.add(job(i % models));
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
            assertThat(byDevice).hasSize(Math.min(jobs, devices));
            if (models == 1) {
                // All devices are alike: none has more than one job more than another.
                assertThat(byDevice.values()).allMatch(count -> count == jobs / devices || count == jobs / devices + 1);
            } else {
                assertThat(byDevice.values()).allMatch(count -> count <= PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
                assertThat(running).allMatch(job -> job.digest != null && job.digest.equals(digest(job.model)));
                assertThat(running).allMatch(job -> String.valueOf(job.why).contains("\"together\":{"));
            }
            running.forEach(job -> job.state = Jobs.SUCCEEDED);
            tx.updateAll(running);
            return true;
        });
        return seconds;
    }

    private static String model(int number) {
        return "glyphs-" + number;
    }

    private static String digest(String model) {
        return TestFleet.digest("acme/%s/1.0.0/int8".formatted(model));
    }

    private JobRow job(int model) {
        JobRow job = new JobRow();
        job.id = "j-%09d".formatted(made++);
        job.tenant = TestFleet.TENANT;
        job.model = model(model);
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
        List<VariantRow> variants = new ArrayList<>();
        for (int i = 0; i < MODELS; i++) {
            VariantRow variant = new VariantRow();
            variant.model = model(i);
            variant.id = "%s/%s/1.0.0/int8".formatted(TestFleet.TENANT, variant.model);
            variant.tenant = TestFleet.TENANT;
            variant.version = "1.0.0";
            variant.variant = "int8";
            variant.digest = digest(variant.model);
            variant.inputShape = "1,32,32,1";
            variant.outputShape = "1,10";
            variant.macs = 100_000;
            variants.add(variant);
        }
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
            for (VariantRow variant : variants) {
                SlotRow slot = new SlotRow();
                slot.id = device.id + "/" + variant.model;
                slot.tenant = node.tenant;
                slot.nodeId = node.id;
                slot.deviceId = device.id;
                slot.slot = variant.model;
                slot.reportedState = "active";
                slot.reportedDigest = variant.digest;
                slots.add(slot);
                CostRow cost = new CostRow();
                cost.id = CostRow.key(device.id, variant.digest);
                cost.tenant = node.tenant;
                cost.deviceId = device.id;
                cost.digest = variant.digest;
                cost.meanMicros = MODEL_MICROS * (1 + variants.indexOf(variant));
                cost.count = 10;
                cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
                costs.add(cost);
            }
        }
        return List.of(variants, nodes, boards, slots, costs);
    }
}
