package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.Table;
import io.fleetwright.scheduler.sim.Objective;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.TenantResult;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What simulations came to, as JSON or as a table.
 *
 * @param results by policy, in the order in which they are shown; one at least
 * @param objective what they are compared by, if anything
 */
record SimulationReport(
        Map<String, SimulationResult> results, @Nullable Objective objective) {
    /** One policy's figures, or those of several in {@code results}. */
    ObjectNode json(ObjectNode root) {
        if (results.size() == 1) {
            results.forEach((policy, result) -> add(root, policy, result));
            return root;
        }
        ArrayNode array = root.putArray("results");
        results.forEach((policy, result) -> add(array.addObject(), policy, result));
        if (objective != null) {
            root.put("objective", objective.word()).put("best", objective.best(results));
        }
        return root;
    }

    void print(PrintWriter out) {
        var table = new Table(
                "policy",
                " jobs",
                " refused",
                " given up",
                " unfinished",
                " mean us",
                " p95 us",
                " max us",
                " energy mJ",
                " decision p99 us");
        results.forEach((policy, result) -> table.row(
                policy,
                String.valueOf(result.completed()),
                String.valueOf(result.refused()),
                String.valueOf(result.abandoned()),
                String.valueOf(result.unfinished()),
                rounded(result.meanMicros()),
                rounded(result.quantileMicros(0.95)),
                rounded(result.maxMicros()),
                rounded(result.joules() * 1000),
                rounded(result.decisionMicrosP99())));
        table.print(out);
        if (objective != null) {
            String best = objective.best(results);
            double figure = objective.of(Objects.requireNonNull(results.get(best)));
            out.println("Best by %s: %s, %s"
                    .formatted(
                            objective.word(),
                            best,
                            Double.isNaN(figure)
                                    ? "unknown"
                                    : String.format(Locale.ROOT, "%.4g %s", figure, objective.unit())));
        }
    }

    private void add(ObjectNode node, String policy, SimulationResult result) {
        node.put("policy", policy).put("jobs", result.completed());
        put(node, "meanUs", result.meanMicros());
        put(node, "p95Us", result.quantileMicros(0.95));
        put(node, "maxUs", result.maxMicros());
        put(node, "energyMj", result.joules() * 1000);
        if (objective != null) {
            put(node, "value", objective.of(result));
        }
        if (!result.tenants().isEmpty()) {
            ArrayNode array = node.putArray("tenants");
            result.tenants().forEach(tenant -> add(array, tenant));
        }
        node.put("decisionMicrosP99", result.decisionMicrosP99())
                .put("endUs", result.endMicros())
                .put("abandoned", result.abandoned())
                .put("unfinished", result.unfinished())
                .put("refused", result.refused())
                .put("missRate", result.missRate());
    }

    private static void add(ArrayNode array, TenantResult tenant) {
        ObjectNode node = array.addObject()
                .put("name", tenant.tenant().name())
                .put("weight", tenant.tenant().weight())
                .put("jobs", tenant.completed())
                .put("refused", tenant.refused())
                .put("share", tenant.share());
        put(node, "meanUs", tenant.meanMicros());
    }

    /** What is not known is null, never a number. */
    private static void put(ObjectNode root, String name, double value) {
        if (Double.isNaN(value)) {
            root.putNull(name);
        } else {
            root.put(name, value);
        }
    }

    private static String rounded(double value) {
        return Double.isNaN(value) ? "unknown" : String.format(Locale.ROOT, "%.1f", value);
    }
}
