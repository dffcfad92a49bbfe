package io.fleetwright.agent.identity;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.math.BigInteger;
import java.net.URI;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority as the controller's, and nodes with certificates of it. */
public final class TestAuthority {
    private final KeyPair key = newKey();
    private final X509Certificate certificate;
    private long serial = 100;

    public TestAuthority() throws Exception {
        certificate = certificate(
                "CN=CA", key.getPublic(), "urn:fleetwright:authority", KeyPurposeId.id_kp_clientAuth, Instant.now());
    }

    /** A node with a certificate as the controller gives them out. */
    public NodeIdentity node(String tenant, String node) throws Exception {
        NodeAddress address = new NodeAddress(tenant, node);
        return node(address, address.uri(), KeyPurposeId.id_kp_clientAuth, Instant.now());
    }

    /** One whose certificate ended before. */
    public NodeIdentity ended(String tenant, String node) throws Exception {
        NodeAddress address = new NodeAddress(tenant, node);
        return node(
                address,
                address.uri(),
                KeyPurposeId.id_kp_clientAuth,
                Instant.now().minusSeconds(100_000));
    }

    /** One whose certificate has another name. */
    public NodeIdentity named(String tenant, String node, String uri) throws Exception {
        return node(new NodeAddress(tenant, node), uri, KeyPurposeId.id_kp_clientAuth, Instant.now());
    }

    /** One whose certificate is a server's. */
    public NodeIdentity server(String tenant, String node) throws Exception {
        NodeAddress address = new NodeAddress(tenant, node);
        return node(address, address.uri(), KeyPurposeId.id_kp_serverAuth, Instant.now());
    }

    /** The same node and key with a new certificate. */
    public NodeIdentity renewed(NodeIdentity old) throws Exception {
        return old.with(certificate(
                        "CN=" + old.address(),
                        old.certificate().getPublicKey(),
                        old.address().uri(),
                        KeyPurposeId.id_kp_clientAuth,
                        Instant.now())
                .getEncoded());
    }

    /** Of the node's certificate. */
    public static BigInteger serialOf(NodeIdentity node) {
        return node.certificate().getSerialNumber();
    }

    private NodeIdentity node(NodeAddress address, String uri, KeyPurposeId purpose, Instant now) throws Exception {
        KeyPair own = newKey();
        return NodeIdentity.of(
                new NodeIdentity.Enrolled(
                        address,
                        URI.create("https://127.0.0.1:1"),
                        "127.0.0.1",
                        1,
                        certificate("CN=" + address, own.getPublic(), uri, purpose, now)
                                .getEncoded(),
                        certificate.getEncoded(),
                        new byte[0]),
                own.getPrivate());
    }

    private X509Certificate certificate(
            String subject, PublicKey subjectKey, String uri, KeyPurposeId purpose, Instant now) throws Exception {
        boolean isAuthority = subject.equals("CN=CA");
        var builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=CA"),
                BigInteger.valueOf(++serial),
                Date.from(now.minusSeconds(3600)),
                Date.from(now.plusSeconds(3600)),
                new X500Name(subject),
                subjectKey);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
        if (!isAuthority) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    }

    private static KeyPair newKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }
}
