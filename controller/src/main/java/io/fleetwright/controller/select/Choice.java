package io.fleetwright.controller.select;

import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.Judgement;
import io.fleetwright.forge.select.Selection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one device gets, and why.
 *
 * @param candidates the variants with their figures on this device, in the order of the selection's judgements
 * @param modelled names of the variants whose figures are estimates and no measurements
 * @param variant what it gets, if anything
 */
public record Choice(
        DeviceRow device,
        List<Candidate> candidates,
        Set<String> modelled,
        Selection selection,
        Optional<VariantRow> variant) {
    private static final int REASON_CHARS_MAX = 500;

    public Choice {
        candidates = List.copyOf(candidates);
        modelled = Set.copyOf(modelled);
    }

    /** One line for a person: why this variant, or why none. */
    public String reason() {
        String text = switch (selection) {
            case Selection.Chosen chosen -> why(chosen);
            case Selection.None none ->
                (none.judgements().isEmpty() ? "parts alone make no whole network" : "")
                        + none.judgements().stream()
                                .map(judgement -> judgement.variant() + ": " + judgement.text())
                                .collect(Collectors.joining("; "))
                        + none.nearest()
                                .map(nearest -> "; the nearest is " + nearest)
                                .orElse("");
        };
        return text.length() <= REASON_CHARS_MAX ? text : text.substring(0, REASON_CHARS_MAX);
    }

    /** How the chosen one fared, and why each other one was not chosen. */
    private static String why(Selection.Chosen chosen) {
        String name = chosen.variant().variant();
        String own = chosen.judgements().stream()
                .filter(judgement -> judgement.variant().equals(name))
                .map(Judgement::text)
                .findFirst()
                .orElseThrow();
        String relaxed = chosen.relaxed().isEmpty()
                ? ""
                : chosen.relaxed().stream()
                        .map(relaxation ->
                                relaxation.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .collect(Collectors.joining(", ", " (relaxed: ", ")"));
        String others = chosen.judgements().stream()
                .filter(judgement -> !judgement.variant().equals(name))
                .map(judgement -> judgement.variant() + ": " + judgement.text())
                .collect(Collectors.joining("; "));
        return own + relaxed + "; " + (others.isEmpty() ? "there is no other" : others);
    }
}
