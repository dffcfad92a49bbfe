package io.fleetwright.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.spool.OutputSink.Put;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.agent.update.ArtifactSource.Wanted;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ChunkMap;
import io.fleetwright.trust.artifact.Chunker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrolmentTest {
    @TempDir
    private Path folder;

    private FakeController controller;

    EnrolmentTest() throws Exception {
        controller = new FakeController("127.0.0.1");
    }

    @BeforeEach
    void quiet() {
        // The JDK's own server logs every broken handshake.
        java.util.logging.Logger.getLogger("com.sun.net.httpserver").setLevel(java.util.logging.Level.OFF);
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private NodeIdentity enrol() throws IOException, Enrolment.RefusedException {
        return new Enrolment(controller.address(), controller.token(), "board-1", folder).enrol();
    }

    private HttpsArtifacts artifacts(NodeIdentity identity) throws GeneralSecurityException {
        SSLContext tls = identity.tls();
        return new HttpsArtifacts(controller.address(), () -> tls, System::nanoTime);
    }

    @Test
    void aTokenIsExchangedForAnIdentityThatSurvivesARestart() throws Exception {
        assertThat(NodeIdentity.load(folder)).isEmpty();
        NodeIdentity made = enrol();
        NodeIdentity stored = NodeIdentity.load(folder).orElseThrow();
        assertThat(stored.address())
                .isEqualTo(new NodeAddress("acme", "board-1"))
                .isEqualTo(made.address());
        assertThat(stored.mqttPort()).isEqualTo(8883);
        assertThat(stored.controller()).isEqualTo(controller.address());
        assertThat(stored.root()).isEqualTo(controller.root);
        for (String file : new String[] {"key.p8", "identity.json"}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.readString(folder.resolve("identity.json"))).doesNotContain("secret-secret-secret");
    }

    @Test
    void aRepeatedEnrolmentUsesTheSameKey() throws Exception {
        controller.status = 503;
        assertThatThrownBy(this::enrol).isInstanceOf(IOException.class).hasMessageContaining("503");
        controller.status = 200;
        enrol();
        enrol();
        assertThat(controller.keys).hasSize(2);
        assertThat(controller.keys.get(0)).isEqualTo(controller.keys.get(1));
    }

    @Test
    void aRefusedTokenIsFinalAndSaysWhy() {
        controller.status = 409;
        assertThatThrownBy(this::enrol)
                .isInstanceOf(Enrolment.RefusedException.class)
                .hasMessageContaining("409")
                .hasMessageContaining("token is spent");
    }

    @Test
    void aServerWithAnotherAuthorityHearsNothing() {
        assertThatThrownBy(
                        () -> new Enrolment(controller.address(), FakeController.token(new byte[32]), "board-1", folder)
                                .enrol())
                .isInstanceOf(Enrolment.RefusedException.class)
                .hasMessageContaining("not the one that the token names");
        assertThat(controller.keys).isEmpty();
    }

    @Test
    void aCertificateForAnotherHostIsNotTrustedEvenFromTheRightAuthority() throws Exception {
        try (FakeController elsewhere = new FakeController("elsewhere.example")) {
            assertThatThrownBy(() -> new Enrolment(elsewhere.address(), elsewhere.token(), "board-1", folder).enrol())
                    .isInstanceOf(Enrolment.RefusedException.class);
            assertThat(elsewhere.keys).isEmpty();
        }
    }

    @Test
    void aControllerThatIsNotThereYetIsNoRefusal() {
        URI nobody = URI.create("https://127.0.0.1:1");
        assertThatThrownBy(() -> new Enrolment(nobody, controller.token(), "board-1", folder).enrol())
                .isInstanceOf(IOException.class);
    }

    @Test
    void artifactsAreFetchedWithTheNodesCertificate() throws Exception {
        byte[] bytes = new byte[100_000];
        new SplittableRandom(1).nextBytes(bytes);
        controller.artifacts.put(Digest.of(bytes), bytes);
        HttpsArtifacts artifacts = artifacts(enrol());
        assertThat(artifacts.fetch(Digest.of(bytes), bytes.length))
                .isInstanceOfSatisfying(
                        Fetched.Bytes.class,
                        fetched -> assertThat(fetched.bytes()).isEqualTo(bytes));
        assertThat(controller.peers).containsExactly("CN=board-1");
        assertThat(artifacts.fetch(Digest.of(bytes), 99_999)).isEqualTo(new Fetched.Failed("too-large", false));
        assertThat(artifacts.fetch(Digest.of(new byte[1]), 10)).isEqualTo(new Fetched.Failed("http-404", false));
        controller.status = 503;
        assertThat(artifacts.fetch(Digest.of(bytes), bytes.length)).isEqualTo(new Fetched.Failed("http-503", true));
    }

    @Test
    void outputsArePutWithTheNodesCertificate() throws Exception {
        byte[] output = new byte[100_000];
        new SplittableRandom(8).nextBytes(output);
        SSLContext tls = enrol().tls();
        HttpsOutputs outputs = new HttpsOutputs(controller.address(), () -> tls);
        assertThat(outputs.put("j-1.2", 3, output)).isEqualTo(Put.STORED);
        assertThat(controller.outputs)
                .containsOnlyKeys("PUT /agent/v1/outputs/j-1.2/3/" + Digest.of(output))
                .allSatisfy((_, body) -> assertThat(body).isEqualTo(output));
        assertThat(controller.peers).containsExactly("CN=board-1");
        assertThat(outputs.put("../artifacts", 3, output)).isEqualTo(Put.REFUSED);
        assertThat(controller.outputs).hasSize(1);
        for (int status : new int[] {404, 409, 413, 422}) {
            controller.status = status;
            assertThat(outputs.put("j-1", 1, output)).as("%d", status).isEqualTo(Put.REFUSED);
        }
        for (int status : new int[] {429, 500, 503}) {
            controller.status = status;
            assertThat(outputs.put("j-1", 1, output)).as("%d", status).isEqualTo(Put.FAILED);
        }
        controller.close();
        assertThat(outputs.put("j-1", 1, output)).isEqualTo(Put.FAILED);
    }

    @Test
    void aBrokenDownloadGoesOnWhereItStopped() throws Exception {
        byte[] bytes = new byte[100_000];
        new SplittableRandom(2).nextBytes(bytes);
        controller.artifacts.put(Digest.of(bytes), bytes);
        controller.breakAfter = 40_000;
        HttpsArtifacts artifacts = artifacts(enrol());
        Fetched fetched = artifacts.fetch(Digest.of(bytes), bytes.length);
        assertThat(fetched).isEqualTo(new Fetched.Failed("io", true));
        for (int i = 0; i < 3 && fetched instanceof Fetched.Failed; i++) {
            fetched = artifacts.fetch(Digest.of(bytes), bytes.length);
        }
        assertThat(fetched)
                .isInstanceOfSatisfying(
                        Fetched.Bytes.class, whole -> assertThat(whole.bytes()).isEqualTo(bytes));
        assertThat(controller.ranges.getFirst()).isEqualTo("null");
        assertThat(controller.ranges.subList(1, controller.ranges.size()))
                .allMatch(range -> range.startsWith("bytes="));
    }

    @Test
    void anArtifactThatTheServerHandsOutInPartsIsPutTogether() throws Exception {
        byte[] bytes = new byte[100_000];
        new SplittableRandom(3).nextBytes(bytes);
        controller.artifacts.put(Digest.of(bytes), bytes);
        controller.partBytesMax = 30_000;
        assertThat(artifacts(enrol()).fetch(Digest.of(bytes), bytes.length))
                .isInstanceOfSatisfying(
                        Fetched.Bytes.class, whole -> assertThat(whole.bytes()).isEqualTo(bytes));
        assertThat(controller.ranges).containsExactly("null", "bytes=30000-", "bytes=60000-", "bytes=90000-");
    }

    private Wanted inChunks(byte[] bytes, byte[]... older) {
        byte[] map = ChunkMap.of(bytes).encode();
        controller.artifacts.put(Digest.of(bytes), bytes);
        controller.maps.put(Digest.of(bytes), map);
        return new Wanted(Digest.of(bytes), bytes.length, Optional.of(Digest.of(map)), List.of(older));
    }

    private static void assertGot(Fetched fetched, byte[] bytes) {
        assertThat(fetched)
                .isInstanceOfSatisfying(
                        Fetched.Bytes.class, whole -> assertThat(whole.bytes()).isEqualTo(bytes));
    }

    @Test
    void onlyTheDamagedChunkIsFetchedAgain() throws Exception {
        byte[] bytes = new byte[400_000];
        new SplittableRandom(4).nextBytes(bytes);
        controller.damagedOnce.addAll(Set.of(70_000, 250_000));
        assertGot(artifacts(enrol()).fetch(inChunks(bytes)), bytes);
        assertThat(controller.damagedOnce).isEmpty();
        assertThat(controller.ranges).hasSize(4).startsWith("null", "bytes=0-399999");
        assertThat(controller.ranges.subList(2, 4))
                .allSatisfy(range -> assertThat(bytesOf(range)).isBetween(1, Chunker.BYTES_MAX));
    }

    private static int bytesOf(String range) {
        String[] ends = range.substring("bytes=".length()).split("-");
        return Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) + 1;
    }

    @Test
    void whatTheVersionBeforeHasTooIsNotFetched() throws Exception {
        byte[] old = new byte[400_000];
        new SplittableRandom(5).nextBytes(old);
        byte[] bytes = old.clone();
        bytes[200_000] ^= 1;
        assertGot(artifacts(enrol()).fetch(inChunks(bytes, old)), bytes);
        assertThat(controller.ranges).hasSize(2);
        assertThat(bytesOf(controller.ranges.getLast())).isBetween(1, 2 * Chunker.BYTES_MAX);
    }

    @Test
    void chunksThatCameBeforeABreakStay() throws Exception {
        byte[] bytes = new byte[400_000];
        new SplittableRandom(6).nextBytes(bytes);
        Wanted wanted = inChunks(bytes);
        controller.breakAfter = 100_000;
        HttpsArtifacts artifacts = artifacts(enrol());
        Fetched fetched = artifacts.fetch(wanted);
        int tries = 1;
        for (; tries < 20 && fetched instanceof Fetched.Failed; tries++) {
            fetched = artifacts.fetch(wanted);
        }
        assertGot(fetched, bytes);
        assertThat(tries).isBetween(4, 6);
    }

    @Test
    void aServerThatSendsOtherBytesIsLeft() throws Exception {
        byte[] bytes = new byte[3_000_000];
        new SplittableRandom(7).nextBytes(bytes);
        Wanted wanted = inChunks(bytes);
        controller.artifacts.put(wanted.digest(), new byte[bytes.length]);
        assertThat(artifacts(enrol()).fetch(wanted)).isEqualTo(new Fetched.Failed("hash-mismatch", true));
        assertThat(controller.ranges).hasSize(2); // The map, and a third of the rest.
        byte[] other = ChunkMap.of(new byte[bytes.length]).encode();
        controller.maps.put(wanted.digest(), other);
        assertThat(artifacts(enrol()).fetch(wanted)).isEqualTo(new Fetched.Failed("hash-mismatch", true));
        controller.maps.put(wanted.digest(), new byte[7]);
        assertThat(artifacts(enrol()).fetch(wanted)).isEqualTo(new Fetched.Failed("hash-mismatch", true));
        assertThat(controller.ranges).hasSize(4); // Only maps.
    }

    @Test
    void aControllerWithoutMapsIsAskedForTheWhole() throws Exception {
        byte[] bytes = new byte[100_000];
        new SplittableRandom(8).nextBytes(bytes);
        Wanted wanted = inChunks(bytes);
        controller.maps.clear();
        assertGot(artifacts(enrol()).fetch(wanted), bytes);
    }

    @Test
    void aDamagedIdentityIsNamed() throws Exception {
        enrol();
        Files.writeString(folder.resolve("identity.json"), "{}");
        assertThatThrownBy(() -> NodeIdentity.load(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("identity.json");
    }
}
