package io.fleetwright.controller.removal;

import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Deletes artifacts that nothing needs, some at a time. */
public final class ArtifactCollector {
    /** What was just put may be named by the next request. */
    private static final Duration YOUNG = Duration.ofHours(1);

    private static final int ARTIFACTS_PER_RUN = 500;

    /** Where the last run stopped looking; absent at the beginning. */
    private @Nullable Digest cursor;

    public void run(Tx tx, long nowMillis) {
        ArtifactStore artifacts = new Artifacts(tx, nowMillis);
        List<ArtifactStore.Stored> some = artifacts.list(cursor, ARTIFACTS_PER_RUN);
        cursor = some.size() < ARTIFACTS_PER_RUN ? null : some.getLast().digest();
        for (ArtifactStore.Stored one : some) {
            if (one.putAtMillis() < nowMillis - YOUNG.toMillis()
                    && !ArtifactNeeds.any(tx, one.digest().value())) {
                artifacts.delete(one.digest());
            }
        }
    }
}
