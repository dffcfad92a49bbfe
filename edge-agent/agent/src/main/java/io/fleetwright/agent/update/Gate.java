package io.fleetwright.agent.update;

import io.fleetwright.agent.core.AgentLog;
import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.Reported.Refused;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.set.SetVerdict;
import io.fleetwright.trust.set.SetVerifier;
import io.fleetwright.trust.set.Threat;
import io.fleetwright.trust.set.VerifiedOrder;
import io.fleetwright.trust.set.Wanted;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets a list in when the whole signing set stands behind it. Roots, snapshot and targets that are missing are fetched by
 * digest, one at a time, and the list waits for them; a newer list takes its place.
 */
final class Gate {
    private static final String LIST = "list";
    private static final int TRIES_MAX = 6;
    private static final long DELAY_MILLIS_FIRST = 500;
    private static final long DELAY_MILLIS_MAX = 30_000;

    private final TrustFiles files;
    private final TrustAnchor anchor;
    private final SetVerifier verifier;
    private final ArtifactSource documents;
    private final InstantSource steady;
    private final RandomGenerator random;
    private final AgentLog log;

    private @Nullable Desired waiting;
    private @Nullable Refused givenUp;
    /** Grows with each list: what was fetched for an older one says nothing of this one. */
    private long turn;

    private boolean fetching;
    private int tries;
    private long notBeforeMillis;

    /** What became of a list. */
    sealed interface Entry {
        /** It may be applied. */
        record Admitted(VerifiedOrder order) implements Entry {}

        /** Older than what was admitted. */
        record Old() implements Entry {}

        /**
         * Not to be trusted.
         *
         * @param reason for a machine, such as {@code bad-signature}
         */
        record Refused(String reason) implements Entry {}

        /** What it makes the node trust could not be read or stored. */
        record NotStored(BlockDeviceException failure) implements Entry {}

        /** It is judged when what it needs is there. */
        record Waits() implements Entry {}
    }

    /**
     * @throws IOException when what is trusted cannot be read or stored
     * @throws IllegalArgumentException when the root of enrolment is refused
     */
    Gate(
            BlockDevice device,
            TrustAnchor anchor,
            ArtifactSource documents,
            InstantSource steady,
            RandomGenerator random,
            AgentLog log)
            throws IOException {
        this.files = new TrustFiles(device, anchor.root());
        this.anchor = anchor;
        this.verifier = new SetVerifier(files, anchor.wall(), anchor.tenant(), anchor.node());
        this.documents = documents;
        this.steady = steady;
        this.random = random;
        this.log = log;
        try {
            if (!verifier.isEnrolled()) {
                begin();
            }
        } catch (TrustFiles.DamagedException damaged) {
            beginAnew(damaged);
        }
    }

    private void begin() throws IOException {
        if (verifier.enrol(anchor.root()) instanceof SetVerdict.Rejected(var threat, var why)) {
            throw new IllegalArgumentException("the root of enrolment is refused: %s, %s".formatted(threat, why));
        }
    }

    /** Whoever can damage this disk need not deceive the verifier; a board that heals is worth more than one that stops. */
    private void beginAnew(TrustFiles.DamagedException damaged) throws IOException {
        log.warn("trust.damaged reason=%s", AgentLog.word(String.valueOf(damaged.getMessage())));
        files.clear();
        begin();
    }

    /** A list that was admitted before. */
    Entry again(Desired desired) {
        return judge(desired, false);
    }

    /** A list from outside. */
    Entry offer(Desired desired) {
        waiting = null;
        turn++;
        Entry entry = judge(desired, true);
        if (entry instanceof Entry.Waits) {
            waiting = desired;
            tries = 0;
            notBeforeMillis = Long.MIN_VALUE;
        }
        return entry;
    }

    private Entry judge(Desired desired, boolean maySay) {
        try {
            try {
                return judged(desired, maySay);
            } catch (TrustFiles.DamagedException damaged) {
                beginAnew(damaged);
                return judged(desired, maySay);
            }
        } catch (IOException failure) {
            if (failure.getCause() instanceof BlockDeviceException storage) {
                return new Entry.NotStored(storage);
            }
            log.warn("trust.not_usable reason=%s", AgentLog.word(String.valueOf(failure.getMessage())));
            return new Entry.Refused("trust-unusable");
        }
    }

    private Entry judged(Desired desired, boolean maySay) throws IOException {
        if (verifier.rootVersion() < desired.release().root()) {
            return new Entry.Waits();
        }
        // One of an older message changes nothing, and the order may still be the newest.
        if (verifier.timestamp(desired.release().timestamp()) instanceof SetVerdict.Rejected rejected
                && rejected.threat() != Threat.ROLLED_BACK) {
            return refused("timestamp", rejected, maySay);
        }
        return switch (verifier.order(signed(desired))) {
            case SetVerdict.Ordered(var order) -> new Entry.Admitted(order);
            case SetVerdict.Accepted() -> throw new IllegalStateException("an order is ordered or rejected");
            case SetVerdict.Rejected rejected ->
                switch (rejected.threat()) {
                    case ROLLED_BACK -> new Entry.Old();
                    case INCOMPLETE -> new Entry.Waits();
                    default -> refused(LIST, rejected, maySay);
                };
        };
    }

    private Entry refused(String what, SetVerdict.Rejected rejected, boolean maySay) {
        if (maySay) {
            log.warn(
                    "desired.rejected reason=%s document=%s detail=%s",
                    rejected.threat(), what, AgentLog.word(rejected.detail()));
        }
        String reason = Json.wireName(rejected.threat());
        return new Entry.Refused(what.equals(LIST) ? reason : what + "-" + reason);
    }

    private static SignedList signed(Desired desired) {
        return new SignedList(desired.list(), desired.keyId(), desired.signature());
    }

    /** The list whose documents have all come since, once; it is to be offered again. */
    Optional<Desired> step(boolean connected) {
        Desired desired = waiting;
        if (desired == null || fetching || !connected || steady.millis() < notBeforeMillis) {
            return Optional.empty();
        }
        try {
            long root = verifier.rootVersion();
            if (root < desired.release().root()) {
                Optional<String> next = desired.release().digest(root + 1).filter(Digest::isValid);
                if (next.isEmpty()) {
                    log.warn(
                            "trust.root_missing trusted=%d newest=%d: enrol the node anew",
                            root, desired.release().root());
                    giveUp(desired, "root-missing");
                    return Optional.empty();
                }
                fetch(new Digest(next.get()), SetVerifier.DOCUMENT_BYTES_MAX, verifier::root);
                return Optional.empty();
            }
            Optional<Wanted> wanted = verifier.wanted(signed(desired));
            if (wanted.isPresent()) {
                Wanted document = wanted.get();
                fetch(
                        document.reference().digest(),
                        document.reference().bytes(),
                        bytes -> verifier.offer(document, bytes));
                return Optional.empty();
            }
        } catch (IOException failure) {
            retry(turn, String.valueOf(failure.getMessage()), true);
            return Optional.empty();
        }
        waiting = null;
        return Optional.of(desired);
    }

    /** It is sent again as long as the node does not say that it has it. */
    private void giveUp(Desired desired, String reason) {
        waiting = null;
        givenUp = new Refused(desired.version(), reason);
    }

    /** The list that could not be judged for want of documents, once. */
    Optional<Refused> takeGivenUp() {
        Refused taken = givenUp;
        givenUp = null;
        return Optional.ofNullable(taken);
    }

    /** When {@link #step} has something to do without any other event; never, when nothing waits. */
    long nextDueMillis() {
        return waiting == null || fetching ? Long.MIN_VALUE : notBeforeMillis;
    }

    /** Trusts a document, or says why not. */
    @FunctionalInterface
    private interface Taking {
        SetVerdict take(byte[] signed) throws IOException;
    }

    private void fetch(Digest digest, long bytesMax, Taking taking) {
        fetching = true;
        long asked = turn;
        documents.fetch(digest, bytesMax, fetched -> {
            fetching = false;
            switch (fetched) {
                case Fetched.Bytes(byte[] bytes) -> taken(asked, taking, bytes);
                case Fetched.Failed(String reason, boolean again) -> retry(asked, reason, again);
            }
        });
    }

    private void taken(long asked, Taking taking, byte[] bytes) {
        try {
            if (taking.take(bytes) instanceof SetVerdict.Rejected(var threat, var detail)) {
                retry(asked, "%s: %s".formatted(threat, detail), true);
            } else {
                tries = 0;
                notBeforeMillis = Long.MIN_VALUE;
            }
        } catch (IOException failure) {
            retry(asked, String.valueOf(failure.getMessage()), true);
        }
    }

    private void retry(long asked, String reason, boolean again) {
        Desired desired = waiting;
        if (desired == null || asked != turn) {
            return; // Another one waits by now.
        }
        tries++;
        if (!again || tries >= TRIES_MAX) {
            log.warn("desired.not_judged version=%d reason=%s", desired.version(), AgentLog.word(reason));
            giveUp(desired, "documents-missing");
            return;
        }
        long delay = Math.min(DELAY_MILLIS_MAX, DELAY_MILLIS_FIRST << tries);
        notBeforeMillis = steady.millis() + 1 + random.nextLong(delay);
    }
}
