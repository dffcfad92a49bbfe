package io.fleetwright.controller.identity;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The controller's keys in its data folder: certificate authority, server and client certificates, and what is signed with. Files
 * are 0600, each written whole or not at all; the key stores' password is random and lies beside them.
 */
public final class Keys {
    private static final Set<java.nio.file.attribute.PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");
    private static final Set<java.nio.file.attribute.PosixFilePermission> OWNER_ONLY_FOLDER =
            PosixFilePermissions.fromString("rwx------");

    /** Bit of the key usage extension. */
    private static final int SIGNS_CERTIFICATES = 5;

    private final Path folder;
    private final CertificateAuthority authority;
    private final TrustKeys release;
    private final String password;
    private final Instant ownExpires;

    private Keys(Path folder, CertificateAuthority authority, TrustKeys release, String password, Instant ownExpires) {
        this.folder = folder;
        this.ownExpires = ownExpires;
        this.authority = authority;
        this.release = release;
        this.password = password;
    }

    /**
     * Reads the keys of a data folder, and makes those that are not there. Server and client certificates are issued
     * anew at each start, so that they follow the host names; a controller that runs for long tells of their end.
     *
     * @param hosts names and addresses under which agents reach this controller
     */
    public static Keys open(Path dataFolder, Collection<String> hosts, Instant now) throws IOException {
        return open(dataFolder, hosts, Optional.empty(), now);
    }

    /**
     * An authority's key and certificate that somebody else made.
     *
     * @param keyStore PKCS #12 with one key, whose certificate may sign others
     * @param passwordFile whose first line is the password
     */
    public record GivenAuthority(Path keyStore, Path passwordFile) {}

    /**
     * As {@link #open(Path, Collection, Instant)}, with an authority of one's own when it is given.
     *
     * @throws IOException when it cannot be read, is no authority, or the data folder has been used with another one
     */
    public static Keys open(Path dataFolder, Collection<String> hosts, Optional<GivenAuthority> given, Instant now)
            throws IOException {
        Path folder = dataFolder.resolve("keys");
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, OWNER_ONLY_FOLDER);
        try {
            Path passwordFile = folder.resolve("keystore.password");
            if (!Files.exists(passwordFile)) {
                byte[] random = new byte[24];
                new SecureRandom().nextBytes(random);
                write(passwordFile, HexFormat.of().formatHex(random).getBytes(StandardCharsets.US_ASCII));
            }
            String password = Files.readString(passwordFile).strip();
            Path caFile = folder.resolve("ca.p12");
            CertificateAuthority authority;
            if (given.isPresent()) {
                authority = read(given.get(), now);
                requireSame(folder, authority, password);
            } else if (Files.exists(caFile)) {
                KeyStore store = load(caFile, password);
                authority = new CertificateAuthority(
                        (PrivateKey) store.getKey("key", password.toCharArray()),
                        (X509Certificate) store.getCertificate("key"));
            } else {
                authority = CertificateAuthority.create(now);
                save(caFile, authority.privateKey(), password, authority.certificate());
            }
            TrustKeys release = TrustKeys.open(folder, now);
            CertificateAuthority.Issued server = authority.issueServer(hosts, now);
            save(
                    folder.resolve("server.p12"),
                    server.privateKey(),
                    password,
                    server.certificate(),
                    authority.certificate());
            CertificateAuthority.Issued client = authority.issueController(now);
            save(
                    folder.resolve("client.p12"),
                    client.privateKey(),
                    password,
                    client.certificate(),
                    authority.certificate());
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            trust.setCertificateEntry("ca", authority.certificate());
            save(folder.resolve("trust.p12"), trust, password);
            Instant ownExpires = Stream.of(server.certificate(), client.certificate())
                    .map(own -> own.getNotAfter().toInstant())
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            return new Keys(folder, authority, release, password, ownExpires);
        } catch (GeneralSecurityException | IllegalArgumentException damaged) {
            throw new IOException("the keys in %s cannot be read: %s".formatted(folder, damaged.getMessage()), damaged);
        }
    }

    private static CertificateAuthority read(GivenAuthority given, Instant now)
            throws IOException, GeneralSecurityException {
        String password =
                Files.readString(given.passwordFile()).lines().findFirst().orElse("");
        KeyStore store = load(given.keyStore(), password);
        for (String alias : Collections.list(store.aliases())) {
            if (store.getKey(alias, password.toCharArray()) instanceof PrivateKey key
                    && store.getCertificate(alias) instanceof X509Certificate certificate) {
                certificate.checkValidity(Date.from(now));
                boolean[] usage = certificate.getKeyUsage();
                if (certificate.getBasicConstraints() < 0 || usage != null && !usage[SIGNS_CERTIFICATES]) {
                    throw new GeneralSecurityException("the certificate may not sign others");
                }
                if (!"EC".equals(key.getAlgorithm())) {
                    throw new GeneralSecurityException("the key is %s, must be EC".formatted(key.getAlgorithm()));
                }
                return new CertificateAuthority(key, certificate);
            }
        }
        throw new GeneralSecurityException("%s holds no key".formatted(given.keyStore()));
    }

    /** Agents that enrolled trust one authority: another one is a mistake that would cut off the whole fleet. */
    private static void requireSame(Path folder, CertificateAuthority authority, String password)
            throws IOException, GeneralSecurityException {
        Path trust = folder.resolve("trust.p12");
        if (Files.exists(trust)
                && load(trust, password).getCertificate("ca") instanceof X509Certificate before
                && !before.getPublicKey().equals(authority.certificate().getPublicKey())) {
            throw new GeneralSecurityException(
                    "this data folder has been used with another authority; agents that enrolled would trust nobody");
        }
    }

    public CertificateAuthority authority() {
        return authority;
    }

    /** What desired lists and releases are signed with. */
    public TrustKeys release() {
        return release;
    }

    /** When the first of the controller's own certificates ends. */
    public Instant ownExpires() {
        return ownExpires;
    }

    /** Password of the key stores. */
    public String password() {
        return password;
    }

    public Path serverStore() {
        return folder.resolve("server.p12");
    }

    public Path clientStore() {
        return folder.resolve("client.p12");
    }

    public Path trustStore() {
        return folder.resolve("trust.p12");
    }

    /** A key store of these. */
    public KeyStore load(Path file) throws IOException, GeneralSecurityException {
        return load(file, password);
    }

    /** Writes a file that only its owner can read, whole or not at all. */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(
                folder, "." + file.getFileName(), ".tmp", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.write(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static KeyStore load(Path file, String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        return store;
    }

    private static void save(Path file, PrivateKey key, String password, Certificate... chain)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", key, password.toCharArray(), chain);
        save(file, store, password);
    }

    private static void save(Path file, KeyStore store, String password) throws IOException, GeneralSecurityException {
        Path temporary = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "." + file.getFileName(),
                ".tmp",
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try (OutputStream out = Files.newOutputStream(temporary)) {
            store.store(out, password.toCharArray());
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
