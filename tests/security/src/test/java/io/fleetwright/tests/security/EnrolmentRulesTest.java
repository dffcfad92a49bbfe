package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who becomes a node, and under which name: the controller says, never the one who asks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnrolmentRulesTest {
    private static final int BODY_BYTES_MAX = 64 * 1024;

    private Path folder;
    private SecuredFleet fleet;
    private Certificates certificates;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        fleet = new SecuredFleet(temporary);
        certificates = new Certificates(fleet.controller);
    }

    @AfterAll
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    void aRequestForAnotherSubjectGetsTheControllersSubject() throws Exception {
        for (String wished : List.of("urn:fleetwright:controller", "urn:fleetwright:node:default/bob")) {
            KeyPair pair = Certificates.key();
            HttpResponse<byte[]> answer = enrol(
                    fleet.operator.enrolmentToken(1),
                    request(pair, pair, "CN=bob,O=Fleetwright controller", wished),
                    "carol");
            assertThat(answer.statusCode()).isEqualTo(200);
            Json.Node body = Json.read(answer.body(), BODY_BYTES_MAX);
            String node = body.text("node");
            assertThat(node).startsWith("carol");
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(
                            body.longText("certificate", 8000).getBytes(StandardCharsets.US_ASCII)));
            assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=default/" + node);
            assertThat(certificate.getSubjectAlternativeNames())
                    .singleElement()
                    .satisfies(name -> assertThat(name.get(1)).isEqualTo("urn:fleetwright:node:default/" + node));
            assertThat(certificate.getBasicConstraints()).as("no authority").isEqualTo(-1);
        }
    }

    @Test
    void aRequestThatItsOwnKeyHasNotSignedIsRefused() throws Exception {
        KeyPair bobs = Certificates.key();
        KeyPair thiefs = Certificates.key();
        assertThat(enrol(
                                fleet.operator.enrolmentToken(1),
                                request(bobs, thiefs, "CN=x", "urn:fleetwright:node:default/x"),
                                "dave")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void aTokenForAnotherAuthorityIsRefusedByTheAgentBeforeItSaysAnything() throws Exception {
        String[] parts = fleet.operator.enrolmentToken(1).split("\\.", -1);
        String pin = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32]);
        String forged = "%s.%s.%s".formatted(parts[0], pin, parts[2]);
        assertThatThrownBy(() -> WireNode.enrol(fleet.controller, forged, "erin", folder))
                .isInstanceOf(Enrolment.RefusedException.class)
                .hasMessageContaining("not the one that the token names");
        try (Processes.Agent agent =
                new Processes.Agent(folder, "pinned", fleet.controller, forged, "--node", "erin").start()) {
            Await.until(
                    "the agent ends", SecuredFleet.LIMIT, () -> !agent.handle().isAlive());
            assertThat(agent.output()).contains("not the one that the token names");
            assertThat(agent.output()).as("the token is a secret").doesNotContain(parts[2]);
        }
        assertThat(fleet.operator.api().get("/api/v1/nodes/erin").status()).isEqualTo(404);
    }

    @Test
    void aNodeThatMayNotEnrolKeepsNoOtherNodeOfItsProcessFromWork() throws Exception {
        try (Processes.Agent agent = new Processes.Agent(
                        folder,
                        "gateway",
                        fleet.controller,
                        fleet.operator.enrolmentToken(1),
                        "--node",
                        "ivan",
                        "--emulate",
                        "judy=gap9")
                .start()) {
            fleet.operator.awaitOnline(List.of("ivan"));
            Await.until(
                    "it says who is missing",
                    SecuredFleet.LIMIT,
                    () -> agent.output().contains("node.not_started node=judy"));
            agent.stop();
            assertThat(agent.output()).contains("agent.ended nodes=1");
            Await.until(
                    "its goodbye has come",
                    SecuredFleet.LIMIT,
                    () -> fleet.operator
                            .api()
                            .get("/api/v1/nodes/ivan")
                            .expect(200)
                            .body()
                            .get("status")
                            .asText()
                            .equals("offline"));
        }
    }

    @Test
    void aTokenOfAnotherControllerIsUnknownHere() throws Exception {
        String[] parts = fleet.operator.enrolmentToken(1).split("\\.", -1);
        KeyPair pair = Certificates.key();
        String foreign = "%s.%s.%s".formatted(parts[0], parts[1], "A".repeat(parts[2].length()));
        assertThat(enrol(foreign, request(pair, pair, "CN=x", "urn:x:y"), "frank")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aSpentTokenIsRefusedAndTheFirstNodeKeepsItsName() throws Exception {
        String token = fleet.operator.enrolmentToken(1);
        assertThat(WireNode.enrol(fleet.controller, token, "grace", folder)
                        .address()
                        .node())
                .isEqualTo("grace");
        assertThatThrownBy(() -> WireNode.enrol(fleet.controller, token, "heidi", folder))
                .isInstanceOf(Enrolment.RefusedException.class)
                .hasMessageContaining("spent");
        assertThat(WireNode.enrol(
                                fleet.controller,
                                fleet.operator.enrolmentToken(1),
                                "grace",
                                folder.resolve("elsewhere"))
                        .address()
                        .node())
                .as("another key never gets a name that is taken")
                .isEqualTo("grace-2");
    }

    @Test
    void aTokenOfOneTenantMakesNodesOfThatTenantOnly() throws Exception {
        assertThat(fleet.mallory.address().tenant()).isEqualTo(SecuredFleet.OTHER_TENANT);
        assertThat(fleet.operator.api().get("/api/v1/nodes/mallory").status()).isEqualTo(404);
    }

    @Test
    void tooLargeARequestIsRefused() throws Exception {
        for (int bytes : new int[] {16 * 1024 + 1, 512 * 1024}) {
            assertThat(post(new byte[bytes]).statusCode()).as("%d bytes", bytes).isEqualTo(413);
        }
    }

    private HttpResponse<byte[]> enrol(String token, String csr, String wish) throws Exception {
        return post(
                Json.write(out -> out.field("token", token).field("csr", csr).field("node", wish)));
    }

    private HttpResponse<byte[]> post(byte[] body) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(certificates.none()).build()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(fleet.controller.edgeUrl() + "/agent/v1/enrol"))
                            .version(HttpClient.Version.HTTP_1_1)
                            .timeout(Duration.ofSeconds(TimeUnit.MINUTES.toSeconds(1)))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    /** A request that asks for names and rights that are the controller's to give. */
    private static String request(KeyPair pair, KeyPair signer, String subject, String uri) throws Exception {
        ExtensionsGenerator wishes = new ExtensionsGenerator();
        wishes.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        wishes.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        byte[] der = new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), pair.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wishes.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()))
                .getEncoded();
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }
}
