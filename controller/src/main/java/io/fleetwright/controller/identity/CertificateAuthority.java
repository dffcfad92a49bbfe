package io.fleetwright.controller.identity;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/**
 * The controller's own certificate authority (EC P-256). The identity of a certificate is one URI in its subject
 * alternative name, chosen here and never taken from a request: {@code urn:fleetwright:node:{tenant}/{node}} or
 * {@code urn:fleetwright:controller}. The common name says the same for brokers that know no more: {@code tenant/node}.
 */
public final class CertificateAuthority {
    public static final String CONTROLLER_URI = "urn:fleetwright:controller";

    private static final Duration CA_VALIDITY = Duration.ofDays(3650);
    /** How long certificates are good that nobody has said it of. */
    public static final Duration LEAF_VALIDITY = Duration.ofDays(365);

    private static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final int CSR_CHARS_MAX = 8192;

    private final PrivateKey privateKey;
    private final X509Certificate certificate;
    private final SecureRandom random = new SecureRandom();

    public CertificateAuthority(PrivateKey privateKey, X509Certificate certificate) {
        this.privateKey = privateKey;
        this.certificate = certificate;
    }

    /** A key with the certificate for it. */
    public record Issued(PrivateKey privateKey, X509Certificate certificate) {}

    /** A certificate request is not acceptable; the text says why. */
    public static final class BadRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        BadRequestException(String message) {
            super(message);
        }
    }

    /** A new authority. */
    public static CertificateAuthority create(Instant now) {
        KeyPair pair = newKey();
        X500Name name = new X500Name("CN=Fleetwright CA");
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    new BigInteger(120, new SecureRandom()).setBit(119),
                    Date.from(now.minus(CLOCK_SKEW)),
                    Date.from(now.plus(CA_VALIDITY)),
                    name,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new CertificateAuthority(pair.getPrivate(), sign(builder, pair.getPrivate()));
        } catch (CertIOException wrong) {
            throw new IllegalStateException("cannot make a certificate authority", wrong);
        }
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public PrivateKey privateKey() {
        return privateKey;
    }

    /** SHA-256 of the authority's public key; enrolment tokens carry it, so that agents trust this authority only. */
    public byte[] pin() {
        return sha256(certificate.getPublicKey());
    }

    /** Certificate for this controller's servers. */
    public Issued issueServer(Collection<String> hosts, Instant now) {
        List<GeneralName> names = new ArrayList<>();
        for (String host : hosts) {
            names.add(new GeneralName(isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, host));
        }
        KeyPair pair = newKey();
        return new Issued(
                pair.getPrivate(),
                issue(
                        pair.getPublic(),
                        "CN=Fleetwright controller",
                        names,
                        KeyPurposeId.id_kp_serverAuth,
                        LEAF_VALIDITY,
                        now));
    }

    /** Certificate for this controller's own connection to the broker. */
    public Issued issueController(Instant now) {
        KeyPair pair = newKey();
        return new Issued(
                pair.getPrivate(),
                issue(
                        pair.getPublic(),
                        "CN=Fleetwright controller client",
                        List.of(new GeneralName(GeneralName.uniformResourceIdentifier, CONTROLLER_URI)),
                        KeyPurposeId.id_kp_clientAuth,
                        LEAF_VALIDITY,
                        now));
    }

    /** Certificate for a node that is good for {@link #LEAF_VALIDITY}. */
    public X509Certificate issueNode(PublicKey key, NodeAddress address, Instant now) {
        return issueNode(key, address, LEAF_VALIDITY, now);
    }

    /**
     * Certificate for a node; subject and names are chosen here, only the key comes from the request.
     *
     * @param key a key that {@link #readRequest} returned
     */
    public X509Certificate issueNode(PublicKey key, NodeAddress address, Duration validity, Instant now) {
        return issue(
                key,
                "CN=" + address,
                List.of(new GeneralName(GeneralName.uniformResourceIdentifier, address.uri())),
                KeyPurposeId.id_kp_clientAuth,
                validity,
                now);
    }

    /**
     * The public key of a PEM request whose signature proves that the sender holds the private key.
     *
     * @throws BadRequestException when it is no such request, or its key is not EC P-256
     */
    public static PublicKey readRequest(String pem) throws BadRequestException {
        if (pem.length() > CSR_CHARS_MAX) {
            throw new BadRequestException("csr of %d characters, at most %d".formatted(pem.length(), CSR_CHARS_MAX));
        }
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            if (!(parser.readObject() instanceof PKCS10CertificationRequest request)) {
                throw new BadRequestException("csr is not a PEM certificate request");
            }
            PublicKey key = new JcaPKCS10CertificationRequest(request).getPublicKey();
            if (!(key instanceof java.security.interfaces.ECPublicKey ec)
                    || ec.getParams().getOrder().bitLength() != 256) {
                throw new BadRequestException("csr key must be EC P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new BadRequestException("csr signature does not fit its key");
            }
            return key;
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException wrong) {
            throw new BadRequestException("csr cannot be read");
        } catch (RuntimeException damaged) {
            // The ASN.1 reader answers some damaged inputs with unchecked exceptions.
            throw new BadRequestException("csr cannot be read");
        }
    }

    /** Whose certificate this is, when it is a node's. */
    public static Optional<NodeAddress> nodeOf(X509Certificate certificate) {
        String uri = identityUri(certificate);
        return uri == null ? Optional.empty() : NodeAddress.ofUri(uri);
    }

    public static boolean isController(X509Certificate certificate) {
        return CONTROLLER_URI.equals(identityUri(certificate));
    }

    /** Upper-case PEM armour around the DER bytes. */
    public static String pem(X509Certificate certificate) {
        try {
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException wrong) {
            throw new IllegalStateException("certificate cannot be encoded", wrong);
        }
    }

    /** SHA-256 of a key's SubjectPublicKeyInfo. */
    public static byte[] sha256(PublicKey key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JDK has no SHA-256", impossible);
        }
    }

    private static @Nullable String identityUri(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null || names.size() != 1) {
                return null;
            }
            List<?> name = names.iterator().next();
            return Integer.valueOf(GeneralName.uniformResourceIdentifier).equals(name.get(0))
                    ? String.valueOf(name.get(1))
                    : null;
        } catch (CertificateParsingException unreadable) {
            return null; // A certificate whose names cannot be read has no identity.
        }
    }

    private X509Certificate issue(
            PublicKey key,
            String subject,
            List<GeneralName> names,
            KeyPurposeId purpose,
            Duration validity,
            Instant now) {
        Duration skew = validity.compareTo(CLOCK_SKEW) < 0 ? validity : CLOCK_SKEW;
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    certificate,
                    new BigInteger(120, random).setBit(119),
                    Date.from(now.minus(skew)),
                    Date.from(now.plus(validity)),
                    new X500Name(subject),
                    key);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
            return sign(builder, privateKey);
        } catch (CertIOException wrong) {
            throw new IllegalStateException("cannot issue a certificate for " + subject, wrong);
        }
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key) {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (GeneralSecurityException | OperatorCreationException wrong) {
            throw new IllegalStateException("cannot sign a certificate", wrong);
        }
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JDK has no EC P-256", impossible);
        }
    }

    private static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 || host.matches("[0-9.]+") && InetAddress.ofLiteral(host) != null;
    }
}
