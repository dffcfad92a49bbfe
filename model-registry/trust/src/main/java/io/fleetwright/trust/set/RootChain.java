package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Roots from the first to the newest, and the keys of the newest: one for each role, threshold 1. A publisher that wants
 * several keys for a role makes its roots elsewhere.
 */
public final class RootChain implements ReleaseKeys {
    /** How long a root holds; well before its end another must follow, which any rotation makes. */
    public static final Duration LIFE = Duration.ofDays(5 * 365);

    public static final int ROOTS_MAX = 1000;

    private final List<byte[]> roots;
    private final Map<Role, SigningKey> keys;

    private RootChain(List<byte[]> roots, Map<Role, SigningKey> keys) {
        this.roots = List.copyOf(roots);
        this.keys = new EnumMap<>(keys);
    }

    /** A first root for these keys. */
    public static RootChain begin(Map<Role, SigningKey> keys, Instant now) {
        return new RootChain(List.of(signed(1, keys, now, keys.values())), keys);
    }

    /** A first root for new keys. */
    public static RootChain generate(Instant now) {
        Map<Role, SigningKey> keys = new EnumMap<>(Role.class);
        Role.ALL.forEach(role -> keys.put(role, SigningKey.generate()));
        return begin(keys, now);
    }

    /**
     * A stored chain.
     *
     * @param roots from version 1 on
     * @param keyOf the key of an id, if it is there; the root's need not be
     * @throws IllegalArgumentException naming the root or the role that does not fit
     */
    public static RootChain of(List<byte[]> roots, Function<String, Optional<SigningKey>> keyOf) {
        if (roots.isEmpty() || roots.size() > ROOTS_MAX) {
            throw new IllegalArgumentException("roots (%d) must be 1 to %d".formatted(roots.size(), ROOTS_MAX));
        }
        Root newest = decoded(roots.getLast());
        if (newest.version() != roots.size()) {
            throw new IllegalArgumentException(
                    "root %d stands at the place of %d".formatted(newest.version(), roots.size()));
        }
        Map<Role, SigningKey> keys = new EnumMap<>(Role.class);
        for (Role role : Role.ALL) {
            String id = newest.keysOf(role).keyIds().getFirst();
            Optional<SigningKey> key = keyOf.apply(id);
            key.ifPresent(present -> keys.put(role, present));
            if (key.isEmpty() && role != Role.ROOT) {
                throw new IllegalArgumentException("key %s of role %s is not there".formatted(id, role.word()));
            }
        }
        return new RootChain(roots, keys);
    }

    /**
     * The chain with another root behind, in which the role has this key; signed by the old root key and the new one.
     *
     * @throws IllegalStateException when the root's key is not here
     */
    public RootChain rotate(Role role, SigningKey fresh, Instant now) {
        if (roots.size() == ROOTS_MAX) {
            throw new IllegalStateException("there are %d roots already".formatted(ROOTS_MAX));
        }
        Map<Role, SigningKey> next = new EnumMap<>(keys);
        next.put(role, fresh);
        List<SigningKey> signers = new ArrayList<>(List.of(key(Role.ROOT)));
        if (role == Role.ROOT) {
            signers.add(fresh);
        }
        List<byte[]> longer = new ArrayList<>(roots);
        longer.add(signed(roots.size() + 1L, next, now, signers));
        return new RootChain(longer, next);
    }

    private static byte[] signed(
            long version, Map<Role, SigningKey> keys, Instant now, Collection<SigningKey> signers) {
        Map<Role, RoleKeys> roles = new EnumMap<>(Role.class);
        keys.forEach((role, key) -> roles.put(role, new RoleKeys(1, List.of(key.keyId()))));
        List<VerifyingKey> all = keys.values().stream().map(VerifyingKey::of).toList();
        Instant issued = now.truncatedTo(ChronoUnit.SECONDS);
        return new Root(version, issued, issued.plus(LIFE), all, roles).sign(signers);
    }

    /** The keys that may sign orders under a signed root, SubjectPublicKeyInfo; nothing about the root is proven. */
    public static List<byte[]> directors(byte[] signedRoot) {
        Root root = decoded(signedRoot);
        return root.keys().stream()
                .filter(key -> root.keysOf(Role.DIRECTOR).keyIds().contains(key.id()))
                .map(VerifyingKey::spki)
                .toList();
    }

    private static Root decoded(byte[] signed) {
        try {
            return Root.decode(SignedDocument.decode(signed, Root.BYTES_MAX).payload());
        } catch (RejectedException damaged) {
            throw new IllegalArgumentException("root is damaged: " + damaged.getMessage(), damaged);
        }
    }

    /** The newest root. */
    public Root newest() {
        return decoded(roots.getLast());
    }

    @Override
    public long rootVersion() {
        return roots.size();
    }

    @Override
    public Optional<byte[]> root(long version) {
        return version >= 1 && version <= roots.size()
                ? Optional.of(roots.get((int) version - 1).clone())
                : Optional.empty();
    }

    /** False when the key is kept elsewhere. */
    public boolean isHere(Role role) {
        return keys.containsKey(role);
    }

    @Override
    public SigningKey key(Role role) {
        SigningKey key = keys.get(role);
        if (key == null) {
            throw new IllegalStateException("the key of role %s is not here".formatted(role.word()));
        }
        return key;
    }
}
