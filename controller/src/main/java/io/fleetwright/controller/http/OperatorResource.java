package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.OperatorShares;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.OperatorTimes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the operators of a network take on a device. Its path is a whole one: a shorter one would hide the list of devices. */
@Path("/api/v1/devices/{node}/{device}/operators")
public class OperatorResource {
    private final Controller controller;
    private final Access.Present present;

    OperatorResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** By what plans cost the layers of what a device runs. */
    enum State {
        /** By times that the device has measured. */
        MEASURED,
        /** By their products: what was measured is too far from what runs take. */
        LEFT_OUT,
        /** By their products, until the device has told what it measures. */
        AWAITED,
        /** By their products: all of the device's times are its profile's. */
        MODELLED,
        /** By their products: nothing measures operators there. */
        NOT_MEASURED,
        /** Nothing runs in the slot. */
        EMPTY
    }

    /**
     * What a slot runs.
     *
     * @param timing kernels, threads and agent by which it was measured
     * @param kernels that the program runs on
     * @param rounds that the medians are of
     * @param measuredAt by the node's clock
     * @param totalMs of all operators; plans take how long the network takes from its runs
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Times(
            String device,
            String slot,
            @Nullable String digest,
            String state,
            @Nullable String timing,
            @Nullable String kernels,
            @Nullable Integer rounds,
            @Nullable String measuredAt,
            @Nullable Double totalMs,
            List<Operator> operators) {}

    /**
     * One operator.
     *
     * @param p50Ms median time
     * @param share of all operators' time
     * @param macsShare of all operators' products, by which it would be costed otherwise
     */
    record Operator(
            int index,
            String operator,
            String kernel,
            long macs,
            long bytes,
            double p50Ms,
            double share,
            double macsShare) {}

    /** What the operators of the variant in a slot take there. */
    @GET
    @Path("/{slot}")
    public Object operators(
            @PathParam("node") String node, @PathParam("device") String device, @PathParam("slot") String slot) {
        String tenant = present.tenant();
        return controller.core().run(scope -> times(scope.tx(), tenant, node, device, slot));
    }

    /** As {@link #operators}. */
    static Times times(Tx tx, String tenant, String node, String device, String slot) {
        DeviceRow row = tx.get(DeviceRow.class, String.join("/", tenant, node, device))
                .orElseThrow(() -> Refusal.notFound("device", node + "/" + device));
        SlotRow held = tx.get(SlotRow.class, row.id + "/" + slot).orElseThrow(() -> Refusal.notFound("slot", slot));
        Optional<OperatorTimesRow> told = Optional.ofNullable(held.reportedDigest)
                .flatMap(digest -> tx.get(OperatorTimesRow.class, OperatorTimesRow.key(row.id, digest)));
        return told.filter(_ -> !row.modelled)
                .map(found -> measured(
                        row, slot, OperatorShares.count(tx, found) ? State.MEASURED : State.LEFT_OUT, found.report()))
                .orElseGet(() -> new Times(
                        node + "/" + device,
                        slot,
                        held.reportedDigest,
                        word(state(tx, row, held)),
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of()));
    }

    private static State state(Tx tx, DeviceRow device, SlotRow slot) {
        if (slot.reportedDigest == null) {
            return State.EMPTY;
        }
        if (device.modelled) {
            return State.MODELLED;
        }
        boolean times = device.driver.equals("cpu")
                && tx.get(NodeRow.class, device.nodeId)
                        .filter(node -> node.timing != null)
                        .isPresent();
        return times ? State.AWAITED : State.NOT_MEASURED;
    }

    private static Times measured(DeviceRow device, String slot, State state, OperatorTimes report) {
        double nanos = report.totalNanos();
        double products = report.operators().stream()
                .mapToLong(OperatorTimes.Operator::macs)
                .sum();
        List<Operator> operators = new ArrayList<>();
        for (OperatorTimes.Operator one : report.operators()) {
            operators.add(new Operator(
                    operators.size(),
                    one.name(),
                    one.kernel(),
                    one.macs(),
                    one.bytes(),
                    one.p50Nanos() / 1e6,
                    one.p50Nanos() / nanos,
                    products == 0 ? 1.0 / report.operators().size() : one.macs() / products));
        }
        return new Times(
                device.node + "/" + device.device,
                slot,
                report.digest(),
                word(state),
                report.timing(),
                report.kernels(),
                report.rounds(),
                Views.time(report.atMillis()),
                nanos / 1e6,
                operators);
    }

    private static String word(State state) {
        return Json.wireName(state);
    }
}
