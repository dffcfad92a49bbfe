package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.testkit.SeededCases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A store that remembers rows keeps every promise of a store, and asks the one below only once. */
final class KeptStoreTest extends FleetStoreContract {
    private static final List<String> IDS = List.of("a", "b", "c", "d");
    private static final List<String> STATUSES = List.of("online", "offline");
    private static final List<String> TENANTS = List.of("acme", "other");
    private static final List<String> STATES = List.of("queued", "running", "succeeded");
    private static final Selection<JobRow> RUNNING =
            Selection.of(Query.of(JobRow.class).equal("state", "running"), "tenant", "id", "device", "epoch");

    private final List<String> asked = new ArrayList<>();
    private final FleetStore store = kept(new MemoryStore());

    @Override
    FleetStore store() {
        return store;
    }

    private FleetStore kept(FleetStore below) {
        Set<Class<? extends Row>> types = new HashSet<>(Rows.TYPES);
        types.removeIf(type -> RowShape.of(type).generatedId() != null);
        return new KeptStore(noted(below), types, List.of());
    }

    private FleetStore noted(FleetStore below) {
        return new FleetStore() {
            @Override
            public <T> T transact(Work<T> work) {
                return below.transact(tx -> work.run((Tx) Proxy.newProxyInstance(
                        KeptStoreTest.class.getClassLoader(), new Class<?>[] {Tx.class}, (_, method, arguments) -> {
                            asked.add(method.getName());
                            try {
                                return method.invoke(tx, arguments);
                            } catch (InvocationTargetException refused) {
                                throw refused.getCause();
                            }
                        })));
            }
        };
    }

    private static NodeRow node(String id, String status) {
        NodeRow row = new NodeRow();
        row.id = id;
        row.tenant = "acme";
        row.status = status;
        return row;
    }

    private static Query<NodeRow> online() {
        return Query.of(NodeRow.class).equal("status", "online").ascending("id");
    }

    private static List<String> ids(List<NodeRow> rows) {
        return rows.stream().map(row -> row.id).toList();
    }

    @Test
    void whatWasReadOrWrittenIsNotAskedForAgain() {
        FleetStore fresh = kept(new MemoryStore());
        fresh.transact(tx -> {
            tx.insert(node("a", "online"));
            return tx.get(NodeRow.class, "b");
        });
        asked.clear();
        for (int i = 0; i < 3; i++) {
            fresh.transact(tx -> {
                assertThat(tx.get(NodeRow.class, "a")).isPresent();
                assertThat(tx.get(NodeRow.class, "b")).isEmpty();
                assertThat(ids(tx.find(online()))).containsExactly("a");
                assertThat(tx.all(NodeRow.class, List.of("a", "b"))).containsOnlyKeys("a");
                return true;
            });
        }
        assertThat(asked).containsExactly("find");
    }

    @Test
    void rowsThatAreHandedOutAreCopies() {
        FleetStore fresh = kept(new MemoryStore());
        fresh.transact(tx -> {
            NodeRow mine = node("a", "online");
            tx.insert(mine);
            mine.status = "changed by who wrote it";
            tx.get(NodeRow.class, "a").orElseThrow().status = "changed by who read it";
            tx.find(online()).getFirst().status = "changed by who found it";
            assertThat(tx.get(NodeRow.class, "a").orElseThrow().status).isEqualTo("online");
            return true;
        });
    }

    @Test
    void aTransactionThatFailsLeavesNothingRemembered() {
        FleetStore fresh = kept(new MemoryStore());
        fresh.transact(tx -> {
            tx.insert(node("a", "online"));
            return true;
        });
        assertThatThrownBy(() -> fresh.transact(tx -> {
                    NodeRow row = tx.get(NodeRow.class, "a").orElseThrow();
                    row.status = "offline";
                    tx.update(row);
                    tx.insert(node("b", "online"));
                    throw new IllegalStateException("after the writes");
                }))
                .hasMessage("after the writes");
        List<String> online = fresh.transact(tx -> ids(tx.find(online())));
        assertThat(online).containsExactly("a");
        boolean there = fresh.transact(tx -> tx.get(NodeRow.class, "b").isPresent());
        assertThat(there).isFalse();
    }

    /** Everything that may be asked, after every write that there is, against a store that remembers nothing. */
    @Test
    void answersAreThoseOfAStoreThatRemembersNothing() {
        SeededCases.forEach(1, 200, (random, _) -> {
            FleetStore plain = new MemoryStore();
            FleetStore remembering = kept(new MemoryStore());
            for (int i = 0; i < 30; i++) {
                long seed = random.nextLong();
                List<Object> one = step(plain, new SplittableRandom(seed));
                List<Object> other = step(remembering, new SplittableRandom(seed));
                assertThat(other).isEqualTo(one);
            }
        });
    }

    @Test
    void aSelectionIsAskedForOncePerGroup() {
        FleetStore fresh = new KeptStore(noted(new MemoryStore()), Set.of(), List.of(RUNNING));
        fresh.transact(tx -> {
            tx.insertAll(List.of(job("a", "acme", "running"), job("b", "other", "running")));
            return true;
        });
        asked.clear();
        for (int i = 0; i < 3; i++) {
            fresh.transact(tx -> {
                assertThat(RUNNING.in(tx, "acme")).containsExactly(new Object[] {"a", null, 0L});
                JobRow gone = job("b", "other", "succeeded");
                tx.update(gone);
                assertThat(RUNNING.in(tx, "other")).isEmpty();
                gone.state = "running";
                gone.device = "cpu0";
                tx.update(gone);
                assertThat(RUNNING.in(tx, "other")).containsExactly(new Object[] {"b", "cpu0", 0L});
                return true;
            });
        }
        assertThat(asked.stream().filter("values"::equals)).hasSize(TENANTS.size());
    }

    /** Selections too, after every write that there is, and when transactions fail. */
    @Test
    void selectionsAreThoseOfAStoreThatRemembersNothing() {
        SeededCases.forEach(1, 200, (random, _) -> {
            FleetStore plain = new MemoryStore();
            FleetStore remembering = new KeptStore(new MemoryStore(), Set.of(), List.of(RUNNING));
            for (int i = 0; i < 30; i++) {
                long seed = random.nextLong();
                assertThat(jobs(remembering, new SplittableRandom(seed)))
                        .isEqualTo(jobs(plain, new SplittableRandom(seed)));
            }
        });
    }

    @Test
    void aSelectionOfWhatItCannotRememberIsRefused() {
        Query<JobRow> running = Query.of(JobRow.class).equal("state", "running");
        assertThatThrownBy(() -> Selection.of(running, "state", "id")).hasMessageContaining("JobRow.state may change");
        assertThatThrownBy(() -> Selection.of(running, "tenant", "output")).hasMessageContaining("must not be arrays");
        assertThatThrownBy(() -> Selection.of(running, "tenant", "unknown")).hasMessage("JobRow has no field unknown");
        assertThatThrownBy(() -> Selection.of(running.ascending("id"), "tenant", "id"))
                .hasMessageContaining("no order");
    }

    private static JobRow job(String id, String tenant, String state) {
        JobRow row = new JobRow();
        row.id = id;
        row.tenant = tenant;
        row.state = state;
        return row;
    }

    /** A few writes of jobs in one transaction, which now and then fails, and what can be seen in it and afterwards. */
    private static List<Object> jobs(FleetStore store, SplittableRandom random) {
        List<Object> seen = new ArrayList<>();
        try {
            store.transact(tx -> {
                for (int i = random.nextInt(1, 5); i > 0; i--) {
                    seen.add(writeJob(tx, random));
                    if (random.nextBoolean()) {
                        seen.add(running(tx));
                    }
                }
                if (random.nextInt(4) == 0) {
                    throw new IllegalStateException("given up");
                }
                return true;
            });
        } catch (IllegalStateException givenUp) {
            seen.add(String.valueOf(givenUp.getMessage()));
        }
        seen.add(store.transact(KeptStoreTest::running));
        return seen;
    }

    private static Object writeJob(FleetStore.Tx tx, SplittableRandom random) {
        String state = STATES.get(random.nextInt(STATES.size()));
        int place = random.nextInt(IDS.size());
        JobRow row = job(IDS.get(place), TENANTS.get(place % TENANTS.size()), state);
        row.epoch = random.nextInt(10);
        row.device = random.nextBoolean() ? "cpu0" : null;
        boolean there = tx.get(JobRow.class, row.id).isPresent();
        return switch (random.nextInt(6)) {
            case 0 -> tx.insertIfAbsent(row);
            case 1 -> tx.updateIf(row, "state", STATES.get(random.nextInt(STATES.size())));
            case 2 -> tx.deleteAll(Query.of(JobRow.class).equal("state", state));
            case 3 -> {
                List<JobRow> all = tx.find(Query.of(JobRow.class));
                all.forEach(one -> one.state = state);
                tx.updateAll(all);
                yield all.size();
            }
            case 4 -> {
                if (there) {
                    tx.delete(row);
                }
                yield there;
            }
            default -> {
                if (there) {
                    tx.update(row);
                } else {
                    tx.insertAll(List.of(row));
                }
                yield there;
            }
        };
    }

    private static Set<List<Object>> running(FleetStore.Tx tx) {
        return TENANTS.stream()
                .flatMap(tenant -> RUNNING.in(tx, tenant).stream())
                .map(values -> Arrays.asList(values))
                .collect(Collectors.toSet());
    }

    /** A few writes in one transaction, which now and then fails, and what can be seen in it and afterwards. */
    private static List<Object> step(FleetStore store, SplittableRandom random) {
        List<Object> seen = new ArrayList<>();
        try {
            store.transact(tx -> {
                for (int i = random.nextInt(1, 5); i > 0; i--) {
                    seen.add(write(tx, random));
                    seen.add(look(tx));
                }
                if (random.nextInt(4) == 0) {
                    throw new IllegalStateException("given up");
                }
                return true;
            });
        } catch (IllegalStateException givenUp) {
            seen.add(String.valueOf(givenUp.getMessage()));
        }
        seen.add(store.transact(KeptStoreTest::look));
        seen.add(store.read(KeptStoreTest::look));
        return seen;
    }

    private static Object write(FleetStore.Tx tx, SplittableRandom random) {
        String id = IDS.get(random.nextInt(IDS.size()));
        NodeRow row = node(id, STATUSES.get(random.nextInt(2)));
        boolean there = tx.get(NodeRow.class, id).isPresent();
        return switch (random.nextInt(7)) {
            case 0 -> tx.insertIfAbsent(row);
            case 1 -> {
                if (there) {
                    tx.update(row);
                } else {
                    tx.insert(row);
                }
                yield there;
            }
            case 2 -> {
                if (there) {
                    tx.delete(row);
                }
                yield there;
            }
            case 3 -> tx.updateIf(row, "status", STATUSES.get(random.nextInt(2)));
            case 4 -> tx.deleteAll(Query.of(NodeRow.class).equal("status", STATUSES.get(random.nextInt(2))));
            case 5 -> {
                List<NodeRow> all = tx.find(Query.of(NodeRow.class));
                all.forEach(one -> one.connection++);
                tx.updateAll(all);
                yield all.size();
            }
            default -> {
                List<NodeRow> absent = IDS.stream()
                        .filter(one -> tx.get(NodeRow.class, one).isEmpty())
                        .map(one -> node(one, "online"))
                        .toList();
                tx.insertAll(absent);
                yield absent.size();
            }
        };
    }

    private static Object look(FleetStore.Tx tx) {
        Map<String, String> byId = tx.all(NodeRow.class, IDS).values().stream()
                .collect(Collectors.toMap(row -> row.id, row -> row.status + row.connection));
        List<Boolean> there =
                IDS.stream().map(id -> tx.get(NodeRow.class, id).isPresent()).toList();
        return List.of(
                byId,
                there,
                ids(tx.find(online())),
                ids(tx.find(Query.of(NodeRow.class).descending("id").limit(2))),
                tx.count(online()),
                tx.distinct(Query.of(NodeRow.class), "status"),
                tx.holds(NodeRow.class, "a", "status", "online"));
    }
}
