package io.fleetwright.forge.select;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;

/** The same choice written the long way: every pair compared, nothing shared with the selector. */
final class PlainSelector {
    private PlainSelector() {}

    /**
     * The chosen variant's name, or nothing, and the limits that it breaks.
     *
     * @param variant empty when nothing fits
     */
    record Answer(String variant, List<Relaxation> relaxed) {}

    static Answer choose(List<Candidate> candidates, DeviceFacts device, Constraints limits) {
        for (int level = 0; level <= limits.relaxations().size(); level++) {
            List<Candidate> fits = new ArrayList<>();
            for (Candidate candidate : candidates) {
                if (runs(candidate, device) && meets(candidate, limits, level)) {
                    fits.add(candidate);
                }
            }
            if (!fits.isEmpty()) {
                Candidate chosen = best(front(fits));
                return new Answer(chosen.variant(), broken(chosen, limits));
            }
        }
        return new Answer("", List.of());
    }

    private static List<Relaxation> broken(Candidate chosen, Constraints limits) {
        List<Relaxation> broken = new ArrayList<>();
        for (Relaxation limit : limits.relaxations()) {
            boolean kept = switch (limit) {
                case ENERGY ->
                    limits.energyMillijoulesMax().isEmpty()
                            || chosen.energyMillijoules().orElse(Double.NaN)
                                    <= limits.energyMillijoulesMax().getAsDouble();
                case LATENCY ->
                    limits.latencyMillisMax().isEmpty()
                            || chosen.latencyMillis().orElse(Double.NaN)
                                    <= limits.latencyMillisMax().getAsDouble();
                case ACCURACY ->
                    limits.accuracyMin().isEmpty()
                            || chosen.accuracy().orElse(Double.NaN)
                                    >= limits.accuracyMin().getAsDouble();
                case UNKNOWN_COST -> throw new AssertionError("not among those of fleets by file");
            };
            if (!kept) {
                broken.add(limit);
            }
        }
        return broken;
    }

    private static boolean runs(Candidate candidate, DeviceFacts device) {
        for (String operator : candidate.operators()) {
            if (!device.operators().orElse(candidate.operators()).contains(operator)) {
                return false;
            }
        }
        if (!device.bits().orElse(Set.of(candidate.bits())).contains(candidate.bits())) {
            return false;
        }
        if (device.memory() instanceof Memory.Shared shared) {
            return candidate.weightBytes() + candidate.activationBytes() <= shared.bytes();
        }
        if (device.memory() instanceof Memory.Split split) {
            return candidate.weightBytes() <= split.weightBytes()
                    && candidate.activationBytes() <= split.activationBytes();
        }
        return true;
    }

    private static boolean meets(Candidate candidate, Constraints limits, int level) {
        List<Relaxation> gone = limits.relaxations().subList(0, level);
        if (limits.energyMillijoulesMax().isPresent() && !gone.contains(Relaxation.ENERGY)) {
            double most = limits.energyMillijoulesMax().getAsDouble();
            if (!(candidate.energyMillijoules().orElse(Double.NaN) <= most)) {
                return false;
            }
        }
        if (limits.latencyMillisMax().isPresent()) {
            double most = limits.latencyMillisMax().getAsDouble() * (gone.contains(Relaxation.LATENCY) ? 1.25 : 1);
            if (!(candidate.latencyMillis().orElse(Double.NaN) <= most)) {
                return false;
            }
        }
        if (limits.accuracyMin().isPresent() && !gone.contains(Relaxation.ACCURACY)) {
            double least = limits.accuracyMin().getAsDouble();
            return candidate.accuracy().orElse(Double.NaN) >= least;
        }
        return true;
    }

    static List<Candidate> front(List<Candidate> fits) {
        List<Candidate> front = new ArrayList<>();
        for (Candidate candidate : fits) {
            boolean dominated = false;
            for (Candidate other : fits) {
                dominated |= dominates(other, candidate);
            }
            if (!dominated) {
                front.add(candidate);
            }
        }
        return front;
    }

    private static boolean dominates(Candidate a, Candidate b) {
        int accuracy = compare(a.accuracy(), b.accuracy());
        int latency = -compare(a.latencyMillis(), b.latencyMillis());
        int energy = -compare(a.energyMillijoules(), b.energyMillijoules());
        boolean comparable = a.accuracy().isPresent() == b.accuracy().isPresent()
                && a.latencyMillis().isPresent() == b.latencyMillis().isPresent()
                && a.energyMillijoules().isPresent() == b.energyMillijoules().isPresent();
        return comparable && accuracy >= 0 && latency >= 0 && energy >= 0 && accuracy + latency + energy > 0;
    }

    private static int compare(OptionalDouble a, OptionalDouble b) {
        return a.isPresent() && b.isPresent() ? Double.compare(a.getAsDouble(), b.getAsDouble()) : 0;
    }

    private static Candidate best(List<Candidate> front) {
        double most = -1;
        for (Candidate candidate : front) {
            most = Math.max(most, candidate.accuracy().orElse(-1));
        }
        Candidate best = null;
        for (Candidate candidate : front) {
            boolean tied = most - candidate.accuracy().orElse(-1) < 0.00199999;
            if (tied && (best == null || isBetter(candidate, best))) {
                best = candidate;
            }
        }
        return Objects.requireNonNull(best);
    }

    private static boolean isBetter(Candidate a, Candidate b) {
        double[] left = {
            a.energyMillijoules().orElse(1e300),
            a.latencyMillis().orElse(1e300),
            -a.accuracy().orElse(-1)
        };
        double[] right = {
            b.energyMillijoules().orElse(1e300),
            b.latencyMillis().orElse(1e300),
            -b.accuracy().orElse(-1)
        };
        for (int i = 0; i < left.length; i++) {
            if (left[i] != right[i]) {
                return left[i] < right[i];
            }
        }
        return a.variant().compareTo(b.variant()) < 0;
    }
}
