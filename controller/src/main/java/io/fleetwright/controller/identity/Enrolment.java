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
import java.util.HexFormat;
import java.util.Optional;

/** Turns a token and a key into a node. The same key gets the same node again, however often it asks. */
public final class Enrolment {
    private final Tokens tokens;
    private final Settings settings;

    public Enrolment(Tokens tokens, Settings settings) {
        this.tokens = tokens;
        this.settings = settings;
    }

    /**
     * Enrols, or finds what the key enrolled as before.
     *
     * @param wish name that the board would like; a number is added when another key has it
     * @throws Refusal when the token is unknown, spent or too old, or the wish is no node id
     */
    public NodeAddress enrol(Models.Scope scope, String token, PublicKey key, String wish) {
        Tx tx = scope.tx();
        EnrolmentTokenRow row = tokens.enrolment(tx, token, scope.nowMillis())
                .orElseThrow(() -> Refusal.notFound("enrolment token", "with that text"));
        if (!NodeAddress.isId(wish) || !DesiredSlot.isName(wish)) {
            throw Refusal.invalid("node (%s) must match [a-z0-9][a-z0-9-]{0,47}"
                    .formatted(wish.length() <= 60 ? wish : wish.substring(0, 60)));
        }
        String keySha256 = HexFormat.of().formatHex(CertificateAuthority.sha256(key));
        Optional<NodeRow> known = tx
                .find(Query.of(NodeRow.class)
                        .equal("tenant", row.tenant)
                        .equal("keySha256", keySha256)
                        .limit(1))
                .stream()
                .findFirst();
        if (known.isPresent()) {
            return Nodes.address(known.get());
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
        node.keySha256 = keySha256;
        node.labels = row.labels;
        node.createdAt = scope.nowMillis();
        node.lastSeenAt = scope.nowMillis();
        String base = wish.length() <= 44 ? wish : wish.substring(0, 44);
        for (int suffix = 1; suffix <= 999; suffix++) {
            node.node = suffix == 1 ? wish : base + "-" + suffix;
            node.id = row.tenant + "/" + node.node;
            if (tx.insertIfAbsent(node)) {
                scope.effects().hint(row.tenant, "node", node.node);
                FleetCore.audit(scope, row.tenant, "enrolment", "node.enrolled", node.node);
                return Nodes.address(node);
            }
        }
        throw new Refusal(Refusal.Kind.CONFLICT, "a thousand nodes are called %s already".formatted(wish));
    }
}
