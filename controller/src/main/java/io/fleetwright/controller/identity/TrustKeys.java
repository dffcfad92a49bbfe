package io.fleetwright.controller.identity;

import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.ReleaseKeys;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.Root;
import io.fleetwright.trust.set.RootChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Keys of all roles as {@code signing-ID.pkcs8} and {@code .spki}, and the roots as {@code root-N}. A root is written after its
 * keys: one that is there has them. Who wants the root's key off this machine may take its {@code .pkcs8} away; nothing
 * but {@link #rotate} needs it.
 */
public final class TrustKeys implements ReleaseKeys {
    /** A root that has less than this left is followed by another at the next start. */
    private static final long DAYS_LEFT_MIN = 365;

    private static final long SECONDS_PER_DAY = 86_400;
    /** Signs a list 20 times as fast as the JDK does; a rollout signs as many lists as it has nodes. */
    private static final Provider SIGNER = new BouncyCastleProvider();

    private final Path folder;
    private volatile RootChain chain;

    private TrustKeys(Path folder, RootChain chain) {
        this.folder = folder;
        this.chain = chain;
    }

    /**
     * Reads what is there, and makes a first root when there is none.
     *
     * @throws IllegalArgumentException when a root or a key is damaged
     */
    static TrustKeys open(Path folder, Instant now) throws IOException {
        List<byte[]> roots = new ArrayList<>();
        for (Path file = rootFile(folder, 1); Files.exists(file); file = rootFile(folder, roots.size() + 1)) {
            roots.add(Files.readAllBytes(file));
        }
        if (roots.isEmpty()) {
            Map<Role, SigningKey> keys = new EnumMap<>(Role.class);
            for (Role role : Role.ALL) {
                keys.put(role, fresh(folder));
            }
            RootChain first = RootChain.begin(keys, now);
            Keys.write(rootFile(folder, 1), first.root(1).orElseThrow());
            return new TrustKeys(folder, first);
        }
        TrustKeys keys = new TrustKeys(folder, RootChain.of(roots, id -> stored(folder, id)));
        long secondsLeft = keys.newest().expires().getEpochSecond() - now.getEpochSecond();
        if (secondsLeft < DAYS_LEFT_MIN * SECONDS_PER_DAY && keys.chain.isHere(Role.ROOT)) {
            keys.rotate(Role.TIMESTAMP, now);
        }
        return keys;
    }

    private static Path rootFile(Path folder, long version) {
        return folder.resolve("root-" + version);
    }

    private static SigningKey fresh(Path folder) throws IOException {
        SigningKey key = quick(SigningKey.generate());
        Keys.write(folder.resolve("signing-" + key.keyId() + ".pkcs8"), key.pkcs8());
        Keys.write(folder.resolve("signing-" + key.keyId() + ".spki"), key.spki());
        return key;
    }

    /** The key as the controller uses it. */
    public static SigningKey quick(SigningKey key) {
        return key.by(SIGNER);
    }

    private static Optional<SigningKey> stored(Path folder, String id) {
        try {
            return Optional.of(quick(SigningKey.of(
                    Files.readAllBytes(folder.resolve("signing-" + id + ".pkcs8")),
                    Files.readAllBytes(folder.resolve("signing-" + id + ".spki")))));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /**
     * Gives a role a new key. Nodes follow by the next list that they get; what the old key signed counts no longer.
     *
     * @throws IllegalStateException when the root's key is not on this machine
     */
    public synchronized void rotate(Role role, Instant now) throws IOException {
        chain.key(Role.ROOT); // Without it no key is made.
        RootChain next = chain.rotate(role, fresh(folder), now);
        Keys.write(
                rootFile(folder, next.rootVersion()),
                next.root(next.rootVersion()).orElseThrow());
        chain = next;
    }

    /** The newest root. */
    public Root newest() {
        return chain.newest();
    }

    /** The newest root, signed, for a node that enrols. */
    public byte[] newestRoot() {
        RootChain now = chain;
        return now.root(now.rootVersion()).orElseThrow();
    }

    @Override
    public long rootVersion() {
        return chain.rootVersion();
    }

    @Override
    public Optional<byte[]> root(long version) {
        return chain.root(version);
    }

    @Override
    public SigningKey key(Role role) {
        return chain.key(role);
    }
}
