package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Streams whose nodes told what their radios take: the slow board 400 microjoules a frame, the fast ones 40. */
final class StreamEnergyTest extends StreamFleet {
    private static final Radio CHEAP = new Radio(10.0, 5.0);
    private static final Radio DEAR = new Radio(1640.0, 720.0);

    private void energy(TestBoard board, double microjoules) {
        fleet.core().run(scope -> {
            CostRow cost = scope.tx()
                    .get(CostRow.class, CostRow.key(board.address + "/cpu0", digest))
                    .orElseThrow();
            cost.meanMicrojoules = microjoules;
            cost.energyMethod = EnergyMethod.MODEL.wireName();
            scope.tx().update(cost);
            return true;
        });
    }

    private void radios(@Nullable Radio own, @Nullable Radio others) {
        energy(slow, 400);
        energy(fast, 40);
        energy(quick, 40);
        birth(slow, new Birth.Link(10_000, 2, 0, own == null ? Radio.UNKNOWN : own));
        for (TestBoard board : List.of(fast, quick)) {
            birth(board, others == null ? null : new Birth.Link(10_000, 2, 0, others));
        }
    }

    private LiveStreamRow create(@Nullable Double budgetMillijoules) {
        return create(new Streams.Request(
                "glyphs",
                "slow/cpu0",
                "cam",
                Duration.ofMillis(2_000),
                Duration.ofMillis(150),
                8,
                budgetMillijoules,
                null,
                0,
                null));
    }

    @Test
    void aDearRadioKeepsAFrameWithinItsBudgetAtHomeAndACheapOneDoesNot() {
        radios(CHEAP, CHEAP);
        StreamPlanRow shared = plan(create(0.4));
        assertThat(shared.peerNodeId).isEqualTo("acme/quick");
        assertThat(shared.keeps).isTrue();
        // There 16 values and the header, back the answer of 16 values in base64 and 200 bytes, each at 15 nJ.
        assertThat(shared.plannedLinkMicrojoules).isEqualTo((40 + 221) * 15 / 1000.0);
        radios(DEAR, DEAR);
        StreamPlanRow alone = plan(create(0.4));
        assertThat(alone.peerNodeId).isNull();
        assertThat(alone.keeps).isTrue();
        assertThat(alone.why).contains("\"verdict\":\"dear\"").contains("\"linkMj\":0.61596");
        assertThat(plan(create((Double) null)).peerNodeId)
                .as("without a budget")
                .isEqualTo("acme/quick");
    }

    @Test
    void aRadioOfWhichNobodyToldFitsNoBudget() {
        radios(CHEAP, null);
        StreamPlanRow alone = plan(create(0.4));
        assertThat(alone.peerNodeId).isNull();
        assertThat(alone.plannedLinkMicrojoules).isZero();
        StreamPlanRow shared = plan(create((Double) null));
        assertThat(shared.peerNodeId).isEqualTo("acme/quick");
        assertThat(shared.plannedMicrojoules).isNotNull();
        assertThat(shared.plannedLinkMicrojoules).isNull();
    }

    @Test
    void anotherRadioIsPlannedAnew() {
        radios(CHEAP, CHEAP);
        LiveStreamRow row = create(0.4);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        birth(slow, new Birth.Link(10_000, 2, 0, new Radio(16_400.0, 7_200.0)));
        assertThat(now(row).epoch).isEqualTo(2);
        assertThat(plan(row).peerNodeId).isNull();
    }

    @Test
    void theSourceIsToldWhatTheHelpersRadioTakesWhereThatIsKnown() {
        radios(CHEAP, DEAR);
        create((Double) null);
        assertThat(help()).isEqualTo(new Birth.Link(10_000, 2, 0, DEAR));
        radios(CHEAP, null);
        fleet.transport.clear();
        create((Double) null);
        assertThat(help()).isNull();
    }

    private Birth.@Nullable Link help() {
        StreamOrder.Source source = (StreamOrder.Source) orders(slow).getLast().part();
        return Objects.requireNonNull(source.help()).link();
    }

    @Test
    void windowsKeepWhatRadiosTookApart() {
        radios(CHEAP, CHEAP);
        LiveStreamRow row = create((Double) null);
        slow.sendOk(
                Topic.Kind.UP_RESULT,
                new StreamReport(
                                new Stamp(slow.boot, ++sequence),
                                row.id,
                                row.epoch,
                                1,
                                3,
                                3,
                                0,
                                0,
                                0,
                                3,
                                0,
                                true,
                                new LatencyHistogram(new TreeMap<>(Map.of(LatencyHistogram.bucket(60_000.0), 3L))),
                                60_000,
                                new StreamReport.Energy(3, 240, EnergyMethod.MODEL, 0.1),
                                List.of(),
                                fleet.clock.millis(),
                                2_000,
                                null,
                                null,
                                List.of(),
                                new StreamReport.OnLink(2, 7.5),
                                List.of())
                        .encode());
        List<StreamWindowRow> windows = fleet.core()
                .run(scope -> scope.tx().find(Query.of(StreamWindowRow.class).equal("tenant", TestFleet.TENANT)));
        assertThat(windows).singleElement().satisfies(window -> {
            assertThat(window.microjoules).isEqualTo(240);
            assertThat(window.energyCount).isEqualTo(3);
            assertThat(window.linkCount).isEqualTo(2);
            assertThat(window.linkMicrojoules).isEqualTo(7.5);
        });
    }
}
