package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.Costs.Basis;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CostsTest {
    private static final String TENANT = TestFleet.TENANT;

    private final TestFleet fleet = new TestFleet();

    private static DeviceRow device(String id) {
        var row = new DeviceRow();
        row.id = id;
        row.tenant = TENANT;
        row.profile = "stm32l4r5";
        return row;
    }

    private static VariantRow variant(String digest, long macs) {
        var row = new VariantRow();
        row.id = "acme/m/1/" + digest;
        row.tenant = TENANT;
        row.model = "m";
        row.digest = digest;
        row.macs = macs;
        return row;
    }

    private void ran(String device, String digest, double micros, boolean modelled) {
        fleet.core().run(scope -> {
            var cost = new CostRow();
            cost.id = CostRow.key(device, digest);
            cost.tenant = TENANT;
            cost.deviceId = device;
            cost.digest = digest;
            cost.count = 20;
            cost.meanMicros = micros;
            cost.modelled = modelled;
            cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
            scope.tx().insert(cost);
            return true;
        });
    }

    private Basis basis(DeviceRow device, VariantRow variant) {
        return fleet.core().run(scope -> Costs.basis(scope.tx(), device, variant));
    }

    private double expected(DeviceRow device, VariantRow variant) {
        return fleet.core().run(scope -> Costs.expectedMicros(scope.tx(), device, variant));
    }

    private double p90(DeviceRow device, VariantRow variant) {
        return fleet.core().run(scope -> Costs.p90Micros(scope.tx(), device, variant));
    }

    @Test
    void aDeviceThatTakesTwiceAsLongForFourNetworksIsExpectedToForTheFifth() {
        double[] micros = {1000, 4000, 2500, 700, 3000};
        for (int n = 0; n < micros.length; n++) {
            ran("acme/known/cpu0", "d" + n, micros[n], false);
            if (n < 4) {
                ran("acme/new/cpu0", "d" + n, 2 * micros[n], false);
            }
        }
        DeviceRow device = device("acme/new/cpu0");
        VariantRow fifth = variant("d4", 1_000_000);
        assertThat(basis(device, fifth)).isEqualTo(Basis.PREDICTED);
        assertThat(expected(device, fifth)).isCloseTo(6000, within(60.0));
        assertThat(p90(device, fifth)).isBetween(expected(device, fifth), 6600.0);
        assertThat(basis(device, variant("d3", 1))).isEqualTo(Basis.LEARNED);
    }

    @Test
    void modelledTimesSayNothingOfAMeasuredDevice() {
        for (int n = 0; n < 5; n++) {
            ran("acme/known/cpu0", "d" + n, 1000 + 100 * n, true);
            if (n < 4) {
                ran("acme/new/cpu0", "d" + n, 2000 + 200 * n, false);
            }
        }
        // Nothing else knows the fifth, and the work of the others is not known.
        assertThat(basis(device("acme/new/cpu0"), variant("d4", 1_000_000))).isEqualTo(Basis.PROFILE);
    }

    @Test
    void withoutOtherDevicesTheWorkDecides() {
        for (int n = 1; n <= 4; n++) {
            ran("acme/new/cpu0", "d" + n, 500 + 1000 * n, false);
            VariantRow row = variant("d" + n, n * 1_000_000L);
            fleet.core().run(scope -> {
                scope.tx().insert(row);
                return true;
            });
        }
        DeviceRow device = device("acme/new/cpu0");
        VariantRow between = variant("other", 2_500_000);
        assertThat(basis(device, between)).isEqualTo(Basis.PREDICTED);
        assertThat(expected(device, between)).isCloseTo(3000, within(30.0));
        // A spread of 0.3 at least.
        assertThat(p90(device, between)).isCloseTo(3000 * Math.exp(0.3 * 1.28155), within(50.0));
        assertThat(basis(device, variant("huge", 9_000_000))).isEqualTo(Basis.PROFILE);
    }

    @Test
    void aDeviceThatRanLittleHasItsProfileAndOneWithoutAGuess() {
        ran("acme/new/cpu0", "d1", 1000, false);
        ran("acme/new/cpu0", "d2", 1000, false);
        DeviceRow device = device("acme/new/cpu0");
        VariantRow variant = variant("d3", 1_000_000);
        double published = DeviceProfiles.find("stm32l4r5")
                .orElseThrow()
                .estimate("m", 1_000_000)
                .latencyMicros();
        assertThat(basis(device, variant)).isEqualTo(Basis.PROFILE);
        assertThat(expected(device, variant)).isCloseTo(published, within(1e-6));
        assertThat(p90(device, variant)).isCloseTo(1.3 * published, within(1e-6));
        device.profile = null;
        assertThat(basis(device, variant)).isEqualTo(Basis.GUESS);
        assertThat(expected(device, variant)).isEqualTo(10_000);
    }

    @Test
    void aLastingChangeRingsOnceAndMakesANewReference() {
        var row = new CostRow();
        row.meanMicros = 1000;
        List<Double> steady = List.of(1010.0, 990.0, 1020.0, 980.0);
        int rung = 0;
        for (int n = 0; n < 200; n++) {
            row.count++;
            rung += Drift.observe(row, steady.get(n % 4), n) ? 1 : 0;
        }
        assertThat(rung).isZero();
        assertThat(row.referenceMicros).isEqualTo(1000);
        assertThat(row.driftedAt).isNull();
        int at = -1;
        row.meanMicros = 1300;
        for (int n = 200; n < 260; n++) {
            row.count++;
            if (Drift.observe(row, 1.3 * steady.get(n % 4), n)) {
                rung++;
                at = n;
            }
        }
        assertThat(rung).isEqualTo(1);
        assertThat(at).isBetween(200, 203);
        assertThat(row.driftedAt).isEqualTo(at);
        assertThat(row.driftRatio).isBetween(1.25, 1.35);
        assertThat(row.referenceMicros).isEqualTo(1300);
    }

    @Test
    void aDeviceThatBecomesSlowerIsInTheAuditLogAndItsRow() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = fleet.board("n1");
        board.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        fleet.submit("glyphs");
        TaskResult result = board.resultOf(board.lastWork(), TaskResult.Outcome.OK);
        String digest = Objects.requireNonNull(result.digest());
        for (int n = 0; n < 12; n++) {
            learn(result, digest, 1500 + n % 2);
        }
        assertThat(drifts()).isEmpty();
        for (int n = 0; n < 3; n++) {
            learn(result, digest, 2400);
        }
        assertThat(drifts())
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.what).isEqualTo("acme/n1/cpu0 takes 1.60 times what it took for " + digest));
        assertThat(fleet.all(CostRow.class)).singleElement().satisfies(row -> {
            assertThat(row.digest).isEqualTo(digest);
            assertThat(row.driftRatio).isCloseTo(1.6, within(0.01));
            assertThat(row.driftedAt).isEqualTo(7L);
        });
    }

    private List<AuditRow> drifts() {
        return fleet.all(AuditRow.class).stream()
                .filter(entry -> entry.action.equals("device.drifted"))
                .toList();
    }

    private void learn(TaskResult like, String digest, long micros) {
        var result = TaskResult.succeeded(like.stamp(), like.task(), like.epoch(), like.device(), digest)
                .withOutput(like.output())
                .measured(micros);
        fleet.core().run(scope -> {
            Costs.learn(scope.tx(), TENANT, "acme/n1/cpu0", digest, result, 3000, 7);
            return true;
        });
    }

    @Test
    void aJobSaysWhatItsTimeStandsOn() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = fleet.board("n1");
        board.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        JobRow first = fleet.submit("glyphs");
        assertThat(fleet.job(first.id).why).contains("\"costs\":\"guess\"");
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        JobRow second = fleet.submit("glyphs");
        assertThat(fleet.job(second.id).why).contains("\"costs\":\"learned\"");
    }
}
