package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.part.PartHeader;
import io.fleetwright.runtime.part.PartPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Variants that are parts of others, for boards that cannot hold all of a network. */
public final class Parts {
    private static final int CHAINS_MAX = 16;
    private static final int CHAINS_LOOKED_AT_MAX = 1000;

    private final Models models;

    public Parts(Models models) {
        this.models = models;
    }

    /**
     * Cuts a variant into variants of the same version, named after their first and last operator; cutting it again likewise changes
     * nothing.
     *
     * @param after last operators of all parts but the last, ascending; absent when {@code memoryBytes} says what fits
     * @param memoryBytes that weights and activations of a part may take
     * @return the parts in the order of the network, two or more
     * @throws Refusal when it cannot be cut so; nothing is stored then
     */
    public List<VariantRow> cut(
            String tenant,
            String model,
            String version,
            String variant,
            @Nullable List<Integer> after,
            @Nullable Long memoryBytes,
            String who) {
        if ((after == null) == (memoryBytes == null)) {
            throw Refusal.invalid("parts need either after, where to cut, or memoryBytes, what each may take");
        }
        VariantRow whole = models.variant(tenant, model, version, variant);
        if (whole.isPart()) {
            throw Refusal.invalid("variant %s is a part of %s; cut that one".formatted(variant, whole.partOf));
        }
        byte[] file = models.artifact(whole.digest);
        Graph core = core(file, "%s/%s/%s".formatted(model, version, variant));
        List<Integer> cuts =
                after == null ? fitting(core, whole, memoryBytes == null ? 0 : memoryBytes) : starts(after);
        List<Models.Made> made = new ArrayList<>();
        int from = 0;
        for (int place = 0; place <= cuts.size(); place++) {
            int to = place == cuts.size() ? core.operators().size() : cuts.get(place);
            made.add(part(file, variant, from, to));
            from = to;
        }
        Provenance provenance = new Provenance(whole.scheme, whole.bits, null, null, who);
        return models.store(tenant, model, version, made, provenance);
    }

    private static Graph core(byte[] file, String name) {
        try {
            return ModelReader.read(file, name).integerCore();
        } catch (ModelException unusable) {
            throw new Refusal(Refusal.Kind.INVALID, String.valueOf(unusable.getMessage()));
        }
    }

    private static List<Integer> fitting(Graph core, VariantRow whole, long memoryBytes) {
        if (memoryBytes < 1) {
            throw Refusal.invalid("memoryBytes (%d) must be at least 1".formatted(memoryBytes));
        }
        List<Integer> cuts = PartPlan.fitting(core, memoryBytes)
                .orElseThrow(
                        () -> Refusal.invalid("variant %s cannot be cut into %d parts of at most %d bytes of memory; %s"
                                .formatted(whole.variant, PartPlan.PARTS_MAX, memoryBytes, PartPlan.largest(core))));
        if (cuts.isEmpty()) {
            throw Refusal.invalid("variant %s takes %d bytes of memory and fits %d as a whole"
                    .formatted(whole.variant, whole.weightBytes + whole.arenaBytes, memoryBytes));
        }
        return cuts;
    }

    private static List<Integer> starts(List<Integer> after) {
        if (after.isEmpty() || after.size() >= PartPlan.PARTS_MAX) {
            throw Refusal.invalid("after (%s) must name 1 to %d operators".formatted(after, PartPlan.PARTS_MAX - 1));
        }
        for (int i = 1; i < after.size(); i++) {
            if (after.get(i) <= after.get(i - 1)) {
                throw Refusal.invalid("after (%s) must ascend".formatted(after));
            }
        }
        if (after.getFirst() < 0 || after.getLast() == Integer.MAX_VALUE) {
            throw Refusal.invalid("after (%s) must name operators of the network".formatted(after));
        }
        return after.stream().map(operator -> operator + 1).toList();
    }

    private static Models.Made part(byte[] file, String variant, int from, int to) {
        try {
            return new Models.Made(
                    "%s.%d-%d".formatted(variant, from, to - 1), PartFile.write(file, variant, from, to));
        } catch (ModelException unusable) {
            throw new Refusal(Refusal.Kind.INVALID, String.valueOf(unusable.getMessage()));
        } catch (IllegalArgumentException notThere) {
            throw Refusal.invalid(String.valueOf(notThere.getMessage()));
        }
    }

    /** The variant of the version with these bytes, of which another one is a part. */
    static VariantRow whole(Tx tx, VersionRow version, String digest) {
        return tx.find(Query.of(VariantRow.class).equal("versionId", version.id).equal("digest", digest)).stream()
                .filter(variant -> !variant.isPart())
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("a part of %s, and no variant of %s %s has these bytes"
                        .formatted(digest, version.model, version.version)));
    }

    static void write(PartHeader part, VariantRow row, VariantRow whole) {
        row.partOf = whole.variant;
        row.partFrom = part.from();
        row.partTo = part.to();
        row.partOperators = part.operators();
        row.wholeMacs = part.macs();
        row.measuredAs(whole);
    }

    /** Digests of the parts of some networks. */
    public static Set<String> digests(List<VariantRow> variants, Collection<VariantRow> wholes) {
        Set<String> ids = wholes.stream().map(whole -> whole.id).collect(Collectors.toSet());
        return variants.stream()
                .filter(part -> part.isPart() && ids.contains(part.versionId + "/" + part.partOf))
                .map(part -> part.digest)
                .collect(Collectors.toSet());
    }

    /** Digests of a version's parts, which answer nothing that could be compared. */
    public static Set<String> digests(Tx tx, String tenant, String model, String version) {
        return tx.find(Query.of(VariantRow.class).equal("versionId", String.join("/", tenant, model, version))).stream()
                .filter(VariantRow::isPart)
                .map(part -> part.digest)
                .collect(Collectors.toSet());
    }

    /**
     * Ways to put a network together of parts, the ones with the fewest parts first, then by the name of what they are parts of.
     *
     * @param variants of one version
     * @return of each way its parts in the order of the network; at most 16 ways
     */
    public static List<List<VariantRow>> chains(List<VariantRow> variants) {
        List<List<VariantRow>> chains = new ArrayList<>();
        List<VariantRow> parts = variants.stream().filter(VariantRow::isPart).toList();
        extend(parts, List.of(), chains);
        chains.sort(Comparator.comparingInt((List<VariantRow> chain) -> chain.size())
                .thenComparing(chain ->
                        chain.stream().map(part -> part.variant).toList().toString()));
        return List.copyOf(chains.subList(0, Math.min(chains.size(), CHAINS_MAX)));
    }

    /**
     * Whether devices answer by a version: one has a whole network, or all parts of one have a device.
     *
     * @param variants of the version
     * @param active digests that devices run
     */
    public static boolean answer(List<VariantRow> variants, Set<String> active) {
        return variants.stream().anyMatch(variant -> !variant.isPart() && active.contains(variant.digest))
                || chains(variants).stream()
                        .anyMatch(chain -> chain.stream().allMatch(part -> active.contains(part.digest)));
    }

    private static void extend(List<VariantRow> parts, List<VariantRow> begun, List<List<VariantRow>> chains) {
        Optional<VariantRow> last = begun.isEmpty() ? Optional.empty() : Optional.of(begun.getLast());
        if (last.filter(part -> part.partTo == part.partOperators).isPresent()) {
            chains.add(begun);
            return;
        }
        int from = last.map(part -> part.partTo).orElse(0);
        String whole = last.map(part -> part.partOf).orElse(null);
        for (VariantRow part : parts) {
            boolean follows = part.partFrom == from && (whole == null || whole.equals(part.partOf));
            if (follows && begun.size() < PartPlan.PARTS_MAX && chains.size() < CHAINS_LOOKED_AT_MAX) {
                List<VariantRow> longer = new ArrayList<>(begun);
                longer.add(part);
                extend(parts, List.copyOf(longer), chains);
            }
        }
    }
}
