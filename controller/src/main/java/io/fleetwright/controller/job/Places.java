package io.fleetwright.controller.job;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which devices had which attempt at a job, as text: {@code 1:n1/cpu0;2:n2/cpu0,n3/npu}. What is left out was before this was kept.
 */
final class Places {
    private Places() {}

    /** Adds an attempt. */
    static String with(String places, long epoch, List<String> devices) {
        String attempt = epoch + ":" + String.join(",", devices);
        return places.isEmpty() ? attempt : places + ";" + attempt;
    }

    /** Everybody who had any attempt, {@code node/device}. */
    static Set<String> all(String places) {
        return places.isEmpty()
                ? Set.of()
                : Arrays.stream(places.split(";", -1))
                        .flatMap(attempt -> Arrays.stream(
                                attempt.substring(attempt.indexOf(':') + 1).split(",", -1)))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether it is known who had the attempt. */
    static boolean knows(String places, long epoch) {
        return Arrays.stream(places.split(";", -1)).anyMatch(attempt -> attempt.startsWith(epoch + ":"));
    }

    /** @param device {@code node/device} */
    static boolean had(String places, long epoch, String device) {
        return Arrays.stream(places.split(";", -1))
                .filter(attempt -> attempt.startsWith(epoch + ":"))
                .flatMap(attempt -> Arrays.stream(
                        attempt.substring(attempt.indexOf(':') + 1).split(",", -1)))
                .anyMatch(device::equals);
    }
}
