package io.fleetwright.scheduler.scenario;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The policies by their names. */
public final class FramePolicies {
    /** The policy of the product. */
    public static final String SHARED = "shared";

    public static final String ROUND_ROBIN = "round-robin";
    public static final String HEFT = "heft";

    /** Part of the least latency by which an answer may come later for less energy. */
    private static final double TIE = 0.05;

    private static final Map<String, Supplier<FramePolicy>> BY_NAME = new LinkedHashMap<>();

    static {
        BY_NAME.put(SHARED, SharedFrames::new);
        BY_NAME.put(ROUND_ROBIN, RoundRobin::new);
        BY_NAME.put(HEFT, () -> new EarliestFinish(0));
        BY_NAME.put("heft-energy", () -> new EarliestFinish(TIE));
        BY_NAME.put("local", LocalOnly::new);
    }

    private FramePolicies() {}

    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** A fresh policy for one run. */
    public static FramePolicy named(String name) {
        Supplier<FramePolicy> maker = BY_NAME.get(name);
        if (maker == null) {
            throw new IllegalArgumentException("unknown policy '%s'; known: %s".formatted(name, names()));
        }
        return maker.get();
    }
}
