package io.fleetwright.controller.removal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.gate.ObservedRow;
import io.fleetwright.controller.identity.NodeKeyRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.controller.telemetry.StreamRow;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NodeRemovalTest {
    private final TestFleet fleet = new TestFleet();
    private TestBoard gone = fleet.board("n1");

    @BeforeEach
    void oneNodeRunsTheModel() {
        fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1");
        fleet.step(Duration.ofSeconds(1));
        gone.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        NodeKeyRow key = new NodeKeyRow();
        key.id = TestFleet.TENANT + "/k1";
        key.tenant = TestFleet.TENANT;
        key.nodeId = gone.address.toString();
        fleet.core().run(scope -> scope.tx().insertIfAbsent(key));
    }

    private void revoke(String node) {
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "node.revoked",
                        node,
                        scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, node));
    }

    private void delete(String tenant, String node) {
        fleet.core().act(tenant, "ann", "node.deleted", node, scope -> {
            fleet.core().removal().delete(scope, tenant, node);
            return true;
        });
    }

    @Test
    void theWorkOfARevokedNodeGoesToAnotherOne() {
        JobRow job = fleet.submit("glyphs");
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.job(job.id).nodeId).isEqualTo(gone.address.toString());
        TestBoard other = fleet.board("n2");
        fleet.rollOut("glyphs", "1");
        fleet.step(Duration.ofMillis(500));
        other.runsWhatIsDesired("glyphs");
        revoke("n1");
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.job(job.id).nodeId).isEqualTo(other.address.toString());
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aRevokedNodeIsSeenAndNeverHeardAgain() {
        revoke("n1");
        revoke("n1");
        assertThat(gone.node().status).isEqualTo(Nodes.REVOKED);
        assertThat(fleet.all(NodeKeyRow.class)).allMatch(key -> key.revokedAt != null);
        assertThat(fleet.all(DeviceRow.class)).isEmpty();
        assertThat(fleet.all(SlotRow.class)).isEmpty();
        assertThat(gone.send(Topic.Kind.UP_STATUS, new byte[0])).contains("revoked");
        fleet.restart();
        fleet.step(Duration.ofMinutes(5));
        assertThat(gone.node().status).isEqualTo(Nodes.REVOKED);
    }

    @Test
    void aRolloutEndsForARevokedNodeAndSaysWhy() {
        fleet.publish("glyphs", "2");
        RolloutRow rollout = fleet.rollOut("glyphs", "2");
        fleet.step(Duration.ofMillis(500));
        revoke("n1");
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.target(rollout.id, gone).failure).isEqualTo("device-gone");
        assertThat(fleet.rollout(rollout.id).reason).isEqualTo("failure-threshold");
        fleet.step(Duration.ofMinutes(5));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolled-back");
    }

    private static void sees(TestBoard board, long sequence) {
        Observation seen = new Observation(
                TestBoard.DEVICE,
                "glyphs",
                TestFleet.digest("glyphs"),
                5000,
                10,
                false,
                LatencyHistogram.EMPTY,
                Observation.Energy.NONE,
                new Observation.Labels(0, 0),
                Observation.Comparison.NONE,
                0,
                0,
                false);
        board.sendOk(
                Topic.Kind.UP_TELEMETRY,
                new TelemetryFrame(new Stamp(board.boot, sequence), 0, List.of(), 0, List.of(seen)).encode());
    }

    @Test
    void aBoardOfTheSameNameIsNotJudgedByWhatADeletedOneDid() {
        TestBoard other = fleet.board("n10");
        sees(gone, 1);
        sees(other, 1);
        gone.birth(gone.birthOf(List.of(), 0).withDevices(List.of(TestBoard.device("cpu1", DeviceClass.CPU))));
        fleet.step(Duration.ofMinutes(1));
        delete(TestFleet.TENANT, "n1");
        assertThat(fleet.all(ObservedRow.class)).extracting(row -> row.deviceId).containsExactly("acme/n10/cpu0");
    }

    @Test
    void aDeletedNodeLeavesNothingButItsRefusedKey() {
        assertThatThrownBy(() -> delete(TestFleet.TENANT, "n1"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("online");
        assertThatThrownBy(() -> delete("other", "n1"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("no node");
        fleet.step(Duration.ofMinutes(1));
        assertThat(gone.node().status).isEqualTo(Nodes.LOST);
        delete(TestFleet.TENANT, "n1");
        assertThat(fleet.all(NodeRow.class)).isEmpty();
        assertThat(fleet.all(DeviceRow.class)).isEmpty();
        assertThat(fleet.all(SlotRow.class)).isEmpty();
        assertThat(fleet.all(MetricRow.class)).isEmpty();
        assertThat(fleet.all(StreamRow.class)).isEmpty();
        assertThat(fleet.all(NodeKeyRow.class)).singleElement().matches(key -> key.revokedAt != null);
    }
}
