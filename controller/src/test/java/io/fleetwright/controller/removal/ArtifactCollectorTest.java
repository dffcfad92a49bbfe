package io.fleetwright.controller.removal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each of those who may name an artifact keeps it alone, and no longer than it names it. */
final class ArtifactCollectorTest {
    private static final Duration OLD = Duration.ofHours(2);

    private final TestFleet fleet = new TestFleet();

    private String put(String name) {
        return fleet.core()
                .run(scope -> Artifacts.of(scope)
                        .put(name.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .value());
    }

    private List<String> stored() {
        return fleet.all(ArtifactRow.class).stream().map(row -> row.id).toList();
    }

    private void insert(Row row) {
        fleet.core().run(scope -> {
            scope.tx().insert(row);
            return true;
        });
    }

    private <R extends Row> void assertKeeps(String what, R row, Consumer<R> forget) {
        assertKeepsUntil(what, row, tx -> {
            forget.accept(row);
            tx.update(row);
        });
    }

    private void assertKeepsUntil(String what, Row row, Consumer<Tx> end) {
        insert(row);
        fleet.step(OLD);
        assertThat(stored()).as(what).hasSize(1);
        fleet.core().run(scope -> {
            end.accept(scope.tx());
            return true;
        });
        fleet.step(OLD);
        assertThat(stored()).as("without " + what).isEmpty();
    }

    private SlotRow slot(String id) {
        SlotRow row = new SlotRow();
        row.id = id;
        return row;
    }

    @Test
    void aSlotKeepsWhatItShallRunRunsAndMayGoBackTo() {
        SlotRow desired = slot("desired");
        desired.desiredDigest = put("desired");
        assertKeeps("desired", desired, row -> row.desiredDigest = null);
        SlotRow reported = slot("reported");
        reported.reportedDigest = put("reported");
        assertKeeps("reported", reported, row -> row.reportedDigest = null);
        SlotRow previous = slot("previous");
        previous.previousDigest = put("previous");
        assertKeeps("previous", previous, row -> row.previousDigest = null);
    }

    @Test
    void aVariantKeepsItsBytesItsPackageAndWhatItsDeltaIsFrom() {
        VariantRow bytes = new VariantRow();
        bytes.id = "bytes";
        bytes.digest = put("bytes");
        assertKeeps("bytes", bytes, row -> row.digest = "");
        VariantRow packed = new VariantRow();
        packed.id = "packed";
        packed.packageDigest = put("packed");
        assertKeeps("package", packed, row -> row.packageDigest = null);
        VariantRow base = new VariantRow();
        base.id = "base";
        base.deltaBase = put("base");
        assertKeeps("delta base", base, row -> row.deltaBase = null);
    }

    @Test
    void aVersionKeepsItsSets() {
        VersionRow evaluation = new VersionRow();
        evaluation.id = "evaluation";
        evaluation.evaluationDigest = put("evaluation");
        assertKeeps("evaluation", evaluation, row -> row.evaluationDigest = null);
        VersionRow source = new VersionRow();
        source.id = "source";
        source.sourceDigest = put("source");
        assertKeeps("source", source, row -> row.sourceDigest = null);
        VersionRow calibration = new VersionRow();
        calibration.id = "calibration";
        calibration.calibrationDigest = put("calibration");
        assertKeeps("calibration", calibration, row -> row.calibrationDigest = null);
    }

    @Test
    void aJobKeepsItsInput() {
        JobRow job = new JobRow();
        job.id = "job";
        job.inputDigest = put("input");
        assertKeepsUntil("input", job, tx -> tx.delete(job));
    }

    /** The core would move the rollout on, so the collector runs alone. */
    @Test
    void aRunningRolloutKeepsWhatItWillHandOut() {
        RolloutRow rollout = new RolloutRow();
        rollout.id = "rollout";
        rollout.state = "running";
        TargetRow target = new TargetRow();
        target.id = "target";
        target.rolloutId = rollout.id;
        target.digest = put("target");
        target.state = "pending";
        insert(rollout);
        insert(target);
        fleet.clock.advance(OLD);
        collect();
        assertThat(stored()).hasSize(1);
        rollout.state = "aborted";
        fleet.core().run(scope -> {
            scope.tx().update(rollout);
            return true;
        });
        collect();
        assertThat(stored()).isEmpty();
    }

    private void collect() {
        fleet.core().run(scope -> {
            new ArtifactCollector().run(scope.tx(), scope.nowMillis());
            return true;
        });
    }

    @Test
    void whatWasPutLessThanAnHourAgoStaysAndPuttingItAgainCounts() {
        put("upload");
        fleet.step(Duration.ofMinutes(59));
        assertThat(stored()).hasSize(1);
        put("upload");
        fleet.step(Duration.ofMinutes(59));
        assertThat(stored()).hasSize(1);
        fleet.step(Duration.ofMinutes(11));
        assertThat(stored()).isEmpty();
    }

    @Test
    void comesToEveryArtifactHoweverManyThereAre() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 1203; i++) {
            all.add(put("artifact " + i));
        }
        assertThat(stored()).containsExactlyInAnyOrderElementsOf(all);
        for (int run = 0; run < 3; run++) {
            fleet.step(OLD);
        }
        assertThat(stored()).isEmpty();
    }
}
