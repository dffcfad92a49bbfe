package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A device whose attempts fail does not have every job first. */
final class FaultsTest {
    private final SharedWorld world = new SharedWorld();

    @BeforeEach
    void twoBoardsWithTheNetwork() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 64, 3), Map.of(world.slow, 100_000.0, world.fast, 1000.0));
    }

    private JobRow submit() {
        return world.fleet.job(world.fleet.submit("glyphs").id);
    }

    private static boolean has(JobRow job, TestBoard board) {
        return board.address.toString().equals(job.nodeId);
    }

    /** It fails on the fast board and is answered by the slow one. */
    private void failsFirst() {
        JobRow job = submit();
        assertThat(has(job, world.fast)).isTrue();
        world.fast.result(world.fast.lastWork(), TaskResult.Outcome.FAILED);
        world.fleet.step(Duration.ofMillis(1));
        assertThat(has(world.fleet.job(job.id), world.slow)).isTrue();
        world.slow.result(world.slow.lastWork(), TaskResult.Outcome.OK);
        assertThat(world.fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    /** Both boards live all the time. */
    private void passes(long millis) {
        for (long left = millis; left > 0; left -= 1000) {
            world.fleet.step(Duration.ofMillis(Math.min(1000, left)));
            world.slow.status(Status.State.ONLINE);
            world.fast.status(Status.State.ONLINE);
        }
    }

    private long audited() {
        return world.fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals("device.failing"))
                .count();
    }

    @Test
    void othersGoFirstOnceItFailedThreeTimesInARowAndItIsTriedAgainLater() {
        for (int failure = 1; failure <= Faults.FAILURES; failure++) {
            assertThat(audited()).isZero();
            failsFirst();
        }
        assertThat(audited()).isEqualTo(1);
        JobRow spared = submit();
        assertThat(has(spared, world.slow)).isTrue();
        assertThat(spared.why).contains("failed 3 times in a row, at last with broken");
        world.slow.result(world.slow.lastWork(), TaskResult.Outcome.OK);

        passes(Faults.FIRST_MILLIS);
        failsFirst();
        assertThat(audited()).as("once for a streak").isEqualTo(1);
        passes(Faults.FIRST_MILLIS);
        assertThat(has(submit(), world.slow)).as("twice as long now").isTrue();
        world.slow.result(world.slow.lastWork(), TaskResult.Outcome.OK);
        passes(Faults.FIRST_MILLIS);

        assertThat(has(submit(), world.fast)).isTrue();
        world.fast.result(world.fast.lastWork(), TaskResult.Outcome.OK);
        failsFirst();
        assertThat(has(submit(), world.fast))
                .as("one that went well ended the streak")
                .isTrue();
    }

    /** One bad message among several undoes the transaction of all, and each is taken in by itself then. */
    @Test
    void whatIsTakenInASecondTimeCountsOnce() {
        for (int failure = 1; failure < Faults.FAILURES; failure++) {
            failsFirst();
        }
        JobRow job = submit();
        assertThat(has(job, world.fast)).isTrue();
        TaskResult failed = world.fast.resultOf(world.fast.lastWork(), TaskResult.Outcome.FAILED);
        List<String> dropped = new ArrayList<>();
        world.fleet
                .core()
                .messages(
                        List.of(message(world.fast, failed.encode()), message(world.slow, new byte[] {'{'})),
                        (_, why) -> dropped.add(why));
        assertThat(dropped).hasSize(1);
        assertThat(audited()).isEqualTo(1);
        assertThat(world.fleet
                        .core()
                        .jobs()
                        .failing(TestFleet.TENANT, Duration.ofMinutes(1), world.fleet.clock.millis()))
                .singleElement()
                .satisfies(device -> assertThat(device.failures()).isEqualTo(Faults.FAILURES));
    }

    private static Transport.Arrived message(TestBoard from, byte[] payload) {
        return new Transport.Arrived(new Topic(from.address, Topic.Kind.UP_RESULT).text(), payload);
    }

    @Test
    void whereNoOtherDeviceCanItIsAsked() {
        for (int failure = 1; failure <= Faults.FAILURES; failure++) {
            failsFirst();
        }
        JobRow pinned = world.fleet.job(world.fleet.submit("glyphs", Duration.ofSeconds(60), "fast/cpu0").id);
        assertThat(has(pinned, world.fast)).isTrue();
        JobRow soon = world.fleet.job(world.fleet.submit("glyphs", Duration.ofMillis(60), null).id);
        assertThat(has(soon, world.fast)).as("the other one takes 100 ms").isTrue();
    }

    @Test
    void aFullDeviceThatWouldBeLateIsNotWaitedFor() {
        for (int failure = 1; failure <= Faults.FAILURES; failure++) {
            failsFirst();
        }
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            JobRow job = world.fleet.job(world.fleet.submit("glyphs", Duration.ofSeconds(60), "slow/cpu0").id);
            assertThat(has(job, world.slow)).isTrue();
        }
        JobRow patient = submit();
        assertThat(patient.state).as("the slow one has room in time").isEqualTo(Jobs.QUEUED);
        JobRow soon = world.fleet.job(world.fleet.submit("glyphs", Duration.ofMillis(900), null).id);
        assertThat(has(soon, world.fast))
                .as("the other one has 1.2 s of work, and this one nothing")
                .isTrue();
        world.fast.result(world.fast.lastWork(), TaskResult.Outcome.OK);
        assertThat(has(submit(), world.fast)).as("its streak has ended").isTrue();
    }

    @Test
    void whatANodeRefusesIsNoFaultOfItsDevice() {
        for (int refusal = 0; refusal < 2 * Faults.FAILURES; refusal++) {
            JobRow job = submit();
            assertThat(has(job, world.fast)).isTrue();
            world.fast.result(world.fast.lastWork(), TaskResult.Outcome.REJECTED);
            world.fleet.step(Duration.ofMillis(1));
            world.slow.result(world.slow.lastWork(), TaskResult.Outcome.OK);
        }
    }

    @Test
    void theTimeDoublesUpToItsBound() {
        Faults faults = new Faults();
        long now = 1;
        for (int failure = 1; failure < Faults.FAILURES; failure++) {
            assertThat(faults.failed("d", "m", "x", now)).isFalse();
            assertThat(faults.of("d", "m", now)).isEmpty();
        }
        assertThat(faults.failed("d", "m", "x", now)).isTrue();
        long alone = Faults.FIRST_MILLIS;
        for (int failure = 0; failure < 40; failure++) {
            assertThat(faults.of("d", "m", now + alone - 1)).isPresent();
            assertThat(faults.of("d", "m", now + alone)).isEmpty();
            assertThat(faults.of("d", "another variant", now)).isEmpty();
            now += alone;
            assertThat(faults.failed("d", "m", "x", now)).isFalse();
            alone = Math.min(Faults.LONGEST_MILLIS, 2 * alone);
        }
        assertThat(alone).isEqualTo(Faults.LONGEST_MILLIS);
        faults.succeeded("d", "m");
        assertThat(faults.of("d", "m", now)).isEmpty();
    }
}
