package io.fleetwright.controller.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.trust.Digest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One job's states as server-sent events, up to its end. An event's id is a digest of what it says, so that a reader that comes
 * back, even to a controller that was started anew, is not told again what it has seen; what a job passed through meanwhile is not
 * kept. The end is always told.
 */
@ApplicationScoped
public class JobStreams {
    /** Open at a time. */
    static final int STREAMS_MAX = 512;

    static final int STREAMS_OF_TENANT_MAX = 64;
    /** Longest wait before the row is looked at again, should a hint be lost. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final long PING_NANOS = Duration.ofSeconds(15).toNanos();
    private static final int BUFFERED_MAX = 64;
    private static final int ID_CHARS = 16;

    private final ChangeHints hints;
    private final ObjectMapper mapper;
    private final StreamPlaces places = new StreamPlaces("streams of job events", STREAMS_OF_TENANT_MAX, STREAMS_MAX);

    JobStreams(ChangeHints hints, ObjectMapper mapper) {
        this.hints = hints;
        this.mapper = mapper;
    }

    /** What a job is like now. */
    record Seen(Object view, boolean ended) {}

    /**
     * Begins a stream.
     *
     * @param seen the last event that the reader has had, absent for a new one
     * @param look reads the job; called on a thread of the stream's own
     * @throws Refusal when too many are open
     */
    Multi<OutboundSseEvent> of(Sse sse, String tenant, String job, @Nullable String seen, Supplier<Seen> look) {
        StreamPlaces.Place place = places.take(tenant);
        return Multi.createFrom()
                .<OutboundSseEvent>emitter(emitter -> {
                    AtomicBoolean gone = new AtomicBoolean();
                    emitter.onTermination(() -> {
                        gone.set(true);
                        place.leave();
                    });
                    // Never interrupted: that would close the database's file under a read.
                    Thread.ofVirtual().name("job-events").start(() -> tell(sse, job, seen, look, emitter, gone));
                })
                .onOverflow()
                .buffer(BUFFERED_MAX);
    }

    private void tell(
            Sse sse,
            String job,
            @Nullable String seen,
            Supplier<Seen> look,
            MultiEmitter<? super OutboundSseEvent> emitter,
            AtomicBoolean gone) {
        String last = seen == null ? "" : seen;
        long spokeNanos = System.nanoTime();
        try {
            while (!gone.get()) {
                ChangeHints.JobWait wait = hints.watch(job);
                Seen now = look.get();
                String data = mapper.writeValueAsString(now.view());
                String id =
                        Digest.of(data.getBytes(StandardCharsets.UTF_8)).hex().substring(0, ID_CHARS);
                if (now.ended() || !id.equals(last)) {
                    emitter.emit(event(sse, now.ended() ? "end" : "state", id, data));
                    last = id;
                    spokeNanos = System.nanoTime();
                } else if (System.nanoTime() - spokeNanos > PING_NANOS) {
                    emitter.emit(event(sse, "ping", last, "{}"));
                    spokeNanos = System.nanoTime();
                }
                if (now.ended()) {
                    wait.await(Duration.ZERO);
                    emitter.complete();
                    return;
                }
                wait.await(LOOK_AGAIN);
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        } catch (JsonProcessingException | RuntimeException failure) {
            // The job was deleted, or the database does not answer: the reader comes back and is told which.
            emitter.fail(failure);
        }
    }

    private static OutboundSseEvent event(Sse sse, String name, String id, String data) {
        return sse.newEventBuilder()
                .name(name)
                .id(id)
                .mediaType(MediaType.TEXT_PLAIN_TYPE)
                .data(data)
                .build();
    }
}
