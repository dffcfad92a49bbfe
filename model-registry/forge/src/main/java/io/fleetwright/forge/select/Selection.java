package io.fleetwright.forge.select;

import java.util.List;
import java.util.Optional;

/** What a device shall run, with a judgement of every variant in the order they came. */
public sealed interface Selection {
    List<Judgement> judgements();

    /**
     * A variant for the device.
     *
     * @param relaxed limits that had to give way, in order
     */
    record Chosen(Candidate variant, List<Relaxation> relaxed, List<Judgement> judgements) implements Selection {
        public Chosen {
            relaxed = List.copyOf(relaxed);
            judgements = List.copyOf(judgements);
        }
    }

    /**
     * Nothing fits, even with every limit relaxed that may be.
     *
     * @param nearest the variant that could run here and is the least beyond its limits, as a sum of parts of them
     */
    record None(Optional<String> nearest, List<Judgement> judgements) implements Selection {
        public None {
            judgements = List.copyOf(judgements);
        }
    }
}
