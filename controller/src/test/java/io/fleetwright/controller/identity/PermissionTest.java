package io.fleetwright.controller.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.identity.Tokens.Role;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PermissionTest {
    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/nodes, VIEWER, read",
        "HEAD, /api/v1/models/glyphs, VIEWER, read",
        "GET, /api/v1/trust, VIEWER, read",
        "POST, /api/v1/models/glyphs/select, VIEWER, read",
        "POST, /api/v1/models, OPERATOR, models:write",
        "PUT, /api/v1/models/m/versions/1/variants/v, OPERATOR, models:write",
        "POST, /api/v1/rollouts, OPERATOR, rollouts:write",
        "POST, /api/v1/rollouts/r-1/abort, OPERATOR, rollouts:write",
        "POST, /api/v1/rollouts/r-1/approve, APPROVER, rollouts:approve",
        "POST, /api/v1/jobs, OPERATOR, jobs:write",
        "POST, /api/v1/graph-jobs, OPERATOR, jobs:write",
        "POST, /api/v1/graph-jobs/g-1/cancel, OPERATOR, jobs:write",
        "POST, /v2/models/glyphs/infer, OPERATOR, jobs:write",
        "POST, /v2/repository/index, VIEWER, read",
        "POST, /v2/repository/models/glyphs/load, OPERATOR, rollouts:write",
        "POST, /v2/repository/models/glyphs/unload, OPERATOR, rollouts:write",
        "PUT, /api/v1/nodes/n1/labels, OPERATOR, fleet:write",
        "POST, /api/v1/nodes/n1/revoke, ADMIN, admin",
        "DELETE, /api/v1/nodes/n1, ADMIN, admin",
        "GET, /api/v1/tokens, ADMIN, admin",
        "POST, /api/v1/tokens, ADMIN, admin",
        "GET, /api/v1/enrolment-tokens, ADMIN, admin",
        "DELETE, /api/v1/webhooks/w1, ADMIN, admin",
        "POST, /api/v1/trust/rotate, ADMIN, admin",
        "POST, /api/v1/something-new, OPERATOR, fleet:write",
        "DELETE, /elsewhere, OPERATOR, fleet:write",
    })
    void everyOperationNeedsARoleAndAScope(String method, String path, Role role, String scope) {
        assertThat(Permission.needed(method, path)).isEqualTo(new Permission(role, scope));
        assertThat(Permission.SCOPES).contains(scope);
    }

    @Test
    void whoRollsOutDoesNotApproveAndTheOtherWayRound() {
        Permission approve = Permission.needed("POST", "/api/v1/rollouts/r/approve");
        Permission create = Permission.needed("POST", "/api/v1/rollouts");
        assertThat(caller(Role.OPERATOR).lacks(approve)).contains("the role approver");
        assertThat(caller(Role.APPROVER).lacks(create)).contains("the role operator");
        assertThat(caller(Role.APPROVER).lacks(approve)).isEmpty();
        assertThat(caller(Role.ADMIN).lacks(approve)).isEmpty();
        assertThat(caller(Role.APPROVER).lacks(Permission.needed("GET", "/api/v1/rollouts")))
                .isEmpty();
    }

    @Test
    void aTokenWithScopesDoesNothingElse() {
        Caller pushes = caller(Role.OPERATOR, "models:write");
        assertThat(pushes.lacks(Permission.needed("POST", "/api/v1/models"))).isEmpty();
        assertThat(pushes.lacks(Permission.needed("POST", "/api/v1/rollouts"))).contains("the scope rollouts:write");
        assertThat(pushes.lacks(Permission.needed("GET", "/api/v1/models"))).contains("the scope read");
        assertThat(caller(Role.VIEWER, "models:write").lacks(Permission.needed("POST", "/api/v1/models")))
                .as("a scope gives nothing that the role has not")
                .contains("the role operator");
    }

    private static Caller caller(Role role, String... scopes) {
        return new Caller("acme", "ann", role, Set.of(scopes));
    }
}
