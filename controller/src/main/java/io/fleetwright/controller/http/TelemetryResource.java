package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.controller.telemetry.SampleRow;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Measurements over time. */
@Path("/api/v1/telemetry")
public class TelemetryResource {
    private static final int POINTS_MAX = 2000;
    private static final int MINUTES_DEFAULT = 15;
    private static final int MINUTES_MAX = 1440;
    private static final long MINUTE_MILLIS = 60_000;

    private final Controller controller;
    private final Access.Present present;

    TelemetryResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Points are {@code [Unix milliseconds, value, standard uncertainty or null]}, oldest first. */
    record Series(
            String metric,
            @Nullable String unit,
            boolean modelled,
            @Nullable String energyMethod,
            List<@Nullable Object[]> points) {}

    record Metric(
            String device,
            String metric,
            String unit,
            boolean modelled,
            @Nullable String method) {}

    @GET
    @Path("/series")
    public Object series(
            @QueryParam("node") @Nullable String node,
            @QueryParam("device") @Nullable String device,
            @QueryParam("metric") @Nullable String metric,
            @QueryParam("minutes") @Nullable Integer minutes) {
        if (metric == null) {
            throw Refusal.invalid("metric must be given");
        }
        int window = minutes == null ? MINUTES_DEFAULT : minutes;
        if (window < 1 || window > MINUTES_MAX) {
            throw Refusal.invalid("minutes (%d) must be from 1 to %d".formatted(window, MINUTES_MAX));
        }
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            NodeRow row = require(scope.tx(), tenant, node);
            List<SampleRow> newest = scope.tx()
                    .find(Query.of(SampleRow.class)
                            .equal("nodeId", row.id)
                            .equal("device", device == null ? "" : device)
                            .equal("metric", metric)
                            .greater("atMillis", scope.nowMillis() - window * MINUTE_MILLIS)
                            .descending("atMillis")
                            .limit(POINTS_MAX));
            List<@Nullable Object[]> points = new ArrayList<>();
            for (SampleRow sample : newest.reversed()) {
                points.add(new @Nullable Object[] {sample.atMillis, sample.amount, sample.uncertainty});
            }
            SampleRow last = newest.isEmpty() ? null : newest.get(0);
            return new Series(
                    metric,
                    last == null ? null : last.unit,
                    last != null && last.modelled,
                    last == null ? null : last.method,
                    points);
        });
    }

    @GET
    @Path("/metrics")
    public Object metrics(@QueryParam("node") @Nullable String node) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            NodeRow row = require(scope.tx(), tenant, node);
            String boot = row.boot;
            List<Metric> items = boot == null
                    ? List.of()
                    : scope
                            .tx()
                            .find(Query.of(MetricRow.class)
                                    .equal("nodeId", row.id)
                                    .equal("boot", boot)
                                    .ascending("alias"))
                            .stream()
                            .map(found -> new Metric(
                                    found.device == null ? "" : found.device,
                                    found.metric,
                                    found.unit,
                                    found.modelled,
                                    found.method))
                            .toList();
            return new Views.Page<>(items, null);
        });
    }

    private static NodeRow require(Tx tx, String tenant, @Nullable String node) {
        if (node == null) {
            throw Refusal.invalid("node must be given");
        }
        return tx.get(NodeRow.class, tenant + "/" + node).orElseThrow(() -> Refusal.notFound("node", node));
    }
}
