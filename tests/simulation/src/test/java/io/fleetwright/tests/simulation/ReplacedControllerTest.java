package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.lang.reflect.Field;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/**
 * A controller stands still in the middle of its step, another one begins and moves the same rollout on, and then the first
 * one goes on with what it had read: at every operation of the step, all that it would do is refused.
 */
class ReplacedControllerTest {
    private static final String TENANT = "default";
    private static final long NOW = 1_767_225_600_000L;
    private static final RootChain KEYS = RootChain.generate(Instant.ofEpochMilli(NOW));
    private static final int NODES = 3;

    private MemoryStore store = new MemoryStore();
    private final List<Topic> sent = new ArrayList<>();

    private FleetCore controller(IntConsumer meanwhile) {
        return new FleetCore(
                new CrashingStore(store, () -> false, () -> false, _ -> {}, meanwhile, Sabotage.NONE),
                (topic, _, _) -> sent.add(topic),
                () -> Instant.ofEpochMilli(NOW),
                new SplittableRandom(1),
                KEYS,
                Settings.DEFAULTS,
                _ -> {});
    }

    private void online() {
        for (NodeRow node : store.transact(tx -> tx.find(Query.of(NodeRow.class)))) {
            node.status = Nodes.ONLINE;
            node.lastSeenAt = NOW;
            store.transact(tx -> {
                tx.update(node);
                return true;
            });
        }
    }

    private void fleet() {
        store.transact(tx -> {
            for (int i = 0; i < NODES; i++) {
                NodeRow node = new NodeRow();
                node.id = TENANT + "/n-" + i;
                node.tenant = TENANT;
                node.node = "n-" + i;
                node.kernels = "scalar";
                node.operators = String.join(",", ModelReader.operatorNames());
                tx.insert(node);
                DeviceRow device = new DeviceRow();
                device.id = node.id + "/cpu0";
                device.tenant = TENANT;
                device.nodeId = node.id;
                device.node = node.node;
                device.device = "cpu0";
                device.deviceClass = "cpu";
                device.driver = "cpu";
                tx.insert(device);
            }
            return true;
        });
        online();
    }

    private static void rollout(FleetCore core) {
        core.models().create(TENANT, "glyphs");
        core.models().createVersion(TENANT, "glyphs", "1.0.0");
        core.models().putVariant(TENANT, "glyphs", "1.0.0", "w1.0-int8", GlyphModels.bytes("w1.0-int8"), "test");
        core.run(scope -> core.rollouts()
                .create(
                        scope.tx(),
                        scope.effects(),
                        TENANT,
                        new Rollouts.Request(
                                "glyphs",
                                "1.0.0",
                                List.of(),
                                List.of(),
                                null,
                                List.of(),
                                core.rollouts().percents(List.of()),
                                null,
                                null,
                                null,
                                Set.of(Rollouts.Allowance.UNAPPROVED),
                                null),
                        scope.nowMillis()));
    }

    /** All that a rollout and its nodes consist of. */
    private Map<String, String> rows() {
        Map<String, String> rows = new TreeMap<>();
        for (Class<? extends Row> type :
                List.of(NodeRow.class, SlotRow.class, RolloutRow.class, TargetRow.class, WaveRow.class)) {
            for (Row row : store.transact(tx -> tx.find(Query.of(type)))) {
                rows.put(type.getSimpleName() + " " + row.key(), values(row));
            }
        }
        return rows;
    }

    private static String values(Row row) {
        return Arrays.stream(row.getClass().getFields())
                .map(field -> field.getName() + "=" + value(field, row))
                .toList()
                .toString();
    }

    private static Object value(Field field, Row row) {
        try {
            return String.valueOf(field.get(row));
        } catch (IllegalAccessException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** What one replaced controller met. */
    private record Met(boolean replaced, boolean wroteBefore) {}

    /** The first controller is replaced before this operation of its step. */
    private Met replacedBefore(int operation) {
        store = new MemoryStore();
        fleet();
        int[] left = {Integer.MAX_VALUE};
        boolean[] replaced = new boolean[1];
        boolean[] wrote = new boolean[1];
        List<Map<String, String>> after = new ArrayList<>();
        FleetCore first = controller(rowsWritten -> {
            if (left[0]-- == 0) {
                replaced[0] = true;
                wrote[0] = rowsWritten > 0;
                FleetCore second = controller(_ -> {});
                second.start();
                if (rowsWritten == 0) { // Else the second one's step would wait for the first one's locks.
                    online();
                    second.step();
                    long running = store.transact(
                            tx -> tx.count(Query.of(TargetRow.class).equal("state", "running")));
                    assertThat(running).isEqualTo(NODES);
                }
                after.add(rows());
                sent.clear();
            }
        });
        first.start();
        online();
        rollout(first);
        left[0] = operation;
        if (!replaces(first, replaced)) {
            return new Met(false, false);
        }
        assertThat(rows()).as("replaced before operation %d", operation).isEqualTo(after.getFirst());
        assertThat(sent).as("replaced before operation %d", operation).isEmpty();
        return new Met(true, wrote[0]);
    }

    private static boolean replaces(FleetCore first, boolean[] replaced) {
        try {
            first.step();
        } catch (StoreException refused) {
            assertThat(refused).hasMessageContaining("another controller has begun");
            return true;
        }
        assertThat(replaced[0])
                .as("a step that went through was nobody's who was replaced")
                .isFalse();
        return false;
    }

    @Test
    void changesAndSendsNothingWhereverInItsStepItWas() {
        int operation = 0;
        int afterWrites = 0;
        Met met = replacedBefore(operation);
        while (met.replaced()) {
            afterWrites += met.wroteBefore() ? 1 : 0;
            met = replacedBefore(++operation);
        }
        assertThat(afterWrites).as("places after its first write").isPositive();
        assertThat(operation - afterWrites).as("places before its first write").isPositive();
    }

    @Test
    void takesInNothingEither() {
        fleet();
        FleetCore first = controller(_ -> {});
        first.start();
        controller(_ -> {}).start();
        assertThatThrownBy(() -> first.models().create(TENANT, "glyphs")).isInstanceOf(StoreException.class);
    }
}
