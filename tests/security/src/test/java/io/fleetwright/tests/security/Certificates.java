package io.fleetwright.tests.security;

import io.fleetwright.controller.identity.CertificateAuthority;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.tests.integration.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Certificates that the real authority would never give out, and TLS with them. Knows the authority's own key. */
final class Certificates {
    private static final Duration TWO_YEARS = Duration.ofDays(730);
    private static final char[] PASSWORD = "test".toCharArray();

    private final CertificateAuthority authority;
    private final KeyStore controllersOwn;
    private final char[] controllersPassword;

    /** Reads the keys in a controller's data folder. */
    Certificates(Processes.Controller controller) throws IOException, GeneralSecurityException {
        Path keys = controller.data().resolve("keys");
        controllersPassword =
                Files.readString(keys.resolve("keystore.password")).strip().toCharArray();
        KeyStore ca = store(keys.resolve("ca.p12"));
        authority = new CertificateAuthority(
                (PrivateKey) ca.getKey("key", controllersPassword), (X509Certificate) ca.getCertificate("key"));
        controllersOwn = store(keys.resolve("client.p12"));
    }

    private KeyStore store(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, controllersPassword);
        }
        return store;
    }

    static KeyPair key() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** TLS of somebody who has no certificate. */
    SSLContext none() throws GeneralSecurityException, IOException {
        return tls("TLSv1.3", null, null);
    }

    /** TLS of whoever has stolen the controller's own key. */
    SSLContext controller() throws GeneralSecurityException, IOException {
        return tls("TLSv1.3", (PrivateKey) controllersOwn.getKey("key", controllersPassword), (X509Certificate)
                controllersOwn.getCertificate("key"));
    }

    /** A good certificate for the node. */
    SSLContext node(NodeAddress address) throws GeneralSecurityException, IOException {
        return node("TLSv1.3", address);
    }

    SSLContext node(String protocol, NodeAddress address) throws GeneralSecurityException, IOException {
        KeyPair pair = key();
        return tls(protocol, pair.getPrivate(), authority.issueNode(pair.getPublic(), address, Instant.now()));
    }

    /** The real authority's signature, two years ago. */
    SSLContext expired(NodeAddress address) throws GeneralSecurityException, IOException {
        KeyPair pair = key();
        return tls(
                "TLSv1.3",
                pair.getPrivate(),
                authority.issueNode(pair.getPublic(), address, Instant.now().minus(TWO_YEARS)));
    }

    /** The real authority's signature, two years from now. */
    SSLContext notYetValid(NodeAddress address) throws GeneralSecurityException, IOException {
        KeyPair pair = key();
        return tls(
                "TLSv1.3",
                pair.getPrivate(),
                authority.issueNode(pair.getPublic(), address, Instant.now().plus(TWO_YEARS)));
    }

    /** An authority with the same name and another key. */
    SSLContext foreign(NodeAddress address) throws GeneralSecurityException, IOException {
        KeyPair pair = key();
        return tls(
                "TLSv1.3",
                pair.getPrivate(),
                CertificateAuthority.create(Instant.now()).issueNode(pair.getPublic(), address, Instant.now()));
    }

    /** Signed by nobody but the node itself. */
    SSLContext selfSigned(NodeAddress address) throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPair pair = key();
        return tls("TLSv1.3", pair.getPrivate(), sign(pair, pair, new X500Name("CN=" + address.node()), address));
    }

    /** A node whose certificate signs another node's: a leaf is no authority. */
    SSLContext signedByANode(NodeAddress signer, NodeAddress address)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPair signing = key();
        X509Certificate leaf = authority.issueNode(signing.getPublic(), signer, Instant.now());
        KeyPair pair = key();
        X509Certificate forged = sign(pair, signing, new X500Name("CN=" + signer), address);
        return tls("TLSv1.3", pair.getPrivate(), forged, leaf);
    }

    /** The server's kind of certificate, which names hosts and no node. */
    SSLContext server() throws GeneralSecurityException, IOException {
        CertificateAuthority.Issued issued = authority.issueServer(java.util.List.of("localhost"), Instant.now());
        return tls("TLSv1.3", issued.privateKey(), issued.certificate());
    }

    private static X509Certificate sign(KeyPair subject, KeyPair signer, X500Name issuer, NodeAddress address)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(4711),
                Date.from(Instant.now().minus(Duration.ofHours(1))),
                Date.from(Instant.now().plus(Duration.ofDays(1))),
                new X500Name("CN=" + address.node()),
                subject.getPublic());
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(
                        new GeneralName(GeneralName.uniformResourceIdentifier, "urn:fleetwright:node:" + address)));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    }

    private SSLContext tls(
            String protocol, @Nullable PrivateKey key, @Nullable X509Certificate certificate, X509Certificate... more)
            throws GeneralSecurityException, IOException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (key != null && certificate != null) {
            X509Certificate[] chain = new X509Certificate[1 + more.length];
            chain[0] = certificate;
            System.arraycopy(more, 0, chain, 1, more.length);
            own.setKeyEntry("key", key, PASSWORD, chain);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance(protocol);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
