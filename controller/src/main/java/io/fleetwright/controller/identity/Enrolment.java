package io.fleetwright.controller.identity;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.DesiredSlot;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Optional;

/** Turns a token and a key into a node. The same key gets the same node again, however often it asks. */
public final class Enrolment {
    private static final Duration VALIDITY_MIN = Duration.ofSeconds(10);
    private static final Duration VALIDITY_MAX = Duration.ofDays(398);

    private final Tokens tokens;
    private final Settings settings;
    private final Duration validity;
    private final boolean sparesNames;

    /** As the other, with names that are free as soon as their node is gone. */
    public Enrolment(Tokens tokens, Settings settings, Duration validity) {
        this(tokens, settings, validity, false);
    }

    /**
     * @param validity of the certificates that nodes get
     * @param sparesNames whether a name waits until the certificates that were revoked under it are over: a broker that knows
     *     nothing of keys would take the old board for the new one
     * @throws IllegalArgumentException when it is not from 10 seconds to 398 days
     */
    public Enrolment(Tokens tokens, Settings settings, Duration validity, boolean sparesNames) {
        if (validity.compareTo(VALIDITY_MIN) < 0 || validity.compareTo(VALIDITY_MAX) > 0) {
            throw new IllegalArgumentException("node certificate validity (%s) must be from %s to %s"
                    .formatted(validity, VALIDITY_MIN, VALIDITY_MAX));
        }
        this.tokens = tokens;
        this.settings = settings;
        this.validity = validity;
        this.sparesNames = sparesNames;
    }

    /** How long a node's certificate is good. */
    public Duration validity() {
        return validity;
    }

    /**
     * Enrols, or finds what the key enrolled as before.
     *
     * @param wish name that the board would like; a number is added when another key has it
     * @throws Refusal when the token is unknown, spent or too old, or the wish is no node id
     */
    public NodeAddress enrol(Models.Scope scope, String token, PublicKey key, String wish) {
        Tx tx = scope.tx();
        EnrolmentTokenRow row = tokens.enrolment(tx, token, scope.nowMillis());
        if (!NodeAddress.isId(wish) || !DesiredSlot.isName(wish)) {
            throw Refusal.invalid("node (%s) must match [a-z0-9][a-z0-9-]{0,47}"
                    .formatted(wish.length() <= 60 ? wish : wish.substring(0, 60)));
        }
        String keyId = Revocations.id(row.tenant, key);
        Optional<NodeKeyRow> known = tx.get(NodeKeyRow.class, keyId);
        if (known.isPresent()) {
            return extend(tx, known.get(), scope.nowMillis());
        }
        if (row.usesLeft < 1) {
            throw new Refusal(Refusal.Kind.CONFLICT, "the enrolment token is spent");
        }
        if (tx.count(Query.of(NodeRow.class).equal("tenant", row.tenant)) >= settings.nodesMax()) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "tenant has %d nodes".formatted(settings.nodesMax()));
        }
        row.usesLeft--;
        tx.update(row);
        NodeRow node = new NodeRow();
        node.tenant = row.tenant;
        node.status = Nodes.OFFLINE;
        node.keySha256 = keyId.substring(row.tenant.length() + 1);
        node.labels = row.labels;
        node.createdAt = scope.nowMillis();
        node.lastSeenAt = scope.nowMillis();
        String base = wish.length() <= 44 ? wish : wish.substring(0, 44);
        for (int suffix = 1; suffix <= 999; suffix++) {
            node.node = suffix == 1 ? wish : base + "-" + suffix;
            node.id = row.tenant + "/" + node.node;
            if (!(sparesNames && isStillShown(tx, node.id, scope.nowMillis())) && tx.insertIfAbsent(node)) {
                NodeKeyRow made = new NodeKeyRow();
                made.id = keyId;
                made.tenant = row.tenant;
                made.nodeId = node.id;
                made.issuedAt = scope.nowMillis();
                made.expiresAt = scope.nowMillis() + validity.toMillis();
                tx.insert(made);
                scope.effects().hint(row.tenant, "node", node.node);
                FleetCore.audit(scope, row.tenant, "enrolment", "node.enrolled", node.node);
                return Nodes.address(node);
            }
        }
        throw new Refusal(Refusal.Kind.CONFLICT, "a thousand nodes are called %s already".formatted(wish));
    }

    /** Whether a certificate of that name may still be shown whose key was revoked. */
    private static boolean isStillShown(Tx tx, String nodeId, long nowMillis) {
        return tx.find(Query.of(NodeKeyRow.class).equal("nodeId", nodeId).greater("expiresAt", nowMillis)).stream()
                .anyMatch(key -> key.revokedAt != null);
    }

    /**
     * Notes that a node gets another certificate for its own key.
     *
     * @throws Refusal when the key is not that node's, or was revoked
     */
    public void renew(Models.Scope scope, NodeAddress address, PublicKey key) {
        NodeKeyRow row = scope.tx()
                .get(NodeKeyRow.class, Revocations.id(address.tenant(), key))
                .filter(known -> known.nodeId.equals(address.toString()))
                .orElseThrow(() -> new Refusal(
                        Refusal.Kind.CONFLICT, "a renewal is for the node's own key; another key enrols with a token"));
        extend(scope.tx(), row, scope.nowMillis());
    }

    private NodeAddress extend(Tx tx, NodeKeyRow row, long nowMillis) {
        if (row.revokedAt != null) {
            throw new Refusal(Refusal.Kind.CONFLICT, "the key was revoked");
        }
        row.expiresAt = Math.max(row.expiresAt, nowMillis + validity.toMillis());
        tx.update(row);
        return Nodes.address(tx.get(NodeRow.class, row.nodeId).orElseThrow());
    }
}
