package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One released artifact of a line.
 *
 * @param counter position of the release in its line, from 1; its variants share it
 * @param digest SHA-256 of the bytes
 * @param bytes length, from 1
 * @param kind what the bytes are, such as {@code tflite}
 * @param version the model's version
 * @param variant name of the variant
 * @param golden digest of the inputs and outputs that a node checks itself with, absent when there are none
 * @param facts whatever else a node may need to know of the variant, at most {@value #FACTS_MAX} pairs
 */
public record Artifact(
        long counter,
        Digest digest,
        long bytes,
        String kind,
        String version,
        String variant,
        Optional<Digest> golden,
        SortedMap<String, String> facts)
        implements Comparable<Artifact> {
    public static final int FACTS_MAX = 16;

    private static final String NO_GOLDEN = "-";
    private static final int FIXED_WORDS = 7;
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9._+:,-]{1,64}");

    public Artifact {
        facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
        Versions.requireNumber("counter", counter);
        Versions.requireNumber("bytes", bytes);
        for (String name : List.of(kind, version, variant)) {
            requireName(name);
        }
        if (facts.size() > FACTS_MAX) {
            throw new IllegalArgumentException("facts (%d) must be at most %d".formatted(facts.size(), FACTS_MAX));
        }
        facts.forEach((name, value) -> {
            requireName(name);
            if (!VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("fact %s must match %s".formatted(name, VALUE));
            }
        });
    }

    @Override
    public int compareTo(Artifact other) {
        return Comparator.comparingLong(Artifact::counter)
                .thenComparing(artifact -> artifact.digest().value())
                .compare(this, other);
    }

    List<String> words() {
        List<String> words = new ArrayList<>(List.of(
                Long.toString(counter),
                digest.value(),
                Long.toString(bytes),
                kind,
                version,
                variant,
                golden.map(Digest::value).orElse(NO_GOLDEN)));
        facts.forEach((name, value) -> words.add(name + "=" + value));
        return words;
    }

    static Artifact read(DocumentReader in) throws RejectedException {
        List<String> words = in.words("artifact", FIXED_WORDS);
        SortedMap<String, String> facts = new TreeMap<>();
        for (String word : words.subList(FIXED_WORDS, words.size())) {
            String[] pair = word.split("=", 2);
            facts.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        return new Artifact(
                in.number("counter", words.get(0)),
                new Digest(words.get(1)),
                in.number("bytes", words.get(2)),
                words.get(3),
                words.get(4),
                words.get(5),
                words.get(6).equals(NO_GOLDEN) ? Optional.empty() : Optional.of(new Digest(words.get(6))),
                facts);
    }

    /** What the order says of it must be what its line says of it. */
    boolean isLabelled(DesiredSlot slot) {
        return slot.bytes() == bytes
                && slot.version().equals(version)
                && slot.variant().equals(variant);
    }

    private static void requireName(String name) {
        if (!DesiredSlot.isName(name)) {
            throw new IllegalArgumentException("'%s' must be a name".formatted(name));
        }
    }
}
