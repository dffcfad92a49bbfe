package io.fleetwright.controller.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.trust.set.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeysTest {
    private static final Instant NOW = Instant.parse("2026-05-01T00:00:00Z");

    @TempDir
    private Path data;

    private Keys open() throws IOException {
        return Keys.open(data, List.of("localhost", "127.0.0.1"), NOW);
    }

    @Test
    void onlyTheOwnerCanReadAnyOfTheFiles() throws Exception {
        Keys keys = open();
        assertThat(keys.serverStore()).exists();
        Path folder = data.resolve("keys");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.toList()).hasSizeGreaterThan(5).allSatisfy(file -> {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
                assertThat(file.getFileName().toString()).doesNotEndWith(".tmp");
            });
        }
    }

    @Test
    void theNextStartHasTheSameAuthorityAndSigningKeyAndAFreshServerCertificate() throws Exception {
        Keys first = open();
        X509Certificate server = serverCertificate(first);
        Keys second = open();
        assertThat(second.authority().certificate()).isEqualTo(first.authority().certificate());
        assertThat(second.authority().pin()).isEqualTo(first.authority().pin());
        for (Role role : Role.ALL) {
            assertThat(second.release().key(role).keyId())
                    .isEqualTo(first.release().key(role).keyId());
        }
        assertThat(second.release().newestRoot()).isEqualTo(first.release().newestRoot());
        assertThat(serverCertificate(second)).isNotEqualTo(server);
        serverCertificate(second).verify(first.authority().certificate().getPublicKey());
    }

    @Test
    void damagedKeysStopTheStartWithTheirFolderInTheError() throws Exception {
        String director = open().release().key(Role.DIRECTOR).keyId();
        Files.write(data.resolve("keys").resolve("ca.p12"), new byte[] {1, 2, 3});
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
        Files.delete(data.resolve("keys").resolve("ca.p12"));
        Files.write(data.resolve("keys").resolve("signing-" + director + ".pkcs8"), new byte[] {1, 2, 3});
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
    }

    /** The root's key may be kept elsewhere; only another root needs it. */
    @Test
    void withoutTheRootsKeyNothingIsRotated() throws Exception {
        TrustKeys first = open().release();
        String root = first.key(Role.ROOT).keyId();
        Files.delete(data.resolve("keys").resolve("signing-" + root + ".pkcs8"));
        TrustKeys second = open().release();
        assertThat(second.key(Role.DIRECTOR).keyId())
                .isEqualTo(first.key(Role.DIRECTOR).keyId());
        long files = filesOfKeys();
        assertThatThrownBy(() -> second.rotate(Role.DIRECTOR, Instant.EPOCH))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the key of role root is not here");
        assertThat(filesOfKeys()).isEqualTo(files);
        assertThat(second.rootVersion()).isEqualTo(1);
    }

    @Test
    void aRotationSurvivesTheNextStart() throws Exception {
        TrustKeys first = open().release();
        String before = first.key(Role.TARGETS).keyId();
        first.rotate(Role.TARGETS, NOW);
        TrustKeys second = open().release();
        assertThat(second.rootVersion()).isEqualTo(2);
        assertThat(second.root(1)).isPresent();
        assertThat(second.key(Role.TARGETS).keyId())
                .isEqualTo(first.key(Role.TARGETS).keyId())
                .isNotEqualTo(before);
    }

    private long filesOfKeys() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("keys"))) {
            return files.count();
        }
    }

    private static X509Certificate serverCertificate(Keys keys) throws Exception {
        return (X509Certificate) keys.load(keys.serverStore()).getCertificate("key");
    }

    @Test
    void anAuthorityOfOnesOwnIsUsedAndNeverTakenForAnother() throws Exception {
        CertificateAuthority own = CertificateAuthority.create(NOW);
        Keys.GivenAuthority given = given("own", own.privateKey(), own.certificate());
        Keys keys = Keys.open(data, List.of("localhost"), Optional.of(given), NOW);
        assertThat(keys.authority().pin()).isEqualTo(own.pin());
        assertThat(data.resolve("keys/ca.p12")).doesNotExist();
        serverCertificate(keys).verify(own.certificate().getPublicKey());
        assertThat(Keys.open(data, List.of("localhost"), Optional.of(given), NOW)
                        .authority()
                        .pin())
                .isEqualTo(own.pin());
        CertificateAuthority other = CertificateAuthority.create(NOW);
        assertThatThrownBy(() -> Keys.open(
                        data,
                        List.of("localhost"),
                        Optional.of(given("other", other.privateKey(), other.certificate())),
                        NOW))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another authority");
        CertificateAuthority.Issued leaf = own.issueController(NOW);
        assertThatThrownBy(() -> Keys.open(
                        data,
                        List.of("localhost"),
                        Optional.of(given("leaf", leaf.privateKey(), leaf.certificate())),
                        NOW))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("may not sign");
    }

    private Keys.GivenAuthority given(String name, PrivateKey key, X509Certificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(name, key, "secret".toCharArray(), new java.security.cert.Certificate[] {certificate});
        Path file = data.resolve(name + ".p12");
        try (var out = Files.newOutputStream(file)) {
            store.store(out, "secret".toCharArray());
        }
        Path password = data.resolve(name + ".password");
        Files.writeString(password, "secret\n");
        return new Keys.GivenAuthority(file, password);
    }
}
