package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Streams whose boards have timed the operators of the network, four alike. */
final class StreamOperatorsTest extends StreamFleet {
    private static final String TIMING = "scalar/1/1.0";

    private void tells(TestBoard board, long... nanos) {
        board.birth(board.birthOf(List.of(TestBoard.active("glyphs", digest)), 0)
                .withLink(board == slow ? new Birth.Link(10_000, 2, 0) : null)
                .withSensors(List.of(TestBoard.CAM))
                .withTiming(TIMING));
        List<OperatorTimes.Operator> operators = new ArrayList<>();
        try {
            List<ModelReport.OperatorReport> known = ModelReport.of(
                            ModelReader.read(network(), "n").integerCore())
                    .operators();
            for (int i = 0; i < nanos.length; i++) {
                operators.add(new OperatorTimes.Operator(
                        known.get(i).name(),
                        "",
                        known.get(i).macs(),
                        known.get(i).bytes(),
                        nanos[i]));
            }
        } catch (ModelException impossible) {
            throw new AssertionError(impossible);
        }
        board.sendOk(
                Topic.Kind.UP_RESULT,
                new OperatorTimes(
                                new Stamp(board.boot, ++sequence),
                                TestBoard.DEVICE,
                                digest,
                                TIMING,
                                "scalar",
                                5,
                                1,
                                operators)
                        .encode());
    }

    @Test
    void aRunningStreamIsPlannedAnewByWhatLayersTakeOnItsSource() {
        LiveStreamRow row = create();
        StreamPlanRow before = plan(row);
        assertThat(before.boundary).isEqualTo(1);
        assertThat((double) before.frontMicros).isCloseTo(SLOW_MICROS / 4, within(1.0));
        assertThat(before.why).contains("\"layers\":[\"macs\",\"macs\"]");
        tells(slow, 100, 300, 300, 300);
        StreamPlanRow after = plan(row);
        assertThat(after.epoch).isGreaterThan(before.epoch);
        assertThat(after.cause).isEqualTo("operators-timed");
        assertThat((double) after.frontMicros).isCloseTo(SLOW_MICROS / 10, within(1.0));
        assertThat(after.localMicros).as("all of it takes what it took").isEqualTo(before.localMicros);
        assertThat(after.frontShare).isCloseTo(0.1, within(1e-9));
        assertThat(after.why).contains("\"layers\":[\"measured\",\"macs\"]");
    }

    @Test
    void theRestTakesWhatTheHelperHasMeasured() {
        tells(slow, 100, 300, 300, 300);
        tells(quick, 600, 200, 100, 100);
        tells(fast, 600, 200, 100, 100);
        StreamPlanRow plan = plan(create());
        assertThat(plan.peerNodeId).isEqualTo("acme/quick");
        assertThat(plan.boundary).isEqualTo(1);
        assertThat((double) plan.frontMicros).isCloseTo(SLOW_MICROS / 10, within(1.0));
        assertThat((double) plan.backMicros)
                .as("four tenths of its 500, not nine")
                .isCloseTo(200, within(1.0));
        assertThat(plan.backShare).isCloseTo(0.4, within(1e-9));
        assertThat(plan.why).contains("\"layers\":[\"measured\",\"measured\"]");
    }

    @Test
    void aRestThatTakesNextToNothingSaysNothingOfHowFastTheHelperIs() {
        tells(slow, 100, 300, 300, 300);
        tells(quick, 500_000, 1, 1, 1);
        LiveStreamRow row = create();
        StreamPlanRow before = plan(row);
        assertThat(before.peerNodeId).isEqualTo("acme/quick");
        assertThat(before.backShare).isBetween(0.0, 1e-5);
        for (int i = 0; i < 12; i++) {
            window(row, StreamReport.Part.BACK, 20);
        }
        assertThat(fleet.all(StreamPaceRow.class)).isEmpty();
        assertThat(plan(row).epoch).isEqualTo(before.epoch);
    }
}
