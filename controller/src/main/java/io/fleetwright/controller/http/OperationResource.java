package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Long work in one form, whatever it is: a job, a job of several tasks or a rollout, by its id. */
@Path("/api/v1/operations")
public class OperationResource {
    private final Controller controller;
    private final Access.Present present;
    private final Awaiting awaiting;

    OperationResource(Controller controller, Access.Present present, Awaiting awaiting) {
        this.controller = controller;
        this.present = present;
        this.awaiting = awaiting;
    }

    /** Why something has ended otherwise than it should have. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Failure(String reason, @Nullable String detail) {}

    /**
     * @param done whether it has ended
     * @param href of the thing itself
     * @param error absent while it goes on, and when it succeeded
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Operation(
            String operation,
            String kind,
            String state,
            boolean done,
            String href,
            @Nullable Failure error) {}

    /** @param prefer {@code wait=SECONDS} has the answer come when it has ended, or after that time */
    @GET
    @Path("/{id}")
    @RunOnVirtualThread
    public Response one(@PathParam("id") String id, @HeaderParam("Prefer") @Nullable List<String> prefer)
            throws InterruptedException {
        String tenant = present.tenant();
        Duration limit = Prefer.await(prefer);
        // Before the wait too, so that nobody waits for what is not there.
        var _ = look(tenant, id);
        Operation after = awaiting.await(() -> id, one -> look(tenant, one), Operation::done, limit);
        return Awaiting.applied(Response.ok(after), limit).build();
    }

    private Operation look(String tenant, String id) {
        controller.core().direct().settle(id);
        return controller
                .core()
                .read(scope -> find(scope.tx(), tenant, id))
                .orElseThrow(
                        () -> Refusal.notFound("operation", id.length() <= 120 ? id : id.substring(0, 120) + "..."));
    }

    /** An operation of that id, in the tenant. */
    static Optional<Operation> find(Tx tx, String tenant, String id) {
        return tx.get(JobRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .map(row -> ofJob("job", "jobs", row.id, row.state, row.reason))
                .or(() -> tx.get(GraphRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> ofJob("graph-job", "graph-jobs", row.id, row.state, row.reason)))
                .or(() -> tx.get(RolloutRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(OperationResource::ofRollout));
    }

    private static Operation ofJob(String kind, String list, String id, String state, @Nullable String reason) {
        boolean done = !Jobs.OPEN.contains(state);
        return new Operation(id, kind, state, done, href(list, id), failure(done, Jobs.SUCCEEDED, state, reason, null));
    }

    private static Operation ofRollout(RolloutRow row) {
        boolean done = !row.isOpen();
        return new Operation(
                row.id,
                "rollout",
                row.state,
                done,
                href("rollouts", row.id),
                failure(done, "succeeded", row.state, row.reason, row.detail));
    }

    private static @Nullable Failure failure(
            boolean done, String good, String state, @Nullable String reason, @Nullable String detail) {
        return !done || state.equals(good) ? null : new Failure(reason == null ? state : reason, detail);
    }

    private static String href(String list, String id) {
        return "/api/v1/%s/%s".formatted(list, id);
    }

    /** Requests that wait for what they have begun, or ask about. */
    @ApplicationScoped
    public static class Awaiting {
        private static final int WAITING_MAX = 512;

        private final Waits waits;

        Awaiting(ChangeHints hints) {
            waits = new Waits(WAITING_MAX, hints::watch);
        }

        /** As {@link Waits#run}, with what has ended in place of what is open. */
        <T> T await(Supplier<String> begin, Function<String, T> look, Predicate<T> isDone, Duration limit)
                throws InterruptedException {
            return waits.run(begin, look, isDone.negate(), limit);
        }

        /** The answer to a request that has begun something: where it is followed, and which wait was granted. */
        static Response.ResponseBuilder begun(Response.ResponseBuilder answer, String id, Duration limit) {
            return applied(answer.header("Location", "/api/v1/operations/" + id), limit);
        }

        static Response.ResponseBuilder applied(Response.ResponseBuilder answer, Duration limit) {
            return limit.isZero() ? answer : answer.header("Preference-Applied", "wait=" + limit.toSeconds());
        }
    }
}
