package io.fleetwright.controller.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BreachesTest {
    private final MemoryStore store = new MemoryStore();
    private final Breaches breaches = new Breaches();

    private void note(String node, Breach.Kind kind) {
        breaches.note(new Breach(TestFleet.TENANT, node, kind, "did " + kind));
    }

    private List<String> write(long nowMillis) {
        List<String> written = store.transact(tx -> {
            breaches.write(tx, nowMillis);
            return tx.find(Query.of(AuditRow.class)).stream()
                    .map(row -> row.who + " " + row.what)
                    .toList();
        });
        breaches.written(nowMillis);
        return written;
    }

    @Test
    void nodesAndKindsAreToldApart() {
        note("a", Breach.Kind.FOREIGN_ATTEMPT);
        note("a", Breach.Kind.WRONG_VARIANT);
        note("b", Breach.Kind.FOREIGN_ATTEMPT);
        note("b", Breach.Kind.FOREIGN_ATTEMPT);
        assertThat(write(0))
                .containsExactlyInAnyOrder(
                        "node:a did FOREIGN_ATTEMPT",
                        "node:a did WRONG_VARIANT",
                        "node:b did FOREIGN_ATTEMPT (2 times)");
    }

    @Test
    void whateverManyNodesDoTheMemoryAndTheLogStayBounded() {
        for (int i = 0; i < 3 * Breaches.KEYS_MAX; i++) {
            note("n" + i, Breach.Kind.UNKNOWN_ATTEMPT);
        }
        List<String> written = write(0);
        assertThat(written).hasSize(Breaches.KEYS_MAX + 1).contains("node:others did UNKNOWN_ATTEMPT (2000 times)");
        assertThat(write(1)).hasSameSizeAs(written);
    }

    @Test
    void anHourWithoutOneForgetsTheNode() {
        note("a", Breach.Kind.FOREIGN_ATTEMPT);
        write(0);
        note("a", Breach.Kind.FOREIGN_ATTEMPT);
        long hour = Breaches.WINDOW.toMillis();
        assertThat(write(hour - 1)).hasSize(1);
        assertThat(write(hour)).hasSize(2);
        assertThat(write(3 * hour)).hasSize(2);
        note("a", Breach.Kind.FOREIGN_ATTEMPT);
        assertThat(write(3 * hour)).hasSize(3);
    }
}
