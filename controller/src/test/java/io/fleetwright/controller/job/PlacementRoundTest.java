package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.policy.PlacementDecision;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What one round of placements reads, and where it sends what was tried before. */
final class PlacementRoundTest {
    private static final int DEVICES = 40;

    private final TestFleet fleet = new TestFleet();

    private void boardsWithTheNetwork() {
        String digest = fleet.publish("glyphs", "1.0.0");
        for (int i = 0; i < DEVICES; i++) {
            fleet.board("n" + i).report(TestBoard.active("glyphs", digest));
        }
    }

    /** Counts reads of slots: one for each look whether a device can run a job. */
    private static Tx counting(Tx tx, AtomicLong looks) {
        return (Tx) Proxy.newProxyInstance(
                Tx.class.getClassLoader(), new Class<?>[] {Tx.class}, (_, method, arguments) -> {
                    if (method.getName().equals("get") && arguments[0] == SlotRow.class) {
                        looks.incrementAndGet();
                    }
                    try {
                        return method.invoke(tx, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    /** As after the loss of a network: each job was tried on another device. */
    private List<JobRow> triedEachOnAnother() {
        return IntStream.range(0, DEVICES)
                .mapToObj(i -> {
                    JobRow job = new JobRow();
                    job.id = "j-" + i;
                    job.tenant = TestFleet.TENANT;
                    job.model = "glyphs";
                    job.state = Jobs.QUEUED;
                    job.inputBytes = TestFleet.INPUT_BYTES;
                    job.deadlineAt =
                            fleet.clock.millis() + Duration.ofSeconds(60).toMillis();
                    job.epoch = 1;
                    job.places = Places.with("", 1, List.of("n%d/cpu0".formatted(i)));
                    return job;
                })
                .toList();
    }

    @Test
    void jobsThatWereTriedOnDifferentDevicesShareOneLookAtTheFleet() {
        boardsWithTheNetwork();
        AtomicLong looks = new AtomicLong();
        List<JobRow> jobs = triedEachOnAnother();
        boolean _ = fleet.core().run(scope -> {
            PlacementRound round =
                    new PlacementRound(counting(scope.tx(), looks), List.of(), new Faults(), fleet.clock.millis());
            assertThat(JointPlacements.turns(jobs, round, fleet.clock.millis())).hasSize(DEVICES);
            for (JobRow job : jobs) {
                PlacementDecision decision = round.decide(job, null);
                assertThat(decision).isInstanceOf(PlacementDecision.Placed.class);
                String device =
                        ((PlacementDecision.Placed) decision).placement().device();
                assertThat(device).isNotEqualTo("acme/n%s/cpu0".formatted(job.id.substring(2)));
                round.placed(round.device(job.tenant, device), 1000);
            }
            return true;
        });
        assertThat(looks.get()).isEqualTo(DEVICES);
    }
}
