package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.scheduler.partition.WireFormat;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.Work;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What two boards that share a job took: computing, and sending over links of which both told what they take. */
final class SharedEnergyTest {
    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;

    @BeforeEach
    void boardsRunTheSameVariant() {
        world.run(
                SharedWorld.chain(TestFleet.INPUT_BYTES, 4, 16, 16, 16),
                Map.of(world.slow, 100_000.0, world.fast, 1_000.0));
        world.link(world.slow, new Birth.Link(8, 2, 0.5, new Radio(1640.0, 720.0)));
        world.link(world.fast, new Birth.Link(800, 2, 0, new Radio(960.0, 920.0)));
    }

    private JobRow submit() {
        return world.submit(new Jobs.Source("slow/cpu0", 8), null);
    }

    @Test
    void plansAndAgentsCountTheSameHeader() {
        assertThat(Birth.Link.HEADER_BYTES).isEqualTo(WireFormat.STANDARD.headerBytes());
    }

    @Test
    void bothEndsAreToldWhatTheWayTakes() {
        submit();
        Birth.Link way = new Birth.Link(8, 2, 0.5, new Radio(1640.0, 920.0));
        assertThat(world.slow.lastWork().sends()).extracting(Work.Sends::link).isEqualTo(way);
        assertThat(world.fast.lastWork().expects()).isEqualTo(new Work.Expects("slow", 8, way));
    }

    @Test
    void whyHasWhatThePlanTakesForSending() {
        JobRow job = submit();
        // Four values and the header, each twice: 28 bytes at 1640 and 920 nJ.
        assertThat(fleet.job(job.id).why).contains("\"linkMj\":0.14336");
        world.link(world.fast, new Birth.Link(800, 2, 0, new Radio(960.0, null)));
        assertThat(fleet.job(submit().id).why).contains("finishMs").doesNotContain("linkMj");
    }

    @Test
    void energyIsThatOfComputingAndOfBothEndsApart() {
        JobRow job = submit();
        world.say(world.slow, world.radio(world.slow, world.slow.lastWork(), 90.0, 7.0));
        world.say(world.fast, world.radio(world.fast, world.fast.lastWork(), 7.0, 50.0));
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.energyMicrojoules).isEqualTo(2 * SharedWorld.MICROJOULES + 140);
        assertThat(done.energyMethod).isEqualTo("model");
        assertThat(SharedEnergy.of(world.parts(job)))
                .isEqualTo(new SharedEnergy(2 * SharedWorld.MICROJOULES, 140.0, 0, "model", 0.1));
        assertThat(world.parts(job))
                .as("the first receives nothing, the last sends nothing")
                .extracting(part -> part.sendMicrojoules, part -> part.receiveMicrojoules)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(90.0, null),
                        org.assertj.core.groups.Tuple.tuple(null, 50.0));
    }

    @Test
    void anEndThatNobodyToldOfIsInNoSumAndCounted() {
        JobRow job = submit();
        world.say(world.slow, world.radio(world.slow, world.slow.lastWork(), 90.0, null));
        world.say(world.fast, world.radio(world.fast, world.fast.lastWork(), null, null));
        assertThat(fleet.job(job.id).energyMicrojoules).isEqualTo(2 * SharedWorld.MICROJOULES + 90);
        assertThat(SharedEnergy.of(world.parts(job)))
                .isEqualTo(new SharedEnergy(2 * SharedWorld.MICROJOULES, 90.0, 1, "model", 0.1));
    }

    private static SplitPartRow part(
            int place, @Nullable Double micro, String method, @Nullable Double send, @Nullable Double receive) {
        SplitPartRow part = new SplitPartRow();
        part.place = place;
        part.nodeId = "acme/n" + place;
        part.fromOperator = place;
        part.toOperator = place + 1;
        part.microjoules = micro;
        part.energyMethod = method;
        part.sendMicrojoules = send;
        part.receiveMicrojoules = receive;
        return part;
    }

    @Test
    void modelledRadiosDoNotJoinMeasuredComputing() {
        SharedEnergy measured =
                SharedEnergy.of(List.of(part(0, 100.0, "rapl", 5.0, null), part(1, 50.0, "rapl", null, 6.0)));
        assertThat(measured.computeMicrojoules()).isEqualTo(150);
        assertThat(measured.linkMicrojoules()).isEqualTo(11);
        assertThat(measured.allMicrojoules()).isEqualTo(150);
    }

    @Test
    void unknownComputingIsUnknownWhateverTheRadiosTook() {
        for (SplitPartRow other : List.of(part(1, null, "unknown", null, 6.0), part(1, 50.0, "rapl", null, 6.0))) {
            SharedEnergy energy = SharedEnergy.of(List.of(part(0, 100.0, "model", 5.0, null), other));
            assertThat(energy.computeMicrojoules()).isNull();
            assertThat(energy.allMicrojoules()).isNull();
            assertThat(energy.linkMicrojoules()).isEqualTo(11);
            assertThat(energy.method()).isEqualTo("unknown");
        }
    }

    @Test
    void betweenDevicesOfANodeNoRadioSends() {
        SplitPartRow second = part(1, 50.0, "model", null, null);
        second.nodeId = "acme/n0";
        SharedEnergy energy = SharedEnergy.of(List.of(part(0, 100.0, "model", null, null), second));
        assertThat(energy.unknownEnds()).isZero();
        assertThat(energy.linkMicrojoules()).isNull();
        assertThat(energy.allMicrojoules()).isEqualTo(150);
    }
}
