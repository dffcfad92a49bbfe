package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.telemetry.SampleRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A store whose transactions gather most rows keeps every promise of a store. */
final class GatheringStoreTest extends FleetStoreContract {
    @Override
    FleetStore store() {
        return new Gathering(new MemoryStore());
    }

    private record Gathering(FleetStore store) implements FleetStore {
        @Override
        public <T> T transact(Work<T> work) {
            return store.transact(tx -> {
                Set<Class<? extends Row>> types = new HashSet<>(Rows.TYPES);
                types.removeIf(type -> RowShape.of(type).generatedId() != null);
                assertThat(types).doesNotContain(SampleRow.class).contains(NodeRow.class);
                GatheringTx gathering = new GatheringTx(tx, types);
                T result = work.run(gathering);
                gathering.flush();
                return result;
            });
        }
    }

    private static NodeRow node(String id) {
        NodeRow row = new NodeRow();
        row.id = id;
        return row;
    }

    @Test
    void writesOfARowAreStoredOnceAndTogether() {
        List<String> stored = new ArrayList<>();
        MemoryStore memory = new MemoryStore();
        memory.transact(tx -> {
            tx.insertAll(List.of(node("a"), node("b")));
            return true;
        });
        memory.transact(tx -> {
            GatheringTx gathering = new GatheringTx(Noted.of(tx, stored), Set.of(NodeRow.class));
            gathering.readAhead(NodeRow.class, List.of("a", "b", "b", "c"));
            for (int i = 1; i <= 3; i++) {
                for (String id : List.of("a", "b")) {
                    NodeRow row = gathering.get(NodeRow.class, id).orElseThrow();
                    assertThat(row.connection).isEqualTo(i - 1L);
                    row.connection = i;
                    gathering.update(row);
                    row.connection = 99; // Nobody was told of this.
                }
            }
            assertThat(gathering.get(NodeRow.class, "c")).isEmpty();
            gathering.insert(node("c"));
            gathering.flush();
            gathering.flush();
            return true;
        });
        assertThat(stored).containsExactly("all 3", "insertAll 1", "updateAll 2");
        assertThat(memory.<Long>transact(tx -> tx.get(NodeRow.class, "b").orElseThrow().connection))
                .isEqualTo(3);
    }

    @Test
    void questionsThatRowsCannotAnswerDoNotStoreThem() {
        List<String> stored = new ArrayList<>();
        MemoryStore memory = new MemoryStore();
        memory.transact(tx -> {
            GatheringTx gathering = new GatheringTx(Noted.of(tx, stored), Set.of(NodeRow.class));
            gathering.insert(node("a"));
            assertThat(gathering.count(Query.of(NodeRow.class).equal("id", "b")))
                    .isZero();
            assertThat(gathering.count(Query.of(SlotRow.class))).isZero();
            assertThat(stored).isEmpty();
            assertThat(gathering.count(Query.of(NodeRow.class).equal("id", "a")))
                    .isEqualTo(1);
            assertThat(stored).containsExactly("insertAll 1");
            return true;
        });
    }

    @Test
    void aSecondRowOfAKeyIsRefused() {
        MemoryStore memory = new MemoryStore();
        memory.transact(tx -> {
            GatheringTx gathering = new GatheringTx(tx, Set.of(NodeRow.class));
            gathering.insert(node("a"));
            assertThatThrownBy(() -> gathering.insert(node("a")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("a is there already");
            return true;
        });
    }

    /** Notes what is asked of a transaction for many rows; one row at a time is not expected. */
    private static final class Noted {
        private Noted() {}

        static FleetStore.Tx of(FleetStore.Tx tx, List<String> stored) {
            return (FleetStore.Tx) java.lang.reflect.Proxy.newProxyInstance(
                    Noted.class.getClassLoader(), new Class<?>[] {FleetStore.Tx.class}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "all" -> stored.add("all " + ((List<?>) arguments[1]).size());
                            case "insertAll", "updateAll" ->
                                stored.add(method.getName() + " " + ((List<?>) arguments[0]).size());
                            case "insert", "update", "insertIfAbsent" ->
                                throw new AssertionError(method.getName() + " of one row");
                            default -> {}
                        }
                        return method.invoke(tx, arguments);
                    });
        }
    }
}
