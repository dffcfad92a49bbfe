package io.fleetwright.agent.driver;

import io.fleetwright.runtime.tflite.TfliteReader;
import java.util.List;

/** The operators that the runtime in this build can run, for the birth. */
public final class Operators {
    public static final List<String> ALL = TfliteReader.operatorNames();

    private Operators() {}
}
