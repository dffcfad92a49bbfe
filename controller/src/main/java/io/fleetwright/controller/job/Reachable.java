package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.List;

/**
 * The soonest that a single inference can be answered, on devices that wait for nothing: what no placement beats. Only times that
 * were learned, predicted or published say so; where one would be a guess, no deadline is out of reach.
 */
final class Reachable {
    private final Splits splits;

    Reachable(Splits splits) {
        this.splits = splits;
    }

    /**
     * Looks at every device that has the network; for a source at it alone and at it with each other one, the way over its link
     * included.
     *
     * @return microseconds; 0 when a time is a guess, or nobody has the network yet; that of a source alone when it is in time, whatever
     *     others could do
     */
    long micros(Tx tx, String tenant, Jobs.Request request, long nowMillis) {
        Jobs.Source source = request.source();
        return source == null
                ? Estimates.best(
                                tx,
                                tenant,
                                request.model(),
                                variant -> Jobs.inputBytes(variant) == request.inputBytes()
                                        && request.bounds().allow(variant),
                                request.pinnedDevice())
                        .knownMicros()
                : fromSource(tx, tenant, request, source, nowMillis);
    }

    private long fromSource(Tx tx, String tenant, Jobs.Request request, Jobs.Source source, long nowMillis) {
        String model = request.model();
        DeviceRow device =
                tx.get(DeviceRow.class, tenant + "/" + source.device()).orElse(null);
        if (device == null) {
            return 0;
        }
        String digest = tx.get(SlotRow.class, device.id + "/" + model)
                .map(slot -> slot.reportedDigest)
                .orElse(null);
        VariantRow variant = digest == null
                ? null
                : tx
                        .find(Query.of(VariantRow.class)
                                .equal("tenant", tenant)
                                .equal("model", model)
                                .equal("digest", digest)
                                .limit(1))
                        .stream()
                        .findFirst()
                        .orElse(null);
        if (variant == null || variant.isPart() || Costs.isGuess(tx, device, variant)) {
            return 0;
        }
        double least = Costs.expectedMicros(tx, device, variant);
        if (least <= request.deadline().toNanos() / 1000.0) {
            return Math.round(least);
        }
        List<Splits.Split> others = splits.with(
                        tx, device, variant, request.bounds().packing(source), request.onBoards(), _ -> 0, nowMillis)
                .plans();
        for (Splits.Split other : others) {
            if (other.stages().stream().anyMatch(stage -> Costs.isGuess(tx, stage.device(), variant))) {
                return 0;
            }
            least = Math.min(least, other.finishMicros());
        }
        return Math.round(least);
    }

    /** @throws Refusal with the least time, when that is more than the deadline */
    void require(Tx tx, String tenant, Jobs.Request request, long nowMillis) {
        long least = micros(tx, tenant, request, nowMillis);
        if (least > request.deadline().toNanos() / 1000) {
            Jobs.Source source = request.source();
            throw new Refusal(
                    Refusal.Kind.DEADLINE_UNREACHABLE,
                    "deadline of %d ms: model %s takes at least %.3f ms %s"
                            .formatted(
                                    request.deadline().toMillis(),
                                    request.model(),
                                    least / 1000.0,
                                    source == null
                                            ? "on the best device"
                                            : "from %s, alone or shared".formatted(source.device())));
        }
    }
}
