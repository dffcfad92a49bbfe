package io.fleetwright.controller.http;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.audit.AuditLog.Verdict;
import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who changed what, and what was refused; newest first. */
@Path("/api/v1/audit")
public class AuditResource {
    private static final int PAGE = 200;
    private static final Pattern CURSOR = Pattern.compile("[0-9]{1,18}");

    private final Controller controller;
    private final Access.Present present;

    AuditResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    record Entry(
            String at,
            String who,
            String action,
            String what,
            @Nullable Long place,
            @Nullable String hash) {}

    /**
     * @param unchained entries from before there was a chain
     * @param firstBreak place of the first entry that is not as it was written
     */
    record Checked(
            boolean intact,
            @Nullable Long entries,
            @Nullable String head,
            @Nullable Long unchained,
            @Nullable Long firstBreak,
            @Nullable String why) {}

    @GET
    public Object entries(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        int rowsMax = limit == null ? PAGE : limit;
        if (rowsMax < 1 || rowsMax > PAGE) {
            throw Refusal.invalid("limit (%d) must be from 1 to %d".formatted(rowsMax, PAGE));
        }
        Query<AuditRow> query = Query.of(AuditRow.class)
                .equal("tenant", present.tenant())
                .descending("id")
                .limit(rowsMax);
        if (cursor != null && !cursor.isEmpty()) {
            if (!CURSOR.matcher(cursor).matches()) {
                throw Refusal.invalid("cursor must be one that a page has named");
            }
            query.less("id", Long.parseLong(cursor));
        }
        List<AuditRow> rows = controller.core().run(scope -> scope.tx().find(query));
        return new Views.Page<>(
                rows.stream()
                        .map(row ->
                                new Entry(Views.time(row.atMillis), row.who, row.action, row.what, row.place, row.hash))
                        .toList(),
                rows.size() < rowsMax ? null : Long.toString(rows.getLast().id));
    }

    /** Checks the whole chain of the caller's tenant. */
    @GET
    @Path("/verify")
    public Object verify() {
        return switch (AuditLog.verify(controller.core(), present.tenant())) {
            case Verdict.Whole(long entries, String head, long unchained) ->
                new Checked(true, entries, head, unchained, null, null);
            case Verdict.Broken(long place, String why) -> new Checked(false, null, null, null, place, why);
        };
    }
}
