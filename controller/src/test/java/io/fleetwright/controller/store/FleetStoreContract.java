package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.model.ChunkRow;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.telemetry.SampleRow;
import io.fleetwright.testkit.SeededCases;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store promises. Subclasses say which store; all of them see the same tests. */
abstract class FleetStoreContract {
    private FleetStore store = store();

    /** The store under test; rows that it holds are deleted before each test. */
    abstract FleetStore store();

    @BeforeEach
    void empty() {
        store = store();
        store.transact(tx -> {
            for (Class<? extends Row> type : Rows.TYPES) {
                int ignored = tx.deleteAll(Query.of(type));
                assertThat(ignored).isNotNegative();
            }
            return true;
        });
    }

    private static DeviceRow device(String id, String tenant, @Nullable Long memoryBytes) {
        DeviceRow row = new DeviceRow();
        row.id = id;
        row.tenant = tenant;
        row.memoryBytes = memoryBytes;
        return row;
    }

    private static ModelRow model(String id, long createdAt) {
        ModelRow row = new ModelRow();
        row.id = id;
        row.tenant = "t";
        row.model = id;
        row.createdAt = createdAt;
        return row;
    }

    private void insert(Row... rows) {
        store.transact(tx -> {
            for (Row row : rows) {
                tx.insert(row);
            }
            return true;
        });
    }

    private <R extends Row> Optional<R> get(Class<R> type, Object id) {
        return store.transact(tx -> tx.get(type, id));
    }

    private <R extends Row> List<R> find(Query<R> query) {
        return store.transact(tx -> tx.find(query));
    }

    private long count(Query<? extends Row> query) {
        return store.transact(tx -> tx.count(query));
    }

    private int deleteAll(Query<? extends Row> query) {
        return store.transact(tx -> tx.deleteAll(query));
    }

    private boolean insertIfAbsent(Row row) {
        return store.transact(tx -> tx.insertIfAbsent(row));
    }

    private List<String> models(Query<ModelRow> query) {
        return store.transact(tx -> tx.find(query).stream().map(row -> row.id).toList());
    }

    @Test
    void everyRowComesBackWithEveryFieldAsItWasWritten() throws Exception {
        for (Class<? extends Row> type : Rows.TYPES) {
            Row row = Rows.filled(type, 7);
            insert(row);
            Row back = get(type, row.key()).orElseThrow();
            assertThat(back).isNotSameAs(row).usingRecursiveComparison().isEqualTo(row);

            Row changed = Rows.filled(type, 8);
            Field id = Rows.id(type);
            id.set(changed, id.get(row));
            Row expected = Row.copyOf(changed);
            for (Field field : Rows.fields(type)) {
                if (Rows.isFixed(field)) {
                    field.set(expected, field.get(row));
                }
            }
            store.transact(tx -> {
                tx.update(changed);
                return true;
            });
            assertThat(find(Query.of(type)))
                    .singleElement()
                    .usingRecursiveComparison()
                    .isEqualTo(expected);
        }
    }

    @Test
    void fieldsThatMayBeAbsentComeBackAbsent() throws Exception {
        for (Class<? extends Row> type : Rows.TYPES) {
            Row row = Rows.filled(type, 7);
            for (Field field : Rows.fields(type)) {
                if (Rows.isNullable(field)) {
                    field.set(row, null);
                }
            }
            insert(row);
            Row back = get(type, row.key()).orElseThrow();
            assertThat(back).usingRecursiveComparison().isEqualTo(row);
        }
    }

    @Test
    void getOfWhatIsNotThereIsEmpty() {
        assertThat(get(ModelRow.class, "none")).isEmpty();
    }

    @Test
    void aRowIsSeenByTheTransactionThatWroteItAtOnce() {
        store.transact(tx -> {
            tx.insert(model("a", 1));
            tx.insert(model("b", 2));
            assertThat(tx.get(ModelRow.class, "a")).isPresent();
            assertThat(tx.count(Query.of(ModelRow.class))).isEqualTo(2);
            ModelRow changed = model("a", 9);
            tx.update(changed);
            assertThat(tx.find(Query.of(ModelRow.class).atLeast("createdAt", 9L)))
                    .hasSize(1);
            tx.delete(changed);
            assertThat(tx.find(Query.of(ModelRow.class)))
                    .singleElement()
                    .satisfies(row -> assertThat(row.id).isEqualTo("b"));
            return true;
        });
    }

    @Test
    void manyRowsAreChangedTogetherOrNoneOfThemIs() {
        insert(model("a", 1), model("b", 1));
        store.transact(tx -> {
            tx.updateAll(List.of());
            tx.insertAll(List.of());
            tx.updateAll(List.of(model("a", 2), model("b", 3)));
            return true;
        });
        assertThat(models(Query.of(ModelRow.class).atMost("createdAt", 2L))).containsExactly("a");
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.updateAll(List.of(model("a", 9), model("none", 9)));
                    return true;
                }))
                .isInstanceOf(StoreException.class);
        assertThat(count(Query.of(ModelRow.class).equal("createdAt", 9L))).isZero();
    }

    @Test
    void rowsHandedOutAreCopies() {
        ModelRow written = model("a", 1);
        insert(written);
        written.createdAt = 2;
        ModelRow read = get(ModelRow.class, "a").orElseThrow();
        assertThat(read.createdAt).isEqualTo(1);
        read.createdAt = 3;
        assertThat(get(ModelRow.class, "a").orElseThrow().createdAt).isEqualTo(1);
        ChunkRow chunk = new ChunkRow();
        chunk.id = "c";
        chunk.content = new byte[] {1};
        insert(chunk);
        chunk.content[0] = 2;
        assertThat(get(ChunkRow.class, "c").orElseThrow().content).containsExactly(1);
    }

    @Test
    void aFailedTransactionLeavesNothingBehind() {
        insert(model("kept", 1), model("changed", 1), model("deleted", 1));
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.insert(model("new", 1));
                    tx.update(model("changed", 2));
                    tx.delete(model("deleted", 1));
                    int ignored = tx.deleteAll(Query.of(ModelRow.class).equal("id", "kept"));
                    throw new IllegalStateException("rows: " + ignored);
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("rows: 1");
        assertThat(models(Query.of(ModelRow.class).equal("createdAt", 1L).ascending("id")))
                .containsExactly("changed", "deleted", "kept");
    }

    @Test
    void aSecondRowWithTheSameIdIsRefusedWithEverythingAroundIt() {
        insert(model("a", 1));
        assertThatThrownBy(() -> insert(model("b", 1), model("a", 2))).isInstanceOf(StoreException.class);
        assertThat(models(Query.of(ModelRow.class).ascending("id"))).containsExactly("a");
    }

    @Test
    void changingOrDeletingWhatIsNotThereIsRefused() {
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.update(model("none", 1));
                    return true;
                }))
                .isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.delete(model("none", 1));
                    return true;
                }))
                .isInstanceOf(StoreException.class);
    }

    @Test
    void aConditionalUpdateHappensOnlyWhileTheFieldIsAsExpected() {
        insert(model("a", 1));
        store.transact(tx -> {
            assertThat(tx.updateIf(model("a", 2), "createdAt", 7L)).isFalse();
            assertThat(tx.updateIf(model("a", 3), "createdAt", 1L)).isTrue();
            assertThat(tx.updateIf(model("a", 4), "createdAt", 1L)).isFalse();
            assertThat(tx.updateIf(model("b", 5), "createdAt", 5L)).isFalse();
            return true;
        });
        assertThat(get(ModelRow.class, "a").orElseThrow().createdAt).isEqualTo(3);
        assertThat(get(ModelRow.class, "b")).isEmpty();
    }

    @Test
    void aFieldHoldsAValueOrItDoesNot() {
        insert(model("a", 1));
        store.transact(tx -> {
            assertThat(tx.holds(ModelRow.class, "a", "createdAt", 1L)).isTrue();
            assertThat(tx.holds(ModelRow.class, "a", "createdAt", 2L)).isFalse();
            assertThat(tx.holds(ModelRow.class, "b", "createdAt", 1L)).isFalse();
            tx.update(model("a", 2));
            assertThat(tx.holds(ModelRow.class, "a", "createdAt", 2L)).isTrue();
            return true;
        });
    }

    @Test
    void insertIfAbsentSaysWhetherItDid() {
        assertThat(insertIfAbsent(model("a", 1))).isTrue();
        assertThat(insertIfAbsent(model("a", 2))).isFalse();
        store.transact(tx -> {
            assertThat(tx.insertIfAbsent(model("b", 1))).isTrue();
            assertThat(tx.insertIfAbsent(model("b", 2))).isFalse();
            return true;
        });
        assertThat(models(Query.of(ModelRow.class).equal("createdAt", 1L).ascending("id")))
                .containsExactly("a", "b");
    }

    @Test
    void manyRowsAreAddedAtOnceOrNoneOfThem() {
        List<ModelRow> many = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            many.add(model("m" + i, i % 3));
        }
        store.transact(tx -> {
            tx.insertAll(many);
            tx.insertAll(List.of());
            return true;
        });
        assertThat(count(Query.of(ModelRow.class))).isEqualTo(250);
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.insertAll(List.of(model("new", 1), model("m7", 1)));
                    return true;
                }))
                .isInstanceOf(StoreException.class);
        assertThat(count(Query.of(ModelRow.class))).isEqualTo(250);
    }

    @Test
    void distinctNamesEachValueOnce() {
        DeviceRow without = device("c", "u", null);
        insert(device("a", "t", 1L), device("b", "t", 2L), without, device("d", "v", 9L));
        assertThat(store.<java.util.Set<String>>transact(
                        tx -> tx.distinct(Query.of(DeviceRow.class).limit(1), "tenant")))
                .containsExactlyInAnyOrder("t", "u", "v");
        assertThat(store.<java.util.Set<String>>transact(
                        tx -> tx.distinct(Query.of(DeviceRow.class).less("memoryBytes", 5L), "tenant")))
                .containsExactly("t");
    }

    @Test
    void valuesAreThoseOfTheFieldsInTheQuerysOrder() {
        insert(device("a", "t", 1L), device("b", "t", 2L), device("c", "u", null));
        List<List<Object>> two = store.transact(tx ->
                tx.values(Query.of(DeviceRow.class).equal("tenant", "t").descending("id"), "id", "memoryBytes").stream()
                        .map(values -> List.of(values))
                        .toList());
        assertThat(two).containsExactly(List.of("b", 2L), List.of("a", 1L));
        List<Object> absent = store.transact(tx ->
                Arrays.asList(tx.values(Query.of(DeviceRow.class).equal("tenant", "u"), "memoryBytes", "tenant")
                        .getFirst()));
        assertThat(absent).containsExactly(null, "u");
        List<Object> one = store.transact(tx -> Arrays.asList(
                tx.values(Query.of(DeviceRow.class).ascending("id").limit(1), "id")
                        .getFirst()));
        assertThat(one).containsExactly("a");
    }

    @Test
    void generatedIdsAreSetAreDistinctAndGrow() {
        List<Long> ids = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            store.transact(tx -> {
                for (int i = 0; i < 250; i++) {
                    SampleRow sample = new SampleRow();
                    sample.metric = "m";
                    tx.insert(sample);
                    ids.add(sample.id);
                }
                return true;
            });
        }
        assertThat(ids).doesNotHaveDuplicates().isSorted().allMatch(id -> id > 0);
        AuditRow audit = new AuditRow();
        insert(audit);
        assertThat(get(AuditRow.class, audit.id)).isPresent();
    }

    @Test
    void everyOperatorSelectsWhatItSays() {
        insert(model("a", 1), model("b", 2), model("c", 3));
        record Case(Query<ModelRow> query, String... expected) {}
        for (Case one : List.of(
                new Case(Query.of(ModelRow.class), "a", "b", "c"),
                new Case(Query.of(ModelRow.class).equal("createdAt", 2L), "b"),
                new Case(Query.of(ModelRow.class).less("createdAt", 2L), "a"),
                new Case(Query.of(ModelRow.class).greater("createdAt", 2L), "c"),
                new Case(Query.of(ModelRow.class).atLeast("createdAt", 2L), "b", "c"),
                new Case(Query.of(ModelRow.class).in("id", List.of("a", "c", "x")), "a", "c"),
                new Case(Query.of(ModelRow.class).in("id", List.of())),
                new Case(Query.of(ModelRow.class).greater("id", "a").less("id", "c"), "b"),
                new Case(Query.of(ModelRow.class).equal("id", "a").equal("createdAt", 2L)))) {
            assertThat(models(one.query.ascending("id"))).containsExactly(one.expected);
            assertThat(count(one.query)).isEqualTo(one.expected.length);
        }
    }

    @Test
    void sumsProductsApartAndLeavesOutWhatIsAbsent() {
        insert(
                job("a", "t", "rapl", 2.0, 0.5),
                job("b", "t", "rapl", 3.0, 0.1),
                job("c", "t", "rapl", 4.0, null),
                job("d", "t", "unknown", null, null),
                job("e", "other", "rapl", 7.0, 0.5));
        List<FleetStore.Totals> totals = store.transact(tx -> tx.totals(
                Query.of(JobRow.class).equal("tenant", "t"),
                List.of("energyMethod", "device"),
                List.of(List.of("energyMicrojoules"), List.of("energyMicrojoules", "energyUncertainty"))));
        assertThat(totals)
                .extracting(one -> one.text(0), one -> one.values().get(1), FleetStore.Totals::rows)
                .containsExactlyInAnyOrder(tuple("rapl", null, 3L), tuple("unknown", null, 1L));
        FleetStore.Totals known = totals.stream()
                .filter(one -> one.text(0).equals("rapl"))
                .findFirst()
                .orElseThrow();
        assertThat(known.counts()).containsExactly(3L, 2L);
        assertThat(known.sums().get(0)).isEqualTo(9.0);
        assertThat(known.sums().get(1)).isCloseTo(1.3, within(1e-12));
        FleetStore.Totals unknown = totals.stream()
                .filter(one -> one.text(0).equals("unknown"))
                .findFirst()
                .orElseThrow();
        assertThat(unknown.counts()).containsExactly(0L, 0L);
        assertThat(unknown.sums()).containsExactly(0.0, 0.0);
        List<FleetStore.Totals> none = store.transact(
                tx -> tx.totals(Query.of(JobRow.class).equal("tenant", "nobody"), List.of("device"), List.of()));
        assertThat(none).isEmpty();
    }

    private static JobRow job(
            String id, String tenant, String method, @Nullable Double microjoules, @Nullable Double uncertainty) {
        JobRow row = new JobRow();
        row.id = id;
        row.tenant = tenant;
        row.energyMethod = method;
        row.energyMicrojoules = microjoules;
        row.energyUncertainty = uncertainty;
        return row;
    }

    @Test
    void anAbsentValueMatchesNoComparison() {
        insert(device("known", "t", 5L), device("unknown", "t", null));
        for (Query<DeviceRow> query : List.of(
                Query.of(DeviceRow.class).equal("memoryBytes", 5L),
                Query.of(DeviceRow.class).less("memoryBytes", 6L),
                Query.of(DeviceRow.class).greater("memoryBytes", 4L),
                Query.of(DeviceRow.class).atLeast("memoryBytes", 5L),
                Query.of(DeviceRow.class).in("memoryBytes", List.of(5L, 6L)))) {
            assertThat(find(query).stream().map(row -> row.id)).containsExactly("known");
        }
    }

    @Test
    void ordersByUnicodeCodeAndLimits() {
        insert(model("b", 1), model("B", 2), model("a-1", 3), model("a/1", 4), model("a", 5), model("ä", 6));
        assertThat(models(Query.of(ModelRow.class).ascending("id"))).containsExactly("B", "a", "a-1", "a/1", "b", "ä");
        assertThat(models(Query.of(ModelRow.class).descending("createdAt").limit(2)))
                .containsExactly("ä", "a");
        assertThat(models(Query.of(ModelRow.class)
                        .greater("id", "a-1")
                        .ascending("id")
                        .limit(2)))
                .containsExactly("a/1", "b");
        assertThat(count(Query.of(ModelRow.class).limit(2))).isEqualTo(6);
    }

    @Test
    void deleteAllDeletesWhatMatchesWhateverTheLimit() {
        insert(model("a", 1), model("b", 2), model("c", 3));
        assertThat(deleteAll(Query.of(ModelRow.class).less("createdAt", 3L).limit(1)))
                .isEqualTo(2);
        assertThat(models(Query.of(ModelRow.class))).containsExactly("c");
        assertThat(deleteAll(Query.of(ModelRow.class).equal("id", "x"))).isZero();
    }

    @Test
    void keepsLargeBytesAndEveryKindOfText() {
        byte[] content = new byte[256 * 1024];
        new SplittableRandom(5).nextBytes(content);
        ChunkRow chunk = new ChunkRow();
        chunk.id = "sha256:00#0";
        chunk.content = content;
        JobRow job = new JobRow();
        job.id = "j";
        job.reason = "Grüße, 世界, \uD83D\uDE80 'quoted' \"double\" \\ %s -- ; \n\t";
        job.why = "x".repeat(8000);
        job.output = new byte[0];
        insert(chunk, job);
        assertThat(get(ChunkRow.class, chunk.id).orElseThrow().content).isEqualTo(content);
        JobRow back = get(JobRow.class, "j").orElseThrow();
        assertThat(back.reason).isEqualTo(job.reason);
        assertThat(back.why).isEqualTo(job.why);
        assertThat(back.output).isEmpty();
        assertThat(back.input).isNull();
        assertThat(find(Query.of(JobRow.class).equal("reason", String.valueOf(job.reason))))
                .hasSize(1);
    }

    @Test
    void answersAsAPlainListDoesWhateverIsAskedInWhateverOrder() {
        SeededCases.forEach(300, 15, (random, _) -> {
            empty();
            List<ModelRow> expected = new ArrayList<>();
            for (int turn = 0; turn < 25; turn++) {
                String id = "m" + random.nextInt(8);
                ModelRow row = model(id, random.nextInt(5));
                boolean there = expected.stream().anyMatch(one -> one.id.equals(id));
                int what = random.nextInt(4);
                boolean commits = random.nextInt(4) > 0;
                try {
                    store.transact(tx -> {
                        switch (what) {
                            case 0, 1 -> assertThat(tx.insertIfAbsent(row)).isEqualTo(!there);
                            case 2 -> {
                                if (there) {
                                    tx.update(row);
                                }
                            }
                            default ->
                                assertThat(tx.deleteAll(Query.of(ModelRow.class).equal("id", id)))
                                        .isEqualTo(there ? 1 : 0);
                        }
                        if (!commits) {
                            throw new Cancelled();
                        }
                        return true;
                    });
                    if (what < 2 && !there || what == 2 && there) {
                        expected.removeIf(one -> one.id.equals(id));
                        expected.add(row);
                    } else if (what == 3) {
                        expected.removeIf(one -> one.id.equals(id));
                    }
                } catch (Cancelled rolledBack) {
                    assertThat(commits).isFalse();
                }
                long bound = random.nextInt(5);
                Predicate<ModelRow> matches = one -> one.createdAt >= bound;
                assertThat(models(Query.of(ModelRow.class)
                                .atLeast("createdAt", bound)
                                .ascending("id")))
                        .isEqualTo(expected.stream()
                                .filter(matches)
                                .map(one -> one.id)
                                .sorted(Comparator.naturalOrder())
                                .toList());
            }
        });
    }

    /** Ends a transaction without a commit. */
    private static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
