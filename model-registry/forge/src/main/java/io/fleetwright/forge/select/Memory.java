package io.fleetwright.forge.select;

import java.util.Optional;

/** What a device has for weights and activations. */
public sealed interface Memory {
    /** Nobody said; then memory refuses nothing. */
    record Unknown() implements Memory {}

    /** One pool for both. */
    record Shared(long bytes) implements Memory {}

    /** Weights in one place, such as flash, and activations in another. */
    record Split(long weightBytes, long activationBytes) implements Memory {}

    /** Why the candidate does not fit, if it does not. */
    default Optional<Obstacle> obstacle(Candidate candidate) {
        return switch (this) {
            case Unknown() -> Optional.empty();
            case Shared(long bytes) ->
                obstacle("memory", Math.addExact(candidate.weightBytes(), candidate.activationBytes()), bytes);
            case Split(long weightBytes, long activationBytes) ->
                obstacle("weight memory", candidate.weightBytes(), weightBytes)
                        .or(() -> obstacle("activation memory", candidate.activationBytes(), activationBytes));
        };
    }

    private static Optional<Obstacle> obstacle(String kind, long needed, long available) {
        return needed <= available ? Optional.empty() : Optional.of(new Obstacle.TooLarge(kind, needed, available));
    }
}
