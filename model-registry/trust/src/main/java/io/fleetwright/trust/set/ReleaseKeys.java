package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.util.Optional;

/** What a publisher signs with: one key for each role, and the roots that say whose they are. */
public interface ReleaseKeys {
    /** Version of the newest root, from 1. */
    long rootVersion();

    /** The signed root of a version, if there is one. */
    Optional<byte[]> root(long version);

    /** The role's key under the newest root. */
    SigningKey key(Role role);
}
