package io.fleetwright.controller.mqtt;

import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.controller.identity.Keys;
import io.fleetwright.controller.identity.Requests;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS contexts of boards, controllers and strangers. */
public final class Clients {
    private static final char[] PASSWORD = "test".toCharArray();

    private Clients() {}

    /** A board that the authority knows. */
    public static SSLContext node(Keys keys, NodeAddress address) throws Exception {
        return node(keys, keys.authority(), address);
    }

    /** A board whose certificate is another authority's; it trusts the real server all the same. */
    public static SSLContext node(Keys keys, CertificateAuthority issuer, NodeAddress address) throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        X509Certificate certificate = issuer.issueNode(pair.getPublic(), address, Instant.now());
        return context(keys, pair.getPrivate(), certificate, issuer.certificate());
    }

    /** A board with the key and certificate that it has. */
    public static SSLContext node(Keys keys, KeyPair pair, X509Certificate certificate) throws Exception {
        return context(keys, pair.getPrivate(), certificate, keys.authority().certificate());
    }

    public static SSLContext controller(Keys keys) throws Exception {
        CertificateAuthority.Issued issued = keys.authority().issueController(Instant.now());
        return context(
                keys,
                issued.privateKey(),
                issued.certificate(),
                keys.authority().certificate());
    }

    /** Somebody without a certificate. */
    public static SSLContext nobody(Keys keys) throws Exception {
        return context(keys, null);
    }

    private static SSLContext context(Keys keys, @Nullable PrivateKey key, X509Certificate... chain) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (key != null) {
            own.setKeyEntry("key", key, PASSWORD, chain);
        }
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(own, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys.load(keys.trustStore()));
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
