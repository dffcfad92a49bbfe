package io.fleetwright.zoo.train;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Networks trained together: the first is the widest, the others are its first channels, each with normalization of
 * its own (Yu et al., "Slimmable neural networks", 2019). A family of one is an ordinary network.
 *
 * @param members from the widest to the narrowest
 */
public record NetworkFamily(List<Member> members) {
    private static final int QUARTERS = 4;

    /**
     * A network of the family.
     *
     * @param width such as {@code w0.5}
     */
    public record Member(String width, NetworkPlan plan) {}

    public NetworkFamily {
        members = List.copyOf(members);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a network family must have a member");
        }
    }

    /** A network that shares nothing. */
    public static NetworkFamily alone(String width, NetworkPlan plan) {
        return new NetworkFamily(List.of(new Member(width, plan)));
    }

    /**
     * {@code w1.0}, {@code w0.75}, {@code w0.5} and {@code w0.25} of a plan.
     *
     * @throws IllegalArgumentException if a channel count is not a multiple of 32
     */
    public static NetworkFamily quarters(NetworkPlan widest) {
        return new NetworkFamily(IntStream.of(4, 3, 2, 1)
                .mapToObj(
                        quarters -> new Member("w" + (double) quarters / QUARTERS, widest.narrowed(quarters, QUARTERS)))
                .toList());
    }

    public NetworkPlan widest() {
        return members.getFirst().plan();
    }
}
