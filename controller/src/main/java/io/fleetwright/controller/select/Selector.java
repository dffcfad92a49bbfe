package io.fleetwright.controller.select;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.targeting.Groups;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.targeting.Targets;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.Relaxation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a rollout and its dry run select from: devices, variants, limits. */
public final class Selector {
    private static final int DEVICES_MAX = 20_000;
    /** Devices whose nodes and slots are looked up at a time. */
    private static final int PAGE = 2000;

    private Selector() {}

    /**
     * Devices of the tenant by id.
     *
     * @param classes device classes; none means all
     * @param devices {@code node/device} names; none means all
     * @param q RSQL that devices must fit as well; absent means all
     * @throws Refusal when the tenant has too many to look at, or {@code q} is no query
     */
    public static List<DeviceRow> matched(
            Tx tx, String tenant, List<String> classes, List<String> devices, @Nullable String q) {
        List<DeviceRow> all = new ArrayList<>();
        eachPage(tx, tenant, classes, devices, q, page -> {
            all.addAll(page);
            if (all.size() > DEVICES_MAX) {
                throw Refusal.invalid("more than %d devices".formatted(DEVICES_MAX));
            }
        });
        return all;
    }

    /** Likewise, however many there are, some at a time. */
    public static void eachPage(
            Tx tx,
            String tenant,
            List<String> classes,
            List<String> devices,
            @Nullable String q,
            Consumer<List<DeviceRow>> page) {
        TargetQuery query = Groups.parse(tx, tenant, q);
        Set<String> names = Set.copyOf(devices);
        String after = "";
        List<DeviceRow> read;
        do {
            read = tx.find(Query.of(DeviceRow.class)
                    .equal("tenant", tenant)
                    .greater("id", after)
                    .ascending("id")
                    .limit(PAGE));
            List<DeviceRow> named = read.stream()
                    .filter(device -> (classes.isEmpty() || classes.contains(device.deviceClass))
                            && (names.isEmpty() || names.contains(device.node + "/" + device.device)))
                    .toList();
            page.accept(Targets.fitting(tx, named, query));
            after = read.isEmpty() ? after : read.getLast().id;
        } while (read.size() == PAGE);
    }

    /**
     * Variants of the version by name.
     *
     * @param wanted names; none means all
     * @throws Refusal when one of them is not there, or the version has none
     */
    public static List<VariantRow> variants(Tx tx, VersionRow version, List<String> wanted) {
        List<VariantRow> variants = new ArrayList<>(tx.find(
                Query.of(VariantRow.class).equal("versionId", version.id).ascending("variant")));
        for (String name : wanted) {
            if (variants.stream().noneMatch(row -> row.variant.equals(name))) {
                throw Refusal.notFound("variant", name);
            }
        }
        if (!wanted.isEmpty()) {
            variants.removeIf(row -> !wanted.contains(row.variant));
        }
        if (variants.isEmpty()) {
            throw Refusal.invalid("version %s of %s has no variants".formatted(version.version, version.model));
        }
        return variants;
    }

    /**
     * Limits, absent ones limiting nothing. Latency and energy of a variant that a device never ran are taken on trial
     * when nobody knows them; an accuracy that was not measured never is.
     *
     * @param relax the limits themselves may give way, too: energy, then latency, then accuracy
     * @throws Refusal when one is out of its range
     */
    public static Constraints constraints(
            @Nullable Double maxLatencyMillis,
            @Nullable Double maxEnergyMillijoules,
            @Nullable Double minAccuracy,
            boolean relax) {
        List<Relaxation> relaxations = new ArrayList<>(List.of(Relaxation.UNKNOWN_COST));
        if (relax) {
            relaxations.addAll(Constraints.RELAXATIONS);
        }
        try {
            return new Constraints(
                    optional(maxLatencyMillis), optional(maxEnergyMillijoules), optional(minAccuracy), relaxations);
        } catch (IllegalArgumentException wrong) {
            throw Refusal.invalid(String.valueOf(wrong.getMessage()));
        }
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
