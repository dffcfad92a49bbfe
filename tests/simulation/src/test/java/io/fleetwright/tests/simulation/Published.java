package io.fleetwright.tests.simulation;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The model's versions of every history, and the keys that sign them. */
final class Published {
    static final RootChain KEYS = RootChain.generate(Instant.ofEpochMilli(History.START_MILLIS));
    static final List<String> VARIANTS = List.of("w1.0-int8", "w0.5-int8");

    /** Half of the boards die of it a few seconds after they have switched it on, and fall back. */
    static final String KILLER = "3.0.0";

    /** Variants by version; each has a release of its own, so that going back takes permission. */
    static final Map<String, Map<String, byte[]>> VERSIONS = versions();

    /** All of them by digest. */
    static final Map<String, byte[]> ARTIFACTS = artifacts();

    private static final Set<String> KILLERS = VERSIONS.getOrDefault(KILLER, Map.of()).values().stream()
            .map(bytes -> Digest.of(bytes).value())
            .collect(Collectors.toUnmodifiableSet());

    static {
        RememberedSignatures.install();
    }

    private Published() {}

    static boolean isKiller(String digest) {
        return KILLERS.contains(digest);
    }

    private static Map<String, Map<String, byte[]>> versions() {
        Map<String, Map<String, byte[]>> versions = new TreeMap<>();
        for (String variant : VARIANTS) {
            byte[] bytes = GlyphModels.bytes(variant);
            versions.computeIfAbsent("1.0.0", _ -> new TreeMap<>()).put(variant, bytes);
            versions.computeIfAbsent("2.0.0", _ -> new TreeMap<>()).put(variant, Misscaled.of(bytes, 2));
            versions.computeIfAbsent(KILLER, _ -> new TreeMap<>()).put(variant, Misscaled.of(bytes, 4));
        }
        return versions;
    }

    private static Map<String, byte[]> artifacts() {
        Map<String, byte[]> artifacts = new HashMap<>();
        for (Map<String, byte[]> variants : VERSIONS.values()) {
            variants.values().forEach(bytes -> artifacts.put(Digest.of(bytes).value(), bytes));
        }
        return Map.copyOf(artifacts);
    }
}
