package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.repository.ModelRepository;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.Query;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The model repository extension of the Open Inference Protocol V2: what is loaded, a model loaded by a rollout with its
 * defaults, and taken off every device.
 */
@Path("/v2/repository")
@Consumes(MediaType.APPLICATION_JSON) // And whatever has no content type because it has no body.
public class RepositoryResource {
    /** Requests that wait for their rollout at a time. */
    private static final int WAITING_MAX = 64;

    private static final long WAIT_MILLIS_MAX = 60_000;

    private final Controller controller;
    private final Access.Present present;
    private final Waits waits;

    RepositoryResource(Controller controller, Access.Present present, ChangeHints hints) {
        this.controller = controller;
        this.present = present;
        this.waits = new Waits(WAITING_MAX, hints::watch);
    }

    /** Body of an index; {@code ready} lists only what answers inferences. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record IndexRequest(@Nullable Boolean ready) {}

    record IndexEntry(String name, String version, ModelRepository.State state, String reason) {}

    /** Body of a load. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LoadRequest(@Nullable LoadParameters parameters) {}

    /**
     * Ours among the protocol's free parameters; others are ignored.
     *
     * @param version absent means the newest one that is approved
     * @param query RSQL of the devices; absent means all
     * @param allowUnapproved a named version need not be approved
     * @param waitMs longest wait for the rollout's end, 0 to 60,000; absent means 60,000
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LoadParameters(
            @Nullable String version,
            @Nullable String query,
            @JsonProperty("allow_unapproved") @Nullable Boolean allowUnapproved,
            @JsonProperty("wait_ms") @Nullable Long waitMs) {}

    /** Body of an unload, whose parameters mean nothing here. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record UnloadRequest(@Nullable JsonNode parameters) {}

    record Loading(String rollout, String state) {}

    record Unloaded(int devices) {}

    @POST
    @Path("/index")
    public List<IndexEntry> index(@Nullable IndexRequest request) {
        boolean ready = request != null && Boolean.TRUE.equals(request.ready());
        String tenant = present.tenant();
        return controller
                .core()
                .read(scope -> ModelRepository.index(
                        scope.tx(), tenant, ready ? ModelRepository.Listed.READY : ModelRepository.Listed.ALL))
                .stream()
                .map(entry -> new IndexEntry(entry.model(), entry.version(), entry.state(), entry.reason()))
                .toList();
    }

    @POST
    @Path("/models/{model}/load")
    @RunOnVirtualThread
    public Response load(@PathParam("model") String model, @Nullable LoadRequest request) throws InterruptedException {
        LoadParameters parameters = request == null || request.parameters() == null
                ? new LoadParameters(null, null, null, null)
                : request.parameters();
        long waitMillis = parameters.waitMs() == null ? WAIT_MILLIS_MAX : parameters.waitMs();
        if (waitMillis < 0 || waitMillis > WAIT_MILLIS_MAX) {
            throw Refusal.invalid("wait_ms (%d) must be from 0 to %d".formatted(waitMillis, WAIT_MILLIS_MAX));
        }
        FleetCore core = controller.core();
        String tenant = present.tenant();
        String who = present.who();
        RolloutRow rollout = waits.run(
                () -> begin(core, tenant, who, model, parameters),
                id -> core.read(scope -> scope.tx().get(RolloutRow.class, id).orElseThrow()),
                RolloutRow::isOpen,
                Duration.ofMillis(waitMillis));
        if (!rollout.isOpen() && !rollout.state.equals("succeeded")) {
            return Problems.of(
                    503,
                    "rollout-" + rollout.state,
                    "rollout " + rollout.state,
                    core.read(scope -> why(scope, rollout)));
        }
        return Response.status(rollout.isOpen() ? 202 : 200)
                .entity(new Loading(rollout.id, rollout.state))
                .build();
    }

    private static String begin(FleetCore core, String tenant, String who, String model, LoadParameters parameters) {
        return core.act(
                        tenant,
                        who,
                        "rollout.created",
                        made -> made.model + " " + made.version,
                        scope -> create(core, scope, tenant, model, parameters))
                .id;
    }

    private static RolloutRow create(
            FleetCore core, Models.Scope scope, String tenant, String model, LoadParameters parameters) {
        Models.requireModel(scope.tx(), tenant, model);
        String version = parameters.version() == null
                ? ModelRepository.newestApproved(scope.tx(), tenant, model)
                : parameters.version();
        Rollouts rollouts = core.rollouts();
        Rollouts.Request request = new Rollouts.Request(
                model,
                version,
                List.of(),
                List.of(),
                parameters.query(),
                List.of(),
                rollouts.percents(List.of()),
                null,
                null,
                null,
                Boolean.TRUE.equals(parameters.allowUnapproved()) ? Set.of(Rollouts.Allowance.UNAPPROVED) : Set.of(),
                null);
        return rollouts.create(scope.tx(), scope.effects(), tenant, request, scope.nowMillis());
    }

    /** Why a rollout has ended otherwise, with a device that it failed on. */
    private static String why(Models.Scope scope, RolloutRow rollout) {
        String reason = "rollout %s of %s %s: %s"
                .formatted(
                        rollout.id,
                        rollout.model,
                        rollout.version,
                        rollout.reason == null ? "no reason given" : rollout.reason);
        return scope
                .tx()
                .find(Query.of(TargetRow.class)
                        .equal("rolloutId", rollout.id)
                        .greater("failure", "")
                        .ascending("id")
                        .limit(1))
                .stream()
                .findFirst()
                .map(target ->
                        "%s, for example %s/%s: %s".formatted(reason, target.node, target.device, target.failure))
                .orElse(reason);
    }

    @POST
    @Path("/models/{model}/unload")
    public Unloaded unload(@PathParam("model") String model, @Nullable UnloadRequest request) {
        JsonNode parameters = request == null ? null : request.parameters();
        if (parameters != null && !parameters.isNull() && !parameters.isObject()) {
            throw Refusal.invalid("parameters must be an object");
        }
        FleetCore core = controller.core();
        String tenant = present.tenant();
        int devices = core.act(
                tenant,
                present.who(),
                "model.unloaded",
                count -> "%s from %d devices".formatted(model, count),
                scope -> core.repository().unload(scope, tenant, model));
        return new Unloaded(devices);
    }
}
