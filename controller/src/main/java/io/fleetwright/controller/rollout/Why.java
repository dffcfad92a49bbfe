package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.Snapshot.Watched;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Names what one target waits for, by the same rules that decide. Pure. */
final class Why {
    private Why() {}

    /**
     * The rule of a snapshot's only target.
     *
     * @param reason of its row
     */
    static Rule of(Snapshot snapshot, @Nullable String reason) {
        if (!snapshot.pending().isEmpty()) {
            return new Holds(snapshot)
                    .of(snapshot.pending().getFirst())
                    .orElseGet(() -> new Rule(Rule.Kind.TURN, "starts with one of the next steps"));
        }
        Watched target = snapshot.watched().getFirst();
        String said = reason == null ? "" : reason;
        return switch (target.state()) {
            case PENDING -> throw new IllegalArgumentException("a pending target is not watched");
            case RUNNING -> running(target);
            case WITHDRAWING ->
                new Rule(Rule.Kind.WITHDRAWING, "until %s".formatted(Instant.ofEpochMilli(target.deadlineAt())));
            case SUCCEEDED -> new Rule(Rule.Kind.SUCCEEDED, "its device runs it and said so");
            case FAILED -> new Rule(Rule.Kind.FAILED, said);
            case CANCELLED -> new Rule(Rule.Kind.CANCELLED, said);
            case SKIPPED -> new Rule(isRule(said) ? Rule.Kind.SKIPPED : Rule.Kind.NO_VARIANT, said);
            case WITHDRAWN -> new Rule(Rule.Kind.WITHDRAWN, said);
        };
    }

    private static Rule running(Watched target) {
        String until = "until %s".formatted(Instant.ofEpochMilli(target.deadlineAt()));
        if (target.says() == Snapshot.Says.REFUSED) {
            return new Rule(Rule.Kind.LIST_REFUSED, "%s, %s".formatted(target.why(), until));
        }
        return new Rule(target.answered() ? Rule.Kind.APPLYING : Rule.Kind.DISPATCHED, until);
    }

    /** A word of ours; the selector's reasons are sentences. */
    private static boolean isRule(String reason) {
        return reason.matches("[a-z-]+");
    }
}
