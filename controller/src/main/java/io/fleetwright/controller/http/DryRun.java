package io.fleetwright.controller.http;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout would be: it is made, looked at, and the transaction undone, so that the answer and every refusal are those
 * of the rollout itself.
 */
final class DryRun {
    /** Devices that one answer names. */
    private static final int DEVICES_MAX = 200;
    /** Finished targets that an expectation is taken from. */
    private static final int EXAMPLES_MAX = 200;

    private static final int PAGE = 5000;

    private DryRun() {}

    /**
     * What would happen.
     *
     * @param bytes that all devices together would fetch; a device that has them already is counted, too
     * @param expectedSeconds by how long this tenant's last targets took and by the rate limit, windows, approvals and gates not
     *     counted; absent when none has finished yet
     * @param devices the first {@value #DEVICES_MAX}
     */
    record Answer(
            String model,
            String version,
            long matched,
            long fitting,
            long bytes,
            @Nullable Double expectedSeconds,
            List<Wave> waves,
            List<Device> devices) {}

    record Wave(int wave, long devices) {}

    /** {@code reason} says why a device would get nothing. */
    record Device(
            String node,
            String device,
            int wave,
            @Nullable String variant,
            @Nullable String digest,
            long bytes,
            @Nullable String reason) {}

    /** Carries the answer out of the transaction, which ends unsaved. */
    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Answer answer;

        Undone(Answer answer) {
            super("a dry run keeps nothing", null, false, false);
            this.answer = answer;
        }
    }

    static Answer of(FleetCore core, String tenant, Rollouts.Request request) {
        try {
            return core.run(scope -> {
                throw new Undone(answer(core, scope, tenant, request));
            });
        } catch (Undone undone) {
            return undone.answer;
        }
    }

    private static Answer answer(FleetCore core, Models.Scope scope, String tenant, Rollouts.Request request) {
        Tx tx = scope.tx();
        RolloutRow rollout = core.rollouts().create(tx, scope.effects(), tenant, request, scope.nowMillis());
        List<WaveRow> waves =
                tx.find(Query.of(WaveRow.class).equal("rolloutId", rollout.id).ascending("wave"));
        List<Wave> counted = new ArrayList<>();
        long matched = 0;
        long fitting = 0;
        for (WaveRow wave : waves) {
            counted.add(new Wave(wave.wave, wave.pending + wave.skipped));
            matched += wave.pending + wave.skipped;
            fitting += wave.pending;
        }
        long bytes = 0;
        List<Device> devices = new ArrayList<>();
        String after = "";
        List<TargetRow> page;
        do {
            page = tx.find(Query.of(TargetRow.class)
                    .equal("rolloutId", rollout.id)
                    .greater("id", after)
                    .ascending("id")
                    .limit(PAGE));
            for (TargetRow target : page) {
                bytes += target.bytes;
                if (devices.size() < DEVICES_MAX) {
                    devices.add(new Device(
                            target.node,
                            target.device,
                            target.wave,
                            target.variant,
                            target.digest,
                            target.bytes,
                            target.reason));
                }
                after = target.id;
            }
        } while (page.size() == PAGE);
        return new Answer(
                request.model(),
                request.version(),
                matched,
                fitting,
                bytes,
                expectedSeconds(tx, tenant, request, fitting, waves.size()),
                counted,
                devices);
    }

    private static @Nullable Double expectedSeconds(
            Tx tx, String tenant, Rollouts.Request request, long fitting, int waves) {
        OptionalDouble mean = tx
                .find(Query.of(TargetRow.class)
                        .equal("tenant", tenant)
                        .equal("state", "succeeded")
                        .descending("startedAt")
                        .limit(EXAMPLES_MAX))
                .stream()
                .filter(target -> target.finishedAt != null)
                .mapToLong(target -> target.finishedAt - target.startedAt)
                .average();
        if (mean.isEmpty()) {
            return null;
        }
        int rate = request.policy().startsPerMinute();
        double starting = rate == 0 ? 0 : 60.0 * fitting / rate;
        return starting + waves * mean.getAsDouble() / 1000;
    }
}
