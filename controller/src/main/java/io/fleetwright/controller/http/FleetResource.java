package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.targeting.Groups;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.targeting.Targets;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Who is there: overview, nodes, devices, enrolment, sign-in. */
@Path("/api/v1")
public class FleetResource {
    private static final long MINUTE_MILLIS = 60_000;

    private final Controller controller;
    private final Access.Present present;

    FleetResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Body of a sign-in. */
    public record SetupRequest(@Nullable String setupToken) {}

    /** Body of a new enrolment token. */
    public record EnrolmentRequest(
            @Nullable Integer uses,
            @Nullable Integer minutes,
            @Nullable Map<String, String> labels) {}

    record Signed(String token, String name, String role) {}

    record WhoAmI(String tenant, String name, String role, List<String> scopes) {}

    /** {@code agentUrl} is where agents reach this controller. */
    record EnrolmentToken(String id, String token, String expiresAt, int uses, String agentUrl) {}

    record Overview(
            Map<String, Long> nodes,
            Map<String, Long> devices,
            long models,
            Map<String, Long> rollouts,
            Map<String, Long> jobs,
            long inferencesLastMinute,
            long droppedMessages) {}

    /** Exchanges the setup token, once. */
    @POST
    @Path("/setup")
    public Response setup(@Nullable SetupRequest request) {
        String text = request == null ? null : request.setupToken();
        if (text == null || text.length() > 200) {
            return Problems.unauthorized();
        }
        return controller
                .core()
                .run(scope -> controller.tokens().exchange(scope.tx(), text.strip(), scope.nowMillis()))
                .map(made ->
                        Response.ok(new Signed(made.text(), "admin", "admin")).build())
                .orElseGet(() -> Problems.of(
                        401, "unauthorized", "unauthorized", "the setup token is unknown, used or too old"));
    }

    @GET
    @Path("/whoami")
    public Object whoami() {
        Tokens.Caller caller = present.caller();
        return new WhoAmI(
                caller.tenant(),
                caller.name(),
                caller.role().word(),
                caller.scopes().stream().sorted().toList());
    }

    @GET
    @Path("/overview")
    public Object overview() {
        String tenant = present.tenant();
        FleetCore core = controller.core();
        return core.run(scope -> {
            Tx tx = scope.tx();
            Map<String, Long> nodes = new TreeMap<>();
            for (String status : List.of("online", "offline", "lost", "unknown", "revoked")) {
                nodes.put(
                        status,
                        tx.count(Query.of(NodeRow.class).equal("tenant", tenant).equal("status", status)));
            }
            Map<String, Long> devices = new TreeMap<>();
            Query<DeviceRow> theirs = Query.of(DeviceRow.class).equal("tenant", tenant);
            for (String deviceClass : tx.distinct(theirs, "deviceClass")) {
                devices.put(
                        deviceClass,
                        tx.count(Query.of(DeviceRow.class)
                                .equal("tenant", tenant)
                                .equal("deviceClass", deviceClass)));
            }
            Map<String, Long> rollouts = new TreeMap<>();
            for (String state : List.of("running", "succeeded", "failed", "rolled-back", "aborted")) {
                rollouts.put(
                        state,
                        tx.count(Query.of(RolloutRow.class)
                                .equal("tenant", tenant)
                                .equal("state", state)));
            }
            Map<String, Long> jobs = new TreeMap<>();
            for (String state :
                    List.of(Jobs.QUEUED, Jobs.RUNNING, Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED)) {
                jobs.put(
                        state,
                        tx.count(Query.of(JobRow.class).equal("tenant", tenant).equal("state", state)));
            }
            long recent = tx.count(Query.of(JobRow.class)
                    .equal("tenant", tenant)
                    .equal("state", Jobs.SUCCEEDED)
                    .greater("finishedAt", scope.nowMillis() - MINUTE_MILLIS));
            return new Overview(
                    nodes,
                    devices,
                    tx.count(Query.of(ModelRow.class).equal("tenant", tenant)),
                    rollouts,
                    jobs,
                    recent,
                    core.droppedMessages());
        });
    }

    @GET
    @Path("/nodes")
    public Object nodes(
            @QueryParam("q") @Nullable String q,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            TargetQuery query = Groups.parse(scope.tx(), tenant, q);
            return Paging.page(
                    scope.tx(),
                    () -> Query.of(NodeRow.class).equal("tenant", tenant),
                    Paging.Order.ASCENDING,
                    limit,
                    cursor,
                    rows -> Targets.fittingNodes(scope.tx(), rows, query),
                    row -> node(scope.tx(), row));
        });
    }

    @GET
    @Path("/nodes/{node}")
    public Response node(@PathParam("node") String node) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            NodeRow row = scope.tx()
                    .get(NodeRow.class, tenant + "/" + node)
                    .orElseThrow(() -> Refusal.notFound("node", node));
            return tagged(row, node(scope.tx(), row));
        });
    }

    private static Response tagged(NodeRow row, Views.Node view) {
        return Response.ok(view).header("ETag", tag(row)).build();
    }

    /** Of its labels, which alone a caller may change. */
    private static String tag(NodeRow row) {
        return Precondition.tag(row.id, Labels.stored(row.labels).json());
    }

    /** Body of a change to a node; a label without a value is taken away. */
    public record NodeChange(@Nullable Map<String, @Nullable String> labels) {}

    /** Changes labels of a node, as a JSON merge patch (RFC 7396). */
    @PATCH
    @Path("/nodes/{node}")
    public Response change(
            @PathParam("node") String node,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            @Nullable NodeChange change) {
        Map<String, @Nullable String> changes = change == null ? null : change.labels();
        if (changes == null) {
            throw Refusal.invalid("the body must hold labels");
        }
        String tenant = present.tenant();
        Precondition condition = new Precondition(ifMatch, null);
        return controller.core().act(tenant, present.who(), "node.labelled", node, scope -> {
            NodeRow row = scope.tx()
                    .get(NodeRow.class, tenant + "/" + node)
                    .orElseThrow(() -> Refusal.notFound("node", node));
            condition.require("node " + node, tag(row), "labels " + row.labels);
            row.labels = Labels.stored(row.labels).changed(changes).json();
            scope.tx().update(row);
            scope.effects().hint(tenant, "node", node);
            return tagged(row, node(scope.tx(), row));
        });
    }

    /** Refuses the node's keys for good, cuts its session, and gives its work to others. */
    @POST
    @Path("/nodes/{node}/revoke")
    public Object revoke(@PathParam("node") String node) {
        NodeRow row = controller.revokeNode(present.tenant(), present.who(), node);
        return Views.node(row, row.lastSeenAt, List.of());
    }

    /** Deletes a node that is revoked or does not come back. */
    @DELETE
    @Path("/nodes/{node}")
    public Response delete(@PathParam("node") String node) {
        controller.deleteNode(present.tenant(), present.who(), node);
        return Response.noContent().build();
    }

    @GET
    @Path("/devices")
    public Object devices(
            @QueryParam("q") @Nullable String q,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            TargetQuery query = Groups.parse(scope.tx(), tenant, q);
            return Paging.page(
                    scope.tx(),
                    () -> Query.of(DeviceRow.class).equal("tenant", tenant),
                    Paging.Order.ASCENDING,
                    limit,
                    cursor,
                    rows -> Targets.fitting(scope.tx(), rows, query),
                    row -> device(scope.tx(), row));
        });
    }

    /** Makes a token that lets boards enrol; its text is in this answer and nowhere else. */
    @POST
    @Path("/enrolment-tokens")
    public Response enrolmentToken(@Nullable EnrolmentRequest request) {
        Integer wantedUses = request == null ? null : request.uses();
        Integer wantedMinutes = request == null ? null : request.minutes();
        int uses = wantedUses == null ? 1 : wantedUses;
        int minutes = wantedMinutes == null ? 60 : wantedMinutes;
        Map<String, String> wantedLabels = request == null ? null : request.labels();
        Labels labels = wantedLabels == null ? Labels.NONE : Labels.of(wantedLabels);
        String tenant = present.tenant();
        Tokens.Made made = controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "enrolment-token.created",
                        "uses=" + uses,
                        scope -> controller
                                .tokens()
                                .makeEnrolment(
                                        scope.tx(),
                                        tenant,
                                        present.who(),
                                        controller.keys().authority().pin(),
                                        new Tokens.Admission(uses, minutes, labels),
                                        scope.nowMillis()));
        return Response.status(201)
                .entity(new EnrolmentToken(
                        made.id(),
                        made.text(),
                        Views.time(made.expiresAt()),
                        uses,
                        "https://%s:%d"
                                .formatted(
                                        controller.config().publicHost(),
                                        controller.config().edgePort())))
                .build();
    }

    private Views.Node node(Tx tx, NodeRow row) {
        return Views.node(
                row,
                controller.core().lastSeenAt(row),
                tx.find(Query.of(DeviceRow.class).equal("nodeId", row.id).ascending("id")).stream()
                        .map(device -> device(tx, device))
                        .toList());
    }

    private static Views.Device device(Tx tx, DeviceRow row) {
        List<SlotRow> slots =
                tx.find(Query.of(SlotRow.class).equal("deviceId", row.id).ascending("id"));
        List<String> digests = slots.stream()
                .flatMap(slot -> java.util.stream.Stream.ofNullable(slot.reportedDigest))
                .toList();
        return Views.device(
                row,
                slots,
                digests.isEmpty()
                        ? List.of()
                        : tx.find(Query.of(VariantRow.class)
                                .equal("tenant", row.tenant)
                                .in("digest", digests)),
                tx.find(Query.of(CostRow.class).equal("deviceId", row.id)));
    }
}
