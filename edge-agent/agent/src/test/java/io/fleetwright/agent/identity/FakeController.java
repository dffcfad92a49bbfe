package io.fleetwright.agent.identity;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.RootChain;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** The controller's HTTPS side for agents, with an authority of its own, on an ephemeral port of loopback. */
final class FakeController implements AutoCloseable {
    final byte[] root = RootChain.generate(Instant.now()).root(1).orElseThrow();
    final Map<Digest, byte[]> artifacts = new HashMap<>();
    final List<String> ranges = new ArrayList<>();
    /** Chunk maps by the digest of their artifact. */
    final Map<Digest, byte[]> maps = new HashMap<>();
    /** Offsets at which one answer, and no other, has a wrong byte. */
    final Set<Integer> damagedOnce = new HashSet<>();

    /** Bodies of puts, by method and path. */
    final Map<String, byte[]> outputs = new HashMap<>();

    final List<String> peers = new ArrayList<>();
    final List<byte[]> keys = new ArrayList<>();
    int status = 200;
    boolean renewsAnotherKey;
    /** Bytes after which an artifact's body breaks off; less than 0 for never. */
    int breakAfter = -1;
    /** The most that one answer carries. */
    int partBytesMax = Integer.MAX_VALUE / 2;

    private final KeyPair authority = newKey();
    private final X509Certificate authorityCertificate;
    private final HttpsServer server;

    /**
     * @param name address in the server's certificate
     */
    FakeController(String name) throws Exception {
        authorityCertificate = certificate("CN=CA", authority.getPublic(), true, "ca");
        KeyPair serverKey = newKey();
        X509Certificate leaf = certificate("CN=server", serverKey.getPublic(), false, name);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server", serverKey.getPrivate(), new char[0], new Certificate[] {leaf, authorityCertificate});
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(store, new char[0]);
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", authorityCertificate);
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = context.getDefaultSSLParameters();
                tls.setWantClientAuth(true);
                parameters.setSSLParameters(tls);
            }
        });
        server.createContext("/agent/v1/enrol", this::enrol);
        server.createContext("/agent/v1/renew", this::renew);
        server.createContext("/agent/v1/artifacts/", this::artifact);
        server.createContext("/agent/v1/outputs/", this::output);
        server.start();
    }

    URI address() {
        return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
    }

    EnrolmentToken token() {
        return token(Digest.sha256().digest(authority.getPublic().getEncoded()));
    }

    static EnrolmentToken token(byte[] pin) {
        return EnrolmentToken.parse(
                "fwe1." + Base64.getUrlEncoder().withoutPadding().encodeToString(pin) + ".secret-secret-secret");
    }

    private void enrol(HttpExchange exchange) throws IOException {
        Json.Node request;
        String csr;
        String node;
        try {
            request = Json.read(exchange.getRequestBody().readNBytes(100_000), 100_000);
            csr = request.longText("csr", 10_000);
            node = request.text("node");
        } catch (MalformedMessageException wrong) {
            throw new IOException(wrong);
        }
        if (status != 200) {
            answer(exchange, status, "{\"detail\":\"the enrolment token is spent\"}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        try (PEMParser parser = new PEMParser(new StringReader(csr))) {
            PublicKey key =
                    new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject()).getPublicKey();
            keys.add(key.getEncoded());
            X509Certificate certificate = certificate("CN=" + node, key, false, "node");
            answer(
                    exchange,
                    200,
                    Json.write(out -> out.field("tenant", "acme")
                            .field("node", node)
                            .field("certificate", pem(certificate))
                            .field("ca", pem(authorityCertificate))
                            .field("mqttHost", "127.0.0.1")
                            .field("mqttPort", 8883)
                            .bytes("root", root)));
        } catch (GeneralSecurityException wrong) {
            throw new IOException(wrong);
        }
    }

    private void renew(HttpExchange exchange) throws IOException {
        if (status != 200) {
            answer(exchange, status, "{\"detail\":\"not now\"}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        try {
            String csr = Json.read(exchange.getRequestBody().readNBytes(100_000), 100_000)
                    .longText("csr", 10_000);
            X509Certificate shown = (X509Certificate) ((com.sun.net.httpserver.HttpsExchange) exchange)
                    .getSSLSession()
                    .getPeerCertificates()[0];
            peers.add(shown.getSerialNumber().toString());
            try (PEMParser parser = new PEMParser(new StringReader(csr))) {
                PublicKey key = renewsAnotherKey
                        ? newKey().getPublic()
                        : new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject())
                                .getPublicKey();
                X509Certificate certificate = certificate("CN=renewed", key, false, "node");
                answer(exchange, 200, Json.write(out -> out.field("certificate", pem(certificate))));
            }
        } catch (MalformedMessageException | GeneralSecurityException wrong) {
            throw new IOException(wrong);
        }
    }

    private void artifact(HttpExchange exchange) throws IOException {
        try {
            peers.add(String.valueOf(((com.sun.net.httpserver.HttpsExchange) exchange)
                    .getSSLSession()
                    .getPeerPrincipal()));
        } catch (SSLPeerUnverifiedException nobody) {
            answer(exchange, 403, new byte[0]);
            return;
        }
        String path = exchange.getRequestURI().getPath();
        boolean isMap = path.endsWith("/chunks");
        String name = isMap ? path.substring(0, path.lastIndexOf('/')) : path;
        byte[] bytes = (isMap ? maps : artifacts).get(new Digest(name.substring(name.lastIndexOf('/') + 1)));
        if (bytes == null || status != 200) {
            answer(exchange, bytes == null ? 404 : status, new byte[0]);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(String.valueOf(range));
        String[] ends = range == null
                ? new String[] {"0"}
                : range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(ends[0]);
        int last = ends.length == 1 ? bytes.length : Integer.parseInt(ends[1]) + 1;
        int to = Math.min(Math.min(bytes.length, last), from + partBytesMax);
        boolean whole = from == 0 && to == bytes.length;
        if (!whole) {
            exchange.getResponseHeaders().set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, bytes.length));
        }
        exchange.sendResponseHeaders(whole ? 200 : 206, to - from);
        int until = breakAfter < 0 ? to : Math.min(to, from + breakAfter);
        byte[] sent = Arrays.copyOfRange(bytes, from, until);
        if (!isMap) {
            damagedOnce.removeIf(at -> {
                boolean within = at >= from && at < until;
                if (within) {
                    sent[at - from] ^= 1;
                }
                return within;
            });
        }
        exchange.getResponseBody().write(sent);
        if (until < to) {
            exchange.getResponseBody().flush();
        }
        exchange.close();
    }

    private void output(HttpExchange exchange) throws IOException {
        peers.add(String.valueOf(((com.sun.net.httpserver.HttpsExchange) exchange)
                .getSSLSession()
                .getPeerPrincipal()));
        byte[] body = exchange.getRequestBody().readAllBytes();
        outputs.put(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(), body);
        answer(exchange, status == 200 ? 204 : status, new byte[0]);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private static String pem(X509Certificate certificate) throws IOException {
        try {
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException wrong) {
            throw new IOException(wrong);
        }
    }

    private X509Certificate certificate(String subject, PublicKey key, boolean isAuthority, String name)
            throws IOException {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=CA"),
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(Instant.now().minusSeconds(3600)),
                    Date.from(Instant.now().plusSeconds(3600)),
                    new X500Name(subject),
                    key);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            boolean isAddress = Character.isDigit(name.charAt(0));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, name)));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate())));
        } catch (GeneralSecurityException | org.bouncycastle.operator.OperatorCreationException wrong) {
            throw new IOException(wrong);
        }
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
