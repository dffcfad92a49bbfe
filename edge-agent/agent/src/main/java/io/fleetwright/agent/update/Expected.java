package io.fleetwright.agent.update;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.Artifact;
import java.util.Optional;

/**
 * What a line says that its artifact takes and answers.
 *
 * @param memoryBytes of weights and activations, 0 when the line says nothing
 * @param golden digest of the self-test, absent when the line says nothing
 * @param chunks digest of the chunk map, absent when the line says nothing
 */
record Expected(long memoryBytes, Optional<Digest> golden, Optional<Digest> chunks) {
    static final Expected NOTHING = new Expected(0, Optional.empty(), Optional.empty());

    private static final String MEMORY = "memory";
    private static final String CHUNKS = "chunks";

    static Expected of(Artifact artifact) {
        String memory = artifact.facts().getOrDefault(MEMORY, "0");
        return new Expected(
                memory.matches("[0-9]{1,18}") ? Long.parseLong(memory) : 0,
                artifact.golden(),
                Optional.ofNullable(artifact.facts().get(CHUNKS))
                        .map(hex -> "sha256:" + hex)
                        .filter(Digest::isValid)
                        .map(Digest::new));
    }
}
