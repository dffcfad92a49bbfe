package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.Placing;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WaitingJobsTest {
    private final FleetStore store = new MemoryStore();
    private int made;
    private int ofATurn = 1;

    private void wait(String tenant, String model, int jobs) {
        wait(tenant, model, jobs, null);
    }

    /** @param reason why they found no place when they were looked at, absent before that */
    private void wait(String tenant, String model, int jobs, @Nullable String reason) {
        boolean _ = store.transact(tx -> {
            for (int i = 0; i < jobs; i++) {
                JobRow job = new JobRow();
                job.id = "j-%05d".formatted(made);
                job.tenant = tenant;
                job.model = model;
                job.state = Jobs.QUEUED;
                job.turnMicros = made++ / ofATurn;
                job.reason = reason;
                job.energyMethod = EnergyMethod.UNKNOWN.wireName();
                tx.insert(job);
            }
            return true;
        });
    }

    private List<JobRow> next(Map<String, Integer> shares, int perStep) {
        return store.transact(
                tx -> new WaitingJobs(new Placing(Placing.Policy.PORTFOLIO, shares), perStep).next(tx, 0));
    }

    private static long of(List<JobRow> jobs, String tenant) {
        return jobs.stream().filter(job -> job.tenant.equals(tenant)).count();
    }

    @Test
    void whileAllFindAPlaceTheyComeByTheirTurn() {
        wait("a", "m", 5);
        wait("b", "m", 4);
        assertThat(next(Map.of("b", 9), 10))
                .extracting(job -> job.id)
                .containsExactly(
                        "j-00000", "j-00001", "j-00002", "j-00003", "j-00004", "j-00005", "j-00006", "j-00007",
                        "j-00008");
    }

    @Test
    void aTenantThatKeepsManyWaitingLeavesTheOthersTheirShare() {
        wait("a", "m", 500);
        wait("b", "m", 500);
        List<JobRow> alike = next(Map.of(), 40);
        assertThat(of(alike, "a")).isEqualTo(20);
        assertThat(of(alike, "b")).isEqualTo(20);
        List<JobRow> unlike = next(Map.of("a", 1, "b", 3), 40);
        assertThat(of(unlike, "a")).isEqualTo(10);
        assertThat(of(unlike, "b")).isEqualTo(30);
        assertThat(unlike).isSortedAccordingTo((one, other) -> Long.compare(one.turnMicros, other.turnMicros));
        // The oldest of each.
        assertThat(unlike.getFirst().id).isEqualTo("j-00000");
        assertThat(unlike.get(10).id).isEqualTo("j-00500");
    }

    @Test
    void whatATenantDoesNotNeedGoesToTheOldest() {
        wait("a", "m", 500);
        wait("b", "m", 2);
        List<JobRow> jobs = next(Map.of("b", 3), 40);
        assertThat(jobs).hasSize(40);
        assertThat(of(jobs, "b")).isEqualTo(2);
    }

    @Test
    void aModelIsLookedAtHoweverManyOfAnotherWaitBeforeIt() {
        wait("a", "first", 500);
        wait("a", "second", 500);
        List<JobRow> jobs = next(Map.of(), 40);
        assertThat(jobs).hasSize(48);
        assertThat(jobs.subList(40, 48)).allMatch(job -> job.model.equals("second"));
        assertThat(jobs.get(40).id).isEqualTo("j-00500");
    }

    @Test
    void moreTenantsThanPlacesAreWithinTheLimit() {
        for (int i = 0; i < 30; i++) {
            wait("t" + i, "m", 2);
        }
        List<JobRow> jobs = next(Map.of(), 10);
        assertThat(jobs.stream().map(job -> job.tenant).distinct()).hasSize(10);
        assertThat(jobs).hasSize(10);
    }

    @Test
    void whoComesLaterHasItsShareAfterASecond() {
        WaitingJobs waiting = new WaitingJobs(Placing.DEFAULT, 40);
        wait("a", "m", 500);
        assertThat(of(store.transact(tx -> waiting.next(tx, 5_000)), "a")).isEqualTo(40);
        wait("b", "m", 500);
        assertThat(of(store.transact(tx -> waiting.next(tx, 6_000)), "b")).isZero();
        assertThat(of(store.transact(tx -> waiting.next(tx, 6_001)), "b")).isEqualTo(20);
    }

    @Test
    void noneWaitsBehindJobsOfItsModelThatGoNowhere() {
        wait("a", "m", 500, "no-device-can-run-it");
        wait("a", "m", 100);
        WaitingJobs waiting = new WaitingJobs(Placing.DEFAULT, 40);
        Set<String> seen = new HashSet<>();
        for (int look = 0; look < 12; look++) {
            List<JobRow> jobs = store.transact(tx -> waiting.next(tx, 0));
            assertThat(jobs).hasSizeBetween(40, 40 + WaitingJobs.FURTHER);
            assertThat(jobs.getFirst().id).isEqualTo("j-00000");
            jobs.forEach(job -> seen.add(job.id));
        }
        assertThat(seen).hasSize(600);
        // And all over again.
        seen.clear();
        for (int look = 0; look < 12; look++) {
            store.transact(tx -> waiting.next(tx, 0)).forEach(job -> seen.add(job.id));
        }
        assertThat(seen).hasSize(600);
    }

    @Test
    void ofManyOfTheSameTurnNoneIsLeftOut() {
        ofATurn = 200;
        wait("a", "m", 600, "no-device-can-run-it");
        WaitingJobs waiting = new WaitingJobs(Placing.DEFAULT, 40);
        Set<String> seen = new HashSet<>();
        for (int look = 0; look < 15; look++) {
            store.transact(tx -> waiting.next(tx, 0)).forEach(job -> seen.add(job.id));
        }
        assertThat(seen).hasSize(600);
    }
}
