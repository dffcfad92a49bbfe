package io.fleetwright.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenewalTest {
    @TempDir
    private Path folder;

    private FakeController controller;
    private NodeIdentity first;
    private Renewal renewal;

    @BeforeEach
    void enrol() throws Exception {
        java.util.logging.Logger.getLogger("com.sun.net.httpserver").setLevel(java.util.logging.Level.OFF);
        controller = new FakeController("127.0.0.1");
        first = new Enrolment(controller.address(), controller.token(), "board-1", folder).enrol();
        renewal = new Renewal(controller.address(), first, folder, new SplittableRandom(1));
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private NodeIdentity stored() throws Exception {
        return NodeIdentity.load(folder).orElseThrow();
    }

    @Test
    void itIsDueBetweenTwoAndThreeQuartersOfTheValidity() {
        Instant from = Instant.EPOCH;
        Instant until = from.plus(Duration.ofDays(12));
        assertThat(Renewal.due(from, until, 0)).isEqualTo(from.plus(Duration.ofDays(8)));
        assertThat(Renewal.due(from, until, 1)).isEqualTo(from.plus(Duration.ofDays(9)));
        assertThat(Renewal.due(from, from.plusSeconds(12), 0.5)).isEqualTo(from.plusMillis(8500));
        assertThat(renewal.dueAt(Instant.now()))
                .isBetween(
                        Renewal.due(first.validFrom(), first.validUntil(), 0),
                        Renewal.due(first.validFrom(), first.validUntil(), 1));
    }

    @Test
    void theNodeStaysItselfWithAnotherCertificateForItsKey() throws Exception {
        NodeIdentity second = renewal.renew(Instant.now());
        assertThat(second.address()).isEqualTo(first.address());
        assertThat(second.root()).isEqualTo(first.root());
        assertThat(second.certificate()).isNotEqualTo(first.certificate());
        assertThat(second.certificate().getPublicKey())
                .isEqualTo(first.certificate().getPublicKey());
        assertThat(stored().certificate()).isEqualTo(second.certificate());
        assertThat(renewal.renew(Instant.now()).certificate()).isNotEqualTo(second.certificate());
        assertThat(controller.peers)
                .as("each renewal shows the certificate of the one before")
                .containsExactly(
                        first.certificate().getSerialNumber().toString(),
                        second.certificate().getSerialNumber().toString());
    }

    @Test
    void aTryThatFailedWhileTheClockWasAheadPutsNoLaterOneOff() throws Exception {
        controller.status = 503;
        assertThatThrownBy(() -> renewal.renew(first.validUntil().plus(Duration.ofDays(4000))))
                .isInstanceOf(IOException.class);
        Instant setBack = first.validUntil().minusSeconds(1);
        assertThat(renewal.dueAt(setBack)).isBeforeOrEqualTo(setBack.plus(Duration.ofHours(1)));
    }

    @Test
    void afterAFailureTheOldIdentityStaysAndTheNextTryIsLater() throws Exception {
        Instant now = Instant.now();
        controller.status = 503;
        long longest = 0;
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> renewal.renew(now))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("503");
            assertThat(renewal.dueAt(now)).isAfter(now);
            longest =
                    Math.max(longest, Duration.between(now, renewal.dueAt(now)).toMillis());
        }
        assertThat(longest)
                .as("delays grow up to a part of the validity")
                .isBetween(
                        2000L,
                        Duration.between(first.validFrom(), first.validUntil()).toMillis() / 24);
        assertThat(stored().certificate()).isEqualTo(first.certificate());
        controller.status = 200;
        assertThat(renewal.renew(now).address()).isEqualTo(first.address());
    }

    @Test
    void aCertificateForAnotherKeyIsNotTaken() throws Exception {
        controller.renewsAnotherKey = true;
        assertThatThrownBy(() -> renewal.renew(Instant.now()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another key");
        assertThat(stored().certificate()).isEqualTo(first.certificate());
    }

    @Test
    void aCrashWhileTheNewIdentityIsWrittenLeavesTheOldOne() throws Exception {
        byte[] before = Files.readAllBytes(folder.resolve("identity.json"));
        renewal.renew(Instant.now());
        byte[] after = Files.readAllBytes(folder.resolve("identity.json"));
        for (int length : new int[] {0, 1, after.length / 2, after.length}) {
            Files.write(folder.resolve("identity.json"), before);
            Files.write(folder.resolve(".new-identity.json"), java.util.Arrays.copyOf(after, length));
            assertThat(stored().certificate()).isEqualTo(first.certificate());
            Renewal again = new Renewal(controller.address(), stored(), folder, new SplittableRandom(2));
            assertThat(again.renew(Instant.now()).certificate()).isEqualTo(stored().certificate());
        }
    }
}
