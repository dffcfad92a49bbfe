package io.fleetwright.agent.driver;

import java.util.List;

/** The operators that the runtime in this build can run, for the birth. */
public final class Operators {
    public static final List<String> ALL =
            List.of("ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "RESHAPE", "SOFTMAX");

    private Operators() {}
}
