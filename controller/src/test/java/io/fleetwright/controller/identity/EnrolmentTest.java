package io.fleetwright.controller.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EnrolmentTest {
    private static final Labels LABELS = Labels.of(Map.of("site", "north"));

    private final TestFleet fleet = new TestFleet();
    private final Tokens tokens = new Tokens();
    private final Enrolment enrolment = new Enrolment(tokens, TestFleet.SETTINGS, Duration.ofDays(365));

    private String token(int uses) {
        return fleet.core()
                .run(scope -> tokens.makeEnrolment(
                        scope.tx(),
                        TestFleet.TENANT,
                        "ann",
                        new byte[32],
                        new Tokens.Admission(uses, 10, LABELS),
                        scope.nowMillis()))
                .text();
    }

    private NodeAddress enrol(String token, PublicKey key, String wish) {
        return fleet.core().run(scope -> enrolment.enrol(scope, token, key, wish));
    }

    private NodeAddress enrol(Enrolment sparing, String token, PublicKey key) {
        return fleet.core().run(scope -> sparing.enrol(scope, token, key, "pi"));
    }

    private void assertRefused(Refusal.Kind kind, String token, PublicKey key, String wish) {
        assertThatThrownBy(() -> enrol(token, key, wish))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(kind));
    }

    private static PublicKey key() throws Exception {
        return Requests.key("secp256r1").getPublic();
    }

    @Test
    void aBrokerThatKnowsNoKeysSeesANameAgainOnlyWhenItsRevokedCertificatesAreOver() throws Exception {
        Enrolment sparing = new Enrolment(tokens, TestFleet.SETTINGS, Duration.ofDays(1), true);
        NodeAddress pi = new NodeAddress(TestFleet.TENANT, "pi");
        PublicKey first = key();
        String token = token(3);
        assertThat(enrol(sparing, token, first)).isEqualTo(pi);
        boolean _ = fleet.core().run(scope -> {
            fleet.core().removal().revoke(scope, TestFleet.TENANT, "pi");
            fleet.core().removal().delete(scope, TestFleet.TENANT, "pi");
            return true;
        });
        PublicKey second = key();
        assertThat(enrol(sparing, token, second)).isEqualTo(new NodeAddress(TestFleet.TENANT, "pi-2"));
        fleet.clock.advance(Duration.ofDays(1));
        String later = token(1);
        PublicKey third = key();
        assertThat(enrol(sparing, later, third)).isEqualTo(pi);
    }

    @Test
    void theSameKeyGetsTheSameNodeHoweverOftenAndUsesTheTokenOnce() throws Exception {
        String token = token(1);
        PublicKey key = key();
        assertThat(enrol(token, key, "pi")).isEqualTo(new NodeAddress(TestFleet.TENANT, "pi"));
        assertThat(enrol(token, key, "another-wish")).isEqualTo(new NodeAddress(TestFleet.TENANT, "pi"));
        assertThat(fleet.all(NodeRow.class))
                .singleElement()
                .satisfies(node -> assertThat(Labels.stored(node.labels)).isEqualTo(LABELS));
        assertRefused(Refusal.Kind.CONFLICT, token, key(), "pi");
    }

    @Test
    void aNameThatIsTakenGetsANumber() throws Exception {
        String token = token(10);
        assertThat(enrol(token, key(), "pi").node()).isEqualTo("pi");
        assertThat(enrol(token, key(), "pi").node()).isEqualTo("pi-2");
        assertThat(enrol(token, key(), "pi").node()).isEqualTo("pi-3");
        String longest = "x".repeat(48);
        assertThat(enrol(token, key(), longest).node()).isEqualTo(longest);
        assertThat(enrol(token, key(), longest).node()).isEqualTo("x".repeat(44) + "-2");
    }

    @Test
    void refusesUnknownAndOldTokensAndWishesThatAreNoNames() throws Exception {
        String token = token(10);
        assertRefused(Refusal.Kind.NOT_FOUND, "fwe1.AAAA.BBBB", key(), "pi");
        for (String wish : new String[] {"", "PI", "a/b", "x".repeat(49), "-", "-x", "a_b", "é"}) {
            assertRefused(Refusal.Kind.INVALID, token, key(), wish);
        }
        fleet.clock.advance(Duration.ofMinutes(10));
        assertRefused(Refusal.Kind.CONFLICT, token, key(), "pi");
        assertThat(fleet.all(NodeRow.class)).isEmpty();
    }

    @Test
    void aTenantsNodesAreBounded() throws Exception {
        for (int i = 0; i < TestFleet.SETTINGS.nodesMax(); i++) {
            NodeAddress made = fleet.enrol(TestFleet.TENANT, "n" + i).address;
            assertThat(made.node()).isEqualTo("n" + i);
        }
        assertRefused(Refusal.Kind.TOO_MANY, token(1), key(), "pi");
    }

    @Test
    void aRevokedKeyNeitherEnrolsNorRenewsAndItsNameStaysTaken() throws Exception {
        PublicKey key = key();
        NodeAddress pi = enrol(token(1), key, "pi");
        fleet.core().run(scope -> {
            enrolment.renew(scope, pi, key);
            return fleet.core().removal().revoke(scope, TestFleet.TENANT, "pi");
        });
        assertRefused(Refusal.Kind.CONFLICT, token(1), key, "pi");
        assertThatThrownBy(() -> renew(pi, key)).isInstanceOf(Refusal.class).hasMessageContaining("revoked");
        assertThat(enrol(token(1), key(), "pi").node()).isEqualTo("pi-2");
        fleet.core().run(scope -> {
            fleet.core().removal().delete(scope, TestFleet.TENANT, "pi");
            return true;
        });
        assertRefused(Refusal.Kind.CONFLICT, token(1), key, "pi");
        assertThat(enrol(token(1), key(), "pi").node()).isEqualTo("pi");
    }

    @Test
    void aRenewalIsForTheNodesOwnKeyAndKeepsItsName() throws Exception {
        PublicKey key = key();
        NodeAddress pi = enrol(token(1), key, "pi");
        NodeAddress other = enrol(token(1), key(), "other");
        fleet.clock.advance(Duration.ofDays(200));
        renew(pi, key);
        assertThat(fleet.all(NodeKeyRow.class))
                .extracting(row -> row.expiresAt - fleet.clock.millis())
                .contains(Duration.ofDays(365).toMillis());
        assertThat(fleet.all(NodeRow.class)).hasSize(2);
        for (PublicKey wrong : new PublicKey[] {key(), key}) {
            assertThatThrownBy(() -> renew(other, wrong))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("own key");
        }
    }

    @Test
    void whatIsRevokedIsRefusedAtOnceAndAfterARestart() throws Exception {
        Revocations revocations = new Revocations();
        java.security.KeyPair pair = Requests.key("secp256r1");
        NodeAddress pi = enrol(token(1), pair.getPublic(), "pi");
        var authority = CertificateAuthority.create(fleet.clock.instant());
        var certificate = authority.issueNode(pair.getPublic(), pi, fleet.clock.instant());
        var elsewhere = authority.issueNode(pair.getPublic(), new NodeAddress("other", "pi"), fleet.clock.instant());
        assertThat(refresh(revocations)).isFalse();
        fleet.core().run(scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "pi"));
        assertThat(revocations.isRevoked(certificate)).isFalse();
        assertThat(refresh(revocations)).isTrue();
        assertThat(refresh(revocations)).isFalse();
        for (Revocations known : new Revocations[] {revocations, new Revocations()}) {
            refresh(known);
            assertThat(known.isRevoked(certificate)).isTrue();
            assertThat(known.isRevoked(elsewhere)).isFalse();
        }
    }

    private boolean refresh(Revocations revocations) {
        return fleet.core().run(scope -> revocations.refresh(scope.tx(), scope.nowMillis()));
    }

    private void renew(NodeAddress address, PublicKey key) {
        fleet.core().run(scope -> {
            enrolment.renew(scope, address, key);
            return true;
        });
    }
}
