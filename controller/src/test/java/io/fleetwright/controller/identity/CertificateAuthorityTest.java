package io.fleetwright.controller.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.identity.CertificateAuthority.BadRequestException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.testkit.SeededCases;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-05-01T00:00:00Z");
    private static final NodeAddress NODE = new NodeAddress("acme", "n1");

    private final CertificateAuthority authority = CertificateAuthority.create(NOW);

    @Test
    void thePinIsTheDigestOfTheAuthoritysKey() throws Exception {
        assertThat(authority.pin())
                .isEqualTo(MessageDigest.getInstance("SHA-256")
                        .digest(authority.certificate().getPublicKey().getEncoded()));
        assertThat(CertificateAuthority.create(NOW).pin()).isNotEqualTo(authority.pin());
    }

    @Test
    void aNodesCertificateCarriesItsIdentityAndMayOnlyBeUsedByAClient() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        X509Certificate certificate = authority.issueNode(pair.getPublic(), NODE, NOW);
        assertThat(CertificateAuthority.nodeOf(certificate)).contains(NODE);
        assertThat(CertificateAuthority.isController(certificate)).isFalse();
        certificate.verify(authority.certificate().getPublicKey());
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        certificate.checkValidity(Date.from(NOW.plus(Duration.ofDays(364))));
        assertThat(certificate.getPublicKey()).isEqualTo(pair.getPublic());
    }

    @Test
    void serversAndTheControllerAreNoNodes() throws Exception {
        var server = authority.issueServer(List.of("localhost", "127.0.0.1", "::1"), NOW);
        assertThat(CertificateAuthority.nodeOf(server.certificate())).isEmpty();
        assertThat(CertificateAuthority.isController(server.certificate())).isFalse();
        assertThat(server.certificate().getSubjectAlternativeNames()).hasSize(3);
        assertThat(server.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        var controller = authority.issueController(NOW);
        assertThat(CertificateAuthority.isController(controller.certificate())).isTrue();
        assertThat(CertificateAuthority.nodeOf(controller.certificate())).isEmpty();
        assertThat(CertificateAuthority.nodeOf(authority.certificate())).isEmpty();
    }

    @Test
    void onlyTheKeyComesFromARequest() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        String csr = Requests.pem(pair, pair, "CN=_controller_,O=admin");
        assertThat(CertificateAuthority.readRequest(csr)).isEqualTo(pair.getPublic());
        X509Certificate certificate = authority.issueNode(CertificateAuthority.readRequest(csr), NODE, NOW);
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=" + NODE);
    }

    @Test
    void refusesKeysOfAnotherKindAndSignaturesThatDoNotFit() throws Exception {
        KeyPair good = Requests.key("secp256r1");
        for (String wrong : List.of(
                Requests.pem(Requests.key("secp384r1"), null, "CN=x"),
                Requests.pem(Requests.rsaKey(), null, "CN=x"),
                Requests.pem(good, Requests.key("secp256r1"), "CN=x"))) {
            assertThatThrownBy(() -> CertificateAuthority.readRequest(wrong)).isInstanceOf(BadRequestException.class);
        }
    }

    @Test
    void refusesWhatIsNoRequest() throws Exception {
        String certificate = CertificateAuthority.pem(authority.certificate());
        for (String wrong : List.of(
                "",
                "hello",
                certificate,
                "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n",
                "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
                "-----BEGIN CERTIFICATE REQUEST-----\n####\n-----END CERTIFICATE REQUEST-----\n",
                "x".repeat(10_000),
                Requests.armour(nested(1400)))) {
            assertThatThrownBy(() -> CertificateAuthority.readRequest(wrong)).isInstanceOf(BadRequestException.class);
        }
    }

    @Test
    void aDamagedRequestIsRefusedOrHasTheSameKey() throws Exception {
        KeyPair pair = Requests.key("secp256r1");
        byte[] der = Requests.der(pair, pair, "CN=x");
        SeededCases.forEach(1, 400, (random, _) -> {
            byte[] damaged = der.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(CertificateAuthority.readRequest(Requests.armour(damaged)))
                        .isInstanceOf(ECPublicKey.class)
                        .isEqualTo(pair.getPublic());
            } catch (BadRequestException refused) {
                assertThat(refused).hasMessageStartingWith("csr ");
            }
        });
    }

    @Test
    void pemIsReadableByTheJdk() throws Exception {
        String pem = CertificateAuthority.pem(authority.certificate());
        assertThat(java.security.cert.CertificateFactory.getInstance("X.509")
                        .generateCertificate(new java.io.ByteArrayInputStream(
                                pem.getBytes(java.nio.charset.StandardCharsets.US_ASCII))))
                .isEqualTo(authority.certificate());
        assertThat(Base64.getMimeDecoder()
                        .decode(pem.lines()
                                .skip(1)
                                .takeWhile(line -> !line.startsWith("-"))
                                .reduce("", String::concat)))
                .isEqualTo(authority.certificate().getEncoded());
    }

    /** Sequences within sequences, to see whether reading them needs stack in proportion to the input. */
    private static byte[] nested(int depth) {
        byte[] inner = {};
        for (int i = 0; i < depth; i++) {
            int length = inner.length;
            byte[] outer = new byte[length + 4];
            outer[0] = 0x30;
            outer[1] = (byte) 0x82;
            outer[2] = (byte) (length >> 8);
            outer[3] = (byte) length;
            System.arraycopy(inner, 0, outer, 4, length);
            inner = outer;
        }
        return inner;
    }
}
