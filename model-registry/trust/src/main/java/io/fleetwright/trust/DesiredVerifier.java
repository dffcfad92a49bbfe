package io.fleetwright.trust;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import org.jspecify.annotations.Nullable;

/** Decides whether a node may apply a signed desired list. Stateless: the version floor is the caller's to keep. */
public final class DesiredVerifier {
    private final String tenant;
    private final String node;
    private final String trustedKeyId;
    private final PublicKey trustedKey;
    private final @Nullable Provider provider;

    /**
     * @param spki the controller's public signing key, as handed over at enrolment
     * @throws IllegalArgumentException when it is no Ed25519 key
     */
    public DesiredVerifier(String tenant, String node, byte[] spki) {
        this(tenant, node, spki, null);
    }

    /**
     * @param spki the controller's public signing key, as handed over at enrolment
     * @param provider who computes what a signature says; the JDK's first one when null
     * @throws IllegalArgumentException when it is no Ed25519 key
     */
    public DesiredVerifier(String tenant, String node, byte[] spki, @Nullable Provider provider) {
        this.provider = provider;
        this.tenant = tenant;
        this.node = node;
        this.trustedKeyId = SigningKey.keyId(spki);
        try {
            KeyFactory factory =
                    provider == null ? KeyFactory.getInstance("Ed25519") : KeyFactory.getInstance("Ed25519", provider);
            this.trustedKey = factory.generatePublic(new X509EncodedKeySpec(spki));
        } catch (GeneralSecurityException wrong) {
            throw new IllegalArgumentException("not an Ed25519 public key", wrong);
        }
    }

    /**
     * Checks size, key, signature, form, addressee and version, in that order.
     *
     * @param versionFloor highest version accepted so far, 0 for none; an equal version is accepted again
     */
    public Verdict verify(SignedList signed, long versionFloor) {
        if (signed.payload().length > DesiredList.BYTES_MAX) {
            return rejected(
                    Verdict.Reason.TOO_LARGE,
                    "%d bytes, at most %d".formatted(signed.payload().length, DesiredList.BYTES_MAX));
        }
        if (!signed.keyId().equals(trustedKeyId)) {
            return rejected(Verdict.Reason.UNKNOWN_KEY, "key is not " + trustedKeyId);
        }
        if (!SigningKey.verify(provider, trustedKey, signed.payload(), signed.signature())) {
            return rejected(Verdict.Reason.BAD_SIGNATURE, "signature does not fit the list");
        }
        DesiredList list;
        try {
            list = DesiredList.decode(signed.payload());
        } catch (DesiredList.MalformedListException malformed) {
            return rejected(Verdict.Reason.MALFORMED, String.valueOf(malformed.getMessage()));
        }
        if (!list.tenant().equals(tenant) || !list.node().equals(node)) {
            return rejected(
                    Verdict.Reason.WRONG_NODE,
                    "list is for %s/%s, this is %s/%s".formatted(list.tenant(), list.node(), tenant, node));
        }
        if (list.version() < versionFloor) {
            return rejected(
                    Verdict.Reason.ROLLED_BACK, "version %d, already at %d".formatted(list.version(), versionFloor));
        }
        return new Verdict.Accepted(new VerifiedList(list));
    }

    private static Verdict rejected(Verdict.Reason reason, String detail) {
        return new Verdict.Rejected(reason, detail);
    }
}
