package io.fleetwright.controller.core;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How jobs that wait find their devices.
 *
 * @param policy for those of one step
 * @param shares of the tenants in the places of a step, 1 to {@link #SHARE_MAX}; 1 for who is not named
 */
public record Placing(Policy policy, Map<String, Integer> shares) {
    public static final int SHARE_MAX = 1000;
    /** Tenants whose share may be named. */
    public static final int SHARES_MAX = 1000;

    public static final Placing DEFAULT = new Placing(Policy.PORTFOLIO, Map.of());

    private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,48}");

    /** Names in configuration: in lower case, with hyphens. */
    public enum Policy {
        /** All that wait together, by the best of several rules. */
        PORTFOLIO,
        /** One after the other, where each finishes first. */
        EARLIEST_FINISH;

        String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public Placing {
        shares = Map.copyOf(shares);
        if (shares.size() > SHARES_MAX) {
            throw new IllegalArgumentException(
                    "tenant shares (%d) must be at most %d".formatted(shares.size(), SHARES_MAX));
        }
        shares.forEach((tenant, share) -> {
            if (!TENANT.matcher(tenant).matches() || share < 1 || share > SHARE_MAX) {
                throw new IllegalArgumentException("share of tenant '%s' (%d) must be 1 to %d, of a tenant named by %s"
                        .formatted(tenant, share, SHARE_MAX, TENANT));
            }
        });
    }

    /**
     * Reads configuration.
     *
     * @param policy name of a policy
     * @param shares {@code a=3,b=1}, empty for none
     * @throws IllegalArgumentException that names setting, value and what is allowed
     */
    public static Placing parse(String policy, String shares) {
        Map<String, Integer> byTenant = new HashMap<>();
        for (String one : shares.isBlank() ? new String[0] : shares.split(",", -1)) {
            int equals = one.indexOf('=');
            String tenant = equals < 0 ? one.strip() : one.substring(0, equals).strip();
            try {
                int share = Integer.parseInt(one.substring(equals + 1).strip());
                if (equals < 0 || byTenant.put(tenant, share) != null) {
                    throw new NumberFormatException("twice, or no number");
                }
            } catch (NumberFormatException malformed) {
                throw new IllegalArgumentException(
                        "fleetwright.tenant-shares (%s) must be TENANT=NUMBER, each tenant once".formatted(one.strip()),
                        malformed);
            }
        }
        for (Policy known : Policy.values()) {
            if (known.wireName().equals(policy)) {
                return new Placing(known, byTenant);
            }
        }
        throw new IllegalArgumentException(
                "fleetwright.policy (%s) must be portfolio or earliest-finish".formatted(policy));
    }

    /** Share of a tenant, at least 1. */
    public int share(String tenant) {
        return shares.getOrDefault(tenant, 1);
    }
}
