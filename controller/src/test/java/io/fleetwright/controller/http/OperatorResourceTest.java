package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.http.OperatorResource.Times;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Stamp;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OperatorResourceTest {
    private static final String DIGEST = TestFleet.digest("some");
    private static final String DEVICE = TestFleet.TENANT + "/n1/" + TestBoard.DEVICE;

    private final TestFleet fleet = new TestFleet();
    private final TestBoard board = fleet.board("n1");

    private Times times(String tenant) {
        return fleet.core().read(scope -> OperatorResource.times(scope.tx(), tenant, "n1", TestBoard.DEVICE, "glyphs"));
    }

    /** What a device has told. */
    private void told(long nanos) {
        OperatorTimes times = new OperatorTimes(
                new Stamp(board.boot, 1),
                TestBoard.DEVICE,
                DIGEST,
                "scalar/1/1.0",
                "scalar",
                3,
                1,
                List.of(new OperatorTimes.Operator("CONV_2D", "", 64, 8, nanos)));
        OperatorTimesRow row = new OperatorTimesRow();
        row.id = OperatorTimesRow.key(DEVICE, DIGEST);
        row.tenant = TestFleet.TENANT;
        row.nodeId = TestFleet.TENANT + "/n1";
        row.deviceId = DEVICE;
        row.digest = DIGEST;
        row.timing = times.timing();
        row.totalNanos = times.totalNanos();
        row.times = times.encode();
        boolean _ = fleet.core().run(scope -> {
            scope.tx().insert(row);
            return true;
        });
    }

    private void runsTake(double micros) {
        CostRow cost = new CostRow();
        cost.id = CostRow.key(DEVICE, DIGEST);
        cost.tenant = TestFleet.TENANT;
        cost.deviceId = DEVICE;
        cost.digest = DIGEST;
        cost.count = 1;
        cost.meanMicros = micros;
        boolean _ = fleet.core().run(scope -> {
            scope.tx().insert(cost);
            return true;
        });
    }

    @Test
    void whatRunsContradictIsShownAndSaidToBeLeftOut() {
        board.report(TestBoard.active("glyphs", DIGEST));
        assertThat(times(TestFleet.TENANT).state()).isEqualTo("not-measured");
        told(5_500_000);
        assertThat(times(TestFleet.TENANT).state()).isEqualTo("measured");
        runsTake(260);
        assertThat(times(TestFleet.TENANT).state()).isEqualTo("left-out");
        assertThat(times(TestFleet.TENANT).operators()).hasSize(1);
    }

    @Test
    void anotherTenantsAreNotThere() {
        board.report(TestBoard.active("glyphs", DIGEST));
        told(5_500_000);
        assertThatThrownBy(() -> times("other")).isInstanceOf(Refusal.class);
    }
}
