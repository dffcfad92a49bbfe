package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.DirectInferences;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.Query;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Open Inference Protocol V2, synchronous: the request becomes a job, the scheduler places it, and the answer says which
 * device ran what, in which time, with which energy.
 */
@Path("/v2")
public class InferenceResource {
    private static final int ELEMENTS_MAX = 4 * 1024 * 1024;
    /** Longest wait before the row is looked at again, should a hint be lost. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Controller controller;
    private final Access.Present present;
    private final JobResource.Submitter submitter;
    private final ChangeHints hints;
    private final LargeAnswers large;
    /** Places for requests that wait for their inference. */
    private final Semaphore waiting;

    InferenceResource(
            Controller controller,
            Access.Present present,
            JobResource.Submitter submitter,
            ChangeHints hints,
            LargeAnswers large) {
        this.large = large;
        this.controller = controller;
        this.present = present;
        this.submitter = submitter;
        this.hints = hints;
        this.waiting = new Semaphore(controller.config().inferencesWaitingMax());
    }

    /** A tensor of a request or an answer. */
    public record Tensor(
            @Nullable String name,
            @Nullable List<Long> shape,
            @Nullable String datatype,
            @Nullable JsonNode data) {}

    /** Ours among the protocol's free parameters. */
    public record Parameters(
            @JsonProperty("deadline_ms") @Nullable Long deadlineMs,
            @Nullable String device,
            @Nullable String source,
            @Nullable Integer bits,
            @Nullable String sensor,
            @JsonProperty("notify") @Nullable String notifyNode) {}

    /** A request. */
    public record Request(
            @Nullable String id,
            @Nullable List<Tensor> inputs,
            @Nullable Parameters parameters) {}

    /** @param data int8, as whole numbers on the wire */
    @SuppressWarnings("ArrayRecordComponent")
    record Output(
            String name,
            List<Integer> shape,
            String datatype,

            @Schema(implementation = int[].class) @JsonSerialize(using = WholeNumbers.class)
            byte[] data) {}

    /** Writes bytes as an array of numbers, one after the other: as such an array in memory they would be four times as large. */
    static final class WholeNumbers extends JsonSerializer<byte[]> {
        @Override
        public void serialize(byte[] value, JsonGenerator out, SerializerProvider serializers) throws IOException {
            out.writeStartArray();
            for (byte one : value) {
                out.writeNumber(one);
            }
            out.writeEndArray();
        }
    }

    record AnswerParameters(
            String job,
            String node,
            String device,
            String variant,
            @JsonProperty("latency_ms") @Nullable Double latencyMs,
            boolean modelled,
            @JsonProperty("energy_mj") @Nullable Double energyMj,
            @JsonProperty("energy_method") String energyMethod,
            @JsonProperty("energy_uncertainty") @Nullable Double energyUncertainty,
            Views.@Nullable Shared shared,
            Views.@Nullable Frame frame,
            @JsonProperty("executed_ms") @Nullable Double executedMs) {}

    record Answer(
            @JsonProperty("model_name") String modelName,
            @JsonProperty("model_version") String modelVersion,
            @Nullable String id,
            List<Output> outputs,
            AnswerParameters parameters) {}

    record Health(boolean ready) {}

    record Metadata(
            String name,
            List<String> versions,
            String platform,
            List<TensorMetadata> inputs,
            List<TensorMetadata> outputs) {}

    record TensorMetadata(String name, String datatype, List<Integer> shape) {}

    @GET
    @Path("/health/live")
    public Object live() {
        return new Health(true);
    }

    @GET
    @Path("/health/ready")
    public Response ready() {
        boolean ready = controller.isReady();
        return Response.status(ready ? 200 : 503).entity(new Health(ready)).build();
    }

    @GET
    @Path("/models/{model}")
    public Object metadata(@PathParam("model") String model) {
        String tenant = present.tenant();
        return controller.core().read(scope -> {
            List<VariantRow> variants = scope.tx()
                    .find(Query.of(VariantRow.class)
                            .equal("tenant", tenant)
                            .equal("model", model)
                            .descending("createdAt"));
            if (variants.isEmpty()) {
                throw Refusal.notFound("model", model);
            }
            VariantRow newest = variants.get(0);
            return new Metadata(
                    model,
                    variants.stream().map(row -> row.version).distinct().toList(),
                    "fleetwright-int8",
                    List.of(new TensorMetadata(newest.inputName, "INT8", Views.numbers(newest.inputShape))),
                    List.of(new TensorMetadata(newest.outputName, "INT8", Views.numbers(newest.outputShape))));
        });
    }

    @GET
    @Path("/models/{model}/ready")
    public Response modelReady(@PathParam("model") String model) {
        String tenant = present.tenant();
        long loaded = controller.core().read(scope -> {
            if (scope.tx()
                            .count(Query.of(VariantRow.class)
                                    .equal("tenant", tenant)
                                    .equal("model", model))
                    == 0) {
                throw Refusal.notFound("model", model);
            }
            return scope.tx()
                    .count(Query.of(SlotRow.class)
                            .equal("tenant", tenant)
                            .equal("slot", model)
                            .equal("reportedState", "active"));
        });
        return Response.status(loaded > 0 ? 200 : 503)
                .entity(new Health(loaded > 0))
                .build();
    }

    @POST
    @Path("/models/{model}/infer")
    @RunOnVirtualThread
    public Response infer(
            @PathParam("model") String model, @Nullable Request request, @Context RoutingContext connection)
            throws InterruptedException {
        Parameters parameters = request == null ? null : request.parameters();
        byte[] input = input(request, parameters == null ? null : parameters.sensor());
        Duration deadline = JobResource.deadline(parameters == null ? null : parameters.deadlineMs());
        if (!waiting.tryAcquire()) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d requests are waiting already"
                            .formatted(controller.config().inferencesWaitingMax()));
        }
        try {
            String device = parameters == null ? null : parameters.device();
            Jobs.Source source = parameters == null
                    ? null
                    : JobResource.source(parameters.source(), parameters.bits(), parameters.sensor());
            String notifyNode = parameters == null ? null : parameters.notifyNode();
            DirectInferences.Sent sent = source == null && notifyNode == null
                    ? submitter
                            .send(present.tenant(), model, input, deadline, device)
                            .orElse(null)
                    : null;
            if (sent == null) {
                JobRow job = submitter.submit(present.tenant(), model, input, deadline, device, source, notifyNode);
                return answer(request, await(job.id, deadline), connection);
            }
            Optional<JobRow> answered = sent.await();
            if (answered.isPresent()) {
                JobRow job = answered.get();
                return succeeded(
                        request, job, sent.variant(), Views.job(job), Objects.requireNonNull(job.output, "output"));
            }
            controller.core().direct().settle(sent.id());
            return answer(request, await(sent.id(), deadline), connection);
        } finally {
            waiting.release();
        }
    }

    private static byte[] input(@Nullable Request request, @Nullable String sensor) {
        List<Tensor> inputs = request == null ? null : request.inputs();
        if (sensor != null) {
            if (inputs != null && !inputs.isEmpty()) {
                throw Refusal.invalid("a request has either inputs or a sensor");
            }
            return JobResource.Submitter.NO_INPUT;
        }
        if (inputs == null || inputs.size() != 1) {
            throw Refusal.invalid("inputs must hold one tensor");
        }
        return bytes(inputs.getFirst());
    }

    private JobRow await(String id, Duration deadline) throws InterruptedException {
        long until = System.nanoTime() + deadline.toNanos() + LOOK_AGAIN.toNanos() * 2;
        while (true) {
            ChangeHints.JobWait wait = hints.watch(id);
            JobRow job = controller
                    .core()
                    .read(scope -> scope.tx().get(JobRow.class, id).orElseThrow());
            if (!job.state.equals(Jobs.QUEUED) && !job.state.equals(Jobs.RUNNING) || System.nanoTime() >= until) {
                wait.await(Duration.ZERO);
                return job;
            }
            wait.await(LOOK_AGAIN);
        }
    }

    private Response answer(@Nullable Request request, JobRow job, RoutingContext connection)
            throws InterruptedException {
        if (!job.state.equals(Jobs.SUCCEEDED)) {
            int status = job.state.equals(Jobs.EXPIRED) ? 504 : 503;
            return Problems.of(
                    status,
                    "job-" + job.state,
                    "inference " + job.state,
                    "job %s: %s".formatted(job.id, job.reason == null ? "no reason given" : job.reason));
        }
        large.enter(connection, job.outputBytes == null ? 0 : job.outputBytes);
        record Seen(VariantRow variant, Views.Job view, byte[] output) {}
        Seen seen = controller
                .core()
                .read(scope -> new Seen(
                        scope.tx()
                                .get(
                                        VariantRow.class,
                                        "%s/%s/%s/%s".formatted(job.tenant, job.model, job.version, job.variant))
                                .orElseThrow(),
                        Views.job(scope.tx(), job),
                        JobResource.read(scope, job)));
        return succeeded(request, job, seen.variant(), seen.view(), seen.output());
    }

    private static Response succeeded(
            @Nullable Request request, JobRow job, VariantRow row, Views.Job view, byte[] output) {
        return Response.ok(new Answer(
                        job.model,
                        row.version,
                        request == null ? null : request.id(),
                        List.of(new Output(row.outputName, Views.numbers(row.outputShape), "INT8", output)),
                        new AnswerParameters(
                                job.id,
                                String.valueOf(view.node()),
                                String.valueOf(view.device()),
                                row.variant,
                                view.latencyMs(),
                                job.modelled,
                                view.energyMj(),
                                job.energyMethod,
                                job.energyUncertainty,
                                view.shared(),
                                view.frame(),
                                view.executedMs())))
                .build();
    }

    private static byte[] bytes(Tensor tensor) {
        if (!"INT8".equals(tensor.datatype())) {
            throw Refusal.invalid("datatype (%s) must be INT8".formatted(tensor.datatype()));
        }
        JsonNode data = tensor.data();
        List<Long> shape = tensor.shape();
        if (data == null || !data.isArray() || shape == null || shape.isEmpty()) {
            throw Refusal.invalid("the input tensor must have shape and data");
        }
        long elements = 1;
        for (Long size : shape) {
            if (size == null || size < 1 || size > ELEMENTS_MAX || elements * size > ELEMENTS_MAX) {
                throw Refusal.invalid("shape %s must have 1 to %d elements".formatted(shape, ELEMENTS_MAX));
            }
            elements *= size;
        }
        byte[] bytes = new byte[(int) elements];
        int filled = 0;
        ArrayDeque<java.util.Iterator<JsonNode>> open = new ArrayDeque<>();
        open.push(data.elements());
        while (!open.isEmpty()) {
            if (!open.element().hasNext()) {
                open.pop();
                continue;
            }
            JsonNode next = open.element().next();
            if (next.isArray()) {
                open.push(next.elements());
            } else if (next.isIntegralNumber() && next.asLong() >= -128 && next.asLong() <= 127) {
                if (filled == bytes.length) {
                    throw Refusal.invalid("data has more than the %d elements of its shape".formatted(elements));
                }
                bytes[filled++] = (byte) next.asInt();
            } else {
                throw Refusal.invalid("data[%d] (%s) must be a whole number from -128 to 127".formatted(filled, next));
            }
        }
        if (filled != bytes.length) {
            throw Refusal.invalid("data has %d elements, its shape %s has %d".formatted(filled, shape, elements));
        }
        return bytes;
    }
}
