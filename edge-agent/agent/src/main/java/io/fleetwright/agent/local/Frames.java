package io.fleetwright.agent.local;

import io.fleetwright.agent.core.Frame;
import java.util.function.Consumer;

/** Takes frames to the core. */
@FunctionalInterface
public interface Frames {
    /**
     * Hands over a frame; {@code done} gets its answer, on any thread.
     *
     * @return false when the core has too much to do; {@code done} is not called then
     */
    boolean offer(Frame frame, Consumer<Frame.Answer> done);
}
