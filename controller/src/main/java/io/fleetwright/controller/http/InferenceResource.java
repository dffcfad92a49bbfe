package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.DirectInferences;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.wire.ValueForm;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Open Inference Protocol V2, synchronous: the request becomes a job, the scheduler places it, and the answer says which
 * device ran what, in which time, with which energy.
 */
@Path("/v2")
public class InferenceResource {
    private static final String PLATFORM = "fleetwright-int8";
    private static final List<String> EXTENSIONS = List.of("binary_tensor_data", "model_repository");
    /** Longest wait before the row is looked at again, should a hint be lost. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final Duration LEFT_MIN = Duration.ofMillis(1);

    private final Controller controller;
    private final Access.Present present;
    private final JobResource.Submitter submitter;
    private final ChangeHints hints;
    private final ObjectMapper mapper;
    private final LargeAnswers large;
    private final String release;
    /** Places for requests that wait for their inference. */
    private final Semaphore waiting;

    InferenceResource(
            Controller controller,
            Access.Present present,
            JobResource.Submitter submitter,
            ChangeHints hints,
            ObjectMapper mapper,
            LargeAnswers large,
            @ConfigProperty(name = "quarkus.application.version") String release) {
        this.controller = controller;
        this.present = present;
        this.submitter = submitter;
        this.hints = hints;
        this.mapper = mapper;
        this.large = large;
        this.release = release;
        this.waiting = new Semaphore(controller.config().inferencesWaitingMax());
    }

    /** A tensor of a request: one that it gives, or wants. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Tensor(
            @Nullable String name,
            @Nullable List<Long> shape,
            @Nullable String datatype,

            @Schema(implementation = int[].class) @Nullable TensorData data,

            @Nullable TensorParameters parameters) {}

    /** Of the binary tensor data extension; the size is an input's, the choice an output's. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record TensorParameters(
            @JsonProperty("binary_data_size") @Nullable Long binarySize,
            @JsonProperty("binary_data") @Nullable Boolean binary) {}

    /** Ours among the protocol's free parameters, and the extension's own. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Parameters(
            @JsonProperty("binary_data_output") @Nullable Boolean binaryOutput,
            @JsonProperty("energy_budget_mj") @Nullable Double energyBudgetMj,
            @JsonProperty("accuracy_floor") @Nullable Double accuracyFloor,
            @JsonProperty("loss_max") @Nullable Double lossMax,
            @Nullable Integer priority,
            @Nullable Integer attempts,
            @JsonProperty("deadline_ms") @Nullable Long deadlineMs,
            @Nullable String device,
            @Nullable String source,
            @Nullable Integer bits,
            @Nullable String sensor,
            @JsonProperty("notify") @Nullable String notifyNode,
            @Nullable JsonNode frame,
            @Nullable JsonNode before,
            @Nullable JsonNode after) {}

    /** A request. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Request(
            @Nullable String id,
            @Nullable List<Tensor> inputs,
            @Nullable List<Tensor> outputs,
            @Nullable Parameters parameters) {}

    record OutputParameters(
            @JsonProperty("binary_data_size") int binarySize) {}

    /**
     * @param datatype INT8, or what transforms made of it: INT32
     * @param data whole numbers on the wire, of bytes or of four of them, little-endian; absent where they follow the JSON as bytes
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @SuppressWarnings("ArrayRecordComponent")
    record Output(
            String name,
            List<Integer> shape,
            String datatype,

            @Schema(implementation = int[].class) @Nullable Object data,

            @Nullable OutputParameters parameters) {}

    /**
     * Writes bytes as an array of numbers, one after the other: as such an array in memory they would be four times as large.
     *
     * @param wide four bytes make a number
     */
    @JsonSerialize(using = WholeNumbers.class)
    @SuppressWarnings("ArrayRecordComponent")
    record Numbers(byte[] bytes, boolean wide) {}

    static final class WholeNumbers extends JsonSerializer<Numbers> {
        @Override
        public void serialize(Numbers value, JsonGenerator out, SerializerProvider serializers) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(value.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            out.writeStartArray();
            while (bytes.remaining() >= (value.wide() ? Integer.BYTES : 1)) {
                out.writeNumber(value.wide() ? bytes.getInt() : bytes.get());
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
            @JsonProperty("executed_ms") @Nullable Double executedMs,
            @JsonProperty("before_ms") @Nullable Double beforeMs,
            @JsonProperty("after_ms") @Nullable Double afterMs) {}

    record Answer(
            @JsonProperty("model_name") String modelName,
            @JsonProperty("model_version") String modelVersion,
            @Nullable String id,
            List<Output> outputs,
            AnswerParameters parameters) {}

    record Health(boolean ready) {}

    record Server(String name, String version, List<String> extensions) {}

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

    /** The server itself. */
    @GET
    public Object server() {
        return new Server("fleetwright", release, EXTENSIONS);
    }

    @GET
    @Path("/models/{model}")
    public Object metadata(@PathParam("model") String model) {
        return metadata(model, null);
    }

    @GET
    @Path("/models/{model}/versions/{version}")
    public Object versionMetadata(@PathParam("model") String model, @PathParam("version") String version) {
        return metadata(model, version);
    }

    private Metadata metadata(String model, @Nullable String version) {
        String tenant = present.tenant();
        return controller.core().read(scope -> {
            List<VariantRow> variants = variants(scope.tx(), tenant, model, version);
            VariantRow newest = variants.getFirst();
            return new Metadata(
                    model,
                    variants.stream().map(row -> row.version).distinct().toList(),
                    PLATFORM,
                    List.of(new TensorMetadata(newest.inputName, "INT8", Views.numbers(newest.inputShape))),
                    List.of(new TensorMetadata(newest.outputName, "INT8", Views.numbers(newest.outputShape))));
        });
    }

    /** Those that answer alone. */
    private static List<VariantRow> variants(Tx tx, String tenant, String model, @Nullable String version) {
        return all(tx, tenant, model, version).stream()
                .filter(variant -> !variant.isPart())
                .toList();
    }

    /** Those of a model, or of one of its versions, the newest first; at least one. */
    private static List<VariantRow> all(Tx tx, String tenant, String model, @Nullable String version) {
        Query<VariantRow> query =
                Query.of(VariantRow.class).equal("tenant", tenant).equal("model", model);
        List<VariantRow> variants =
                tx.find((version == null ? query : query.equal("version", version)).descending("createdAt"));
        if (variants.isEmpty()) {
            throw version == null
                    ? Refusal.notFound("model", model)
                    : Refusal.notFound("version", "%s of model %s".formatted(version, model));
        }
        return variants;
    }

    @GET
    @Path("/models/{model}/ready")
    public Response modelReady(@PathParam("model") String model) {
        return ready(model, null);
    }

    @GET
    @Path("/models/{model}/versions/{version}/ready")
    public Response versionReady(@PathParam("model") String model, @PathParam("version") String version) {
        return ready(model, version);
    }

    private Response ready(String model, @Nullable String version) {
        String tenant = present.tenant();
        boolean loaded = controller.core().read(scope -> {
            List<VariantRow> variants = all(scope.tx(), tenant, model, version);
            // A node that is away may say for long what it is not to run any more.
            Query<SlotRow> active = Query.of(SlotRow.class)
                    .equal("tenant", tenant)
                    .equal("slot", model)
                    .greater("desiredDigest", "")
                    .equal("reportedState", "active");
            Set<String> digests = scope.tx().distinct(active, "reportedDigest");
            return variants.stream()
                    .map(row -> row.version)
                    .distinct()
                    .anyMatch(one -> Parts.answer(
                            variants.stream()
                                    .filter(row -> row.version.equals(one))
                                    .toList(),
                            digests));
        });
        return Response.status(loaded ? 200 : 503).entity(new Health(loaded)).build();
    }

    @POST
    @Path("/models/{model}/infer")
    @Consumes(MediaType.WILDCARD)
    @RunOnVirtualThread
    public Response infer(
            @PathParam("model") String model,
            @HeaderParam(InferenceBody.HEADER) @Nullable String jsonBytes,
            byte @Nullable [] body,
            @Context RoutingContext connection)
            throws InterruptedException {
        return infer(model, null, jsonBytes, body, connection);
    }

    @POST
    @Path("/models/{model}/versions/{version}/infer")
    @Consumes(MediaType.WILDCARD)
    @RunOnVirtualThread
    public Response versionInfer(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @HeaderParam(InferenceBody.HEADER) @Nullable String jsonBytes,
            byte @Nullable [] body,
            @Context RoutingContext connection)
            throws InterruptedException {
        return infer(model, version, jsonBytes, body, connection);
    }

    private Response infer(
            String model,
            @Nullable String version,
            @Nullable String jsonBytes,
            byte @Nullable [] body,
            RoutingContext connection)
            throws InterruptedException {
        // First: what is refused for lack of places is not to cost what it would have been refused for.
        if (!waiting.tryAcquire()) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY,
                    "%d requests are waiting already"
                            .formatted(controller.config().inferencesWaitingMax()));
        }
        try {
            return inferInPlace(model, version, jsonBytes, body, connection);
        } finally {
            waiting.release();
        }
    }

    private Response inferInPlace(
            String model,
            @Nullable String version,
            @Nullable String jsonBytes,
            byte @Nullable [] body,
            RoutingContext connection)
            throws InterruptedException {
        InferenceBody asked = InferenceBody.read(mapper, jsonBytes, body == null ? new byte[0] : body);
        Request request = asked.request();
        Parameters parameters = request == null ? null : request.parameters();
        Chains chains = parameters == null
                ? Chains.NONE
                : JobResource.chains(parameters.frame(), parameters.before(), parameters.after());
        byte[] input;
        if (parameters != null && parameters.sensor() != null) {
            asked.requireNoInput();
            input = JobResource.Submitter.NO_INPUT;
        } else {
            Form frame = chains.frame();
            input = asked.input(frame != null && frame.type() == Form.Type.INT32);
        }
        requireOutputs(model, request);
        Jobs.Bounds bounds = bounds(version, parameters);
        Duration deadline = JobResource.deadline(parameters == null ? null : parameters.deadlineMs());
        long begunNanos = System.nanoTime();
        String device = parameters == null ? null : parameters.device();
        Jobs.Source source = parameters == null
                ? null
                : JobResource.source(parameters.source(), parameters.bits(), parameters.sensor());
        String notifyNode = parameters == null ? null : parameters.notifyNode();
        DirectInferences.Sent sent = source == null && notifyNode == null && bounds.isNone() && chains.isEmpty()
                ? submitter
                        .send(present.tenant(), model, input, deadline, device)
                        .orElse(null)
                : null;
        if (sent == null) {
            Duration left = left(deadline, System.nanoTime() - begunNanos);
            JobRow job =
                    submitter.submit(present.tenant(), model, input, left, device, source, notifyNode, bounds, chains);
            return answer(asked, await(job.id, left), connection);
        }
        Optional<JobRow> answered = sent.await();
        if (answered.isPresent()) {
            JobRow job = answered.get();
            return succeeded(asked, job, sent.variant(), Views.job(job), Objects.requireNonNull(job.output, "output"));
        }
        controller.core().direct().settle(sent.id());
        return answer(asked, await(sent.id(), left(deadline, System.nanoTime() - begunNanos)), connection);
    }

    /** What a wait for room has left of a deadline: at least a millisecond, in which the job expires as any other. */
    static Duration left(Duration deadline, long passedNanos) {
        Duration left = deadline.minusMillis(TimeUnit.NANOSECONDS.toMillis(passedNanos));
        return left.compareTo(LEFT_MIN) < 0 ? LEFT_MIN : left;
    }

    private static Jobs.Bounds bounds(@Nullable String version, @Nullable Parameters parameters) {
        return parameters == null
                ? Jobs.Bounds.of(version, null, null, null, null, null)
                : Jobs.Bounds.of(
                        version,
                        parameters.energyBudgetMj(),
                        parameters.accuracyFloor(),
                        parameters.lossMax(),
                        parameters.priority(),
                        parameters.attempts());
    }

    /** An answer has the one output that the network has, whether it is asked for by its name or not. */
    private void requireOutputs(String model, @Nullable Request request) {
        List<Tensor> outputs = request == null ? null : request.outputs();
        if (outputs == null || outputs.isEmpty()) {
            return;
        }
        String tenant = present.tenant();
        Set<String> known = controller
                .core()
                .read(scope -> variants(scope.tx(), tenant, model, null).stream()
                        .map(row -> row.outputName)
                        .collect(Collectors.toCollection(TreeSet::new)));
        for (Tensor output : outputs) {
            if (outputs.size() > 1 || output.name() == null || !known.contains(output.name())) {
                throw Refusal.invalid("outputs must name one of %s".formatted(known));
            }
        }
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

    private Response answer(InferenceBody asked, JobRow job, RoutingContext connection) throws InterruptedException {
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
        return succeeded(asked, job, seen.variant(), seen.view(), seen.output());
    }

    private Response succeeded(InferenceBody asked, JobRow job, VariantRow row, Views.Job view, byte[] output) {
        boolean bytes = asked.wantsBytes();
        Request request = asked.request();
        ValueForm form = view.form();
        boolean wide = form != null && form.type().equals("int32");
        Answer answer = new Answer(
                job.model,
                row.version,
                request == null ? null : request.id(),
                List.of(new Output(
                        row.outputName,
                        form == null ? Views.numbers(row.outputShape) : form.shape(),
                        wide ? "INT32" : "INT8",
                        bytes ? null : new Numbers(output, wide),
                        bytes ? new OutputParameters(output.length) : null)),
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
                        view.executedMs(),
                        view.beforeMs(),
                        view.afterMs()));
        return bytes ? binary(answer, output) : Response.ok(answer).build();
    }

    private Response binary(Answer answer, byte[] output) {
        try {
            byte[] json = mapper.writeValueAsBytes(answer);
            byte[] all = Arrays.copyOf(json, json.length + output.length);
            System.arraycopy(output, 0, all, json.length, output.length);
            return Response.ok(all, MediaType.APPLICATION_OCTET_STREAM_TYPE)
                    .header(InferenceBody.HEADER, json.length)
                    .build();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("an answer cannot be written", impossible);
        }
    }
}
