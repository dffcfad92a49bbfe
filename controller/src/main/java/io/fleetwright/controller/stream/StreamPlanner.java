package io.fleetwright.controller.stream;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.telemetry.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which of the ways to run a stream is taken. Pure.
 *
 * <p>Of those that keep the objective in nine of ten cases, else of those that are expected to keep it, the one with the soonest answer;
 * another device is asked only when that is sooner by a twentieth, or the source alone does not keep the objective. When none keeps it, the
 * soonest. A source whose battery is low takes the way that costs it the least energy of those that keep the objective. A helper that is
 * too hot is asked as one that cannot be replaced in time is, and one whose battery is low never.
 */
final class StreamPlanner {
    /** A plan for two devices must be faster by this, since it can fail in two places. */
    private static final double WORTH = 0.95;
    /** Ways that are kept to answer "why so". */
    private static final int CANDIDATES_KEPT = 24;

    private static final double MARGIN_MICROS_MIN = 5_000;
    private static final int MARGIN_SHARE = 20;

    private StreamPlanner() {}

    /**
     * What a stream is to keep.
     *
     * @param energyBudgetMicrojoules of one frame, absent for any
     */
    record Objective(
            long periodMillis,
            long deadlineMillis,
            @Nullable Double energyBudgetMicrojoules) {}

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
        SPARED;

        boolean keeps() {
            return this == KEEPS || this == EXPECTED;
        }
    }

    /** An option with what speaks for it. */
    record Rated(Option option, Standing standing, boolean isSafe) {}

    /**
     * The choice.
     *
     * @param rated all options, the taken one first
     */
    record Choice(List<Rated> rated) {
        Rated taken() {
            return rated.getFirst();
        }
    }

    /**
     * Chooses.
     *
     * @param alone what the source does by itself
     * @param shared what it does with others
     * @param busy share of its time that a device, named by its id, gives to other streams
     * @param sourceId the source's device
     * @param strains how a device's node is, by the device's id
     */
    static Choice choose(
            Objective objective,
            String sourceId,
            Option alone,
            List<Option> shared,
            ToDoubleFunction<String> busy,
            Function<String, Strain> strains) {
        Rated own = rate(objective, sourceId, alone, busy, Strain.NONE);
        List<Rated> all = new ArrayList<>(List.of(own));
        for (Option option : shared) {
            DeviceRow peer = Objects.requireNonNull(option.peer());
            all.add(rate(objective, sourceId, option, busy, strains.apply(peer.id)));
        }
        boolean saves = strains.apply(sourceId).isLow();
        // Whoever cannot be replaced in time is asked only when the source would be late anyway.
        all.sort(Comparator.comparingInt((Rated one) -> group(one, own))
                .thenComparingDouble(
                        one -> saves ? one.option.sourceMicrojoules().orElse(Double.POSITIVE_INFINITY) : 0)
                .thenComparingDouble(one -> one.option.totalMicros() * (one.option.peer() == null ? WORTH : 1))
                .thenComparing(one -> name(one.option)));
        return new Choice(all);
    }

    private static int group(Rated one, Rated own) {
        if (one.standing == Standing.SPARED) {
            return 5;
        }
        if (!one.standing.keeps()) {
            return 4;
        }
        boolean risky = !one.isSafe && own.standing.keeps();
        return (risky ? 2 : 0) + (one.standing == Standing.KEEPS ? 0 : 1);
    }

    private static Rated rate(
            Objective objective, String sourceId, Option option, ToDoubleFunction<String> busy, Strain strain) {
        double deadline = objective.deadlineMillis * 1000.0;
        double period = objective.periodMillis * 1000.0;
        double here = option.frontMicros() / period + busy.applyAsDouble(sourceId);
        DeviceRow peer = option.peer();
        double there = peer == null ? 0 : option.backMicros() / period + busy.applyAsDouble(peer.id);
        Double budget = objective.energyBudgetMicrojoules;
        Standing standing = Standing.KEEPS;
        if (option.p90Micros() > deadline) {
            standing = Standing.EXPECTED;
        }
        if (strain.isLow()) {
            standing = Standing.SPARED;
        } else if (option.totalMicros() > deadline) {
            standing = Standing.LATE;
        } else if (option.stageMicros() > period || here > 1 || there > 1) {
            standing = Standing.SLOW;
        } else if (budget != null
                && (option.allMicrojoules().isEmpty() || option.allMicrojoules().getAsDouble() > budget)) {
            standing = Standing.DEAR;
        }
        double waits = objective.periodMillis < objective.deadlineMillis ? option.frontP90Micros() : 0;
        double margin = Math.max(MARGIN_MICROS_MIN, deadline / MARGIN_SHARE);
        boolean safe =
                option.peer() == null || option.p90Micros() <= deadline - option.localBackMicros() - waits - margin;
        return new Rated(option, standing, safe && !strain.isHot());
    }

    private static String name(Option option) {
        DeviceRow peer = option.peer();
        return peer == null ? "" : peer.id;
    }

    /** A device, {@code node/device}, that is not as it usually is. */
    record Noted(String device, StreamFacts.Board board) {}

    /** Why the first option was taken, as JSON. */
    static String why(Choice choice, String costs, List<Noted> noted) {
        List<Rated> kept = choice.rated.subList(0, Math.min(CANDIDATES_KEPT, choice.rated.size()));
        byte[] json = Json.write(out -> out.field("chosen", shown(choice.taken().option))
                .field("costs", costs)
                .objects(
                        "boards",
                        noted.subList(0, Math.min(CANDIDATES_KEPT, noted.size())),
                        (o, one) -> o.field("device", one.device)
                                .field("celsius", one.board.told().celsius())
                                .field("hot", one.board.told().strain().isHot())
                                .field("batteryPercent", one.board.told().percent())
                                .field("low", one.board.told().strain().isLow())
                                .field("slowedBy", one.board.pace().factor()))
                .objects(
                        "candidates",
                        kept,
                        (o, one) -> o.field("device", shown(one.option))
                                .field(
                                        "after",
                                        one.option.peer() == null ? null : Long.valueOf(one.option.boundary() - 1))
                                .field("bits", one.option.peer() == null ? null : Long.valueOf(one.option.bits()))
                                .field("bytes", one.option.peer() == null ? null : Long.valueOf(one.option.bytes()))
                                .field("frontMs", one.option.frontMicros() / 1000)
                                .field("linkMs", (one.option.sendMicros() + one.option.returnMicros()) / 1000)
                                .field("backMs", one.option.backMicros() / 1000)
                                .field("totalMs", one.option.totalMicros() / 1000)
                                .field("p90Ms", one.option.p90Micros() / 1000)
                                .field("stageMs", one.option.stageMicros() / 1000)
                                .field(
                                        "energyMj",
                                        one.option.microjoules().isPresent()
                                                ? Double.valueOf(
                                                        one.option.microjoules().getAsDouble() / 1000)
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
                                .field("canBeReplacedInTime", one.isSafe)));
        return new String(json, StandardCharsets.UTF_8);
    }

    private static String shown(Option option) {
        DeviceRow peer = option.peer();
        return peer == null ? "alone" : peer.node + "/" + peer.device;
    }
}
