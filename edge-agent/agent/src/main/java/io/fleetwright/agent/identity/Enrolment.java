package io.fleetwright.agent.identity;

import io.fleetwright.agent.core.AgentLog;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Makes a node's key and exchanges a token for its certificate. Doing it again with the same key gives the same node. */
public final class Enrolment {
    private static final int ANSWER_BYTES_MAX = 64 * 1024;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    private final URI controller;
    private final EnrolmentToken token;
    private final String wish;
    private final Path folder;

    /**
     * @param controller such as {@code https://fleet.example:8443}
     * @param wish name that the node would like to have
     * @param folder where key and identity are kept; must be there
     */
    public Enrolment(URI controller, EnrolmentToken token, String wish, Path folder) {
        this.controller = controller;
        this.token = token;
        this.wish = wish;
        this.folder = folder;
    }

    /** The controller will not have this node; trying again does not help. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }

        RefusedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * One try.
     *
     * @throws RefusedException when another try cannot help
     * @throws IOException when the controller cannot be reached or asks to come back later
     */
    public NodeIdentity enrol() throws IOException, RefusedException {
        try {
            KeyPair key = key();
            SSLContext tls = Trust.pinned(token);
            byte[] request = Json.write(out -> out.field("token", token.text())
                    .field("csr", Pem.request(key.getPublic(), key.getPrivate()))
                    .field("node", wish));
            HttpsClient.Answer answer = new HttpsClient(tls)
                    .post(controller.resolve("/agent/v1/enrol"), "application/json", request, ANSWER_BYTES_MAX);
            if (answer.status() / 100 == 4
                    && answer.status() != REQUEST_TIMEOUT
                    && answer.status() != TOO_MANY_REQUESTS) {
                throw new RefusedException("the controller refused the enrolment: %d %s"
                        .formatted(answer.status(), detail(answer.body())));
            }
            if (answer.status() / 100 != 2) {
                throw new IOException("the controller answered %d".formatted(answer.status()));
            }
            NodeIdentity identity = NodeIdentity.of(enrolled(answer.body()), key.getPrivate());
            identity.tls();
            identity.save(folder);
            return identity;
        } catch (GeneralSecurityException | IllegalArgumentException wrong) {
            throw new IOException("the controller's answer cannot be used: " + wrong.getMessage(), wrong);
        } catch (IOException failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof CertificateException untrusted) {
                    throw new RefusedException(
                            "the server at %s is not to be trusted: %s".formatted(controller, untrusted.getMessage()),
                            failure);
                }
            }
            throw failure;
        }
    }

    private NodeIdentity.Enrolled enrolled(byte[] body) throws IOException {
        try {
            Json.Node in = Json.read(body, ANSWER_BYTES_MAX);
            String host = in.text("mqttHost");
            return new NodeIdentity.Enrolled(
                    new NodeAddress(in.text("tenant"), in.text("node")),
                    controller,
                    host.isBlank() ? controller.getHost() : host,
                    (int) in.number("mqttPort", 1, 65_535),
                    Pem.certificate(in.longText("certificate", Pem.CHARS_MAX)),
                    Pem.certificate(in.longText("ca", Pem.CHARS_MAX)),
                    in.bytes("root", NodeIdentity.ROOT_BYTES_MAX));
        } catch (MalformedMessageException malformed) {
            throw new IOException("the controller's answer cannot be used: " + malformed.getMessage(), malformed);
        }
    }

    static String detail(byte[] problem) {
        try {
            return AgentLog.word(Json.read(problem, ANSWER_BYTES_MAX).text("detail"))
                    .replace('_', ' ');
        } catch (MalformedMessageException noProblemDocument) {
            return "";
        }
    }

    /** The key of an earlier try, or a new one; it is on disk before anybody hears of it. */
    private KeyPair key() throws IOException, GeneralSecurityException {
        Path publicFile = folder.resolve("key.pub");
        Optional<PrivateKey> stored = NodeIdentity.loadKey(folder);
        if (stored.isPresent() && Files.exists(publicFile)) {
            return new KeyPair(
                    KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(Files.readAllBytes(publicFile))),
                    stored.get());
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair made = generator.generateKeyPair();
        NodeIdentity.write(publicFile, made.getPublic().getEncoded());
        NodeIdentity.saveKey(folder, made.getPrivate());
        return made;
    }
}
