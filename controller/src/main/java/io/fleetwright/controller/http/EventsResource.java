package io.fleetwright.controller.http;

import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Change hints as server-sent events: something changed, look again. */
@Path("/api/v1/events")
public class EventsResource {
    private static final Duration PING = Duration.ofSeconds(15);
    /** Hints kept for a slow reader; older ones are dropped, since the next look shows everything. */
    private static final int BUFFERED_MAX = 256;

    private static final int STREAMS_MAX = 2048;
    private static final int STREAMS_OF_TENANT_MAX = 512;
    /** Of a stream whose caller may hear no more; it ends there. */
    private static final String OVER = "over";

    private static final System.Logger LOG = System.getLogger(EventsResource.class.getName());

    private final Vertx vertx;
    private final Access.Present present;
    private final StreamPlaces places = new StreamPlaces("streams of events", STREAMS_OF_TENANT_MAX, STREAMS_MAX);

    private final HintRing ring;

    EventsResource(Vertx vertx, ChangeHints hints, Access.Present present) {
        this.ring = hints.ring();
        this.vertx = vertx;
        this.present = present;
    }

    /** @param lastEventId where a reader that comes back stopped; it hears what it missed, or {@code reset} when that is too much */
    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    public Multi<OutboundSseEvent> events(
            @Context Sse sse, @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        String tenant = present.tenant();
        Supplier<Optional<Caller>> again = present.again();
        StreamPlaces.Place place = places.take(tenant);
        Multi<OutboundSseEvent> changes = Multi.createFrom()
                .<OutboundSseEvent>emitter(emitter -> {
                    Object turn = new Object();
                    long[] told = {-1};
                    // What is published while the missed hints are told waits for its turn.
                    synchronized (turn) {
                        MessageConsumer<JsonObject> consumer = vertx.eventBus()
                                .consumer(ChangeHints.ADDRESS, (Message<JsonObject> message) -> {
                                    JsonObject hint = message.body();
                                    synchronized (turn) {
                                        if (hint.getLong("number") > told[0]
                                                && tenant.equals(hint.getString("tenant"))) {
                                            emitter.emit(change(
                                                    sse,
                                                    hint.getLong("number"),
                                                    hint.getString("kind"),
                                                    hint.getString("id")));
                                        }
                                    }
                                });
                        emitter.onTermination(() -> {
                            var _ = consumer.unregister();
                        });
                        if (lastEventId != null) {
                            told[0] = ring.last();
                            missed(sse, tenant, lastEventId, told[0]).forEach(emitter::emit);
                        }
                    }
                })
                .onOverflow()
                .buffer(BUFFERED_MAX);
        Multi<OutboundSseEvent> pings = Multi.createFrom()
                .ticks()
                .startingAfter(Duration.ofMillis(1))
                .every(PING)
                .onOverflow()
                .drop()
                .map(_ -> sse.newEventBuilder()
                        .name(isStill(tenant, again) ? "ping" : OVER)
                        .mediaType(MediaType.TEXT_PLAIN_TYPE)
                        .data("{}")
                        .build());
        return Multi.createBy()
                .merging()
                .streams(changes, pings)
                .select()
                .first(event -> !OVER.equals(event.getName()))
                .onTermination()
                .invoke(place::leave);
    }

    private static boolean isStill(String tenant, Supplier<Optional<Caller>> again) {
        try {
            return again.get().filter(caller -> caller.tenant().equals(tenant)).isPresent();
        } catch (StoreException failure) {
            // A database that is away for a moment has revoked nobody; the next look asks it again.
            LOG.log(System.Logger.Level.DEBUG, "events.caller_unknown", failure);
            return true;
        }
    }

    private List<OutboundSseEvent> missed(Sse sse, String tenant, String lastEventId, long last) {
        return ring.after(lastEventId)
                .map(hints -> hints.stream()
                        .filter(hint ->
                                hint.number() <= last && hint.hint().tenant().equals(tenant))
                        .map(hint -> change(
                                sse,
                                hint.number(),
                                hint.hint().kind(),
                                hint.hint().id()))
                        .toList())
                .orElseGet(() -> List.of(sse.newEventBuilder()
                        .name("reset")
                        .id(ring.id(last))
                        .mediaType(MediaType.TEXT_PLAIN_TYPE)
                        .data("{}")
                        .build()));
    }

    private OutboundSseEvent change(Sse sse, long number, String kind, String id) {
        return sse.newEventBuilder()
                .name("change")
                .id(ring.id(number))
                .mediaType(MediaType.TEXT_PLAIN_TYPE)
                .data(new JsonObject().put("kind", kind).put("id", id).encode())
                .build();
    }
}
