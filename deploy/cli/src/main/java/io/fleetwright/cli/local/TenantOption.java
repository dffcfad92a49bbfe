package io.fleetwright.cli.local;

import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.Tenant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The value {@code NAME[:WEIGHT]} of {@code --tenant}. */
final class TenantOption {
    private TenantOption() {}

    /**
     * A tenant's weight need be given once; it is 1 if it is given nowhere.
     *
     * @param byApplication value of the option by application
     * @throws InvalidWorkloadException if a weight is not a number or out of range, or a tenant has two
     */
    static Map<String, Tenant> parse(Map<String, String> byApplication) {
        Map<String, Tenant> stated = new HashMap<>();
        for (String value : byApplication.values()) {
            int colon = value.lastIndexOf(':');
            if (colon >= 0) {
                Tenant tenant = new Tenant(name(value), weight(value.substring(colon + 1), value));
                @Nullable Tenant before = stated.put(tenant.name(), tenant);
                if (before != null && !before.equals(tenant)) {
                    throw new InvalidWorkloadException("--tenant gives '%s' two weights, %s and %s"
                            .formatted(tenant.name(), before.weight(), tenant.weight()));
                }
            }
        }
        Map<String, Tenant> tenants = new HashMap<>();
        byApplication.forEach((application, value) ->
                tenants.put(application, stated.getOrDefault(name(value), new Tenant(name(value), 1))));
        return tenants;
    }

    private static String name(String value) {
        int colon = value.lastIndexOf(':');
        return colon < 0 ? value : value.substring(0, colon);
    }

    private static double weight(String text, String value) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException wrong) {
            throw new InvalidWorkloadException("--tenant: '%s' is not NAME[:WEIGHT]".formatted(value));
        }
    }
}
