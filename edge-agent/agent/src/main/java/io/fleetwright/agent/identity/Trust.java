package io.fleetwright.agent.identity;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts that trust one authority and nothing else; host names are checked by whoever uses them. */
final class Trust {
    private static final String PROTOCOL = "TLS";

    private Trust() {}

    /** Trusts chains that end in the authority whose key the token pins. */
    static SSLContext pinned(EnrolmentToken token) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance(PROTOCOL);
        context.init(null, new TrustManager[] {new Pinned(token::pins)}, null);
        return context;
    }

    /** Trusts the authority, and shows the node's own certificate. */
    static SSLContext mutual(PrivateKey key, X509Certificate certificate, X509Certificate authority)
            throws GeneralSecurityException {
        try {
            char[] password = new char[0];
            KeyStore own = empty();
            own.setKeyEntry("node", key, password, new X509Certificate[] {certificate, authority});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, password);
            KeyManager[] keyManagers = keys.getKeyManagers();
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(keyManagers, new TrustManager[] {only(authority)}, null);
            return context;
        } catch (IOException impossible) {
            throw new GeneralSecurityException("cannot make a key store in memory", impossible);
        }
    }

    private static X509TrustManager only(X509Certificate authority) throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        store.setCertificateEntry("authority", authority);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("this JDK has no X.509 trust manager");
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** Finds the pinned authority in the chain that the server shows, and then checks the chain against it alone. */
    private static final class Pinned implements X509TrustManager {
        private final Predicate<byte[]> pin;

        Pinned(Predicate<byte[]> pin) {
            this.pin = pin;
        }

        @Override
        public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType)
                throws CertificateException {
            if (chain == null) {
                throw new CertificateException("the server shows no certificate");
            }
            for (X509Certificate certificate : chain) {
                byte[] hash = Digest.sha256().digest(certificate.getPublicKey().getEncoded());
                if (certificate.getBasicConstraints() >= 0 && pin.test(hash)) {
                    try {
                        only(certificate).checkServerTrusted(chain, authType);
                    } catch (CertificateException untrusted) {
                        throw untrusted;
                    } catch (GeneralSecurityException | IOException failure) {
                        throw new CertificateException("cannot check the server's certificate", failure);
                    }
                    return;
                }
            }
            throw new CertificateException("the server's authority is not the one that the token names");
        }

        @Override
        public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType)
                throws CertificateException {
            throw new CertificateException("an agent takes no connections");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
