package io.fleetwright.forge.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Chooses one of a version's variants for a device, and says of every variant why it is or is not the one. Pure. */
public final class VariantSelector {
    public static final int CANDIDATES_MAX = 10_000;

    /** A device changes only for more than this, as a part. */
    public static final double GAIN_MIN = 0.05;

    private final List<Candidate> candidates;
    private final List<List<Obstacle>> barred = new ArrayList<>();
    private final List<Judgement.@Nullable Outcome> outcomes = new ArrayList<>();

    private VariantSelector(List<Candidate> candidates, DeviceFacts device) {
        this.candidates = candidates;
        for (Candidate candidate : candidates) {
            barred.add(device.obstacles(candidate));
            outcomes.add(null);
        }
    }

    /**
     * Chooses.
     *
     * @param incumbent what the device runs now, absent when nothing or nothing of these
     * @throws IllegalArgumentException if there are more than {@value #CANDIDATES_MAX} candidates or two of one name
     */
    public static Selection select(
            List<Candidate> candidates, DeviceFacts device, Constraints constraints, Optional<String> incumbent) {
        if (candidates.size() > CANDIDATES_MAX) {
            throw new IllegalArgumentException(
                    "candidates (%d) must be at most %d".formatted(candidates.size(), CANDIDATES_MAX));
        }
        Set<String> names = new HashSet<>();
        for (Candidate candidate : candidates) {
            if (!names.add(candidate.variant())) {
                throw new IllegalArgumentException("variant %s is there twice".formatted(candidate.variant()));
            }
        }
        return new VariantSelector(List.copyOf(candidates), device).select(constraints, incumbent);
    }

    private Selection select(Constraints constraints, Optional<String> incumbent) {
        Constraints effective = constraints;
        List<Relaxation> relaxed = new ArrayList<>();
        List<Integer> fitting = fitting(effective);
        for (Relaxation relaxation : constraints.relaxations()) {
            if (!fitting.isEmpty()) {
                break;
            }
            effective = effective.relaxed(relaxation);
            relaxed.add(relaxation);
            fitting = fitting(effective);
        }
        refuse(effective);
        if (fitting.isEmpty()) {
            return new Selection.None(nearest(constraints), judgements());
        }
        Candidate chosen = choose(fitting, incumbent);
        return new Selection.Chosen(chosen, gaveWay(constraints, relaxed, chosen), judgements());
    }

    /** Those without which the chosen one would break a limit: others were tried before them, and gave it nothing. */
    private static List<Relaxation> gaveWay(Constraints constraints, List<Relaxation> tried, Candidate chosen) {
        List<Relaxation> needed = new ArrayList<>(tried);
        // From the last, which costs most.
        for (Relaxation relaxation : tried.reversed()) {
            Constraints without = constraints;
            for (Relaxation other : needed) {
                without = other == relaxation ? without : without.relaxed(other);
            }
            if (without.areMetBy(chosen)) {
                needed.remove(relaxation);
            }
        }
        return needed;
    }

    /** Indices of the candidates without an obstacle. */
    private List<Integer> fitting(Constraints constraints) {
        List<Integer> fitting = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            if (barred.get(i).isEmpty() && constraints.areMetBy(candidates.get(i))) {
                fitting.add(i);
            }
        }
        return fitting;
    }

    private void refuse(Constraints constraints) {
        for (int i = 0; i < candidates.size(); i++) {
            List<Obstacle> obstacles = new ArrayList<>(barred.get(i));
            obstacles.addAll(constraints.obstacles(candidates.get(i)));
            if (!obstacles.isEmpty()) {
                outcomes.set(i, new Judgement.Outcome.Refused(obstacles));
            }
        }
    }

    private Candidate choose(List<Integer> fitting, Optional<String> incumbent) {
        List<Candidate> fits = new ArrayList<>();
        fitting.forEach(i -> fits.add(candidates.get(i)));
        int[] dominators = Skyline.dominators(fits);
        List<Candidate> front = new ArrayList<>();
        for (int k = 0; k < dominators.length; k++) {
            if (dominators[k] == Skyline.NOT_DOMINATED) {
                front.add(fits.get(k));
            }
        }
        Candidate best = Ranking.best(front);
        Candidate chosen = incumbent
                .flatMap(name -> fits.stream()
                        .filter(candidate -> candidate.variant().equals(name))
                        .findFirst())
                .filter(candidate -> Ranking.gain(best, candidate) <= GAIN_MIN)
                .orElse(best);
        for (int k = 0; k < dominators.length; k++) {
            outcomes.set(fitting.get(k), outcome(fits, dominators, k, best, chosen));
        }
        return chosen;
    }

    private static Judgement.Outcome outcome(
            List<Candidate> fits, int[] dominators, int k, Candidate best, Candidate chosen) {
        Candidate candidate = fits.get(k);
        if (candidate.equals(chosen)) {
            return chosen.equals(best)
                    ? new Judgement.Outcome.Chosen()
                    : new Judgement.Outcome.Kept(best.variant(), Ranking.gain(best, chosen));
        }
        if (dominators[k] != Skyline.NOT_DOMINATED) {
            return new Judgement.Outcome.Dominated(fits.get(dominators[k]).variant());
        }
        return candidate.equals(best)
                ? new Judgement.Outcome.NotWorthIt(chosen.variant(), Ranking.gain(best, chosen))
                : new Judgement.Outcome.Outranked(best.variant(), Ranking.decidedBy(best, candidate));
    }

    /** Among what could run here, the least sum of parts by which known figures are beyond the limits. */
    private Optional<String> nearest(Constraints constraints) {
        record Distance(String variant, double excess) {}
        List<Distance> distances = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            List<Obstacle> obstacles = constraints.obstacles(candidates.get(i));
            boolean known = obstacles.stream().allMatch(Obstacle.Beyond.class::isInstance);
            if (barred.get(i).isEmpty() && known) {
                double excess = obstacles.stream()
                        .mapToDouble(obstacle -> ((Obstacle.Beyond) obstacle).excess())
                        .sum();
                distances.add(new Distance(candidates.get(i).variant(), excess));
            }
        }
        return distances.stream()
                .min(Comparator.comparingDouble(Distance::excess).thenComparing(Distance::variant))
                .map(Distance::variant);
    }

    private List<Judgement> judgements() {
        List<Judgement> judgements = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            judgements.add(new Judgement(candidates.get(i).variant(), Objects.requireNonNull(outcomes.get(i))));
        }
        return judgements;
    }
}
