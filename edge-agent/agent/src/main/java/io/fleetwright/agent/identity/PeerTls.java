package io.fleetwright.agent.identity;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS between nodes of one tenant. Both show the certificates that they have as clients of the controller; each is checked as such, and by
 * the node that it names instead of by a host's name, so a node's certificate is good for no other server. Each new connection shows
 * the certificate that the node has then.
 */
public final class PeerTls {
    private static final String PROTOCOL = "TLSv1.3";
    private static final int URI_NAME = 6;
    /** How long a session may be resumed, which looks at no certificate again. */
    private static final int SESSION_SECONDS = 600;

    private final Supplier<NodeIdentity> identity;

    /** @param identity asked for at each connection; its node and authority stay the same */
    public PeerTls(Supplier<NodeIdentity> identity) {
        this.identity = identity;
    }

    /** Takes connections of all nodes of the tenant. */
    public SSLContext server() throws GeneralSecurityException {
        String tenant = identity.get().address().tenant();
        SSLContext context = context(node -> node.tenant().equals(tenant));
        context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
        return context;
    }

    /** Connects to one node of the tenant, wherever it is. */
    public SSLContext client(String node) throws GeneralSecurityException {
        NodeAddress wanted = new NodeAddress(identity.get().address().tenant(), node);
        SSLContext context = context(wanted::equals);
        context.getClientSessionContext().setSessionTimeout(SESSION_SECONDS);
        return context;
    }

    /** Who is at the other end of a session; absent when it has shown no node's certificate. */
    public static Optional<NodeAddress> peer(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate leaf ? nodeOf(leaf) : Optional.empty();
        } catch (SSLPeerUnverifiedException nobody) {
            return Optional.empty();
        }
    }

    private SSLContext context(Predicate<NodeAddress> who) throws GeneralSecurityException {
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(
                    new KeyManager[] {new Present(identity)},
                    new TrustManager[] {new Peers(Trust.only(identity.get().authority()), who)},
                    null);
            return context;
        } catch (IOException impossible) {
            throw new GeneralSecurityException("cannot make a key store in memory", impossible);
        }
    }

    private static Optional<NodeAddress> nodeOf(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null || names.size() != 1) {
                return Optional.empty();
            }
            List<?> name = names.iterator().next();
            return Integer.valueOf(URI_NAME).equals(name.get(0))
                    ? NodeAddress.ofUri(String.valueOf(name.get(1)))
                    : Optional.empty();
        } catch (CertificateParsingException unreadable) {
            return Optional.empty(); // A certificate whose names cannot be read has no identity.
        }
    }

    /** Nodes that are meant, by the authority's word. */
    private static final class Peers extends X509ExtendedTrustManager {
        private final X509TrustManager authority;
        private final Predicate<NodeAddress> who;

        Peers(X509TrustManager authority, Predicate<NodeAddress> who) {
            this.authority = authority;
            this.who = who;
        }

        private void check(X509Certificate @Nullable [] chain, String authType) throws CertificateException {
            if (chain == null || chain.length == 0) {
                throw new CertificateException("the other side shows no certificate");
            }
            authority.checkClientTrusted(chain, authType);
            NodeAddress shown = nodeOf(chain[0])
                    .orElseThrow(() -> new CertificateException("the certificate that was shown is no node's"));
            if (!who.test(shown)) {
                throw new CertificateException("the certificate that was shown is of %s".formatted(shown));
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain, authType);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return authority.getAcceptedIssuers();
        }
    }

    /** The node's key with the certificate that it has at present, on both ends of a connection. */
    private static final class Present extends X509ExtendedKeyManager {
        private static final String ALIAS = "node";

        private final Supplier<NodeIdentity> identity;

        Present(Supplier<NodeIdentity> identity) {
            this.identity = identity;
        }

        private @Nullable String alias(String @Nullable [] keyTypes) {
            return keyTypes != null
                            && List.of(keyTypes).contains(identity.get().key().getAlgorithm())
                    ? ALIAS
                    : null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyTypes);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyTypes);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(new String[] {keyType});
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(new String[] {keyType});
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            String alias = alias(new String[] {keyType});
            return alias == null ? null : new String[] {alias};
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return getClientAliases(keyType, issuers);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            NodeIdentity present = identity.get();
            return alias.equals(ALIAS) ? new X509Certificate[] {present.certificate(), present.authority()} : null;
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return alias.equals(ALIAS) ? identity.get().key() : null;
        }
    }
}
