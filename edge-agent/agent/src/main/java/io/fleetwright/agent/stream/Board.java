package io.fleetwright.agent.stream;

import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.Work;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What streams ask of the node around them. */
public interface Board {
    /** Why a run failed that had not begun when the device's queue was full and one of a higher priority came. */
    String CROWDED = "crowded";

    /** On the steady clock. */
    long nowMicros();

    /** On the wall clock. */
    long wallMillis();

    boolean hasDevice(String device);

    boolean hasSensor(String sensor);

    /** What is active in a slot. */
    Optional<Program> program(String device, String slot);

    /** By which tensors take a made-up time to other nodes, absent where the network is what it is. */
    Birth.@Nullable Link link();

    /**
     * Gives a device something to do. Runs of streams take the places that they have there among single orders by their
     * {@link Run#turn}. Where too much waits, a run of a lower priority is given up for it, and its watcher hears {@link #CROWDED}.
     *
     * @return false when there is no such device or too much waits; the watcher hears nothing then
     */
    boolean run(Run run, Watcher watcher);

    /** Forgets what has not begun; its watcher hears nothing any more. */
    void drop(Watcher watcher);

    /**
     * Keeps a report until the controller has it.
     *
     * @return false when there is no place for it now
     */
    boolean report(Function<Stamp, StreamReport> make);

    /** A tensor that nobody waits for. */
    void countDropped();

    /** Says an event in one line. */
    void log(String line);

    /**
     * One run of a network or a stretch of it.
     *
     * @param digest variant that must be active in the slot
     * @param cut the stretch, absent for all of the network
     * @param source the input as it is here, or the sensor whose next frame it is
     * @param before what makes the input of the sensor's frame, absent where the frame is the input
     * @param sends where the outcome goes, absent when it stays
     * @param turn when it runs, among what waits
     * @param holdMicros for so long the input counts as on its way; a modelled device computes meanwhile what its time stands for
     */
    record Run(
            StreamTask task,
            long epoch,
            String device,
            String slot,
            String digest,
            Program.@Nullable Cut cut,
            Work.Source source,
            @Nullable Before before,
            Work.@Nullable Sends sends,
            Turn turn,
            long holdMicros) {}

    /**
     * Transforms of a sensor's frame. They run on the device's thread, which is the only one that waits for them.
     *
     * @param chain takes frames of that form
     */
    record Before(TransformChain chain, Form frame) {}

    /**
     * Which of the runs that wait for a device is first: that of the higher priority, then the urgent one, then that whose deadline is
     * first.
     *
     * @param priority of the stream, 0 to {@value io.fleetwright.telemetry.wire.StreamOrder#PRIORITY_MAX}
     * @param isUrgent whether it must run at once to be in time; then it goes before single orders too
     * @param deadlineMicros when it need not begin any more, on the steady clock
     */
    record Turn(int priority, boolean isUrgent, long deadlineMicros) implements Comparable<Turn> {
        private static final Comparator<Turn> ORDER = Comparator.comparingInt(Turn::priority)
                .thenComparing(Turn::isUrgent)
                .reversed()
                .thenComparingLong(Turn::deadlineMicros);

        /** Less than 0 when this one is first. */
        @Override
        public int compareTo(Turn other) {
            return ORDER.compare(this, other);
        }
    }

    /** Who hears how a run ended, once: on the core's thread, and not before a modelled time has passed. */
    interface Watcher {
        /**
         * It has an outcome.
         *
         * @param frame of the sensor, absent when the input came with the run
         * @param beforeMicros what it took to make the input of it, 0 without transforms
         * @return what is sent where the outcome goes to another node; absent for nothing
         */
        @Nullable
        Measured ran(Measured measured, @Nullable SensorFrame frame, long beforeMicros);

        /**
         * What {@link #ran} gave is on its way to the other node.
         *
         * @param bytes of it as it travels
         */
        default void sent(long bytes) {}

        /** It has none, and never will. */
        void failed(String reason);
    }
}
