package io.fleetwright.trust.set;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Who may sign what. The first is handed over at enrolment; each later one is signed by the threshold of the one before
 * and by its own.
 *
 * @param version from 1, one more each time
 * @param issued when it was made; a node that accepts this root takes it for the least possible time from then on
 * @param expires from when on nothing is accepted under this root
 * @param keys at most {@value #KEYS_MAX}, ascending
 * @param roles keys of every role; the director's threshold is 1, since an order has one signature
 * @see "The Update Framework, section 5.3"
 */
public record Root(long version, Instant issued, Instant expires, List<VerifyingKey> keys, Map<Role, RoleKeys> roles) {
    public static final int BYTES_MAX = 8 * 1024;
    public static final int KEYS_MAX = 32;

    private static final String KIND = "root";

    public Root {
        keys = List.copyOf(new TreeSet<>(keys));
        roles = Map.copyOf(roles);
        Versions.require(version, expires);
        Versions.require(version, issued);
        if (keys.size() > KEYS_MAX) {
            throw new IllegalArgumentException("keys (%d) must be at most %d".formatted(keys.size(), KEYS_MAX));
        }
        List<String> ids = keys.stream().map(VerifyingKey::id).toList();
        for (Role role : Role.ALL) {
            RoleKeys roleKeys = roles.get(role);
            if (roleKeys == null || !ids.containsAll(roleKeys.keyIds())) {
                throw new IllegalArgumentException(
                        "role %s must be there, with keys of this root".formatted(role.word()));
            }
        }
        if (Objects.requireNonNull(roles.get(Role.DIRECTOR)).threshold() != 1) {
            throw new IllegalArgumentException("threshold of role director must be 1");
        }
    }

    /** The signed document. */
    public byte[] sign(Collection<SigningKey> signers) {
        return SignedDocument.sign(encode(), signers);
    }

    /** Keys and threshold of a role. */
    public RoleKeys keysOf(Role role) {
        return Objects.requireNonNull(roles.get(role));
    }

    /** Names the keys and thresholds of these roles: what was remembered under others is forgotten. */
    String fingerprint(Role... of) {
        StringBuilder text = new StringBuilder();
        for (Role role : of) {
            text.append(String.join(" ", roleWords(role))).append('\n');
        }
        return Digest.of(text.toString().getBytes(StandardCharsets.US_ASCII)).hex();
    }

    boolean isSigned(SignedDocument document, Role role) {
        return signatures(document, role).filter(valid -> valid).count()
                >= keysOf(role).threshold();
    }

    /** Accepts the document when at least the threshold of the role's keys signed it. */
    void requireSigned(SignedDocument document, Role role) throws RejectedException {
        if (isSigned(document, role)) {
            return;
        }
        List<Boolean> signatures = signatures(document, role).toList();
        Threat threat = signatures.isEmpty()
                ? Threat.UNKNOWN_KEY
                : signatures.contains(false) ? Threat.BAD_SIGNATURE : Threat.BELOW_THRESHOLD;
        throw new RejectedException(
                threat,
                "%d keys of role %s signed rightly, must be %d of %d"
                        .formatted(
                                Collections.frequency(signatures, true),
                                role.word(),
                                keysOf(role).threshold(),
                                keysOf(role).keyIds().size()));
    }

    /** For each key of the role that signed, whether its signature is right; other keys' signatures say nothing. */
    private Stream<Boolean> signatures(SignedDocument document, Role role) {
        return keys.stream()
                .filter(key -> keysOf(role).keyIds().contains(key.id()))
                .filter(key -> document.signatures().containsKey(key.id()))
                .map(key -> key.verifies(
                        document.payload(),
                        Objects.requireNonNull(document.signatures().get(key.id()))));
    }

    byte[] encode() {
        DocumentWriter out = new DocumentWriter(KIND)
                .number("version", version)
                .time("issued", issued)
                .time("expires", expires);
        keys.forEach(key -> out.line("key", key.hex()));
        Role.ALL.forEach(role -> out.line(roleWords(role)));
        return out.bytes(BYTES_MAX);
    }

    static Root decode(byte[] payload) throws RejectedException {
        DocumentReader in = new DocumentReader(KIND, payload);
        long version = in.number("version");
        Instant issued = in.time("issued");
        Instant expires = in.time("expires");
        try {
            List<VerifyingKey> keys = new ArrayList<>();
            while (in.isAt("key")) {
                keys.add(new VerifyingKey(in.word("key")));
            }
            Map<Role, RoleKeys> roles = new EnumMap<>(Role.class);
            for (Role role : Role.ALL) {
                List<String> words = in.words("role", 3);
                if (!words.getFirst().equals(role.word())) {
                    throw new IllegalArgumentException("expected role " + role.word());
                }
                int threshold = Math.toIntExact(Math.min(in.number("threshold", words.get(1)), Integer.MAX_VALUE));
                roles.put(role, new RoleKeys(threshold, words.subList(2, words.size())));
            }
            in.end();
            Root root = new Root(version, issued, expires, keys, roles);
            in.requireCanonical(root.encode());
            return root;
        } catch (IllegalArgumentException wrong) {
            throw in.refused(wrong);
        }
    }

    private String[] roleWords(Role role) {
        List<String> words = new ArrayList<>(
                List.of("role", role.word(), Integer.toString(keysOf(role).threshold())));
        words.addAll(keysOf(role).keyIds());
        return words.toArray(String[]::new);
    }
}
