package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
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

/** The CI files and the script that they call, run by a plain shell as a CI run without any token of its own would. */
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
        issuer.createContext("/id-token", exchange -> {
            byte[] body;
            try {
                boolean asked =
                        "Bearer runner".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                                && exchange.getRequestURI().getQuery().contains("audience=fleetwright");
                body = (asked ? "{\"count\":1,\"value\":\"" + idToken(SUBJECT) + "\"}" : "{}")
                        .getBytes(StandardCharsets.UTF_8);
            } catch (GeneralSecurityException impossible) {
                throw new IOException(impossible);
            }
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

    private String idToken(String subject) throws GeneralSecurityException {
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
        return run("sh '%s'".formatted(SharedData.projectRoot().resolve("deploy/ci/release.sh")), environment(more));
    }

    private Map<String, String> environment(Map<String, String> more) {
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
        return environment;
    }

    private Ended run(String script, Map<String, String> environment) throws Exception {
        Path log = Files.createTempFile(folder, "release", ".log");
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
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
    void theGithubActionReleasesWhatItMeasured() throws Exception {
        String action = Files.readString(SharedData.projectRoot().resolve("deploy/ci/github/action.yml"));
        Path summary = folder.resolve("github-summary.md");
        Map<String, String> inputs = defaults(action);
        inputs.putAll(Map.of(
                "url", controller.url(),
                "model", "from-github",
                "version", "1.0.0",
                "file", model.toString(),
                "evaluation-set", evaluationSet().toString()));
        assertThat(inputs.keySet()).as("inputs that have a value").contains("options", "token", "audience");
        Map<String, String> environment = new HashMap<>(Map.of(
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "runner",
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "http://127.0.0.1:%d/id-token?api-version=2"
                        .formatted(issuer.getAddress().getPort()),
                "GITHUB_STEP_SUMMARY",
                summary.toString()));
        environment.putAll(variables(block(action, "      env:"), "${{ inputs.", " }}", inputs));
        // The action lies in a clone of the project, as the tool that it calls does.
        Path clone = folder.resolve("clone/deploy/ci/github");
        Files.createDirectories(clone);
        Files.copy(SharedData.projectRoot().resolve("deploy/ci/release.sh"), clone.resolveSibling("release.sh"));
        Files.createSymbolicLink(folder.resolve("clone/fleetwright"), cli);
        environment.put("HERE", clone.toString());

        Ended ended = run(block(action, "      run: |"), environment);
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("from-github 1.0.0 is approved").doesNotContain("fwt_");
        assertThat(Files.readString(summary)).startsWith("## Rollout of from-github 1.0.0: succeeded");
    }

    @Test
    void theGitlabComponentReleasesWhatItsOptionsAllow() throws Exception {
        String template = Files.readString(SharedData.projectRoot().resolve("deploy/ci/gitlab/template.yml"));
        Path clone = folder.resolve("gitlab-clone");
        Files.createDirectories(clone.resolve("deploy/ci"));
        Files.copy(SharedData.projectRoot().resolve("deploy/ci/release.sh"), clone.resolve("deploy/ci/release.sh"));
        Files.createSymbolicLink(clone.resolve("fleetwright"), cli);
        Map<String, String> inputs = defaults(template);
        inputs.putAll(Map.of(
                "url",
                controller.url(),
                "model",
                "from-gitlab",
                "version",
                "1.0.0",
                "file",
                model.toString(),
                "fleetwright",
                clone.toString(),
                "options",
                "--allow-unapproved"));
        Map<String, String> environment =
                new HashMap<>(variables(block(template, "  variables:"), "$[[ inputs.", " ]]", inputs));
        environment.put("FLEETWRIGHT_ID_TOKEN", idToken(SUBJECT));
        environment.replace("JUNIT", folder.resolve("gitlab.xml").toString());

        String script = filled(block(template, "  script:"), "$[[ inputs.", " ]]", inputs)
                .strip()
                .substring(2);
        Ended ended = run(script, environment);
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(Files.readString(folder.resolve("gitlab.xml"))).contains("tests=\"1\" failures=\"0\"");

        environment.put("VERSION", "2.0.0");
        environment.put("ROLLOUT_OPTIONS", "");
        Ended refused = run(script, environment);
        assertThat(refused.code()).as(refused.output()).isEqualTo(1);
        assertThat(refused.output()).contains("version 2.0.0 of from-gitlab is draft, not approved");
    }

    private Path evaluationSet() throws IOException {
        Path file = folder.resolve("evaluation.fwe");
        Files.write(file, EvaluationSetCodec.encode(GlyphDataSet.test(5).evaluationSet(100)));
        return file;
    }

    /** The lines below one line of a YAML file that are indented more than it, without their indentation. */
    private static String block(String yaml, String head) {
        List<String> lines = yaml.lines().toList();
        int at = lines.indexOf(head);
        assertThat(at).as(head).isNotNegative();
        int indent = head.length() - head.stripLeading().length();
        List<String> below = lines.subList(at + 1, lines.size()).stream()
                .takeWhile(line ->
                        line.isBlank() || line.length() - line.stripLeading().length() > indent)
                .toList();
        return String.join("\n", below).stripIndent() + "\n";
    }

    /** Defaults of a CI file's inputs, by name. */
    private static Map<String, String> defaults(String yaml) {
        Map<String, String> defaults = new HashMap<>();
        String name = "";
        for (String line : yaml.lines()
                .takeWhile(line -> !line.equals("runs:") && !line.equals("---"))
                .toList()) {
            String text = line.strip();
            if (text.startsWith("default:")) {
                defaults.put(name, unquoted(text.substring("default:".length())));
            } else if (text.endsWith(":")) {
                name = text.substring(0, text.length() - 1);
            }
        }
        return defaults;
    }

    private static Map<String, String> variables(
            String block, String before, String after, Map<String, String> inputs) {
        Map<String, String> variables = new HashMap<>();
        for (String line : block.lines().filter(line -> !line.isBlank()).toList()) {
            int colon = line.indexOf(':');
            variables.put(
                    line.substring(0, colon).strip(),
                    filled(unquoted(line.substring(colon + 1)), before, after, inputs));
        }
        return variables;
    }

    private static String filled(String text, String before, String after, Map<String, String> inputs) {
        String filled = text;
        for (Map.Entry<String, String> input : inputs.entrySet()) {
            filled = filled.replace(before + input.getKey() + after, input.getValue());
        }
        assertThat(filled).as("every input has a value").doesNotContain(before);
        return filled;
    }

    private static String unquoted(String text) {
        String bare = text.strip();
        return bare.startsWith("\"") ? bare.substring(1, bare.length() - 1) : bare;
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
