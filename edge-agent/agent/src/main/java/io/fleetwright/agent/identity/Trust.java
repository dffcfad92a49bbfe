package io.fleetwright.agent.identity;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
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
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(
                    new KeyManager[] {new Own(key, certificate, authority)},
                    new TrustManager[] {only(authority)},
                    null);
            return context;
        } catch (IOException impossible) {
            throw new GeneralSecurityException("cannot make a key store in memory", impossible);
        }
    }

    /** Trusts chains that end in one authority. */
    static X509TrustManager only(X509Certificate authority) throws GeneralSecurityException, IOException {
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

    /**
     * The one key of a node, as it is. A key store in memory would encrypt it under a password and decrypt it again, each
     * with ten thousand rounds of a hash.
     */
    private static final class Own extends X509ExtendedKeyManager {
        private static final String ALIAS = "node";

        private final PrivateKey key;
        private final X509Certificate certificate;
        private final X509Certificate authority;

        Own(PrivateKey key, X509Certificate certificate, X509Certificate authority) {
            this.key = key;
            this.certificate = certificate;
            this.authority = authority;
        }

        private @Nullable String alias(String @Nullable [] keyTypes, Principal @Nullable [] issuers) {
            boolean asked = keyTypes != null && List.of(keyTypes).contains(key.getAlgorithm());
            boolean known = issuers == null
                    || issuers.length == 0
                    || List.of(issuers).contains(certificate.getIssuerX500Principal());
            return asked && known ? ALIAS : null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyTypes, issuers);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyTypes, issuers);
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            String alias = alias(new String[] {keyType}, issuers);
            return alias == null ? null : new String[] {alias};
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return null; // An agent takes no connections.
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return alias.equals(ALIAS) ? new X509Certificate[] {certificate, authority} : null;
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return alias.equals(ALIAS) ? key : null;
        }
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
