package io.fleetwright.controller.identity;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keys that are refused from now on. The rows are the truth; this is what broker and agents' HTTPS ask at every connection and
 * request, brought up to date after each revocation and at every step, so that another controller's revocations count too.
 */
public final class Revocations {
    /** Rows are asked for again for this long, since clocks of controllers differ and transactions take time. */
    private static final long OVERLAP_MILLIS = 60_000;

    private final Set<String> keys = ConcurrentHashMap.newKeySet();
    private long seenUpToMillis = Long.MIN_VALUE + OVERLAP_MILLIS;

    /** Name of a key's row. */
    static String id(String tenant, PublicKey key) {
        return tenant + "/" + HexFormat.of().formatHex(CertificateAuthority.sha256(key));
    }

    /** True when the certificate is a node's whose key was revoked. */
    public boolean isRevoked(X509Certificate certificate) {
        return !keys.isEmpty()
                && CertificateAuthority.nodeOf(certificate)
                        .map(NodeAddress::tenant)
                        .filter(tenant -> keys.contains(id(tenant, certificate.getPublicKey())))
                        .isPresent();
    }

    /**
     * Reads what was revoked since the last time; one thread at a time, which the core's lock sees to.
     *
     * @return true when a key is refused that was not before
     */
    public boolean refresh(Tx tx, long nowMillis) {
        boolean more = false;
        for (NodeKeyRow row :
                tx.find(Query.of(NodeKeyRow.class).atLeast("revokedAt", seenUpToMillis - OVERLAP_MILLIS))) {
            // Certificates that have ended are refused by TLS itself.
            more |= row.expiresAt > nowMillis && keys.add(row.id);
        }
        seenUpToMillis = nowMillis;
        return more;
    }
}
