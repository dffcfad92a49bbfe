package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.TaskResult.PutOutput;
import io.fleetwright.telemetry.wire.Work;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How attempts ended: each is said once, kept in the spool until acknowledged, and remembered for orders that come again. */
final class Results {
    /** What one result may take in the spool, kept free for each accepted order. */
    static final int RESULT_BYTES_MAX = 8 * 1024;

    /** Below this the spool is so full that even a refusal has no place. */
    private static final int REFUSAL_BYTES = 1024;

    private static final int SPARE_REFUSALS = 64;

    private final Outbox outbox;
    private final long spoolBytes;
    private final AgentLog log;
    private final Finished finished = new Finished();

    /**
     * Takes up what earlier boots left.
     *
     * @param spoolBytes what all results may take in the spool
     */
    Results(Outbox outbox, long spoolBytes, AgentLog log) {
        this.outbox = outbox;
        this.spoolBytes = spoolBytes;
        this.log = log;
        outbox.forEach(Stream.RESULT, this::remember);
    }

    private void remember(Stamp stamp, byte[] payload) {
        if (StreamReport.is(payload) || OperatorTimes.is(payload)) {
            return;
        }
        try {
            TaskResult result = TaskResult.decode(payload);
            finished.add(new Finished.Key(result.task(), result.epoch()), stamp, payload);
        } catch (MalformedMessageException damaged) {
            log.warn("spool.damaged_result boot=%s sequence=%d", stamp.boot(), stamp.sequence());
        }
    }

    /**
     * Keeps a report of a stream; reports leave half of the spool to results.
     *
     * @return false when there is no place for it now
     */
    boolean report(Function<Stamp, StreamReport> make) {
        if (!outbox.hasRoom(Stream.RESULT, spoolBytes / 2 + StreamReport.BYTES_MAX)) {
            return false;
        }
        outbox.append(Stream.RESULT, stamp -> make.apply(stamp).encode());
        return true;
    }

    /**
     * Keeps what operators take, as {@link #report(Function)}.
     *
     * @return its place among results; empty when there is no room for it now
     */
    Optional<Stamp> report(OperatorTimes times) {
        if (!outbox.hasRoom(Stream.RESULT, spoolBytes / 2 + OperatorTimes.BYTES_MAX)) {
            return Optional.empty();
        }
        Stamp[] place = new Stamp[1];
        outbox.append(Stream.RESULT, stamp -> {
            place[0] = stamp;
            return times.at(stamp).encode();
        });
        return Optional.of(place[0]);
    }

    /** Sends something again that is not acknowledged yet; false when it is not here any more. */
    boolean tellAgain(Stamp stamp) {
        return outbox.resend(Stream.RESULT, stamp);
    }

    /** How an attempt ended, if it has and is not forgotten. */
    Optional<Finished.Result> find(Work work) {
        return finished.find(key(work));
    }

    /** Whether an attempt has ended here, and is not forgotten. */
    boolean knows(Finished.Key attempt) {
        return finished.find(attempt).isPresent();
    }

    /** Whether the spool has a place for the results of so many attempts and for refusals beside them. */
    boolean hasRoom(long attempts) {
        return outbox.hasRoom(Stream.RESULT, attempts * RESULT_BYTES_MAX + SPARE_REFUSALS * REFUSAL_BYTES);
    }

    /**
     * An attempt has run.
     *
     * @param output absent when it went to another node
     */
    void done(Item item, Measured measured, byte @Nullable [] output) {
        ran(item, measured, output, null);
    }

    /** An attempt has run, and the controller has its output. */
    void stored(Item item, Measured measured, PutOutput put) {
        ran(item, measured, null, put);
    }

    private void ran(Item item, Measured measured, byte @Nullable [] output, @Nullable PutOutput put) {
        Work work = item.work;
        String digest = work.isCapture()
                ? null
                : Objects.requireNonNull(item.program).digest().value();
        long micros = Math.max(1, Math.round(measured.latencyMicros()));
        end(stamp -> {
            TaskResult result = TaskResult.succeeded(stamp, work, digest)
                    .withOutput(output)
                    .withPut(put)
                    .withEnergy(measured.energyMicrojoules(), measured.energyMethod(), measured.energyUncertainty())
                    .withSpan(item.takenAtMicros, item.doneAtMicros)
                    .withFrame(frame(item.frame))
                    .withSentBytes(item.sentBytes == 0 ? null : (long) item.sentBytes)
                    .withDirectMicros(item.directMicros == 0 ? null : item.directMicros)
                    .withOnLink(TaskResult.OnLink.of(item.sendMicrojoules, item.receiveMicrojoules))
                    .withTransformed(
                            item.fitted == null
                                    ? null
                                    : new TaskResult.Transformed(item.beforeMicros, item.afterMicros));
            return measured.modelled() ? result.modelled(micros) : result.measured(micros);
        });
    }

    private static TaskResult.@Nullable Frame frame(@Nullable SensorFrame taken) {
        return taken == null ? null : new TaskResult.Frame(taken.number(), taken.digest());
    }

    /**
     * An attempt has not run.
     *
     * @return false when the spool has no place even for that
     */
    boolean refuse(Work work, Outcome outcome, String reason) {
        if (outbox.pendingBytes(Stream.RESULT) + REFUSAL_BYTES > spoolBytes) {
            return false;
        }
        end(stamp -> TaskResult.failed(stamp, work, outcome, reason));
        return true;
    }

    /** An attempt that nobody wants to hear of any more. */
    void cancelled(Work work) {
        finished.add(key(work), null, null);
    }

    private void end(Function<Stamp, TaskResult> make) {
        TaskResult[] made = new TaskResult[1];
        outbox.append(Stream.RESULT, stamp -> {
            made[0] = make.apply(stamp);
            return made[0].encode();
        });
        TaskResult result = made[0];
        finished.add(new Finished.Key(result.task(), result.epoch()), result.stamp(), result.encode());
    }

    private static Finished.Key key(Work work) {
        return new Finished.Key(work.task(), work.epoch());
    }
}
