package io.fleetwright.scheduler.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tenant of each application of a workload. Tenants are positions {@code 0 .. count-1}. Immutable. */
public final class Tenants {
    public static final int TENANTS_MAX = 1000;

    private final List<Tenant> tenants = new ArrayList<>();
    private final int[] ofApplication;

    /**
     * @param byApplication by the application's name; one that is not there is a tenant of its own, of its name and of
     *     weight 1
     * @throws InvalidWorkloadException if the workload has no such application, a tenant has two weights, or there are
     *     more than {@link #TENANTS_MAX}
     */
    public Tenants(Workload workload, Map<String, Tenant> byApplication) {
        byApplication.keySet().forEach(workload::applicationNamed);
        ofApplication = new int[workload.applicationCount()];
        Map<String, Integer> positions = new LinkedHashMap<>();
        for (int app = 0; app < ofApplication.length; app++) {
            String name = workload.application(app).name();
            Tenant tenant = byApplication.getOrDefault(name, new Tenant(name, 1));
            int position = positions.computeIfAbsent(tenant.name(), _ -> positions.size());
            if (position == tenants.size()) {
                tenants.add(tenant);
            } else if (tenants.get(position).weight() != tenant.weight()) {
                throw new InvalidWorkloadException("tenant '%s' has two weights, %s and %s"
                        .formatted(tenant.name(), tenants.get(position).weight(), tenant.weight()));
            }
            ofApplication[app] = position;
        }
        if (tenants.size() > TENANTS_MAX) {
            throw new InvalidWorkloadException("%d tenants are more than %d".formatted(tenants.size(), TENANTS_MAX));
        }
    }

    public int count() {
        return tenants.size();
    }

    public Tenant tenant(int position) {
        return tenants.get(position);
    }

    public int ofApplication(int app) {
        return ofApplication[app];
    }

    int applicationCount() {
        return ofApplication.length;
    }
}
