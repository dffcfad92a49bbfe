package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import java.util.HashMap;
import java.util.Map;

/** How many streams of a kind are open at a time. For any number of threads. */
final class StreamPlaces {
    private final String kind;
    private final int ofTenantMax;
    private final int allMax;
    private final Map<String, Integer> open = new HashMap<>();

    /** @param kind for a person, in the plural */
    StreamPlaces(String kind, int ofTenantMax, int allMax) {
        this.kind = kind;
        this.ofTenantMax = ofTenantMax;
        this.allMax = allMax;
    }

    /**
     * Takes a place.
     *
     * @throws Refusal when there is none
     */
    synchronized Place take(String tenant) {
        int own = open.getOrDefault(tenant, 0);
        if (own >= ofTenantMax
                || open.values().stream().mapToInt(Integer::intValue).sum() >= allMax) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d %s are open, at most %d of a tenant and %d in all".formatted(own, kind, ofTenantMax, allMax));
        }
        open.put(tenant, own + 1);
        return new Place(tenant);
    }

    /** A stream's place. */
    final class Place {
        private final String tenant;
        private boolean left;

        private Place(String tenant) {
            this.tenant = tenant;
        }

        /** Frees it; twice does no harm. */
        void leave() {
            synchronized (StreamPlaces.this) {
                if (!left) {
                    left = true;
                    open.computeIfPresent(tenant, (_, count) -> count == 1 ? null : Integer.valueOf(count - 1));
                }
            }
        }
    }
}
