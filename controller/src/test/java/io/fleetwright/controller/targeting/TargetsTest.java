package io.fleetwright.controller.targeting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TargetsTest {
    private static final String ACME = "acme";

    private final MemoryStore store = new MemoryStore();

    @BeforeEach
    void fleet() {
        store.transact(tx -> {
            node(tx, ACME, "pi-1", "{\"site\":\"north\"}", "cpu");
            node(tx, ACME, "pi-2", "{\"site\":\"south\"}", "cpu", "gpu");
            node(tx, ACME, "drone-1", "{}", "nano-drone");
            node(tx, "other", "pi-9", "{\"site\":\"north\"}", "cpu");
            VariantRow variant = new VariantRow();
            variant.id = "acme/glyphs/1.2.0/int8";
            variant.tenant = ACME;
            variant.model = "glyphs";
            variant.version = "1.2.0";
            variant.variant = "int8";
            variant.digest = "sha256:1";
            tx.insert(variant);
            SlotRow slot = new SlotRow();
            slot.id = "acme/pi-2/gpu1/glyphs";
            slot.tenant = ACME;
            slot.nodeId = "acme/pi-2";
            slot.deviceId = "acme/pi-2/gpu1";
            slot.reportedDigest = "sha256:1";
            tx.insert(slot);
            return true;
        });
    }

    private static void node(Tx tx, String tenant, String name, String labels, String... classes) {
        NodeRow node = new NodeRow();
        node.id = tenant + "/" + name;
        node.tenant = tenant;
        node.node = name;
        node.status = "online";
        node.labels = labels;
        tx.insert(node);
        for (int i = 0; i < classes.length; i++) {
            DeviceRow device = new DeviceRow();
            device.device = classes[i].replace("nano-", "") + i;
            device.id = node.id + "/" + device.device;
            device.tenant = tenant;
            device.nodeId = node.id;
            device.node = name;
            device.deviceClass = classes[i];
            tx.insert(device);
        }
    }

    private List<String> devices(@Nullable String q) {
        return store.transact(tx -> Selector.matched(tx, ACME, List.of(), List.of(), q).stream()
                .map(row -> row.node + "/" + row.device)
                .toList());
    }

    private List<String> nodes(String q) {
        return store.transact(tx -> Targets.fittingNodes(
                        tx,
                        tx.find(Query.of(NodeRow.class).equal("tenant", ACME).ascending("id")),
                        Groups.parse(tx, ACME, q))
                .stream()
                .map(row -> row.node)
                .toList());
    }

    @Test
    void devicesFitByWhatTheyTheirNodeAndTheirSlotsSay() {
        assertThat(devices(null)).containsExactly("drone-1/drone0", "pi-1/cpu0", "pi-2/cpu0", "pi-2/gpu1");
        assertThat(devices("label.site==north")).containsExactly("pi-1/cpu0");
        assertThat(devices("class==cpu;label.site!=north")).containsExactly("pi-2/cpu0");
        assertThat(devices("model==glyphs;version>=1.2")).containsExactly("pi-2/gpu1");
        assertThat(devices("version<1.2.0")).isEmpty();
    }

    @Test
    void aNodeFitsWhenAnyOfItsDevicesDoes() {
        assertThat(nodes("class==gpu")).containsExactly("pi-2");
        assertThat(nodes("variant==int8")).containsExactly("pi-2");
        assertThat(nodes("class=out=(gpu,nano-drone)")).containsExactly("pi-1");
    }

    private GroupRow put(String name, String q) {
        return store.transact(tx -> Groups.put(tx, ACME, name, q, "ann", 5));
    }

    @Test
    void aGroupIsAskedAnewEachTimeAndStaysInItsTenant() {
        put("north", "label.site==north");
        put("boards", "group==north,class==gpu");
        assertThat(devices("group==boards")).containsExactly("pi-1/cpu0", "pi-2/gpu1");
        put("north", "label.site==south");
        assertThat(devices("group==boards;class==cpu")).containsExactly("pi-2/cpu0");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> store.transact(tx -> Groups.parse(tx, "other", "group==north")))
                .withMessageContaining("there is no group north");
    }

    @Test
    void aGroupNeverContainsItselfAndStaysWhileAnotherNeedsIt() {
        put("a", "class==cpu");
        put("b", "group==a");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> put("a", "group==b"))
                .withMessageContaining("contains itself");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> put("c", "group==c"))
                .withMessageContaining("contains itself");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> store.transact(tx -> {
                    Groups.delete(tx, ACME, "a");
                    return true;
                }))
                .withMessage("group a is part of group b");
        store.transact(tx -> {
            Groups.delete(tx, ACME, "b");
            Groups.delete(tx, ACME, "a");
            return true;
        });
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> devices("group==a"))
                .withMessageContaining("there is no group a");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> put("No Name", "class==cpu"))
                .withMessageContaining("name (No Name) must match");
    }
}
