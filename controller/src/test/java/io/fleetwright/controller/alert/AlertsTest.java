package io.fleetwright.controller.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.identity.NodeKeyRow;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.NodeStrainRow;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.webhook.DeliveryRow;
import io.fleetwright.controller.webhook.WebhookRow;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class AlertsTest {
    private static final Duration VALIDITY = Duration.ofDays(30);

    private final TestFleet fleet = new TestFleet();
    private Instant rootExpires = fleet.clock.instant().plus(Duration.ofDays(3650));
    private Instant ownExpires = rootExpires;

    private Alerts.Found find(String tenant, TargetQuery query) {
        return fleet.core()
                .read(scope -> Alerts.find(
                        scope.tx(),
                        tenant,
                        query,
                        new Alerts.Outside(
                                fleet.core().jobs().failing(tenant, Alerts.SEEN_SHOWN, scope.nowMillis()),
                                VALIDITY,
                                rootExpires,
                                ownExpires),
                        scope.nowMillis()));
    }

    private List<Alert> alerts() {
        return find(TestFleet.TENANT, TargetQuery.all()).alerts();
    }

    private List<String> ids() {
        return alerts().stream().map(Alert::id).toList();
    }

    private void insert(Row... rows) {
        boolean _ = fleet.core().run(scope -> {
            Stream.of(rows).forEach(scope.tx()::insert);
            return true;
        });
    }

    private void update(Row row) {
        boolean _ = fleet.core().run(scope -> {
            scope.tx().update(row);
            return true;
        });
    }

    @Test
    void aFleetThatIsWellHasNone() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1", 100);
        board.runsWhatIsDesired("glyphs");
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aNodeIsToldOfWhileItIsAway() {
        TestBoard lost = fleet.board("n2");
        TestBoard offline = fleet.board("n1");
        lost.status(Status.State.LOST);
        offline.status(Status.State.STOPPED);
        assertThat(ids()).containsExactly("node-lost:n2", "node-offline:n1");
        Alert first = alerts().getFirst();
        assertThat(first.rule().severity()).isEqualTo(AlertRule.Severity.CRITICAL);
        assertThat(first.node()).isEqualTo("n2");
        assertThat(first.sinceMillis()).isEqualTo(fleet.clock.millis());
        lost.reboot("00000000000000bb");
        offline.reboot("00000000000000cc");
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aQueryFindsANodeHoweverManyOthersAreAway() {
        for (int i = 0; i <= Alerts.ALERTS_MAX + 1; i++) {
            NodeRow row = new NodeRow();
            row.node = "n%05d".formatted(i);
            row.id = TestFleet.TENANT + "/" + row.node;
            row.tenant = TestFleet.TENANT;
            row.status = "offline";
            insert(row);
        }
        String last = "n%05d".formatted(Alerts.ALERTS_MAX + 1);
        Alerts.Found found = find(TestFleet.TENANT, TargetQuery.parse("node==" + last, _ -> Optional.empty()));
        assertThat(found.alerts()).extracting(Alert::node).containsExactly(last);
        assertThat(found.more()).isFalse();
        assertThat(find(TestFleet.TENANT, TargetQuery.all()).more()).isTrue();
    }

    @Test
    void aNodeThatDoesNotAnswerItsListIsToldOfAfterAWhile() {
        fleet.board("n1");
        fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1", 100);
        NodeRow row = fleet.get(NodeRow.class, "acme/n1");
        long limit = Alerts.ANSWER_LIMIT.toMillis();
        assertThat(Alerts.ofBehind(row, row.desiredAt + limit)).isEmpty();
        assertThat(Alerts.ofBehind(row, row.desiredAt + limit + 1))
                .get()
                .returns("was told list 1 and has answered 0", Alert::detail)
                .returns(row.desiredAt, Alert::sinceMillis);
        fleet.clock.advance(Alerts.ANSWER_LIMIT.plusMillis(1));
        assertThat(ids()).containsExactly("node-behind:n1");
    }

    @Test
    void aNodeThatRefusesItsListIsToldOfAtOnceUntilItTakesIt() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1", 100);
        board.refuses(1, "expired");
        assertThat(alerts())
                .filteredOn(alert -> alert.rule() == AlertRule.LIST_REFUSED)
                .singleElement()
                .returns("list-refused:n1", Alert::id)
                .returns("does not take list 1: expired", Alert::detail);
        fleet.clock.advance(Alerts.ANSWER_LIMIT.plusMillis(1));
        assertThat(ids()).as("once is enough").noneMatch(id -> id.startsWith("node-behind"));
        board.report(TestBoard.active("glyphs", digest));
        assertThat(ids()).noneMatch(id -> id.startsWith("list-refused"));
    }

    @Test
    void aSlotThatCannotRunWhatItShallIsToldOfUntilItDoes() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1", 100);
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", digest, SlotReport.State.FAILED, "self-test-failed"));
        assertThat(alerts())
                .filteredOn(alert -> alert.rule() == AlertRule.SLOT_FAILED)
                .singleElement()
                .returns("slot-failed:n1/cpu0/glyphs", Alert::id)
                .returns("n1/cpu0", alert -> alert.subject().id())
                .returns("cannot run glyphs 1 int8: self-test-failed", Alert::detail);
        board.report(TestBoard.active("glyphs", digest));
        assertThat(ids()).noneMatch(id -> id.startsWith("slot-failed"));
    }

    @Test
    void aRolloutIsToldOfWhereAPersonDecidesOrItEndedBadlyUntilThereIsANewerOne() {
        RolloutRow row = new RolloutRow();
        row.id = "r-1";
        row.tenant = TestFleet.TENANT;
        row.model = "glyphs";
        row.version = "2";
        row.state = "needs-approval";
        row.wave = 1;
        insert(row);
        assertThat(alerts())
                .singleElement()
                .returns("rollout-needs-approval:r-1", Alert::id)
                .returns("glyphs 2: waits for approval of wave 2", Alert::detail);
        row.state = "paused";
        row.reason = "by-operator";
        update(row);
        assertThat(ids()).containsExactly("rollout-paused:r-1");
        row.reason = "gate-breach";
        row.detail = "latency-p95 cpu: 9 of 50 slower";
        update(row);
        assertThat(alerts())
                .singleElement()
                .returns("gate-breach:r-1", Alert::id)
                .returns("glyphs 2: paused, gate-breach: latency-p95 cpu: 9 of 50 slower", Alert::detail);
        row.state = "failed";
        row.reason = "failure-threshold";
        row.finishedAt = fleet.clock.millis();
        update(row);
        assertThat(ids()).containsExactly("rollout-failed:r-1");
        RolloutRow newer = new RolloutRow();
        newer.id = "r-2";
        newer.tenant = TestFleet.TENANT;
        newer.model = "glyphs";
        newer.state = "running";
        newer.createdAt = row.createdAt + 1;
        insert(newer);
        assertThat(alerts()).isEmpty();
        newer.state = "rolled-back";
        newer.finishedAt = fleet.clock.millis();
        update(newer);
        assertThat(ids()).containsExactly("rollout-rolled-back:r-2");
        fleet.clock.advance(Alerts.ENDED_SHOWN);
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aDeviceWhoseAttemptsFailIsToldOfUntilOneSucceeds() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1");
        fleet.rollOut("glyphs", "1", 100);
        board.runsWhatIsDesired("glyphs");
        fleet.submit("glyphs");
        for (int i = 0; i < 3; i++) {
            assertThat(ids()).isEmpty();
            board.result(board.lastWork(), TaskResult.Outcome.FAILED);
        }
        assertThat(alerts())
                .singleElement()
                .returns("device-failing:n1/cpu0/" + digest, Alert::id)
                .returns("glyphs 1 int8 failed 3 times in a row, at last with broken", Alert::detail);
        fleet.submit("glyphs");
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(ids()).isEmpty();
    }

    @Test
    void aDeviceThatDriftsIsToldOfForADay() {
        String digest = fleet.publish("glyphs", "1");
        CostRow cost = new CostRow();
        cost.id = CostRow.key("acme/n1/cpu0", digest);
        cost.tenant = TestFleet.TENANT;
        cost.deviceId = "acme/n1/cpu0";
        cost.digest = digest;
        cost.driftedAt = fleet.clock.millis();
        cost.driftRatio = 1.875;
        insert(cost);
        assertThat(alerts())
                .singleElement()
                .returns(AlertRule.DEVICE_DRIFTED, Alert::rule)
                .returns("glyphs 1 int8 took 1.88 times what it had taken", Alert::detail);
        fleet.clock.advance(Alerts.SEEN_SHOWN);
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aNodeThatIsHotOrLowIsToldOfWhileItSaysSo() {
        NodeStrainRow strain = new NodeStrainRow();
        strain.id = "acme/n1";
        strain.tenant = TestFleet.TENANT;
        strain.celsius = 83.4;
        strain.celsiusAt = fleet.clock.millis();
        strain.hot = true;
        strain.percent = 12.0;
        strain.percentAt = fleet.clock.millis();
        strain.low = true;
        insert(strain);
        assertThat(alerts())
                .extracting(Alert::id, Alert::detail)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("node-hot:n1", "83 degrees Celsius"),
                        org.assertj.core.groups.Tuple.tuple("battery-low:n1", "12 % of its battery is left"));
        fleet.clock.advance(Duration.ofMinutes(10));
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aCertificateThatWasNotRenewedIsToldOf() {
        NodeRow node = new NodeRow();
        node.id = "acme/n1";
        node.tenant = TestFleet.TENANT;
        node.node = "n1";
        node.status = "online";
        node.keySha256 = "ab";
        NodeKeyRow key = new NodeKeyRow();
        key.id = "acme/ab";
        key.tenant = TestFleet.TENANT;
        key.nodeId = node.id;
        key.expiresAt = fleet.clock.millis() + VALIDITY.toMillis();
        NodeKeyRow old = new NodeKeyRow();
        old.id = "acme/cd";
        old.tenant = TestFleet.TENANT;
        old.nodeId = node.id;
        old.expiresAt = fleet.clock.millis();
        insert(node, key, old);
        fleet.clock.advance(VALIDITY.multipliedBy(4).dividedBy(5));
        assertThat(alerts()).isEmpty();
        fleet.clock.advance(Duration.ofMillis(1));
        assertThat(ids()).containsExactly("certificate-ending:n1");
        fleet.clock.advance(VALIDITY.dividedBy(5));
        assertThat(ids()).containsExactly("certificate-ended:n1");
        key.revokedAt = fleet.clock.millis();
        update(key);
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aStreamThatDoesNotDoItsWorkIsToldOf() {
        LiveStreamRow stream = new LiveStreamRow();
        stream.id = "s-1";
        stream.tenant = TestFleet.TENANT;
        stream.model = "glyphs";
        stream.nodeId = "acme/n1";
        stream.device = "cpu0";
        stream.state = "degraded";
        stream.reason = "late";
        insert(stream);
        assertThat(alerts())
                .singleElement()
                .returns("stream-degraded:s-1", Alert::id)
                .returns("n1", Alert::node)
                .returns("glyphs at n1/cpu0: degraded, late", Alert::detail);
        stream.state = "running";
        update(stream);
        assertThat(alerts()).isEmpty();
        stream.state = "failed";
        stream.endedAt = fleet.clock.millis();
        update(stream);
        assertThat(ids()).containsExactly("stream-failed:s-1");
        fleet.clock.advance(Alerts.SEEN_SHOWN);
        assertThat(alerts()).isEmpty();
    }

    @Test
    void aWebhookWhoseEventsWereGivenUpIsToldOfWithoutItsAddress() {
        WebhookRow hook = new WebhookRow();
        hook.id = "w-1";
        hook.tenant = TestFleet.TENANT;
        hook.url = "https://secret.example/";
        DeliveryRow dead = new DeliveryRow();
        dead.id = "w-1-7";
        dead.tenant = TestFleet.TENANT;
        dead.webhookId = hook.id;
        dead.event = "node.enrolled";
        dead.state = "dead";
        dead.reason = "secret.example refused";
        insert(hook, dead);
        assertThat(alerts())
                .singleElement()
                .returns("webhook-given-up:w-1", Alert::id)
                .returns("1 events were given up, the newest of them node.enrolled", Alert::detail);
    }

    @Test
    void aControllerTellsOfItsOwnCertificateThatARestartRenews() {
        ownExpires = fleet.clock.instant().plus(Alerts.OWN_CERTIFICATE_LEFT_MIN);
        assertThat(alerts()).isEmpty();
        fleet.clock.advance(Duration.ofMillis(1));
        assertThat(alerts())
                .singleElement()
                .returns("controller-certificate-ending:controller", Alert::id)
                .satisfies(alert -> assertThat(alert.detail()).contains("a restart renews it"));
        fleet.clock.advance(Alerts.OWN_CERTIFICATE_LEFT_MIN);
        assertThat(ids()).containsExactly("controller-certificate-ended:controller");
    }

    @Test
    void aRootThatEndsIsToldOf() {
        rootExpires = fleet.clock.instant().plus(Alerts.ROOT_LEFT_MIN);
        assertThat(alerts()).isEmpty();
        fleet.clock.advance(Duration.ofMillis(1));
        assertThat(ids()).containsExactly("trust-root-ending:root");
        fleet.clock.advance(Alerts.ROOT_LEFT_MIN);
        assertThat(ids()).containsExactly("trust-root-ended:root");
    }

    @Test
    void tellsATenantOfItsOwnAlone() {
        fleet.board("n1").status(Status.State.LOST);
        TestBoard others = fleet.enrol("other", "n2");
        others.birth();
        others.status(Status.State.LOST);
        assertThat(find("other", TargetQuery.all()).alerts())
                .extracting(Alert::id)
                .containsExactly("node-lost:n2");
    }

    @Test
    void aQueryLeavesThoseOfNodesThatFit() {
        fleet.board("n1").status(Status.State.LOST);
        fleet.board("n2").status(Status.State.LOST);
        rootExpires = fleet.clock.instant();
        assertThat(ids()).hasSize(3);
        TargetQuery query = TargetQuery.parse("node==n2", _ -> Optional.empty());
        assertThat(find(TestFleet.TENANT, query).alerts()).extracting(Alert::id).containsExactly("node-lost:n2");
    }

    @Test
    void pagesHaveEachOnceAndGoOnWhereTheLastOneHasGone() {
        List<TestBoard> boards = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            TestBoard board = fleet.board("n" + i);
            board.status(i % 2 == 0 ? Status.State.LOST : Status.State.STOPPED);
            boards.add(board);
        }
        assertThat(ids())
                .containsExactly(
                        "node-lost:n0",
                        "node-lost:n2",
                        "node-lost:n4",
                        "node-lost:n6",
                        "node-offline:n1",
                        "node-offline:n3",
                        "node-offline:n5");
        boards.get(4).reboot("00000000000000bb");
        Alerts.Found found = find(TestFleet.TENANT, TargetQuery.all());
        assertThat(found.behind("node-lost:n4"))
                .extracting(Alert::id)
                .containsExactly("node-lost:n6", "node-offline:n1", "node-offline:n3", "node-offline:n5");
        assertThat(found.behind("node-offline:n1"))
                .extracting(Alert::id)
                .containsExactly("node-offline:n3", "node-offline:n5");
        assertThat(found.behind("trust-root-ending:root")).isEmpty();
        assertThatThrownBy(() -> found.behind("n4"))
                .isInstanceOf(Refusal.class)
                .hasMessage("cursor must be the one that the page before gave");
    }

    @Test
    void leavesOutTheMildestWhereThereAreTooMany() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < Alerts.ALERTS_MAX + 5; i++) {
            NodeRow row = new NodeRow();
            row.id = "acme/n%05d".formatted(i);
            row.tenant = TestFleet.TENANT;
            row.node = row.id.substring(5);
            row.status = i == Alerts.ALERTS_MAX + 4 ? "lost" : "offline";
            rows.add(row);
        }
        insert(rows.toArray(Row[]::new));
        RolloutRow failed = new RolloutRow();
        failed.id = "r-1";
        failed.tenant = TestFleet.TENANT;
        failed.state = "failed";
        failed.finishedAt = fleet.clock.millis();
        insert(failed);
        Alerts.Found found = find(TestFleet.TENANT, TargetQuery.all());
        assertThat(found.more()).isTrue();
        assertThat(found.alerts()).hasSize(Alerts.ALERTS_MAX);
        assertThat(found.count(AlertRule.Severity.CRITICAL)).isEqualTo(2);
        assertThat(found.of(AlertRule.Severity.CRITICAL).alerts())
                .extracting(Alert::id)
                .containsExactly("node-lost:n01004", "rollout-failed:r-1");
    }
}
