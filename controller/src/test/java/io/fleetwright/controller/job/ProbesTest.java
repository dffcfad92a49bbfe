package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One board is known to take 2 ms for a network; another one ran three others, and nobody knows well what it would take. */
final class ProbesTest {
    private static final Duration TICK = Duration.ofMillis(500);

    private TestFleet fleet = new TestFleet();
    private TestBoard known = fleet.board("known");
    private TestBoard idle = fleet.board("idle");
    private String digest = "";

    @BeforeEach
    void probing() {
        start(true);
    }

    private void start(boolean probing) {
        fleet = new TestFleet(new SplittableRandom(1), TestFleet.SETTINGS.probing(probing));
        known = fleet.board("known");
        idle = fleet.board("idle");
        digest = fleet.publish("glyphs", "1.0.0");
        known.report(TestBoard.active("glyphs", digest));
        idle.report(TestBoard.active("glyphs", digest));
        cost(known, digest, 2000, 100);
        double[] micros = {1500, 4000, 9000};
        for (int i = 0; i < micros.length; i++) {
            String other = fleet.publish("other" + i, "1.0.0");
            int at = i;
            fleet.core().run(scope -> {
                VariantRow row = scope.tx()
                        .get(VariantRow.class, "acme/other%d/1.0.0/int8".formatted(at))
                        .orElseThrow();
                row.macs = 50_000L * (at + 1);
                scope.tx().update(row);
                return true;
            });
            cost(idle, other, micros[i], 5);
        }
    }

    private void cost(TestBoard board, String variant, double micros, long count) {
        fleet.core().run(scope -> {
            CostRow cost = new CostRow();
            cost.id = CostRow.key(board.address + "/cpu0", variant);
            cost.tenant = TestFleet.TENANT;
            cost.deviceId = board.address + "/cpu0";
            cost.digest = variant;
            cost.count = count;
            cost.meanMicros = micros;
            cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
            cost.updatedAt = scope.nowMillis();
            scope.tx().insert(cost);
            return true;
        });
    }

    private List<JobRow> probes() {
        return fleet.all(JobRow.class).stream().filter(job -> job.probe).toList();
    }

    /** The known board gets a job, and answers. */
    private JobRow run() {
        JobRow job = fleet.submit("glyphs", Duration.ofSeconds(60), null);
        assertThat(known.lastWork().task()).isEqualTo(job.id);
        known.result(known.lastWork(), TaskResult.Outcome.OK);
        return fleet.job(job.id);
    }

    private void answerProbes() {
        int answered = 0;
        while (answered < idle.works().size()) {
            idle.result(idle.works().get(answered++), TaskResult.Outcome.OK);
        }
    }

    @Test
    void anIdleDeviceIsProbedAndThePlanAfterSaysByWhat() {
        JobRow before = run();
        assertThat(before.why).contains("\"costs\":\"learned\"").doesNotContain("\"probe\"");
        assertThat(probes()).hasSize(Probes.PROBES).allSatisfy(probe -> {
            assertThat(probe.pinnedDevice).isEqualTo("idle/cpu0");
            assertThat(probe.wantedVariant).isEqualTo("int8");
            assertThat(probe.input).containsOnly(0).hasSize(TestFleet.INPUT_BYTES);
        });
        answerProbes();
        assertThat(probes()).extracting(probe -> probe.state).containsOnly(Jobs.SUCCEEDED);
        CostRow learned = fleet.get(CostRow.class, CostRow.key(idle.address + "/cpu0", digest));
        assertThat(learned.count).isEqualTo(Probes.PROBES);
        JobRow after = fleet.submit("glyphs", Duration.ofSeconds(60), null);
        assertThat(fleet.job(after.id).nodeId).isEqualTo(idle.address.toString());
        assertThat(fleet.job(after.id).why).contains("\"probe\":\"%s\"".formatted(learned.probedBy));
        assertThat(probes()).extracting(probe -> probe.id).contains(learned.probedBy);
        assertThat(probes()).hasSize(Probes.PROBES);
    }

    @Test
    void everyJobThatSomebodyWaitsForGoesBeforeProbes() {
        run();
        JobRow job = fleet.submit("glyphs", Duration.ofSeconds(60), "idle/cpu0");
        assertThat(probes()).allMatch(probe -> probe.turnMicros > fleet.job(job.id).turnMicros);
    }

    @Test
    void probesCountForNoQuotaAndAreNotTriedAgain() {
        run();
        int open = probes().size();
        assertThat(open).isPositive();
        TestBoard _ = fleet.board("bare");
        for (int i = 0; i < TestFleet.SETTINGS.jobsOpenMax(); i++) {
            fleet.submit("glyphs", Duration.ofSeconds(60), "bare/cpu0");
        }
        fleet.step(TICK);
        idle.result(idle.works().getFirst(), TaskResult.Outcome.FAILED);
        assertThat(probes()).extracting(probe -> probe.state).contains(Jobs.FAILED);
        assertThat(probes()).allMatch(probe -> probe.epoch <= 1);
    }

    @Test
    void aDeviceIsNotAskedMoreThanItsShareInAnHour() {
        for (int i = 0; i < 6; i++) {
            run();
            fleet.step(TICK);
            while (probes().stream().anyMatch(probe -> Jobs.OPEN.contains(probe.state))) {
                // Failures would have it left alone for a while.
                idle.result(idle.lastWork(), TaskResult.Outcome.REJECTED);
                fleet.step(TICK);
            }
        }
        assertThat(probes()).hasSize(Probes.PER_DEVICE_MAX);
        fleet.step(Duration.ofHours(1));
        idle.birth();
        idle.report(TestBoard.active("glyphs", digest));
        known.birth();
        known.report(TestBoard.active("glyphs", digest));
        run();
        assertThat(probes()).hasSizeGreaterThan(Probes.PER_DEVICE_MAX);
    }

    @Test
    void aDeviceThatFailsItsProbesIsNotAskedAgainSoon() {
        for (int i = 0; i < 3; i++) {
            run();
            fleet.step(TICK);
            while (probes().stream().anyMatch(probe -> Jobs.OPEN.contains(probe.state))) {
                idle.result(idle.lastWork(), TaskResult.Outcome.FAILED);
                fleet.step(TICK);
            }
        }
        assertThat(probes()).hasSize(Probes.PROBES);
    }

    @Test
    void aBusyDeviceIsLeftAlone() {
        JobRow own = fleet.submit("glyphs", Duration.ofSeconds(60), "idle/cpu0");
        assertThat(fleet.job(own.id).state).isEqualTo(Jobs.RUNNING);
        run();
        assertThat(probes()).isEmpty();
    }

    @Test
    void whoWantsNoneHasNone() {
        start(false);
        run();
        assertThat(probes()).isEmpty();
    }
}
