package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What plans learn of the ways between boards from tensors that went directly. */
final class WaysTest {
    private static final PeerAddress PEER = new PeerAddress("192.0.2.9", 7443);

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard slow = world.slow;
    private final TestBoard fast = world.fast;

    private void run() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 64, 16, 16, 16), Map.of(slow, 90_000.0, fast, 900.0));
        world.listens(fast, PEER);
    }

    private Links.Way way() {
        return fleet.core().run(scope -> Links.between(scope.tx(), node(scope.tx(), slow), node(scope.tx(), fast)));
    }

    private static NodeRow node(Tx tx, TestBoard board) {
        return tx.get(NodeRow.class, board.address.toString()).orElseThrow();
    }

    /** A job whose cut tensor took so long directly, or went by the broker; what its plan said of the way. */
    private JobRow share(@Nullable Long directMicros) {
        JobRow job = world.submit(new Jobs.Source("slow/cpu0", 8), null);
        assertThat(slow.lastWork().task()).isEqualTo(job.id + ".0");
        world.say(slow, world.sent(slow, slow.lastWork(), 60, directMicros));
        world.ok(fast, fast.lastWork());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        return job;
    }

    @Test
    void plansCountWithWhatTensorsTookOnceThereAreEnough() {
        run();
        assertThat(way()).isEqualTo(new Links.Way(Links.UNKNOWN, Links.Basis.ASSUMED));
        for (int i = 1; i < WayRow.SAMPLES_MIN; i++) {
            assertThat(fleet.job(share(7_000L).id).why).contains("\"link\":\"assumed\"");
        }
        assertThat(way().basis()).isEqualTo(Links.Basis.ASSUMED);
        share(7_000L);
        assertThat(way().basis()).isEqualTo(Links.Basis.MEASURED);
        assertThat(way().link().millis(60)).isCloseTo(7.0, within(0.01));
        JobRow job = share(7_000L);
        assertThat(fleet.job(job.id).why).contains("\"link\":\"measured\"");
        assertThat(world.parts(job).getFirst().linkMicros).isBetween(6_900L, 7_100L);
    }

    @Test
    void aTensorThatHadToGoByTheBrokerForgetsThem() {
        run();
        for (int i = 0; i < WayRow.SAMPLES_MIN; i++) {
            share(7_000L);
        }
        share(null);
        assertThat(way()).isEqualTo(new Links.Way(Links.UNKNOWN, Links.Basis.ASSUMED));
    }

    @Test
    void aWayIsMeasuredOnlyWhileTheReceiverTakesTensorsDirectly() {
        run();
        for (int i = 0; i < WayRow.SAMPLES_MIN; i++) {
            share(7_000L);
        }
        world.listens(fast, null);
        assertThat(way().basis()).isEqualTo(Links.Basis.ASSUMED);
        share(null);
        world.listens(fast, PEER);
        assertThat(way().basis()).isEqualTo(Links.Basis.MEASURED);
    }

    @Test
    void anEmulatedLinkIsAsItWasTold() {
        run();
        world.link(slow, new Birth.Link(5_000, 3, 0.1));
        for (int i = 0; i < 2 * WayRow.SAMPLES_MIN; i++) {
            share(70_000L);
        }
        assertThat(way()).isEqualTo(new Links.Way(new Link(5_000, 3, 0.1, 0), Links.Basis.TOLD));
        List<WayRow> learned = fleet.core().run(scope -> scope.tx().find(Query.of(WayRow.class)));
        assertThat(learned).isEmpty();
    }

    @Test
    void bandwidthAndFixedTimeComeOutOfTensorsOfManyLengths() {
        SeededCases.forEach(1, 50, (random, _) -> {
            Link real = Link.of(random.nextDouble(2_000, 500_000), random.nextDouble(0.2, 20));
            WayRow row = new WayRow();
            for (int i = 0; i < 40; i++) {
                long bytes = random.nextLong(100, 500_000);
                row.take(bytes, real.millis(bytes) * random.nextDouble(0.97, 1.03));
            }
            for (long bytes : new long[] {50_000, 250_000, 450_000}) {
                assertThat(row.link().millis(bytes))
                        .isCloseTo(real.millis(bytes), within(0.1 * real.millis(bytes) + 0.3));
            }
        });
    }

    @Test
    void whateverIsSaidGivesALinkThatAPlanCanCountWith() {
        SeededCases.forEach(2, 300, (random, _) -> {
            WayRow row = new WayRow();
            for (int i = 0; i < random.nextInt(1, 30); i++) {
                row.take(
                        random.nextInt(3) == 0 ? 1 : random.nextLong(1, 16L << 20),
                        random.nextInt(3) == 0 ? 1e12 : random.nextDouble(0.001, 100));
            }
            Link link = row.link();
            assertThat(link.kbitPerSecond()).isBetween(1.0, 1e8);
            assertThat(link.rttMillis()).isBetween(0.0, 60_000.0);
        });
    }

    @Test
    void oneThatTookVeryLongCountsAsAFewTimesAsLong() {
        WayRow row = new WayRow();
        for (int i = 0; i < 20; i++) {
            row.take(1_000, 5);
        }
        row.take(1_000, 50_000);
        assertThat(row.link().millis(1_000)).isBetween(5.0, 8.0);
    }

    @Test
    void aWayThatHasBecomeSlowerIsSoonKnownToBe() {
        WayRow row = new WayRow();
        for (int i = 0; i < 50; i++) {
            row.take(10_000, 5);
        }
        for (int i = 0; i < 30; i++) {
            row.take(10_000, 15);
        }
        assertThat(row.link().millis(10_000)).isCloseTo(15, within(1.0));
    }
}
