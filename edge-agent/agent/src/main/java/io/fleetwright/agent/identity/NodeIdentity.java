package io.fleetwright.agent.identity;

import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.set.SetVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Who a node is since its enrolment. Files, readable by the owner only: {@code key.p8} (PKCS #8) and
 * {@code identity.json} (all the rest).
 */
public final class NodeIdentity {
    private static final int FILE_BYTES_MAX = 64 * 1024;
    private static final int CERTIFICATE_BYTES_MAX = 8 * 1024;

    /** Of a signed root. */
    static final int ROOT_BYTES_MAX = SetVerifier.DOCUMENT_BYTES_MAX;

    private final Enrolled enrolled;
    private final X509Certificate certificate;
    private final X509Certificate authority;
    private final PrivateKey key;

    /**
     * What the controller said at enrolment.
     *
     * @param certificate DER
     * @param authority DER
     * @param root the signed root, where the node's trust begins
     */
    record Enrolled(
            NodeAddress address,
            URI controller,
            String mqttHost,
            int mqttPort,
            byte[] certificate,
            byte[] authority,
            byte[] root) {}

    /** The stored identity cannot be read; with the node's key and a token the controller gives it once more. */
    public static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private NodeIdentity(Enrolled enrolled, PrivateKey key) throws GeneralSecurityException {
        this.enrolled = enrolled;
        this.key = key;
        this.certificate = certificate(enrolled.certificate);
        this.authority = certificate(enrolled.authority);
    }

    static NodeIdentity of(Enrolled enrolled, PrivateKey key) throws GeneralSecurityException {
        return new NodeIdentity(enrolled, key);
    }

    static X509Certificate certificate(byte[] bytes) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
    }

    public NodeAddress address() {
        return enrolled.address;
    }

    /** The controller that the node enrolled with. */
    public URI controller() {
        return enrolled.controller;
    }

    public String mqttHost() {
        return enrolled.mqttHost;
    }

    public int mqttPort() {
        return enrolled.mqttPort;
    }

    /** The signed root, where the node's trust begins. */
    public byte[] root() {
        return enrolled.root.clone();
    }

    X509Certificate certificate() {
        return certificate;
    }

    X509Certificate authority() {
        return authority;
    }

    PrivateKey key() {
        return key;
    }

    /** From when to when the certificate is good. */
    public Instant validFrom() {
        return certificate.getNotBefore().toInstant();
    }

    public Instant validUntil() {
        return certificate.getNotAfter().toInstant();
    }

    /**
     * The same node with another certificate for its key.
     *
     * @param renewed DER
     * @throws GeneralSecurityException when it is for another key, or not signed by the authority that the node trusts
     */
    NodeIdentity with(byte[] renewed) throws GeneralSecurityException {
        NodeIdentity next = new NodeIdentity(
                new Enrolled(
                        enrolled.address,
                        enrolled.controller,
                        enrolled.mqttHost,
                        enrolled.mqttPort,
                        renewed,
                        enrolled.authority,
                        enrolled.root),
                key);
        next.certificate.verify(authority.getPublicKey());
        if (!next.certificate.getPublicKey().equals(certificate.getPublicKey())) {
            throw new GeneralSecurityException("the certificate is for another key");
        }
        return next;
    }

    /** TLS with the node's certificate, trusting the controller's authority alone. */
    public SSLContext tls() throws GeneralSecurityException {
        return Trust.mutual(key, certificate, authority);
    }

    /**
     * The stored identity, if the node has enrolled before.
     *
     * @throws DamagedException when enrolling again with the key that is there gives it back
     */
    public static Optional<NodeIdentity> load(Path folder) throws IOException, GeneralSecurityException {
        Path file = folder.resolve("identity.json");
        Optional<PrivateKey> key = loadKey(folder);
        if (!Files.exists(file) || key.isEmpty()) {
            return Optional.empty();
        }
        try {
            Json.Node in = Json.read(Files.readAllBytes(file), FILE_BYTES_MAX);
            Enrolled enrolled = new Enrolled(
                    new NodeAddress(in.text("tenant"), in.text("node")),
                    URI.create(in.text("controller")),
                    in.text("mqttHost"),
                    (int) in.number("mqttPort", 1, 65_535),
                    in.bytes("certificate", CERTIFICATE_BYTES_MAX),
                    in.bytes("ca", CERTIFICATE_BYTES_MAX),
                    in.bytes("root", ROOT_BYTES_MAX));
            return Optional.of(new NodeIdentity(enrolled, key.get()));
        } catch (MalformedMessageException | IllegalArgumentException damaged) {
            throw new DamagedException("%s is damaged: %s".formatted(file, damaged.getMessage()), damaged);
        }
    }

    void save(Path folder) throws IOException {
        write(
                folder.resolve("identity.json"),
                Json.write(out -> out.field("tenant", enrolled.address.tenant())
                        .field("node", enrolled.address.node())
                        .field("controller", enrolled.controller.toString())
                        .field("mqttHost", enrolled.mqttHost)
                        .field("mqttPort", enrolled.mqttPort)
                        .bytes("certificate", enrolled.certificate)
                        .bytes("ca", enrolled.authority)
                        .bytes("root", enrolled.root)));
    }

    static Optional<PrivateKey> loadKey(Path folder) throws IOException, GeneralSecurityException {
        Path file = folder.resolve("key.p8");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(file))));
        } catch (InvalidKeySpecException damaged) {
            throw new IOException(
                    "%s is damaged and cannot be made again: remove %s to enrol as a new node".formatted(file, folder),
                    damaged);
        }
    }

    static void saveKey(Path folder, PrivateKey key) throws IOException {
        write(folder.resolve("key.p8"), key.getEncoded());
    }

    /** Whole or not at all, mode 0600. */
    static void write(Path file, byte[] bytes) throws IOException {
        Path temporary = file.resolveSibling(".new-" + file.getFileName());
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(temporary, bytes);
        try (var channel = java.nio.channels.FileChannel.open(temporary, java.nio.file.StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
