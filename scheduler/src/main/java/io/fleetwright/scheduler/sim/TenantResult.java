package io.fleetwright.scheduler.sim;

/**
 * What a tenant got.
 *
 * @param completed its jobs that were done
 * @param refused its jobs that were not admitted
 * @param deviceMicros device time that its tasks had
 * @param share of the device time of all tenants, 0 to 1
 * @param meanMicros mean latency of its completed jobs; not a number without one
 */
public record TenantResult(
        Tenant tenant, int completed, int refused, double deviceMicros, double share, double meanMicros) {}
