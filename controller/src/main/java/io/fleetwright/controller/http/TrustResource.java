package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.release.DocumentRow;
import io.fleetwright.controller.release.ReleaseRow;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.Root;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The signing set: its keys, what each line has released, and other keys for a role. */
@Path("/api/v1/trust")
public class TrustResource {
    private final Controller controller;
    private final Access.Present present;

    TrustResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    record Keys(String role, int threshold, List<String> keys) {}

    record Line(String line, long version, String expiresAt, long artifacts, long release, long downgradeTo) {}

    record Shown(long root, String issuedAt, String expiresAt, List<Keys> roles, List<Line> lines) {}

    /** Body of a rotation. */
    public record Rotation(@Nullable String role) {}

    @GET
    public Object show() {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            Root root = controller.keys().release().newest();
            List<Line> lines = scope
                    .tx()
                    .find(Query.of(DocumentRow.class)
                            .equal("tenant", tenant)
                            .equal("kind", "targets")
                            .ascending("line"))
                    .stream()
                    .map(row -> {
                        List<ReleaseRow> released = scope.tx()
                                .find(Query.of(ReleaseRow.class)
                                        .equal("tenant", tenant)
                                        .equal("line", row.line));
                        long newest = released.stream()
                                .mapToLong(one -> one.counter)
                                .max()
                                .orElse(0);
                        return new Line(
                                row.line,
                                row.version,
                                Instant.ofEpochMilli(row.expiresAt).toString(),
                                released.size(),
                                newest,
                                row.downgradeTo);
                    })
                    .toList();
            return new Shown(
                    root.version(),
                    root.issued().toString(),
                    root.expires().toString(),
                    Role.ALL.stream()
                            .map(role -> new Keys(
                                    role.word(),
                                    root.keysOf(role).threshold(),
                                    root.keysOf(role).keyIds()))
                            .toList(),
                    lines);
        });
    }

    /** Gives a role a new key; what the old one signed counts no longer, and online nodes are told at once. */
    @POST
    @Path("/rotate")
    public Object rotate(@Nullable Rotation body) {
        String word = body == null ? null : body.role();
        Role role = Role.ALL.stream()
                .filter(each -> each.word().equals(word))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("role must be one of "
                        + String.join(", ", Role.ALL.stream().map(Role::word).toList())));
        controller.rotate(present.tenant(), present.who(), role);
        return show();
    }
}
