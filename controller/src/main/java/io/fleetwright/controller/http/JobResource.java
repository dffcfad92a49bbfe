package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.TransformReader;
import io.fleetwright.controller.job.DirectInferences;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.Outputs;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Uploads;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Jobs: submit, look, cancel. */
@Path("/api/v1/jobs")
public class JobResource {
    private static final long DEADLINE_MILLIS_DEFAULT = 10_000;
    private static final long DEADLINE_MILLIS_MAX = 600_000;

    private final Controller controller;
    private final Access.Present present;
    private final Submitter submitter;
    private final JobStreams streams;
    private final LargeAnswers large;
    private final OperationResource.Awaiting awaiting;

    JobResource(
            Controller controller,
            Access.Present present,
            Submitter submitter,
            JobStreams streams,
            LargeAnswers large,
            OperationResource.Awaiting awaiting) {
        this.large = large;
        this.awaiting = awaiting;
        this.streams = streams;
        this.controller = controller;
        this.present = present;
        this.submitter = submitter;
    }

    /** Body of a new job. */
    public record NewJob(
            @Nullable String model,
            @Nullable String input,
            @Nullable String inputDigest,
            @Nullable Long deadlineMs,
            @Nullable String device,
            @Nullable String source,
            @Nullable Integer bits,
            @Nullable String sensor,
            @JsonProperty("notify") @Nullable String notifyNode,
            @Nullable String version,
            @Nullable Double energyBudgetMj,
            @Nullable Double accuracyFloor,
            @Nullable Double lossMax,
            @Nullable Integer priority,
            @Nullable Integer attempts,
            @Nullable JsonNode frame,
            @Nullable JsonNode before,
            @Nullable JsonNode after) {}

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        controller.core().direct().settle();
        return controller
                .core()
                .read(scope -> Paging.page(
                        scope.tx(),
                        Query.of(JobRow.class).equal("tenant", tenant),
                        Paging.Order.NEWEST_FIRST,
                        limit,
                        cursor,
                        Views::job));
    }

    @GET
    @Path("/{id}")
    public Object one(@PathParam("id") String id) {
        String tenant = present.tenant();
        controller.core().direct().settle(id);
        return controller
                .core()
                .read(scope -> scope.tx()
                        .get(JobRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> Views.job(scope.tx(), row))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
    }

    /** The bytes of its output, however large; only the newest large ones are kept. */
    @GET
    @Path("/{id}/output")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    @RunOnVirtualThread
    public byte[] output(@PathParam("id") String id, @Context RoutingContext request) throws InterruptedException {
        String tenant = present.tenant();
        controller.core().direct().settle(id);
        JobRow job = controller
                .core()
                .read(scope -> scope.tx()
                        .get(JobRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
        large.enter(request, job.outputBytes == null ? 0 : job.outputBytes);
        return controller.core().read(scope -> read(scope, job));
    }

    /** @throws Refusal when the job has none, or it is not kept any more */
    static byte[] read(Models.Scope scope, JobRow job) {
        try {
            return Outputs.read(scope.tx(), job, scope.nowMillis())
                    .orElseThrow(() -> Refusal.notFound("output", "of job " + job.id));
        } catch (ArtifactException failure) {
            throw Refusal.of(failure);
        }
    }

    /**
     * States of a job as they come, up to its end.
     *
     * @param lastEventId of the last event that a reader that comes back has had
     */
    @GET
    @Path("/{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    public Multi<OutboundSseEvent> events(
            @Context Sse sse, @PathParam("id") String id, @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        String tenant = present.tenant();
        controller.core().direct().settle(id);
        JobStreams.Seen now = seen(tenant, id);
        return streams.of(sse, tenant, id, now.ended() ? null : lastEventId, () -> seen(tenant, id));
    }

    private JobStreams.Seen seen(String tenant, String id) {
        return controller
                .core()
                .run(scope -> scope.tx()
                        .get(JobRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> new JobStreams.Seen(Views.job(scope.tx(), row), !Jobs.OPEN.contains(row.state)))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
    }

    /** @param prefer {@code wait=SECONDS} has the answer come when the job has ended, or after that time */
    @POST
    @RunOnVirtualThread
    public Response create(@HeaderParam("Prefer") @Nullable List<String> prefer, @Nullable NewJob body)
            throws InterruptedException {
        Duration limit = Prefer.await(prefer);
        String tenant = present.tenant();
        JobRow job = awaiting.await(
                () -> submit(tenant, body),
                id -> controller
                        .core()
                        .read(scope -> scope.tx().get(JobRow.class, id).orElseThrow()),
                row -> !Jobs.OPEN.contains(row.state),
                limit);
        boolean answers = !limit.isZero() && !Jobs.OPEN.contains(job.state);
        return OperationResource.Awaiting.begun(
                        Response.status(answers ? 200 : 202)
                                .entity(controller.core().read(scope -> Views.job(scope.tx(), job))),
                        job.id,
                        limit)
                .build();
    }

    private String submit(String tenant, @Nullable NewJob body) {
        String model = ModelResource.required("model", body == null ? null : body.model());
        NewJob asked = Objects.requireNonNull(body);
        JobRow job = submitter.submit(
                tenant,
                model,
                input(asked),
                deadline(asked.deadlineMs()),
                asked.device(),
                source(asked.source(), asked.bits(), asked.sensor()),
                asked.notifyNode(),
                Jobs.Bounds.of(
                        asked.version(),
                        asked.energyBudgetMj(),
                        asked.accuracyFloor(),
                        asked.lossMax(),
                        asked.priority(),
                        asked.attempts()),
                chains(asked.frame(), asked.before(), asked.after()));
        return job.id;
    }

    @POST
    @Path("/{id}/cancel")
    public Object cancel(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "job.cancelled",
                        id,
                        scope -> Views.job(
                                scope.tx(),
                                controller
                                        .core()
                                        .jobs()
                                        .cancel(scope.tx(), scope.effects(), tenant, id, scope.nowMillis())));
    }

    static Duration deadline(@Nullable Long millis) {
        long wanted = millis == null ? DEADLINE_MILLIS_DEFAULT : millis;
        if (wanted < 1 || wanted > DEADLINE_MILLIS_MAX) {
            throw Refusal.invalid("deadline (%d ms) must be from 1 to %d".formatted(wanted, DEADLINE_MILLIS_MAX));
        }
        return Duration.ofMillis(wanted);
    }

    /** The bytes of an input; none when a sensor gives it. */
    private byte[] input(NewJob asked) {
        String text = asked.input();
        String digest = asked.inputDigest();
        if (Stream.of(text, digest, asked.sensor()).filter(Objects::nonNull).count() > 1) {
            throw Refusal.invalid("a job has one of input, inputDigest and sensor");
        }
        if (asked.sensor() != null) {
            return Submitter.NO_INPUT;
        }
        if (digest != null) {
            return submitter.uploaded(present.tenant(), digest);
        }
        try {
            return Base64.getDecoder().decode(ModelResource.required("input", text));
        } catch (IllegalArgumentException notBase64) {
            throw Refusal.invalid("input must be base64");
        }
    }

    /** What is done before and behind a network, as streams and jobs say it. */
    static Chains chains(@Nullable JsonNode frame, @Nullable JsonNode before, @Nullable JsonNode after) {
        return new Chains(
                TransformReader.form("frame", frame),
                TransformReader.chain("before", before),
                TransformReader.chain("after", after));
    }

    static Jobs.@Nullable Source source(@Nullable String device, @Nullable Integer bits, @Nullable String sensor) {
        if (device == null) {
            if (sensor != null) {
                throw Refusal.invalid("sensor (%s) is one of a source, and there is none"
                        .formatted(sensor.length() <= 64 ? sensor : sensor.substring(0, 64) + "..."));
            }
            if (bits != null) {
                throw Refusal.invalid("bits say how values leave the source, and there is none");
            }
            return null;
        }
        return new Jobs.Source(device, bits == null ? Byte.SIZE : bits, sensor);
    }

    /** Submits jobs, with a large input as an artifact. */
    @ApplicationScoped
    public static class Submitter {
        /** A sensor of the source gives it. */
        static final byte[] NO_INPUT = {};

        private final Controller controller;
        private final FrameTransforms frames = new FrameTransforms();

        Submitter(Controller controller) {
            this.controller = controller;
        }

        private byte[] made(String tenant, String model, Jobs.Bounds bounds, Chains chains, byte[] input) {
            if (chains.before().isEmpty()) {
                return input;
            }
            boolean _ = controller.core().read(scope -> {
                Jobs.requireFit(scope.tx(), tenant, model, bounds, chains);
                return true;
            });
            return frames.input(chains, input);
        }

        /** Bytes that the tenant has put here; the same answer when nobody has. */
        byte[] uploaded(String tenant, String digest) {
            return controller.core().run(scope -> {
                String known = Uploads.require(scope.tx(), tenant, digest, scope.nowMillis()).digest;
                try {
                    return Artifacts.of(scope).read(new Digest(known));
                } catch (ArtifactException failure) {
                    throw Refusal.of(failure);
                }
            });
        }

        /** Sends an inference whose caller waits, as soon as there is room; empty when it has to be submitted. */
        Optional<DirectInferences.Sent> send(
                String tenant, String model, byte[] input, Duration deadline, @Nullable String device)
                throws InterruptedException {
            return input.length > Limits.INLINE_TENSOR_BYTES_MAX
                    ? Optional.empty()
                    : controller
                            .core()
                            .direct()
                            .send(tenant, new Jobs.Request(model, input, null, input.length, deadline, device));
        }

        JobRow submit(
                String tenant,
                String model,
                byte[] input,
                Duration deadline,
                @Nullable String device,
                Jobs.@Nullable Source source,
                @Nullable String notifyNode,
                Jobs.Bounds bounds,
                Chains chains) {
            boolean here = source == null || source.sensor() == null;
            // Before the lock of the rows is taken, which transforms of a large frame would hold for long.
            byte[] made = here ? made(tenant, model, bounds, chains, input) : input;
            boolean small = made.length <= Limits.INLINE_TENSOR_BYTES_MAX;
            return controller.core().run(scope -> {
                String digest = small ? null : Artifacts.of(scope).put(made).value();
                JobRow job = controller
                        .core()
                        .jobs()
                        .admit(
                                scope.tx(),
                                scope.effects(),
                                tenant,
                                new Jobs.Request(
                                        model,
                                        small && here ? made : null,
                                        digest,
                                        made.length,
                                        deadline,
                                        device,
                                        source,
                                        notifyNode,
                                        bounds,
                                        chains),
                                scope.nowMillis());
                controller.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
                return scope.tx().get(JobRow.class, job.id).orElseThrow();
            });
        }
    }
}
