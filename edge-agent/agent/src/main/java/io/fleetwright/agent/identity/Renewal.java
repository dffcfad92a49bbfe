package io.fleetwright.agent.identity;

import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * Gets a node another certificate for its key before the one it has ends. The old one stays good until then, and what is on disk is
 * one of the two at every moment. One thread at a time.
 */
public final class Renewal {
    private static final int ANSWER_BYTES_MAX = 64 * 1024;
    private static final Duration DELAY_MIN = Duration.ofMillis(500);
    private static final Duration DELAY_MAX = Duration.ofHours(1);

    private final URI controller;
    private final Path folder;
    private final RandomGenerator random;
    private NodeIdentity identity;
    private Instant dueAt;
    /** When the present certificate is due, whatever was tried. */
    private Instant regularlyAt;

    private Duration delay = DELAY_MIN;

    /** @param folder where the identity is kept */
    public Renewal(URI controller, NodeIdentity identity, Path folder, RandomGenerator random) {
        this.controller = controller;
        this.identity = identity;
        this.folder = folder;
        this.random = random;
        this.regularlyAt = due(identity.validFrom(), identity.validUntil(), random.nextDouble());
        this.dueAt = regularlyAt;
    }

    /** When to try next. After a failure that is never further off than the longest delay, though the clock may have been set back since. */
    public Instant dueAt(Instant now) {
        Instant latest = now.plus(DELAY_MAX);
        return min(dueAt, latest.isAfter(regularlyAt) ? latest : regularlyAt);
    }

    /** When the present certificate ends. */
    public Instant validUntil() {
        return identity.validUntil();
    }

    /**
     * At two thirds of the validity, and up to a twelfth of it later, so that a fleet that enrolled together does not renew at once.
     *
     * @param chance from 0 to 1
     */
    static Instant due(Instant from, Instant until, double chance) {
        long millis = Duration.between(from, until).toMillis();
        return from.plusMillis(millis * 2 / 3 + (long) (chance * millis / 12));
    }

    /**
     * One try; blocks. Stored before it is answered. After a failure the next try is due later, with full jitter.
     *
     * @throws IOException when there is no other certificate now
     */
    public NodeIdentity renew(Instant now) throws IOException {
        Duration cap =
                Duration.between(identity.validFrom(), identity.validUntil()).dividedBy(24);
        dueAt = now.plusMillis(1 + random.nextLong(delay.toMillis()));
        delay = min(min(delay.multipliedBy(2), DELAY_MAX), cap.compareTo(DELAY_MIN) < 0 ? DELAY_MIN : cap);
        try {
            byte[] request = Json.write(
                    out -> out.field("csr", Pem.request(identity.certificate().getPublicKey(), identity.key())));
            HttpsClient.Answer answer = new HttpsClient(identity.tls())
                    .post(controller.resolve("/agent/v1/renew"), "application/json", request, ANSWER_BYTES_MAX);
            if (answer.status() != 200) {
                throw new IOException("the controller refused the renewal: %d %s"
                        .formatted(answer.status(), Enrolment.detail(answer.body())));
            }
            String pem = Json.read(answer.body(), ANSWER_BYTES_MAX).longText("certificate", Pem.CHARS_MAX);
            NodeIdentity next = identity.with(Pem.certificate(pem));
            next.tls();
            next.save(folder);
            identity = next;
            delay = DELAY_MIN;
            regularlyAt = due(next.validFrom(), next.validUntil(), random.nextDouble());
            dueAt = regularlyAt;
            return next;
        } catch (GeneralSecurityException | MalformedMessageException | IllegalArgumentException wrong) {
            throw new IOException("the controller's answer cannot be used: " + wrong.getMessage(), wrong);
        }
    }

    private static <T extends Comparable<T>> T min(T one, T other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
