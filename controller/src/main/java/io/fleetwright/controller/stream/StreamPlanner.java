package io.fleetwright.controller.stream;

import io.fleetwright.controller.job.Packing;
import io.fleetwright.controller.job.Why;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.telemetry.wire.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which of the ways to run a stream is taken. Pure.
 *
 * <p>Of those that keep the objective in nine of ten cases, else of those that are expected to keep it, the one with the soonest answer;
 * another device is asked only when that is sooner by a twentieth, or the source alone does not keep the objective. When none keeps it, the
 * soonest. A source whose battery is low takes the way that costs it the least energy of those that keep the objective. A helper that is
 * too hot is asked as one that cannot be replaced in time is; one whose battery is low never, and neither is one that streams of higher
 * priorities leave no time.
 */
final class StreamPlanner {
    /** A plan for two devices must be faster by this, since it can fail in two places. */
    private static final double WORTH = 0.95;
    /** Ways that are kept to answer "why so". */
    private static final int CANDIDATES_KEPT = 24;

    /** Streams that are named of those that hold one helper. */
    private static final int HOLDERS_SHOWN = 3;

    private static final double MARGIN_MICROS_MIN = 5_000;
    private static final int MARGIN_SHARE = 20;

    private StreamPlanner() {}

    /**
     * What a stream is to keep.
     *
     * @param energyBudgetMicrojoules of one frame, absent for any
     * @param priority 0 to 9, larger goes first
     */
    record Objective(
            long periodMillis,
            long deadlineMillis,
            @Nullable Double energyBudgetMicrojoules,
            int priority) {}

    /** Another stream that has a device do something. */
    record Holder(String stream, int priority) {}

    /**
     * What a device that may help does for other streams, whom this one does not go before.
     *
     * @param busy share of its time
     * @param isFull whether its node helps as many as it may
     * @param holders for whom, the higher priorities first
     */
    record Held(double busy, boolean isFull, List<Holder> holders) {
        static final Held NOTHING = new Held(0, false, List.of());

        Held {
            holders = List.copyOf(holders);
        }
    }

    /** How well an option keeps an objective; the lower the better. */
    enum Standing {
        /** In nine of ten cases. */
        KEEPS,
        /** As expected. */
        EXPECTED,
        /** The answer comes too late. */
        LATE,
        /** A stage takes longer than the period, or its device has too much to do for other streams. */
        SLOW,
        /** With sending and receiving it takes more energy than a frame may, or nobody knows how much. */
        DEAR,
        /** The battery of the helper is low. */
        SPARED,
        /** The helper has too much to do for others, of which one has a higher priority, or helps as many as it may. */
        HELD;

        boolean keeps() {
            return this == KEEPS || this == EXPECTED;
        }

        /** Whether it may be taken when nothing keeps the objective. */
        boolean isPossible() {
            return this != SPARED && this != HELD;
        }
    }

    /**
     * An option with what speaks for it.
     *
     * @param heldBy whom its helper has too much to do for, the higher priorities first
     * @param free what it would be if the helper did nothing for others
     */
    record Rated(Option option, Standing standing, boolean isSafe, List<Holder> heldBy, Standing free) {
        Rated {
            heldBy = List.copyOf(heldBy);
        }

        private Rated freed() {
            return new Rated(option, free, isSafe, List.of(), free);
        }
    }

    /**
     * The choice.
     *
     * @param rated all options, the taken one first
     * @param yieldsTo the stream of a higher priority that holds the helper which would be taken otherwise, absent when there is none
     */
    record Choice(List<Rated> rated, @Nullable String yieldsTo) {
        Rated taken() {
            return rated.getFirst();
        }
    }

    /**
     * Chooses.
     *
     * @param alone what the source does by itself
     * @param shared what it does with others
     * @param sourceId the source's device
     * @param busy share of its time that the source gives to other streams
     * @param helds what a device does for others
     * @param strains how a device's node is, by the device's id
     */
    static Choice choose(
            Objective objective,
            String sourceId,
            Option alone,
            List<Option> shared,
            double busy,
            Function<DeviceRow, Held> helds,
            Function<String, Strain> strains) {
        Rated own = rate(objective, alone, busy, Held.NOTHING, Strain.NONE);
        List<Rated> all = new ArrayList<>(List.of(own));
        for (Option option : shared) {
            DeviceRow peer = Objects.requireNonNull(option.peer());
            all.add(rate(objective, option, busy, helds.apply(peer), strains.apply(peer.id)));
        }
        boolean saves = strains.apply(sourceId).isLow();
        // Whoever cannot be replaced in time is asked only when the source would be late anyway.
        Comparator<Rated> order = Comparator.comparingInt((Rated one) -> group(one, own))
                .thenComparingDouble(
                        one -> saves ? one.option.sourceMicrojoules().orElse(Double.POSITIVE_INFINITY) : 0)
                .thenComparingDouble(one -> one.option.totalMicros() * (one.option.peer() == null ? WORTH : 1))
                .thenComparing(one -> name(one.option));
        all.sort(order);
        Rated taken = all.getFirst();
        String yieldsTo = all.stream()
                .filter(one -> one.standing == Standing.HELD && order.compare(one.freed(), taken) < 0)
                .min(Comparator.comparing(Rated::freed, order))
                .map(one -> one.heldBy.getFirst())
                .filter(holder -> holder.priority > objective.priority)
                .map(Holder::stream)
                .orElse(null);
        return new Choice(all, yieldsTo);
    }

    private static int group(Rated one, Rated own) {
        if (!one.standing.isPossible()) {
            return 5;
        }
        if (!one.standing.keeps()) {
            return 4;
        }
        boolean risky = !one.isSafe && own.standing.keeps();
        return (risky ? 2 : 0) + (one.standing == Standing.KEEPS ? 0 : 1);
    }

    private static Rated rate(Objective objective, Option option, double busy, Held held, Strain strain) {
        double deadline = objective.deadlineMillis * 1000.0;
        double period = objective.periodMillis * 1000.0;
        Standing free = free(objective, option, busy, strain);
        boolean over = option.backMicros() / period + held.busy > 1;
        boolean higher = held.holders.stream().anyMatch(holder -> holder.priority > objective.priority);
        Standing standing = free;
        if (held.isFull || over && higher) {
            standing = Standing.HELD;
        } else if (over && (free.keeps() || free == Standing.DEAR)) {
            standing = Standing.SLOW;
        }
        double waits = objective.periodMillis < objective.deadlineMillis ? option.frontP90Micros() : 0;
        double margin = Math.max(MARGIN_MICROS_MIN, deadline / MARGIN_SHARE);
        boolean safe =
                option.peer() == null || option.p90Micros() <= deadline - option.localBackMicros() - waits - margin;
        return new Rated(
                option, standing, safe && !strain.isHot(), held.isFull || over ? held.holders : List.of(), free);
    }

    /** What an option is if the helper does nothing for others. */
    private static Standing free(Objective objective, Option option, double busy, Strain strain) {
        double deadline = objective.deadlineMillis * 1000.0;
        double period = objective.periodMillis * 1000.0;
        Double budget = objective.energyBudgetMicrojoules;
        if (strain.isLow()) {
            return Standing.SPARED;
        }
        if (option.totalMicros() > deadline) {
            return Standing.LATE;
        }
        if (option.stageMicros() > period || option.sourceMicros() / period + busy > 1) {
            return Standing.SLOW;
        }
        if (budget != null
                && (option.allMicrojoules().isEmpty() || option.allMicrojoules().getAsDouble() > budget)) {
            return Standing.DEAR;
        }
        return option.p90Micros() > deadline ? Standing.EXPECTED : Standing.KEEPS;
    }

    private static String name(Option option) {
        DeviceRow peer = option.peer();
        return peer == null ? "" : peer.id;
    }

    /** A device, {@code node/device}, that is not as it usually is. */
    record Noted(String device, StreamFacts.Board board) {}

    /** Why the first option was taken, as JSON. */
    static String why(Choice choice, String costs, List<Noted> noted, Optional<Packing> asked) {
        Packing packing = asked.filter(Packing::isAsked).orElse(null);
        return Why.fitting(
                StreamPlanRow.WHY_CHARS_MAX,
                clip(noted),
                clip(choice.rated),
                (boards, kept) -> Json.write(out -> out.field("chosen", shown(choice.taken().option))
                        .field("yieldsTo", choice.yieldsTo)
                        .field("costs", costs)
                        .objects(
                                "boards",
                                boards,
                                (o, one) -> o.field("device", one.device)
                                        .field("celsius", one.board.told().celsius())
                                        .field("hot", one.board.told().strain().isHot())
                                        .field(
                                                "batteryPercent",
                                                one.board.told().percent())
                                        .field("low", one.board.told().strain().isLow())
                                        .field("slowedBy", one.board.pace().factor()))
                        .object("packing", packing, (o, rule) -> rule.write(o))
                        .objects(
                                "candidates",
                                kept,
                                (o, one) -> losses(o, packing, one.option)
                                        .field("device", shown(one.option))
                                        .field(
                                                "after",
                                                one.option.peer() == null
                                                        ? null
                                                        : Long.valueOf(one.option.boundary() - 1))
                                        .field(
                                                "bits",
                                                one.option.peer() == null ? null : Long.valueOf(one.option.bits()))
                                        .field(
                                                "bytes",
                                                one.option.peer() == null ? null : Long.valueOf(one.option.bytes()))
                                        .texts("layers", one.option.layers())
                                        .field("beforeMs", millis(one.option.beforeMicros()))
                                        .field("frontMs", one.option.frontMicros() / 1000)
                                        .field("linkMs", (one.option.sendMicros() + one.option.returnMicros()) / 1000)
                                        .field("backMs", one.option.backMicros() / 1000)
                                        .field("afterMs", millis(one.option.afterMicros()))
                                        .field("totalMs", one.option.totalMicros() / 1000)
                                        .field("p90Ms", one.option.p90Micros() / 1000)
                                        .field("stageMs", one.option.stageMicros() / 1000)
                                        .field(
                                                "energyMj",
                                                one.option.microjoules().isPresent()
                                                        ? Double.valueOf(one.option
                                                                        .microjoules()
                                                                        .getAsDouble()
                                                                / 1000)
                                                        : null)
                                        .field(
                                                "linkMj",
                                                one.option.linkMicrojoules().isPresent()
                                                        ? Double.valueOf(one.option
                                                                        .linkMicrojoules()
                                                                        .getAsDouble()
                                                                / 1000)
                                                        : null)
                                        .field("verdict", one.standing.name().toLowerCase(Locale.ROOT))
                                        .strings(
                                                "heldBy",
                                                one.heldBy.stream()
                                                        .limit(HOLDERS_SHOWN)
                                                        .map(Holder::stream)
                                                        .toList())
                                        .field("canBeReplacedInTime", one.isSafe))));
    }

    private static <T> List<T> clip(List<T> all) {
        return all.subList(0, Math.min(CANDIDATES_KEPT, all.size()));
    }

    private static Json.Writer losses(Json.Writer out, @Nullable Packing packing, Option option) throws IOException {
        if (packing != null && option.peer() != null) {
            packing.write(out, option.boundary(), option.bits());
        }
        return out;
    }

    /** Absent where there are no transforms. */
    private static @Nullable Double millis(double micros) {
        return micros == 0 ? null : Double.valueOf(micros / 1000);
    }

    private static String shown(Option option) {
        DeviceRow peer = option.peer();
        return peer == null ? "alone" : peer.node + "/" + peer.device;
    }
}
