package io.fleetwright.controller.stream;

import io.fleetwright.controller.chain.ChainTimes;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.job.PackingRule;
import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A stream of frames of one sensor through one network. */
@Entity
@Table(name = "live_stream")
public class LiveStreamRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    /** The source. */
    public String nodeId = "";

    public String device = "";
    public String sensor = "";
    public long periodMillis;
    public long deadlineMillis;
    /** Fewest bits of values that leave the source. */
    public int bitsMin;
    /** Of one frame. */
    public @Nullable Double energyBudgetMicrojoules;
    /** Share of right answers that the variant must have been measured to give. */
    public @Nullable Double accuracyFloor;
    /** Share of right answers that packing may cost, absent for the usual one. */
    public @Nullable Double lossMax;
    /** Form of the sensor's frames, such as {@code int8:240,320,3}; absent where a frame is the network's input. */
    public @Nullable String frame;
    /** Transforms from the frame to the network's input, and from its output to the answer; see {@link Chains}. */
    public String beforeNetwork = "";

    public String afterNetwork = "";
    /** What they take on the source, as plans count it; see {@link ChainTimes}. */
    public double beforeMicros;

    public double afterMicros;
    /** What the newest windows show of it, 0 before the first. */
    public double beforeSeenMicros;

    public double afterSeenMicros;
    /** Windows in a row that show something else than what is counted. */
    public int transformsAway;
    /** 0 to 9, larger goes first. */
    public int priority;
    /** The stream of a higher priority that holds a helper that this one would take, absent when there is none. */
    public @Nullable String yieldsTo;
    /** running, degraded, waiting, stopped or failed; see {@link Streams}. */
    public String state = "";

    public @Nullable String reason;
    public long createdAt;
    public @Nullable Long endedAt;
    /** Number of the newest plan, 0 before the first. */
    public long epoch;
    /** What the newest plan stands on, as a digest. */
    public String facts = "";
    /** Helpers that were lost, and until when they are not asked: {@code node/device=millis}, comma-separated. */
    public String cold = "";
    /** When the facts are looked at next, whatever is heard. */
    public long lookAt;
    /** When orders are sent again. */
    public long renewAt;

    public long met;
    public long missed;
    public long skipped;
    /** Node of the tenant that is told of the newest answer of each window. */
    public @Nullable String notifyNode;
    /** When the newest window came. */
    public @Nullable Long heardAt;

    /** How far values may be packed that leave the source. */
    PackingRule packing() {
        return new PackingRule(bitsMin, lossMax, accuracyFloor);
    }

    /** What is done before and behind the network. */
    public Chains chains() {
        return Chains.read("stream " + id, frame, beforeNetwork, afterNetwork);
    }

    void put(Chains chains) {
        frame = chains.frameText();
        beforeNetwork = chains.beforeText();
        afterNetwork = chains.afterText();
    }

    /** What the transforms take. */
    ChainTimes times() {
        return new ChainTimes(beforeMicros, afterMicros, beforeSeenMicros, afterSeenMicros, transformsAway);
    }

    void put(ChainTimes times) {
        beforeMicros = times.before();
        afterMicros = times.after();
        beforeSeenMicros = times.beforeSeen();
        afterSeenMicros = times.afterSeen();
        transformsAway = times.away();
    }

    @Override
    public Object key() {
        return id;
    }
}
