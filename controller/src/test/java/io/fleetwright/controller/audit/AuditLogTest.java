package io.fleetwright.controller.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditLog.Verdict;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AuditLogTest {
    private static final String TENANT = TestFleet.TENANT;

    private final TestFleet fleet = new TestFleet();

    private void append(String tenant, int count) {
        for (int i = 0; i < count; i++) {
            String what = "thing " + i;
            fleet.core().act(tenant, "ann", "tested", what, _ -> true);
            fleet.clock.advance(Duration.ofMillis(1));
        }
    }

    private Verdict verify(String tenant) {
        return AuditLog.verify(fleet.core(), tenant);
    }

    private void tamper(long place, Consumer<AuditRow> change) {
        fleet.core().run(scope -> {
            AuditRow row = scope.tx()
                    .find(Query.of(AuditRow.class).equal("tenant", TENANT).equal("place", place))
                    .getFirst();
            change.accept(row);
            scope.tx().update(row);
            return true;
        });
    }

    @Test
    void eachTenantHasAChainOfItsOwn() {
        append(TENANT, 3);
        append("other", 2);
        append(TENANT, 2);
        assertThat(verify(TENANT))
                .isInstanceOfSatisfying(
                        Verdict.Whole.class,
                        whole -> assertThat(whole.entries()).isEqualTo(5));
        assertThat(verify("other"))
                .isInstanceOfSatisfying(
                        Verdict.Whole.class,
                        whole -> assertThat(whole.entries()).isEqualTo(2));
        assertThat(verify("nobody")).isEqualTo(new Verdict.Whole(0, "", 0));
    }

    @Test
    void aChangeOfAnyFieldOfAnyEntryIsFoundWhereItIs() {
        append(TENANT, 12);
        List<Consumer<AuditRow>> changes = List.of(
                row -> row.who = "bob",
                row -> row.action = "other",
                row -> row.what = row.what + "x",
                row -> row.atMillis++,
                row -> row.hash = "0".repeat(64));
        SplittableRandom random = new SplittableRandom(7);
        for (Consumer<AuditRow> change : changes) {
            long place = 1L + random.nextInt(12);
            List<AuditRow> before = new ArrayList<>();
            tamper(place, row -> {
                before.add(copy(row));
                change.accept(row);
            });
            assertThat(verify(TENANT))
                    .isInstanceOfSatisfying(
                            Verdict.Broken.class,
                            broken -> assertThat(broken.place()).isEqualTo(place));
            tamper(place, row -> restore(row, before.getFirst()));
            assertThat(verify(TENANT)).isInstanceOf(Verdict.Whole.class);
        }
    }

    private static AuditRow copy(AuditRow row) {
        AuditRow copy = new AuditRow();
        restore(copy, row);
        return copy;
    }

    private static void restore(AuditRow row, AuditRow from) {
        row.who = from.who;
        row.action = from.action;
        row.what = from.what;
        row.atMillis = from.atMillis;
        row.hash = from.hash;
    }

    @Test
    void aMissingEntryIsFoundAtBothEndsAndBetween() {
        for (long place : new long[] {1, 4, 6}) {
            TestFleet own = new TestFleet();
            for (int i = 0; i < 6; i++) {
                own.core().act(TENANT, "ann", "tested", "x", _ -> true);
            }
            own.core()
                    .run(scope -> scope.tx()
                            .deleteAll(Query.of(AuditRow.class)
                                    .equal("tenant", TENANT)
                                    .equal("place", place)));
            assertThat(AuditLog.verify(own.core(), TENANT))
                    .isEqualTo(new Verdict.Broken(place, "the entry is missing"));
        }
    }

    @Test
    void anEntryThatWasPutBesideTheChainIsFound() {
        append(TENANT, 3);
        long now = fleet.clock.millis();
        for (Long place : Arrays.asList(null, 4L, 500L, 0L, -1L)) {
            AuditRow forged = beside(place, now);
            assertThat(verify(TENANT))
                    .as("place %s", place)
                    .isEqualTo(new Verdict.Broken(4, "entries that are listed and not in the chain: 1"));
            remove(forged);
            assertThat(verify(TENANT)).isInstanceOf(Verdict.Whole.class);
        }
    }

    @Test
    void entriesOfBeforeTheChainAreCountedAndProveNothing() {
        beside(null, fleet.clock.millis());
        append(TENANT, 3);
        assertThat(verify(TENANT))
                .isInstanceOfSatisfying(
                        Verdict.Whole.class,
                        whole -> assertThat(whole.unchained()).isEqualTo(1));
        beside(null, 1);
        assertThat(verify(TENANT)).as("it says that it is older").isInstanceOf(Verdict.Broken.class);
    }

    private AuditRow beside(@Nullable Long place, long atMillis) {
        AuditRow row = new AuditRow();
        row.tenant = TENANT;
        row.who = "ann";
        row.action = "forged";
        row.what = "x";
        row.atMillis = atMillis;
        row.place = place;
        fleet.core().run(scope -> {
            scope.tx().insert(row);
            return true;
        });
        return row;
    }

    private void remove(AuditRow row) {
        fleet.core().run(scope -> {
            scope.tx().delete(row);
            return true;
        });
    }

    @Test
    void appendsAtOnceDoNotForkTheChain() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    start.await();
                } catch (InterruptedException ending) {
                    return;
                }
                for (int n = 0; n < 25; n++) {
                    fleet.core().act(TENANT, "ann", "tested", "x", _ -> true);
                }
            }));
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(verify(TENANT))
                .isInstanceOfSatisfying(
                        Verdict.Whole.class,
                        whole -> assertThat(whole.entries()).isEqualTo(200));
    }

    @Test
    void whatADatabaseWouldChangeIsNotHashedAsItIs() {
        for (String what : List.of("a\0b", "half \ud800", "x".repeat(499) + "\ud83d\ude00", "\ud83d\ude00 é")) {
            fleet.core().act(TENANT, "ann", "tested", what, _ -> true);
        }
        assertThat(fleet.all(AuditRow.class))
                .extracting(row -> row.what)
                .containsExactly("a?b", "half ?", "x".repeat(499) + "?", "\ud83d\ude00 é");
        assertThat(verify(TENANT)).isInstanceOf(Verdict.Whole.class);
    }

    @Test
    void whatIsNotCommittedIsNotInTheChain() {
        append(TENANT, 2);
        fleet.failCommits(true);
        assertThatThrownBy(() -> append(TENANT, 1)).isInstanceOf(StoreException.class);
        fleet.failCommits(false);
        append(TENANT, 1);
        assertThat(verify(TENANT))
                .isInstanceOfSatisfying(
                        Verdict.Whole.class,
                        whole -> assertThat(whole.entries()).isEqualTo(3));
    }

    @Test
    void refusedAttemptsOutliveACommitThatFails() {
        RefusedAttempts refused = fleet.core().refused();
        refused.note(TENANT, "eve", "GET /secret");
        fleet.failCommits(true);
        assertThatThrownBy(() -> fleet.step(Duration.ofSeconds(1))).isInstanceOf(StoreException.class);
        fleet.failCommits(false);
        refused.note(TENANT, "eve", "GET /secret");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.all(AuditRow.class)).extracting(row -> row.what).containsExactly("GET /secret (2 times)");
        fleet.step(Duration.ofSeconds(20));
        assertThat(fleet.all(AuditRow.class)).hasSize(1);
    }

    @Test
    void refusedAttemptsAreCountedAndCannotFillTheLog() {
        RefusedAttempts refused = fleet.core().refused();
        for (int i = 0; i < 500; i++) {
            refused.note(TENANT, "eve", "GET /secret");
            refused.note(TENANT, "eve", "GET /" + i);
        }
        refused.note("other", "mallory", "once");
        fleet.step(Duration.ofSeconds(1));
        List<AuditRow> rows = fleet.all(AuditRow.class);
        assertThat(rows).hasSize(22).allMatch(row -> row.action.equals("refused"));
        assertThat(rows).extracting(row -> row.what).contains("GET /secret (500 times)", "once");
        refused.note(TENANT, "eve", "GET /secret");
        fleet.step(Duration.ofSeconds(5));
        assertThat(fleet.all(AuditRow.class)).hasSize(22);
        fleet.step(Duration.ofSeconds(5));
        assertThat(fleet.all(AuditRow.class)).hasSize(23);
        assertThat(verify(TENANT)).isInstanceOf(Verdict.Whole.class);
    }
}
