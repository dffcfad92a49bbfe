package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.store.Row;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One inference request; its task has the job's id. What the caller asked for stays, so that no update writes it again. */
@Entity
@Table(name = "job")
public class JobRow extends Row {
    /** Of {@link #why}. */
    static final int WHY_CHARS_MAX = 8000;

    @Id
    public String id = "";

    @Column(updatable = false)
    public String tenant = "";

    @Column(updatable = false)
    public String model = "";

    public @Nullable String version;
    /** queued, running, succeeded, failed, expired or cancelled. */
    public String state = "";

    public @Nullable String reason;

    @Column(updatable = false)
    public long createdAt;

    public @Nullable Long finishedAt;

    @Column(updatable = false)
    public long deadlineAt;
    /** node/device when the caller chose. */
    @Column(updatable = false)
    public @Nullable String pinnedDevice;

    /** node/device that has the input, so that all or the front of the network runs there. */
    @Column(updatable = false)
    public @Nullable String source;
    /** Sensor of the source's node whose next frame is the input. */
    @Column(updatable = false)
    public @Nullable String sensor;
    /** Form of the sensor's frame, or of what the caller sent; absent where that is the network's input. */
    @Column(updatable = false)
    public @Nullable String frame;
    /** Transforms from the frame to the network's input, and from its output to the answer; see {@link Chains}. */
    @Column(updatable = false)
    public String beforeNetwork = "";

    @Column(updatable = false)
    public String afterNetwork = "";
    /** The sensor's frame, or what is made of it, is the answer: there is no network. */
    @Column(updatable = false)
    public boolean capture;
    /** What boards are expected to take for transforms in the present attempt. */
    public double chainMicros;
    /** Form of the answer that boards are to make, absent where the network's output is the answer. */
    public @Nullable String answerForm;
    /** What transforms took, as boards tell; absent where these run none on that side. */
    public @Nullable Long beforeMicros;

    public @Nullable Long afterMicros;
    /** Fewest bits in which values may go to another device. */
    @Column(updatable = false)
    public int bitsMin = Byte.SIZE;
    /** Share of right answers that packing may cost, absent for the usual one. */
    @Column(updatable = false)
    public @Nullable Double lossMax;

    /** A device that took over was lost once: the source runs it alone. */
    public boolean localOnly;
    /** The current attempt is shared, see {@link SplitRow}. */
    public boolean split;

    @Column(updatable = false)
    public byte @Nullable [] input;

    @Column(updatable = false)
    public @Nullable String inputDigest;
    /** What it may be expected to take, computing and sending; absent for any. */
    @Column(updatable = false)
    public @Nullable Double energyBudgetMicrojoules;

    @Column(updatable = false)
    public long inputBytes;
    /** Number of the current attempt, 0 before the first. */
    public long epoch;

    public @Nullable String nodeId;
    public @Nullable String device;
    public @Nullable String variant;
    public @Nullable String digest;
    public long sentAt;
    public byte @Nullable [] output;
    /** Of an output that is not in the row, see {@link Outputs}. */
    public @Nullable String outputDigest;

    public @Nullable Long outputBytes;
    public @Nullable Long latencyMicros;
    public boolean modelled;
    public @Nullable Double energyMicrojoules;
    public String energyMethod = "";
    public @Nullable Double energyUncertainty;
    public @Nullable String why;
    /** Which frame of the sensor the output answers. */
    public @Nullable Long frameNumber;

    public @Nullable String frameSha256;
    /** When the first device had the input and the last one the output, Unix microseconds on their clocks. */
    public @Nullable Long takenAtMicros;

    public @Nullable Long doneAtMicros;

    /** Job of several tasks that this is one of. */
    @Column(updatable = false)
    public @Nullable String graphId;
    /** The only version that may run. */
    @Column(updatable = false)
    public @Nullable String wantedVersion;

    /** The only variant that may run. */
    @Column(updatable = false)
    public @Nullable String wantedVariant;
    /** Stretch of the network, first operator and the one after the last; 0 and 0 for all of it. */
    @Column(updatable = false)
    public int segmentFrom;

    @Column(updatable = false)
    public int segmentTo;
    /** Part of the network's work, 1 for all of it. */
    @Column(updatable = false)
    public double workShare = 1;
    /** It has ended, and the job of several tasks has not looked yet. */
    public boolean graphDue;

    @Column(updatable = false)
    public @Nullable Double accuracyFloor;
    /** Until it has failed; absent for what every job has. */
    @Column(updatable = false)
    public @Nullable Integer attemptsMax;
    /** The controller asked for it itself, to learn what a device takes. */
    public boolean probe;
    /** Who had which attempt, see {@link Places}. */
    public String places = "";
    /** Node that is told of the end. */
    @Column(updatable = false)
    public @Nullable String notifyNode;
    /** Place among what is queued, lower first. */
    @Column(updatable = false)
    public long turnMicros;

    /** How far values may be packed that go to another device. */
    PackingRule packing() {
        return new PackingRule(bitsMin, lossMax, accuracyFloor);
    }

    /** All that is done before and behind the network. */
    public Chains chains() {
        return Chains.read("job " + id, frame, beforeNetwork, afterNetwork);
    }

    /** What boards do of it: what a caller sent was made the network's input when it came. */
    Chains onBoards() {
        return sensor == null ? chains().back() : chains();
    }

    void put(Chains chains) {
        frame = chains.frameText();
        beforeNetwork = chains.beforeText();
        afterNetwork = chains.afterText();
    }

    @Override
    public Object key() {
        return id;
    }
}
