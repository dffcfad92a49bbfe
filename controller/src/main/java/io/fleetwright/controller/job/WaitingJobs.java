package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Placing;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of the jobs that wait a step looks at: by their turn, as long as all of them find a place in the step. When more wait,
 * each tenant has its share of the places, and of each model that waits without one some are looked at beside, so that no tenant
 * and no model waits behind jobs that no device has room for. When jobs have been looked at in vain, some more are looked at, others each
 * time until all have been, so that none waits behind jobs of its own model that go nowhere.
 */
final class WaitingJobs {
    /** Places of a step. */
    static final int PER_STEP = 512;
    /** Models of a step that have jobs looked at beside those places, and how many of each. */
    private static final int MODELS_BESIDE = 32;

    private static final int OF_MODEL = 8;
    /** Of all that wait, looked at beside those places too. */
    static final int FURTHER = 64;

    private static final int MODELS_OF_TENANT = 1000;
    /** How old the names of who waits may be: finding them reads every job that waits. */
    private static final long NAMES_MILLIS = 1000;

    private final Placing placing;
    private final int perStep;
    private volatile Names names = new Names(Long.MIN_VALUE, Map.of());
    private volatile Place place = Place.BEFORE_ALL;

    /**
     * Who had jobs waiting at a moment. A hint: who comes after it is seen by age alone until the next one.
     *
     * @param models of each tenant, both in order
     */
    private record Names(long atMillis, Map<String, List<String>> models) {}

    /** Where the look at further jobs goes on, behind a turn and among those of the same turn behind an id. */
    private record Place(long turnMicros, String id) {
        static final Place BEFORE_ALL = new Place(Long.MIN_VALUE, "");
    }

    WaitingJobs(Placing placing) {
        this(placing, PER_STEP);
    }

    WaitingJobs(Placing placing, int perStep) {
        this.placing = placing;
        this.perStep = perStep;
    }

    private static Query<JobRow> queued() {
        return Query.of(JobRow.class).equal("state", Jobs.QUEUED);
    }

    /** Jobs to look at, those of a tenant by their turn. */
    List<JobRow> next(Tx tx, long nowMillis) {
        List<JobRow> oldest = tx.find(queued().ascending("turnMicros").limit(perStep));
        if (oldest.size() < perStep) {
            return oldest;
        }
        Map<String, List<String>> models = names(tx, nowMillis);
        List<String> tenants = List.copyOf(models.keySet());
        Map<String, JobRow> taken = new LinkedHashMap<>();
        if (tenants.size() == 1) {
            oldest.forEach(job -> taken.put(job.id, job));
        } else {
            byShares(tx, tenants, oldest, taken);
        }
        beside(tx, models, taken);
        if (oldest.stream().anyMatch(job -> job.reason != null)) {
            further(tx).forEach(job -> taken.put(job.id, job));
        }
        List<JobRow> all = new ArrayList<>(taken.values());
        all.sort((one, other) -> Long.compare(one.turnMicros, other.turnMicros));
        return all;
    }

    private Map<String, List<String>> names(Tx tx, long nowMillis) {
        Names known = names;
        if (nowMillis < known.atMillis() || nowMillis - NAMES_MILLIS > known.atMillis()) {
            Map<String, List<String>> models = new TreeMap<>();
            tx.distinct(queued(), "tenant").stream()
                    .sorted()
                    .limit(perStep)
                    .forEach(tenant -> models.put(
                            tenant,
                            tx.distinct(queued().equal("tenant", tenant), "model").stream()
                                    .sorted()
                                    .limit(MODELS_OF_TENANT)
                                    .toList()));
            known = new Names(nowMillis, models);
            names = known;
        }
        return known.models();
    }

    /** What a tenant leaves goes to the oldest of all. */
    private void byShares(Tx tx, List<String> tenants, List<JobRow> oldest, Map<String, JobRow> taken) {
        long shares = tenants.stream().mapToLong(placing::share).sum();
        for (String tenant : tenants) {
            int places = (int) Math.max(1, (long) perStep * placing.share(tenant) / shares);
            int left = Math.min(places, perStep - taken.size());
            if (left > 0) {
                tx.find(queued().equal("tenant", tenant).ascending("turnMicros").limit(left))
                        .forEach(job -> taken.put(job.id, job));
            }
        }
        for (JobRow job : oldest) {
            if (taken.size() < perStep) {
                taken.putIfAbsent(job.id, job);
            }
        }
    }

    /** The next of all that wait. */
    private List<JobRow> further(Tx tx) {
        Place before = place;
        List<JobRow> next = new ArrayList<>(tx.find(queued().equal("turnMicros", before.turnMicros)
                .greater("id", before.id)
                .ascending("id")
                .limit(FURTHER)));
        if (next.size() == FURTHER) {
            place = new Place(before.turnMicros, next.getLast().id);
            return next;
        }
        List<JobRow> later = tx.find(queued().greater("turnMicros", before.turnMicros)
                .ascending("turnMicros")
                .limit(FURTHER - next.size()));
        // Of the last turn others may have been left out.
        place = later.isEmpty() ? Place.BEFORE_ALL : new Place(later.getLast().turnMicros, "");
        next.addAll(later);
        return next;
    }

    private static void beside(Tx tx, Map<String, List<String>> waiting, Map<String, JobRow> taken) {
        Set<String> there = new HashSet<>();
        taken.values().forEach(job -> there.add(job.tenant + "/" + job.model));
        int models = 0;
        for (Map.Entry<String, List<String>> of : waiting.entrySet()) {
            String tenant = of.getKey();
            for (String model : of.getValue()) {
                if (models < MODELS_BESIDE && there.add(tenant + "/" + model)) {
                    models++;
                    tx.find(queued().equal("tenant", tenant)
                                    .equal("model", model)
                                    .ascending("turnMicros")
                                    .limit(OF_MODEL))
                            .forEach(job -> taken.put(job.id, job));
                }
            }
        }
    }
}
