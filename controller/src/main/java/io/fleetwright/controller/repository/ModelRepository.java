package io.fleetwright.controller.repository;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DesiredChanges;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The models of a tenant as a model repository has them. A version is loaded by a rollout; unloading a model empties its slot on
 * every device, whatever version that runs.
 */
public final class ModelRepository {
    /** Versions that one index lists. */
    public static final int ENTRIES_MAX = 1000;

    /** Models that are looked up at a time. */
    private static final int MODELS_PER_QUERY = 200;
    /** Slots that are emptied at a time. */
    private static final int SLOTS_AT_ONCE = 500;

    private final Nodes nodes;

    public ModelRepository(Nodes nodes) {
        this.nodes = nodes;
    }

    /** What an index lists. */
    public enum Listed {
        ALL,
        /** Only what is {@link State#READY}. */
        READY
    }

    /** Whether a version answers inferences. */
    public enum State {
        /** At least one device says that it is active there, and is to go on with the model. */
        READY,
        UNAVAILABLE
    }

    /**
     * A version of a model.
     *
     * @param reason why it is so, for people
     */
    public record Entry(String model, String version, State state, String reason) {}

    /** Versions of the tenant: models by name, of each the newest version first; at most {@link #ENTRIES_MAX}. */
    public static List<Entry> index(Tx tx, String tenant, Listed listed) {
        Set<String> active = tx.distinct(active(tenant), "slot");
        Set<String> wanted = tx.distinct(wanted(tenant), "slot");
        List<Entry> entries = new ArrayList<>();
        String after = "";
        List<ModelRow> page;
        do {
            page = tx.find(Query.of(ModelRow.class)
                    .equal("tenant", tenant)
                    .greater("id", after)
                    .ascending("id")
                    .limit(MODELS_PER_QUERY));
            for (ModelRow model : page) {
                if (listed == Listed.ALL || active.contains(model.model)) {
                    boolean isSomewhere = active.contains(model.model) || wanted.contains(model.model);
                    add(tx, model, listed, isSomewhere, entries);
                }
            }
            after = page.isEmpty() ? after : page.getLast().id;
        } while (page.size() == MODELS_PER_QUERY && entries.size() < ENTRIES_MAX);
        return List.copyOf(entries);
    }

    private static void add(Tx tx, ModelRow model, Listed listed, boolean isSomewhere, List<Entry> entries) {
        int room = ENTRIES_MAX - entries.size();
        if (room == 0) {
            return;
        }
        Query<VersionRow> versions = Query.of(VersionRow.class)
                .equal("tenant", model.tenant)
                .equal("model", model.model)
                .descending("createdAt")
                .limit(room);
        if (listed == Listed.READY) {
            versions.in("version", activeVersions(tx, model));
        }
        for (VersionRow version : tx.find(versions)) {
            Entry entry = entry(tx, version, isSomewhere);
            if (listed == Listed.ALL || entry.state == State.READY) {
                entries.add(entry);
            }
        }
    }

    /** Versions that are active on some device. */
    private static Set<String> activeVersions(Tx tx, ModelRow model) {
        return tx.distinct(
                Query.of(VariantRow.class)
                        .equal("tenant", model.tenant)
                        .equal("model", model.model)
                        .in("digest", tx.distinct(active(model.tenant).equal("slot", model.model), "reportedDigest")),
                "version");
    }

    private static Entry entry(Tx tx, VersionRow version, boolean isSomewhere) {
        long runs = 0;
        long shallRun = 0;
        boolean answers = false;
        if (isSomewhere) {
            List<VariantRow> variants = tx.find(Query.of(VariantRow.class).equal("versionId", version.id));
            List<String> digests =
                    variants.stream().map(variant -> variant.digest).toList();
            answers = Parts.answer(
                    variants,
                    tx.distinct(
                            active(version.tenant).equal("slot", version.model).in("reportedDigest", digests),
                            "reportedDigest"));
            runs = tx.count(active(version.tenant).equal("slot", version.model).in("reportedDigest", digests));
            shallRun = tx.count(
                    wanted(version.tenant).equal("slot", version.model).equal("desiredVersion", version.version));
        }
        if (answers) {
            return new Entry(version.model, version.version, State.READY, "active on " + devices(runs));
        }
        String where = runs > 0
                ? "only parts of it are active, on " + devices(runs)
                : shallRun > 0 ? "wanted on %s, active on none".formatted(devices(shallRun)) : "on no device";
        return new Entry(
                version.model,
                version.version,
                State.UNAVAILABLE,
                version.stage() == Stage.APPROVED ? where : version.stage().label() + ", " + where);
    }

    private static String devices(long count) {
        return count == 1 ? "1 device" : count + " devices";
    }

    /** Slots that are to run something. */
    private static Query<SlotRow> wanted(String tenant) {
        return Query.of(SlotRow.class).equal("tenant", tenant).greater("desiredDigest", "");
    }

    /** Of these, slots whose device says that something is active there. */
    private static Query<SlotRow> active(String tenant) {
        return wanted(tenant).equal("reportedState", "active");
    }

    /**
     * The newest version of a model that was approved.
     *
     * @throws Refusal when there is no such model, or no version of it is approved
     */
    public static String newestApproved(Tx tx, String tenant, String model) {
        Models.requireModel(tx, tenant, model);
        return tx
                .find(Query.of(VersionRow.class)
                        .equal("tenant", tenant)
                        .equal("model", model)
                        .equal("state", Stage.APPROVED.label())
                        .descending("createdAt")
                        .limit(1))
                .stream()
                .findFirst()
                .map(version -> version.version)
                .orElseThrow(() ->
                        new Refusal(Refusal.Kind.CONFLICT, "no version of %s is approved; name one".formatted(model)));
    }

    /**
     * Takes a model off every device of the tenant. Nodes that are there are told at once, the others with their next birth; what
     * has begun on a device ends as usual. Doing it twice does no harm.
     *
     * @return devices that were to run it
     * @throws Refusal when there is no such model, or a rollout of it has not ended
     */
    public int unload(Models.Scope scope, String tenant, String model) {
        Tx tx = scope.tx();
        Models.requireModel(tx, tenant, model);
        for (RolloutRow open : tx.find(Query.of(RolloutRow.class)
                .equal("tenant", tenant)
                .equal("model", model)
                .in("state", RolloutState.OPEN)
                .limit(1))) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "rollout %s of %s has not ended and is %s; abort it first".formatted(open.id, model, open.state));
        }
        int devices = 0;
        String after = "";
        List<SlotRow> slots;
        do {
            slots = tx.find(wanted(tenant)
                    .equal("slot", model)
                    .greater("id", after)
                    .ascending("id")
                    .limit(SLOTS_AT_ONCE));
            devices += empty(scope, slots);
            after = slots.isEmpty() ? after : slots.getLast().id;
        } while (slots.size() == SLOTS_AT_ONCE);
        scope.effects().hint(tenant, "model", model);
        return devices;
    }

    private int empty(Models.Scope scope, List<SlotRow> slots) {
        List<String> nodeIds =
                slots.stream().map(slot -> slot.nodeId).distinct().toList();
        DesiredChanges changes = nodes.changes(scope.tx(), nodeIds);
        int emptied = 0;
        for (SlotRow slot : slots) {
            NodeRow node = changes.node(slot.nodeId).orElse(null);
            if (node != null && changes.empty(node, slot.device, slot.slot)) {
                scope.effects().hint(node.tenant, "node", node.node);
                emptied++;
            }
        }
        changes.write(scope.nowMillis());
        changes.send(scope.effects(), nodeIds, scope.nowMillis());
        return emptied;
    }
}
