package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.webhook.DeliveryRow;
import io.fleetwright.controller.webhook.WebhookRow;
import io.fleetwright.controller.webhook.Webhooks;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses that hear of events, with what could not be delivered. A secret is shown only when it was made here, once. */
@Path("/api/v1/webhooks")
public class WebhookResource {
    private static final int DEAD_SHOWN = 20;

    private final Controller controller;
    private final Access.Present present;
    private final SecureRandom random = new SecureRandom();

    WebhookResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /**
     * Body of a new webhook.
     *
     * @param secret made here when absent
     */
    public record WebhookRequest(
            @Nullable String url,
            @Nullable String secret,
            @Nullable List<String> events) {}

    record Made(String id, String url, List<String> events, String secret) {}

    record Dead(
            String delivery,
            String event,
            String at,
            int tries,
            @Nullable String reason) {}

    record Shown(
            String id,
            String url,
            List<String> events,
            String createdBy,
            String createdAt,
            long waiting,
            long dead,
            List<Dead> newestDead) {}

    @GET
    public Object list() {
        return controller
                .core()
                .run(scope -> new Views.Page<>(
                        scope
                                .tx()
                                .find(Query.of(WebhookRow.class)
                                        .equal("tenant", present.tenant())
                                        .ascending("id"))
                                .stream()
                                .map(row -> shown(scope.tx(), row))
                                .toList(),
                        null));
    }

    @POST
    public Response create(@Nullable WebhookRequest request) {
        WebhookRequest asked = request == null ? new WebhookRequest(null, null, null) : request;
        String tenant = present.tenant();
        String given = asked.secret();
        String secret = given == null ? random(24) : given;
        List<String> events = asked.events();
        WebhookRow row = controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "webhook.created",
                        String.valueOf(asked.url()),
                        scope -> Webhooks.create(
                                scope.tx(),
                                tenant,
                                present.who(),
                                "w-" + random(8),
                                String.valueOf(asked.url()),
                                secret,
                                events == null ? List.of("*") : events,
                                controller.config().webhookNetworks().orElse(List.of()),
                                scope.nowMillis()));
        return Response.status(201)
                .entity(new Made(row.id, row.url, events(row), given == null ? secret : "as given"))
                .build();
    }

    @DELETE
    @Path("/{webhook}")
    public Response delete(@PathParam("webhook") String webhook) {
        String tenant = present.tenant();
        controller.core().act(tenant, present.who(), "webhook.deleted", webhook, scope -> {
            Webhooks.delete(scope.tx(), tenant, webhook);
            return true;
        });
        return Response.noContent().build();
    }

    private static Shown shown(Tx tx, WebhookRow row) {
        Query<DeliveryRow> dead =
                Query.of(DeliveryRow.class).equal("webhookId", row.id).equal("state", "dead");
        return new Shown(
                row.id,
                row.url,
                events(row),
                row.createdBy,
                Views.time(row.createdAt),
                tx.count(Query.of(DeliveryRow.class).equal("webhookId", row.id).equal("state", "waiting")),
                tx.count(dead),
                tx.find(dead.descending("createdAt").limit(DEAD_SHOWN)).stream()
                        .map(one -> new Dead(one.id, one.event, Views.time(one.createdAt), one.tries, one.reason))
                        .toList());
    }

    private static List<String> events(WebhookRow row) {
        return List.of(row.events.split(",", -1));
    }

    private String random(int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
