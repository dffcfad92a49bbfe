package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.File;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The script that the CI files call, run by a plain shell as a CI run without any token of its own would. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CiScriptTest {
    private static final String ISSUER = "https://ci.example";
    private static final String SUBJECT = "repo:acme/models:ref:refs/heads/main";

    private Path folder;
    private KeyPair key;
    private HttpServer issuer;
    private Processes.Controller controller;
    private Processes.Agent agent;
    private Path model;
    private Path cli;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        key = generator.generateKeyPair();
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/keys", exchange -> {
            RSAPublicKey known = (RSAPublicKey) key.getPublic();
            byte[] body = "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"%s\"}]}"
                    .formatted(number(known.getModulus()), number(known.getPublicExponent()))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        issuer.start();

        controller = new Processes.Controller(folder, Map.of());
        controller.start(Map.of(
                "FLEETWRIGHT_OIDC_CI_MAIN_ISSUER",
                ISSUER,
                "FLEETWRIGHT_OIDC_CI_MAIN_AUDIENCE",
                "fleetwright",
                "FLEETWRIGHT_OIDC_CI_MAIN_KEYS",
                "http://127.0.0.1:%d/keys".formatted(issuer.getAddress().getPort()),
                "FLEETWRIGHT_OIDC_CI_MAIN_CLAIMS_SUB",
                SUBJECT));
        Operator operator = Operator.signIn(controller);
        agent = new Processes.Agent(folder, "ci", controller, operator.enrolmentToken(1), "--node", "ci").start();
        operator.awaitOnline(List.of("ci"));

        model = folder.resolve("model.tflite");
        Files.write(model, GlyphModels.bytes("w0.5-int8"));
        Path target = SharedData.projectRoot().resolve("deploy/cli/target");
        cli = folder.resolve("fleetwright");
        Files.writeString(cli, """
                #!/bin/sh
                exec '%s/bin/java' -XX:TieredStopAtLevel=1 -cp '%s' io.fleetwright.cli.Fleetwright "$@"
                """.formatted(
                        System.getProperty("java.home"),
                        target.resolve("cli.jar") + File.pathSeparator + target.resolve("lib") + "/*"));
        Files.setPosixFilePermissions(cli, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterAll
    void stop() {
        if (agent != null) {
            agent.close();
        }
        if (controller != null) {
            controller.close();
        }
        if (issuer != null) {
            issuer.stop(0);
        }
    }

    private static String number(BigInteger value) {
        byte[] bytes = value.toByteArray();
        int sign = bytes[0] == 0 ? 1 : 0;
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(java.util.Arrays.copyOfRange(bytes, sign, bytes.length));
    }

    private String idToken(String subject) throws Exception {
        long now = System.currentTimeMillis() / 1000;
        String signed = base64("{\"alg\":\"RS256\",\"kid\":\"k1\"}")
                + "."
                + base64("{\"iss\":\"%s\",\"aud\":\"fleetwright\",\"sub\":\"%s\",\"iat\":%d,\"exp\":%d}"
                        .formatted(ISSUER, subject, now, now + 300));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private record Ended(int code, String output) {}

    private Ended release(Map<String, String> more) throws Exception {
        Path log = Files.createTempFile(folder, "release", ".log");
        ProcessBuilder builder = new ProcessBuilder(
                "sh", SharedData.projectRoot().resolve("deploy/ci/release.sh").toString());
        Map<String, String> environment = new HashMap<>(Map.of(
                "FLEETWRIGHT",
                cli.toString(),
                "FLEETWRIGHT_URL",
                controller.url(),
                "MODEL",
                "from-ci",
                "FILE",
                model.toString(),
                "TIMEOUT",
                "120",
                "ROLLOUT_OPTIONS",
                "--allow-unapproved"));
        environment.putAll(more);
        builder.environment().remove("FLEETWRIGHT_TOKEN");
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        Process process = builder.start();
        if (!process.waitFor(3, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(log));
    }

    @Test
    void aRunThatTheRuleMeansReleasesItsModel() throws Exception {
        Ended ended = release(Map.of("VERSION", "1.0.0", "FLEETWRIGHT_ID_TOKEN", idToken(SUBJECT)));
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("rollout r-").doesNotContain("fwt_");
    }

    @Test
    void anotherRunIsRefusedBeforeAnythingIsUploaded() throws Exception {
        Ended ended = release(
                Map.of("VERSION", "2.0.0", "FLEETWRIGHT_ID_TOKEN", idToken("repo:evil/models:ref:refs/heads/main")));
        assertThat(ended.code()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains("no rule is for the claims").doesNotContain("rollout r-");
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        Ended ended = release(Map.of("VERSION", ""));
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output()).contains("VERSION is not set");
    }

    @Test
    void aModelThatIsNoneFailsTheRun() throws Exception {
        Path broken = folder.resolve("broken.tflite");
        Files.write(broken, new byte[100]);
        Ended ended = release(
                Map.of("VERSION", "3.0.0", "FILE", broken.toString(), "FLEETWRIGHT_ID_TOKEN", idToken(SUBJECT)));
        assertThat(ended.code()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).doesNotContain("rollout r-");
    }
}
