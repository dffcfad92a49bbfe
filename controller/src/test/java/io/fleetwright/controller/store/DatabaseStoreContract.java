package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.trust.set.RootChain;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a store over a database promises beyond the rest: two transactions may be open at once. */
abstract class DatabaseStoreContract extends FleetStoreContract {
    private static final long WAITS_MILLIS = 300;
    private static final long ENDS_SECONDS = 20;

    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        other.close();
    }

    private <T> T elsewhere(Callable<T> work) {
        try {
            return other.submit(work).get(ENDS_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private static NodeRow node(long desiredVersion) {
        NodeRow row = new NodeRow();
        row.id = "t/n";
        row.tenant = "t";
        row.node = "n";
        row.desiredVersion = desiredVersion;
        return row;
    }

    private boolean write(NodeRow row) {
        return store().transact(tx -> {
            if (!tx.insertIfAbsent(row)) {
                tx.update(row);
            }
            return true;
        });
    }

    private long desiredVersion() {
        return store().transact(tx -> tx.get(NodeRow.class, "t/n")).orElseThrow().desiredVersion;
    }

    @Test
    void whatAnotherTransactionHasChangedSinceHoldsNoMore() {
        write(node(1));
        boolean holds = store().transact(tx -> {
            assertThat(tx.get(NodeRow.class, "t/n").orElseThrow().desiredVersion)
                    .isEqualTo(1);
            elsewhere(() -> write(node(2)));
            return tx.holds(NodeRow.class, "t/n", "desiredVersion", 1L);
        });
        assertThat(holds).isFalse();
    }

    @Test
    void whatHoldsStaysSoUntilItsTransactionEnds() throws Exception {
        write(node(1));
        CompletableFuture<Future<Boolean>> writing = new CompletableFuture<>();
        store().transact(tx -> {
            assertThat(tx.holds(NodeRow.class, "t/n", "desiredVersion", 1L)).isTrue();
            Future<Boolean> waits = other.submit(() -> write(node(2)));
            writing.complete(waits);
            assertThatThrownBy(() -> waits.get(WAITS_MILLIS, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            return true;
        });
        assertThat(writing.join().get(ENDS_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(desiredVersion()).isEqualTo(2);
    }

    private FleetCore controller() {
        Instant now = Instant.ofEpochSecond(1_767_225_600);
        return new FleetCore(
                store(),
                (_, _, _) -> {
                    throw new AssertionError("nothing is to be sent");
                },
                InstantSource.fixed(now),
                new SplittableRandom(1),
                RootChain.generate(now),
                Settings.DEFAULTS,
                _ -> {});
    }

    /** It would take the list of the node back to a version that the second controller has used by then. */
    @Test
    void aControllerThatStoodStillWhileAnotherBeganWritesNothing() {
        FleetCore first = controller();
        first.start();
        FleetCore second = controller();
        write(node(1));
        assertThatThrownBy(() -> first.run(scope -> {
                    NodeRow read = scope.tx().get(NodeRow.class, "t/n").orElseThrow();
                    elsewhere(() -> {
                        second.start();
                        return second.run(there -> {
                            there.tx().update(node(2));
                            return true;
                        });
                    });
                    scope.tx().update(read);
                    return true;
                }))
                .isInstanceOf(FleetCore.ReplacedException.class)
                .hasMessageContaining("another controller has begun");
        assertThat(desiredVersion()).isEqualTo(2);
        assertThat(first.isReplaced()).isTrue();
        assertThat(second.isReplaced()).isFalse();
    }
}
