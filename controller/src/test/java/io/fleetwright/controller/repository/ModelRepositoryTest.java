package io.fleetwright.controller.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.removal.VersionRemoval;
import io.fleetwright.controller.repository.ModelRepository.Entry;
import io.fleetwright.controller.repository.ModelRepository.Listed;
import io.fleetwright.controller.repository.ModelRepository.State;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Work;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ModelRepositoryTest {
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final TestFleet fleet = new TestFleet();

    @Test
    void anIndexSaysOfEveryVersionWhereItIsTheNewestOfAModelFirst() {
        TestBoard board = fleet.board("n1");
        fleet.publish("words", "1");
        publish("glyphs", "1");
        publish("glyphs", "2");
        stage("glyphs", "2", "approved");
        assertThat(index(Listed.ALL))
                .containsExactly(
                        unavailable("glyphs", "2", "on no device"),
                        unavailable("glyphs", "1", "draft, on no device"),
                        unavailable("words", "1", "draft, on no device"));
        assertThat(index(Listed.READY)).isEmpty();

        fleet.rollOut("glyphs", "1");
        assertThat(index(Listed.ALL)).contains(unavailable("glyphs", "1", "draft, wanted on 1 device, active on none"));
        board.runsWhatIsDesired("glyphs");
        fleet.board("n2");
        fleet.rollOut("glyphs", "2");
        assertThat(index(Listed.ALL))
                .as("a device runs what it ran until it says otherwise")
                .containsExactly(
                        unavailable("glyphs", "2", "wanted on 2 devices, active on none"),
                        new Entry("glyphs", "1", State.READY, "active on 1 device"),
                        unavailable("words", "1", "draft, on no device"));
        assertThat(index(Listed.READY)).containsExactly(new Entry("glyphs", "1", State.READY, "active on 1 device"));

        board.runsWhatIsDesired("glyphs");
        assertThat(index(Listed.READY)).containsExactly(new Entry("glyphs", "2", State.READY, "active on 1 device"));
        List<Entry> ofAnother = fleet.core().read(scope -> ModelRepository.index(scope.tx(), "other", Listed.ALL));
        assertThat(ofAnother).isEmpty();
    }

    @Test
    void aVersionOfWhichDevicesHavePartsIsReadyWhenEveryPartHasOne() {
        fleet.publish("glyphs", "1");
        for (int place = 0; place < 2; place++) {
            String name = "part" + place;
            String digest = fleet.publish(TestFleet.TENANT, "glyphs", "1", name);
            int from = 3 * place;
            boolean _ = fleet.core().run(scope -> {
                VariantRow row = scope.tx()
                        .get(VariantRow.class, TestFleet.TENANT + "/glyphs/1/" + name)
                        .orElseThrow();
                row.partOf = "int8";
                row.partFrom = from;
                row.partTo = from + 3;
                row.partOperators = 6;
                scope.tx().update(row);
                return true;
            });
            TestBoard board = fleet.board("n" + place);
            boolean _ = fleet.core().run(scope -> {
                SlotRow slot = new SlotRow();
                slot.id = board.address + "/cpu0/glyphs";
                slot.tenant = TestFleet.TENANT;
                slot.nodeId = board.address.toString();
                slot.deviceId = board.address + "/cpu0";
                slot.device = "cpu0";
                slot.slot = "glyphs";
                slot.desiredDigest = digest;
                slot.desiredVersion = "1";
                slot.reportedDigest = digest;
                slot.reportedState = "active";
                scope.tx().insert(slot);
                return true;
            });
            if (place == 0) {
                assertThat(index(Listed.ALL))
                        .containsExactly(unavailable("glyphs", "1", "draft, only parts of it are active, on 1 device"));
                assertThat(index(Listed.READY)).isEmpty();
            }
        }
        assertThat(index(Listed.READY)).containsExactly(new Entry("glyphs", "1", State.READY, "active on 2 devices"));
    }

    @Test
    void anIndexHasAThousandEntriesAtMost() {
        fleet.publish("aa", "1");
        fleet.publish("zz", "1");
        boolean _ = fleet.core().run(scope -> {
            for (int i = 2; i <= ModelRepository.ENTRIES_MAX + 5; i++) {
                VersionRow row = scope.tx()
                        .get(VersionRow.class, TestFleet.TENANT + "/aa/1")
                        .orElseThrow();
                row.id = "%s/aa/%d".formatted(TestFleet.TENANT, i);
                row.version = String.valueOf(i);
                row.createdAt = fleet.clock.millis() + i;
                scope.tx().insert(row);
            }
            return true;
        });
        List<Entry> entries = index(Listed.ALL);
        assertThat(entries).hasSize(ModelRepository.ENTRIES_MAX);
        assertThat(entries.getFirst().version()).isEqualTo("1005");
        assertThat(entries.getLast()).isEqualTo(unavailable("aa", "6", "draft, on no device"));
    }

    @Test
    void theNewestVersionIsTheOneThatWasApproved() {
        publish("glyphs", "1");
        publish("glyphs", "2");
        publish("glyphs", "3");
        assertThatThrownBy(() -> newestApproved("glyphs"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("no version of glyphs is approved");
        assertThatThrownBy(() -> newestApproved("words")).hasMessage("there is no model words");
        stage("glyphs", "1", "approved");
        stage("glyphs", "2", "approved");
        assertThat(newestApproved("glyphs")).isEqualTo("2");
        stage("glyphs", "2", "retired");
        assertThat(newestApproved("glyphs")).isEqualTo("1");
    }

    @Test
    void unloadingTakesAModelAndNoOtherOffEveryDeviceThoseThatAreAwayIncluded() {
        TestBoard here = fleet.board("n1");
        TestBoard away = fleet.board("n2");
        TestBoard without = fleet.board("n3");
        String glyphs = fleet.publish("glyphs", "1");
        String words = fleet.publish("words", "1");
        boolean _ = fleet.core().run(scope -> {
            scope.tx()
                    .delete(scope.tx()
                            .get(DeviceRow.class, without.address + "/cpu0")
                            .orElseThrow());
            return true;
        });
        for (String model : List.of("glyphs", "words")) {
            fleet.rollOut(model, "1");
            here.runsWhatIsDesired(model);
            away.runsWhatIsDesired(model);
        }
        away.status(Status.State.LOST);
        fleet.transport.clear();

        assertThat(unload("glyphs")).isEqualTo(2);
        assertThat(namedIn(here)).contains(words).doesNotContain(glyphs);
        assertThat(fleet.transport.desired(without.address)).isEmpty();
        assertThat(index(Listed.READY)).containsExactly(new Entry("words", "1", State.READY, "active on 2 devices"));
        assertThat(fleet.all(AuditRow.class).getLast().what).isEqualTo("glyphs from 2 devices");

        fleet.restart();
        fleet.transport.clear();
        away.reboot("00000000000000bb");
        assertThat(namedIn(away)).contains(words).doesNotContain(glyphs);
        int before = fleet.transport.all().size();
        assertThat(unload("glyphs")).as("again").isZero();
        assertThat(fleet.transport.all()).hasSize(before);
    }

    @Test
    void whatIsUnloadedIsKeptForNobodyToGoBackTo() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1");
        board.runsWhatIsDesired("glyphs");
        unload("glyphs");
        assertThatThrownBy(() -> delete("glyphs", "1")).hasMessageContaining("n1/cpu0/glyphs runs it");
        empty(board);
        delete("glyphs", "1");
        assertThat(index(Listed.ALL)).isEmpty();
    }

    @Test
    void isRefusedWhileARolloutIsOpenAndForAModelThatIsNotThere() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1");
        RolloutRow rollout = fleet.rollOut("glyphs", "1");
        assertThatThrownBy(() -> unload("glyphs"))
                .isInstanceOfSatisfying(
                        Refusal.class, refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.CONFLICT))
                .hasMessageContaining(rollout.id);
        assertThat(board.slot("glyphs").desiredDigest).isNotNull();
        assertThatThrownBy(() -> unload("words")).hasMessage("there is no model words");
        board.runsWhatIsDesired("glyphs");
        assertThat(unload("glyphs")).isEqualTo(1);
    }

    @Test
    void anOlderVersionIsLoadedAfterwardsAndAnAbortedOneGoesBackToNothing() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1");
        fleet.publish("glyphs", "2");
        for (String version : List.of("1", "2")) {
            fleet.rollOut("glyphs", version);
            board.runsWhatIsDesired("glyphs");
        }
        unload("glyphs");
        empty(board);

        RolloutRow aborted = fleet.rollOut("glyphs", "1");
        RolloutRow _ = fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "rollout.aborted",
                        aborted.id,
                        scope -> fleet.core()
                                .rollouts()
                                .abort(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        aborted.id,
                                        Reach.ALL,
                                        scope.nowMillis()));
        fleet.step(MOMENT);
        assertThat(board.slot("glyphs").desiredDigest)
                .as("not what was unloaded")
                .isNull();
        empty(board);
        board.birth();
        fleet.step(MOMENT);

        RolloutRow again = fleet.rollOut("glyphs", "1");
        fleet.step(MOMENT);
        board.runsWhatIsDesired("glyphs");
        fleet.step(MOMENT);
        assertThat(fleet.rollout(again.id).state).isEqualTo("succeeded");
        assertThat(index(Listed.READY)).containsExactly(new Entry("glyphs", "1", State.READY, "active on 1 device"));
    }

    @Test
    void anAttemptEndsAsUsualAndAJobThatComesLaterWaitsUntilItsDeadline() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1");
        board.runsWhatIsDesired("glyphs");
        JobRow running = fleet.submit("glyphs");
        Work work = board.lastWork();
        unload("glyphs");
        board.result(work, TaskResult.Outcome.OK);
        assertThat(fleet.job(running.id).state).isEqualTo(Jobs.SUCCEEDED);

        empty(board);
        JobRow later = fleet.submit("glyphs", Duration.ofSeconds(20), null);
        assertThat(fleet.job(later.id).state).isEqualTo(Jobs.QUEUED);
        assertThat(fleet.job(later.id).reason).isEqualTo("no-device-can-run-it");
        fleet.step(Duration.ofSeconds(21));
        assertThat(fleet.job(later.id).state).isEqualTo(Jobs.EXPIRED);
    }

    private static Entry unavailable(String model, String version, String reason) {
        return new Entry(model, version, State.UNAVAILABLE, reason);
    }

    private List<Entry> index(Listed listed) {
        return fleet.core().read(scope -> ModelRepository.index(scope.tx(), TestFleet.TENANT, listed));
    }

    private String newestApproved(String model) {
        return fleet.core().read(scope -> ModelRepository.newestApproved(scope.tx(), TestFleet.TENANT, model));
    }

    private int unload(String model) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "model.unloaded",
                        count -> "%s from %d devices".formatted(model, count),
                        scope -> fleet.core().repository().unload(scope, TestFleet.TENANT, model));
    }

    private void delete(String model, String version) {
        boolean _ = fleet.core().run(scope -> {
            VersionRemoval.delete(scope, TestFleet.TENANT, model, version);
            return true;
        });
    }

    /** Each a second newer than the one before. */
    private void publish(String model, String version) {
        fleet.clock.advance(MOMENT);
        fleet.publish(model, version);
    }

    private void stage(String model, String version, String stage) {
        boolean _ = fleet.core().run(scope -> {
            VersionRow row = scope.tx()
                    .get(VersionRow.class, String.join("/", TestFleet.TENANT, model, version))
                    .orElseThrow();
            row.state = stage;
            scope.tx().update(row);
            return true;
        });
    }

    private static void empty(TestBoard board) {
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.EMPTY, null));
    }

    /** The text of the newest list that a board was sent. */
    private String namedIn(TestBoard board) {
        Desired newest = fleet.transport.desired(board.address).getLast();
        return new String(newest.list(), StandardCharsets.UTF_8);
    }
}
