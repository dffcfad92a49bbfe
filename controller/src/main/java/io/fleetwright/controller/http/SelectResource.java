package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.select.Choice;
import io.fleetwright.controller.select.FleetSelector;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.Relaxation;
import io.fleetwright.forge.select.Selection;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Says which variant devices would get, without giving it to them. */
@Path("/api/v1/models/{model}/select")
public class SelectResource {
    /** Devices that one answer explains. */
    private static final int DEVICES_MAX = 200;

    private final Controller controller;
    private final Access.Present present;

    SelectResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /**
     * What to choose from and for.
     *
     * @param version absent means the newest that is not retired and has variants
     * @param relax limits may give way where no variant meets them all: energy, then latency, then accuracy
     */
    public record Question(
            @Nullable String version,
            RolloutResource.@Nullable Selector selector,
            @Nullable List<String> variants,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMs,
            @Nullable Double maxEnergyMj,
            @Nullable Boolean relax) {}

    /**
     * What the devices would get.
     *
     * @param matched may be more than the devices that are explained
     * @param fitting of all that matched, those that would get a variant
     */
    record Answer(String model, String version, int matched, int fitting, List<Device> devices) {}

    /** What one device would get, and how every variant fared. */
    record Device(
            String node,
            String device,
            @Nullable String chosen,
            @Nullable String digest,
            List<String> relaxed,
            @Nullable String nearest,
            String reason,
            List<Fared> variants) {}

    /** One variant on one device; figures that nobody knows are absent. */
    record Fared(
            String variant,
            @Nullable Double accuracy,
            @Nullable Double latencyMsP90,
            @Nullable Double energyMjP90,
            boolean modelled,
            String reason) {}

    @POST
    public Object select(@PathParam("model") String model, @Nullable Question asked) {
        Question question = asked == null ? new Question(null, null, null, null, null, null, null) : asked;
        Constraints constraints = Selector.constraints(
                question.maxLatencyMs(),
                question.maxEnergyMj(),
                question.minAccuracy(),
                Boolean.TRUE.equals(question.relax()));
        String tenant = present.tenant();
        return controller.core().read(scope -> {
            VersionRow version = version(scope.tx(), tenant, model, question.version());
            RolloutResource.Selector selector = question.selector();
            List<DeviceRow> matched = Selector.matched(
                    scope.tx(),
                    tenant,
                    RolloutResource.orEmpty("classes", selector == null ? null : selector.classes()),
                    RolloutResource.orEmpty("devices", selector == null ? null : selector.devices()),
                    selector == null ? null : selector.q());
            if (matched.isEmpty()) {
                throw Refusal.invalid("no device matches the selector");
            }
            List<VariantRow> variants =
                    Selector.variants(scope.tx(), version, RolloutResource.orEmpty("variants", question.variants()));
            FleetSelector selects = new FleetSelector(model, variants, constraints);
            List<Device> explained = new ArrayList<>();
            int fitting = 0;
            // A piece at a time: what speaks for and against each variant is much for a large fleet.
            for (int from = 0; from < matched.size(); from += DEVICES_MAX) {
                List<Choice> choices =
                        selects.choose(scope.tx(), matched.subList(from, Math.min(matched.size(), from + DEVICES_MAX)));
                fitting += (int) choices.stream()
                        .filter(choice -> choice.variant().isPresent())
                        .count();
                if (from == 0) {
                    choices.forEach(choice -> explained.add(device(choice)));
                }
            }
            return new Answer(model, version.version, matched.size(), fitting, explained);
        });
    }

    private static VersionRow version(Tx tx, String tenant, String model, @Nullable String named) {
        if (named != null) {
            return Models.requireVersion(tx, tenant, model, named);
        }
        return tx
                .find(Query.of(VersionRow.class)
                        .equal("tenant", tenant)
                        .equal("model", model)
                        .descending("createdAt"))
                .stream()
                .filter(row -> row.stage() != Stage.RETIRED)
                .filter(row -> tx.count(Query.of(VariantRow.class).equal("versionId", row.id)) > 0)
                .findFirst()
                .orElseThrow(() -> Refusal.notFound("version with variants of model", model));
    }

    private static Device device(Choice choice) {
        List<Relaxation> relaxed = choice.selection() instanceof Selection.Chosen chosen ? chosen.relaxed() : List.of();
        String nearest = choice.selection() instanceof Selection.None none
                ? none.nearest().orElse(null)
                : null;
        return new Device(
                choice.device().node,
                choice.device().device,
                choice.variant().map(variant -> variant.variant).orElse(null),
                choice.variant().map(variant -> variant.digest).orElse(null),
                relaxed.stream()
                        .map(relaxation ->
                                relaxation.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .toList(),
                nearest,
                choice.reason(),
                IntStream.range(0, choice.candidates().size())
                        .mapToObj(i -> fared(choice, i))
                        .toList());
    }

    private static Fared fared(Choice choice, int index) {
        Candidate candidate = choice.candidates().get(index);
        return new Fared(
                candidate.variant(),
                orNull(candidate.accuracy()),
                orNull(candidate.latencyMillis()),
                orNull(candidate.energyMillijoules()),
                choice.modelled().contains(candidate.variant()),
                choice.selection().judgements().get(index).text());
    }

    private static @Nullable Double orNull(OptionalDouble figure) {
        return figure.isPresent() ? figure.getAsDouble() : null;
    }
}
