package io.fleetwright.controller.http;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;

/** Change hints as server-sent events: something changed, look again. */
@Path("/api/v1/events")
public class EventsResource {
    private static final Duration PING = Duration.ofSeconds(15);
    /** Hints kept for a slow reader; older ones are dropped, since the next look shows everything. */
    private static final int BUFFERED_MAX = 256;

    private final Vertx vertx;
    private final Access.Present present;

    EventsResource(Vertx vertx, Access.Present present) {
        this.vertx = vertx;
        this.present = present;
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    public Multi<OutboundSseEvent> events(@Context Sse sse) {
        String tenant = present.tenant();
        Multi<OutboundSseEvent> changes = Multi.createFrom()
                .<JsonObject>emitter(emitter -> {
                    MessageConsumer<JsonObject> consumer = vertx.eventBus()
                            .consumer(
                                    ChangeHints.ADDRESS, (Message<JsonObject> message) -> emitter.emit(message.body()));
                    emitter.onTermination(() -> {
                        var _ = consumer.unregister();
                    });
                })
                .onOverflow()
                .buffer(BUFFERED_MAX)
                .filter(hint -> tenant.equals(hint.getString("tenant")))
                .map(hint -> sse.newEventBuilder()
                        .name("change")
                        .mediaType(MediaType.TEXT_PLAIN_TYPE)
                        .data(new JsonObject()
                                .put("kind", hint.getString("kind"))
                                .put("id", hint.getString("id"))
                                .encode())
                        .build());
        Multi<OutboundSseEvent> pings = Multi.createFrom()
                .ticks()
                .startingAfter(Duration.ofMillis(1))
                .every(PING)
                .onOverflow()
                .drop()
                .map(_ -> sse.newEventBuilder()
                        .name("ping")
                        .mediaType(MediaType.TEXT_PLAIN_TYPE)
                        .data("{}")
                        .build());
        return Multi.createBy().merging().streams(changes, pings);
    }
}
