package io.fleetwright.controller.identity;

import io.fleetwright.controller.identity.Tokens.Role;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What an operation of the API needs: a role, and of a token that is limited to scopes, this one among them. */
public record Permission(Role role, String scope) {
    public static final String READ = "read";
    public static final String ADMIN = "admin";

    private static final String MODELS = "models:write";
    private static final String ROLLOUTS = "rollouts:write";
    private static final String APPROVE = "rollouts:approve";
    private static final String JOBS = "jobs:write";
    /** Everything else that an operator may change. */
    private static final String FLEET = "fleet:write";

    /** Every scope that a token may be limited to. */
    public static final List<String> SCOPES = List.of(READ, MODELS, ROLLOUTS, APPROVE, JOBS, FLEET, ADMIN);

    private static final Map<String, String> BY_COLLECTION = Map.of(
            "models", MODELS, "rollouts", ROLLOUTS, "jobs", JOBS, "graph-jobs", JOBS, "inputs", JOBS, "streams", JOBS);
    /** Whom nodes and people trust. */
    private static final Set<String> TRUST = Set.of("enrolment-tokens", "tokens", "webhooks", "trust");

    private static final Pattern TAKES_NODES_OUT = Pattern.compile("/api/v1/nodes/[^/]+(/revoke)?");
    private static final Pattern APPROVAL = Pattern.compile("/api/v1/rollouts/[^/]+/approve");
    /** Asks, and changes nothing. */
    private static final Pattern DRY_RUN = Pattern.compile("/api/v1/models/[^/]+/select|/v2/repository/index");
    /** Changes which devices run a model, as a rollout does. */
    private static final String REPOSITORY = "/v2/repository/";

    /** Pure. Secrets' lists are an administrator's to read too, all other reading is a viewer's. */
    public static Permission needed(String method, String path) {
        boolean reads = method.equals("GET")
                || method.equals("HEAD")
                || DRY_RUN.matcher(path).matches();
        String[] parts = path.split("/", -1);
        String collection = parts.length > 3 && path.startsWith("/api/v1/") ? parts[3] : "";
        if (TRUST.contains(collection) && !(reads && collection.equals("trust"))) {
            return new Permission(Role.ADMIN, ADMIN);
        }
        if (reads) {
            return new Permission(Role.VIEWER, READ);
        }
        if (collection.equals("nodes") && takesOut(method, path)) {
            return new Permission(Role.ADMIN, ADMIN);
        }
        if (APPROVAL.matcher(path).matches()) {
            return new Permission(Role.APPROVER, APPROVE);
        }
        if (path.startsWith(REPOSITORY)) {
            return new Permission(Role.OPERATOR, ROLLOUTS);
        }
        return new Permission(
                Role.OPERATOR, path.startsWith("/v2/") ? JOBS : BY_COLLECTION.getOrDefault(collection, FLEET));
    }

    private static boolean takesOut(String method, String path) {
        return TAKES_NODES_OUT.matcher(path).matches() && (method.equals("DELETE") || path.endsWith("/revoke"));
    }
}
