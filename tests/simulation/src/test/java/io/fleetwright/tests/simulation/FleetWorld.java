package io.fleetwright.tests.simulation;

import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One history: a controller and its nodes on one virtual clock. During the stormy time messages are lost, doubled and
 * reordered, links break, artifacts arrive damaged, and every process may end at any write. Then faults stop, and what
 * was promised must come true.
 */
final class FleetWorld {
    /** Of rollouts: two minutes and a half, the way back, and what a clock that stepped back adds. */
    private static final long CALM_MILLIS = 600_000;
    /** Nothing is asked for any more, and a look that finds all quiet means something. */
    private static final long ASKED_MILLIS = 70_000;

    private static final long QUIET_MILLIS = 15_000;

    /** A list is fresh for a day: a board that is ahead of that takes none, which docs/registry.md says. */
    private static final long SKEW_MILLIS =
            Duration.ofDays(1).toMillis() - History.STORM_MILLIS - CALM_MILLIS - 2 * Controllers.CLOCK_STEP_MILLIS;

    private final History history;
    private final Timeline time;
    private final MemoryStore store;
    private final MessageChecks messages;
    private final JobChecks jobs;
    private final Controllers controllers;
    private final Operators operators;
    private final Map<String, SimulatedNode> nodes = new TreeMap<>();

    FleetWorld(long seed, int nodeCount, Weather.Faults faults) {
        this(seed, nodeCount, faults, History.Focus.JOBS);
    }

    FleetWorld(long seed, int nodeCount, Weather.Faults faults, History.Focus focus) {
        this(seed, nodeCount, faults, focus, Sabotage.NONE);
    }

    FleetWorld(long seed, int nodeCount, Weather.Faults faults, History.Focus focus, Sabotage sabotage) {
        this.history = History.of(seed, faults, focus, sabotage);
        this.time = history.time();
        this.store = history.store();
        this.messages = new MessageChecks(seed, store);
        this.jobs = new JobChecks(seed, store);
        this.controllers = new Controllers(
                history, this::down, jobs::hint, why -> nodes.values().forEach(node -> node.disconnect(why)));
        this.operators = new Operators(history, controllers, jobs);
        controllers.startUnlessThere();
        operators.publish();
        List<DeviceProfile> profiles = DeviceProfiles.all();
        for (int i = 0; i < nodeCount; i++) {
            SimulatedNode node = new SimulatedNode(
                    history, controllers, messages, "n-" + i, profiles.get(i % profiles.size()), SKEW_MILLIS);
            nodes.put(node.address().node(), node);
            node.enrol();
            time.at(history.random().nextLong(3000), node::start);
        }
        history.weather().storm();
    }

    /** What a history was like, to see that faults did happen. */
    record Outcome(
            long seed,
            long trace,
            int crashes,
            int storeFailures,
            int delivered,
            int staleSteps,
            Map<String, Integer> faults,
            Map<String, Integer> jobStates,
            Map<String, Integer> rolloutStates) {}

    /** Runs the history and checks what must hold at its end. */
    Outcome run() {
        operators.plan();
        time.at(0, controllers::drive);
        time.runUntil(History.START_MILLIS + History.STORM_MILLIS);
        calm();
        time.runUntil(History.START_MILLIS + 2 * History.STORM_MILLIS + ASKED_MILLIS);
        int quiet = 0;
        while (quiet < 2 && time.now() < History.START_MILLIS + History.STORM_MILLIS + CALM_MILLIS) {
            time.runUntil(time.now() + QUIET_MILLIS);
            quiet = isQuiet() ? quiet + 1 : 0;
        }
        return atTheEnd();
    }

    private void calm() {
        history.weather().calm();
        controllers.startUnlessThere();
        nodes.values().forEach(SimulatedNode::recover);
    }

    /** Time that would pass without anything is not worth waiting for. */
    private boolean isQuiet() {
        return history.checks().isQuiet() && nodes.values().stream().allMatch(SimulatedNode::isQuiet) && jobs.isQuiet();
    }

    private boolean down(Topic topic, byte[] payload, Duration expiry) {
        SimulatedNode node = nodes.get(topic.address().node());
        if (node != null) {
            node.tell(topic, payload);
        }
        return true;
    }

    private Outcome atTheEnd() {
        Weather weather = history.weather();
        Map<String, Integer> jobStates = jobs.atTheEnd();
        List<RolloutRow> rollouts = history.checks().rollouts();
        history.checks().atTheEnd();
        nodes.values().forEach(node -> node.atTheEnd(rollouts));
        messages.atTheEnd();
        for (TargetRow target : store.transact(tx -> tx.find(Query.of(TargetRow.class)))) {
            if (List.of("fell-back", "crash-loop").contains(String.valueOf(target.failure))) {
                weather.count("targets that fell back");
            }
        }
        Map<String, Integer> rolloutStates = new TreeMap<>();
        for (RolloutRow rollout : store.transact(tx -> tx.find(Query.of(RolloutRow.class)))) {
            rolloutStates.merge(rollout.state, 1, Integer::sum);
        }
        return new Outcome(
                history.seed(),
                weather.trace(),
                controllers.crashes()
                        + nodes.values().stream()
                                .mapToInt(SimulatedNode::crashes)
                                .sum(),
                controllers.storeFailures(),
                weather.delivered(),
                controllers.staleSteps(),
                weather.done(),
                jobStates,
                rolloutStates);
    }
}
