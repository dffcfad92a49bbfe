package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.Tenant;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose task is next, by start tags that are worked out by hand. Applications x, y, z take 10 us, s 5, l 20. */
class FairTimelineTest {
    private static Scenario one(String weights) {
        return withTenants(
                Scenario.on("A 1: x=10 y=10 z=10 s=5 l=20")
                        .app("x", "x")
                        .app("y", "y")
                        .app("z", "z")
                        .app("s", "s")
                        .app("l", "l"),
                weights);
    }

    /** Weights are {@code "x=1 y=2"}, or with a tenant's name {@code "x=t:1 y=t:1"}. */
    private static Scenario withTenants(Scenario scenario, String weights) {
        Map<String, Tenant> tenants = new HashMap<>();
        for (String weight : weights.split(" ")) {
            String[] parts = weight.split("[=:]");
            tenants.put(parts[0], new Tenant(parts[parts.length - 2], Double.parseDouble(parts[parts.length - 1])));
        }
        Workload workload = scenario.workload();
        return scenario.with(options -> options.tenants(new Tenants(workload, tenants)));
    }

    private static String order(Scenario scenario) {
        Workload workload = scenario.workload();
        return scenario.run(OnlinePolicies.named("fair")).schedule().stream()
                .filter(ScheduleEntry::completed)
                .sorted(Comparator.comparingDouble(ScheduleEntry::startMicros))
                .map(run -> workload.application(run.app()).name())
                .collect(Collectors.joining(" "));
    }

    /**
     * A task moves its tenant's tag on by time over weight; the lowest tag is next, and of equal ones the first tenant.
     *
     * <ul>
     *   <li>x=1, y=2: x 0 to 10; y 0, 5 to 10; then both are at 10, and it begins anew.
     *   <li>x=1, y=1, z=2: x to 10, y to 10, z 0, 5 to 10.
     *   <li>x=1 with 10 us, s=1 with 5: steps 10 and 5; l=4 with 20 us: 5 as well.
     *   <li>x=4, y=1: x to 2.5, y to 10, then x 2.5, 5, 7.5 to 10.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource({
        "x=1 y=1,       x@0 x@0 x@0 y@0 y@0 y@0,                   x y x y x y",
        "x=1 y=1,       y@0 y@0 y@0 x@0 x@0 x@0,                   x y x y x y",
        "x=1 y=2,       x@0 x@0 x@0 y@0 y@0 y@0 y@0 y@0,           x y y x y y x y",
        "x=2 y=1,       x@0 x@0 x@0 x@0 y@0 y@0,                   x y x x y x",
        "x=4 y=1,       x@0 x@0 x@0 x@0 x@0 x@0 y@0 y@0,           x y x x x x y x",
        "x=1 y=1 z=2,   x@0 x@0 y@0 y@0 z@0 z@0 z@0 z@0,           x y z z x y z z",
        "x=1 s=1,       x@0 x@0 x@0 s@0 s@0 s@0 s@0,               x s s x s s x",
        "x=1 l=4,       x@0 x@0 x@0 l@0 l@0 l@0 l@0,               x l l x l l x",
        "x=1 l=1,       x@0 x@0 x@0 x@0 l@0 l@0,                   x l x x l x",
        "x=5 y=5,       x@0 x@0 y@0 y@0,                           x y x y",
        "x=1 y=4 z=4,   x@0 x@0 y@0 y@0 y@0 y@0 z@0 z@0 z@0 z@0,   x y z y z y z y z x",
    })
    void theLowestTagIsNext(String weights, String jobs, String expected) {
        assertThat(order(one(weights).jobs(jobs))).isEqualTo(expected);
    }

    /**
     * Who comes late begins at the virtual time, the start tag of the task before: x at 0, 10, 20, 30 has tags 10, 20, 30, 40; y
     * comes at 35 and begins at 30, so it is next at 40, and then by turns. Who comes back as well: y had 0 and 10 to tag 20; x goes
     * on to 50, its last start tag is 40. Last, x begins at 10 where y is at 20: twice, since of equal ones x is first.
     */
    @ParameterizedTest
    @CsvSource({
        "x=1 y=1, x@0 x@0 x@0 x@0 x@0 x@0 y@35 y@35 y@35,               x x x x y x y x y",
        "x=1 y=1, x@0 x@0 x@0 x@0 x@0 x@0 x@0 y@0 y@0 y@75 y@75,        x y x y x x x x y x y",
        "x=1 y=2, x@0 x@0 x@0 x@0 y@15 y@15 y@15 y@15,                  x x y y x y y x",
        "x=1 y=1, y@0 y@0 y@0 y@0 x@15 x@15,                            y y x x y y",
    })
    void nobodyClaimsTheTimeBeforeHeCame(String weights, String jobs, String expected) {
        assertThat(order(one(weights).jobs(jobs))).isEqualTo(expected);
    }

    /** Two applications of one tenant share its tag and go by age; the other tenant has every second task. */
    @Test
    void applicationsOfATenantShareItsTag() {
        assertThat(order(one("x=t:1 y=t:1 z=u:1").jobs("y@0 x@0 y@0 z@0 z@0 z@0")))
                .isEqualTo("y z x z y z");
    }

    /** Without options each application is a tenant of weight 1. */
    @Test
    void withoutTenantsEachApplicationIsOne() {
        Scenario scenario = Scenario.on("A 1: x=10 y=10").app("x", "x").app("y", "y");
        assertThat(order(scenario.jobs("x@0 x@0 x@0 y@0 y@0 y@0"))).isEqualTo("x y x y x y");
    }

    /** x has a device of its own, y another: neither waits for the other, whatever the weights. */
    @ParameterizedTest
    @CsvSource({"x=1 y=1", "x=100 y=1", "x=1 y=100"})
    void nobodyWaitsForADeviceThatHeDoesNotWant(String weights) {
        Scenario scenario =
                withTenants(Scenario.on("A 1: x=10", "B 1: y=4").app("x", "x").app("y", "y"), weights);
        assertThat(scenario.jobs("x@0 x@0 y@0 y@0").timeline(OnlinePolicies.named("fair")))
                .containsExactly("2y@1 0-4", "3y@1 4-8", "0x@0 0-10", "1x@0 10-20");
    }

    /**
     * A (fast) takes 4, B 12. The first to 4 on A, the second to 8 on A is planned and not placed, the third to 12 on either: A comes
     * first in the list. The fourth to 12 on B, at once.
     */
    @Test
    void aTaskWaitsForTheFastDeviceRatherThanRunOnTheSlowOne() {
        Scenario scenario = withTenants(Scenario.on("A 1: x=4", "B 1: x=12").app("x", "x"), "x=1");
        assertThat(scenario.jobs("x@0 x@0 x@0 x@0").timeline(OnlinePolicies.named("fair")))
                .containsExactly("0x@0 0-4", "1x@0 4-8", "3x@1 0-12", "2x@0 8-12");
    }

    /** A lost run costs its tenant nothing but the time: it is charged again when it runs again. */
    @Test
    void whatIsCutOffIsChargedAgain() {
        Scenario scenario = one("x=1 y=1").with(options -> options.outages(List.of(new Outage(0, 5, 6))));
        // x 0 to 10, cut off at 5; at 6 y is next with tag 0, then x (10) and y (10) by turns.
        assertThat(scenario.jobs("x@0 x@0 y@0 y@0 y@0").timeline(OnlinePolicies.named("fair")))
                .containsExactly("0x@0 0-5!", "2y@0 6-16", "0x@0 16-26", "3y@0 26-36", "1x@0 36-46", "4y@0 46-56");
    }

    /** Of one tenant the oldest job goes first, its later tasks before the first ones of others. */
    @Test
    void theOldestJobOfATenantIsFirst() {
        Scenario scenario = withTenants(Scenario.on("A 1: a=10 b=6").app("chain", "a b; a>b 0"), "chain=1");
        assertThat(scenario.jobs("chain@0 chain@1 chain@2").timeline(OnlinePolicies.named("fair")))
                .containsExactly("0a@0 0-10", "0b@0 10-16", "1a@0 16-26", "1b@0 26-32", "2a@0 32-42", "2b@0 42-48");
    }
}
