package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetwright.controller.alert.Alert;
import io.fleetwright.controller.alert.AlertRule;
import io.fleetwright.controller.alert.AlertRule.Severity;
import io.fleetwright.controller.alert.Alerts;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.targeting.Groups;
import io.fleetwright.telemetry.wire.Json;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What needs an operator's eyes now. */
@Path("/api/v1/alerts")
public class AlertResource {
    private final Controller controller;
    private final Access.Present present;

    AlertResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    record Subject(String kind, String id) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Shown(
            String alert,
            String rule,
            String severity,
            Subject subject,
            @Nullable String node,
            @Nullable String since,
            String detail) {}

    /**
     * @param counts by severity, of all pages and severities
     * @param more whether there are more than are told
     */
    record Answer(
            List<Shown> items,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String next,

            Map<String, Long> counts,
            boolean more) {}

    /**
     * @param q query of the node that an alert is about; leaves out what is about none
     * @param severity absent for all
     */
    @GET
    public Object list(
            @QueryParam("q") @Nullable String q,
            @QueryParam("severity") @Nullable String severity,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        Severity only = severity == null ? null : severity(severity);
        int rows = Paging.limit(limit);
        Alerts.Found found =
                controller.core().read(scope -> controller.alerts(scope, tenant, Groups.parse(scope.tx(), tenant, q)));
        return page(found, only, cursor, rows);
    }

    static Answer page(Alerts.Found found, @Nullable Severity only, @Nullable String cursor, int rows) {
        Alerts.Found wanted = only == null ? found : found.of(only);
        List<Alert> behind = cursor == null || cursor.isEmpty() ? wanted.alerts() : wanted.behind(cursor);
        List<Alert> page = behind.subList(0, Math.min(rows, behind.size()));
        Map<String, Long> counts = new LinkedHashMap<>();
        for (Severity each : Severity.values()) {
            counts.put(each.label(), found.count(each));
        }
        return new Answer(
                page.stream().map(AlertResource::shown).toList(),
                behind.size() > rows ? page.getLast().id() : null,
                counts,
                found.more());
    }

    private static Severity severity(String label) {
        return Arrays.stream(Severity.values())
                .filter(known -> known.label().equals(label))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("severity must be one of "
                        + Arrays.stream(Severity.values()).map(Severity::label).toList()));
    }

    private static Shown shown(Alert alert) {
        Long since = alert.sinceMillis();
        AlertRule rule = alert.rule();
        return new Shown(
                alert.id(),
                rule.label(),
                rule.severity().label(),
                new Subject(
                        Json.wireName(alert.subject().kind()), alert.subject().id()),
                alert.node(),
                since == null ? null : Views.time(since),
                alert.detail());
    }
}
