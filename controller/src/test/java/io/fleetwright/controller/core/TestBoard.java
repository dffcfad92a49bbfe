package io.fleetwright.controller.core;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a board with one device says; tests decide when it says it. */
public final class TestBoard {
    public static final String DEVICE = "cpu0";
    public static final Birth.Sensor CAM = new Birth.Sensor("cam", Birth.SensorKind.SYNTHETIC);

    public final NodeAddress address;
    public String boot = "00000000000000aa";
    public long connection = 1;
    private final TestFleet fleet;
    private long reports;
    private long results;

    TestBoard(TestFleet fleet, NodeAddress address) {
        this.fleet = fleet;
        this.address = address;
    }

    /** Sends any bytes; null when they were taken, otherwise why not. */
    public @Nullable String send(Topic.Kind kind, byte[] payload) {
        String from = kind == Topic.Kind.IN_TENSOR ? "other" : null;
        return fleet.core().message(new Topic(address, kind, from).text(), payload);
    }

    public void sendOk(Topic.Kind kind, byte[] payload) {
        String refused = send(kind, payload);
        if (refused != null) {
            throw new AssertionError("%s was dropped: %s".formatted(kind, refused));
        }
    }

    public Birth birthOf(List<SlotReport> slots, long appliedVersion) {
        return Birth.of(boot, connection, fleet.clock.millis(), "1.0", "scalar")
                .withOperators(List.of("CONV_2D", "SOFTMAX"))
                .withDevices(List.of(device(DEVICE, DeviceClass.CPU)))
                .withSlots(slots, appliedVersion)
                .withMetrics(List.of(
                        new Birth.Metric(1, DEVICE, "inference.latency", "ms", false, null),
                        new Birth.Metric(2, null, "energy", "mJ", true, EnergyMethod.MODEL)));
    }

    /** A device with a gibibyte. */
    public static Birth.Device device(String name, DeviceClass type) {
        return new Birth.Device(name, type, "cpu", null, false, 1L << 30);
    }

    public void birth() {
        birth(birthOf(List.of(), 0));
    }

    public void birth(Birth birth) {
        sendOk(Topic.Kind.UP_BIRTH, birth.encode());
    }

    /** The agent starts anew, with nothing loaded. */
    public void reboot(String newBoot) {
        boot = newBoot;
        connection = 1;
        reports = 0;
        results = 0;
        birth();
    }

    public Status statusOf(Status.State state) {
        return new Status(boot, connection, state, fleet.clock.millis());
    }

    public void status(Status.State state) {
        sendOk(Topic.Kind.UP_STATUS, statusOf(state).encode());
    }

    public static SlotReport active(String model, String digest) {
        return new SlotReport(DEVICE, model, digest, SlotReport.State.ACTIVE, null);
    }

    public Reported reportOf(SlotReport slot) {
        return new Reported(
                new Stamp(boot, ++reports),
                node().desiredVersion,
                slot.state() != SlotReport.State.CHANGING,
                List.of(slot),
                null);
    }

    public void report(SlotReport slot) {
        sendOk(Topic.Kind.UP_REPORTED, reportOf(slot).encode());
    }

    /**
     * Reports that a list is refused, by what runs otherwise.
     *
     * @param version of that list; 0 when it could not be read
     */
    public void refuses(long version, String reason) {
        sendOk(
                Topic.Kind.UP_REPORTED,
                new Reported(
                                new Stamp(boot, ++reports),
                                node().appliedVersion,
                                true,
                                List.of(),
                                new Reported.Refused(version, reason))
                        .encode());
    }

    /** Reports that whatever is desired of the model's slot runs. */
    public void runsWhatIsDesired(String model) {
        String digest = slot(model).desiredDigest;
        if (digest == null) {
            throw new AssertionError("nothing is desired of " + model);
        }
        report(active(model, digest));
    }

    public TaskResult resultOf(Work work, TaskResult.Outcome outcome) {
        return outcome == TaskResult.Outcome.OK
                ? TaskResult.succeeded(stamp(), work, work.digest())
                        .withOutput(new byte[] {(byte) work.epoch(), 2, 3})
                        .measured(1500)
                : TaskResult.failed(stamp(), work, outcome, "broken").withDigest(work.digest());
    }

    /** Puts an output here as the edge server does. */
    public void put(Work work, byte[] output) {
        boolean _ = fleet.core().run(scope -> {
            fleet.core()
                    .jobs()
                    .outputs()
                    .put(
                            scope.tx(),
                            address,
                            work.task(),
                            work.epoch(),
                            Digest.of(output).value(),
                            output,
                            scope.nowMillis());
            return true;
        });
    }

    /** A result that names an output, which may have been put. */
    public TaskResult naming(Work work, byte[] output) {
        return TaskResult.succeeded(stamp(), work, work.digest())
                .withPut(new TaskResult.PutOutput(Digest.of(output).value(), output.length))
                .measured(1500);
    }

    /** Answers with an output that is put first. */
    public void largeResult(Work work, byte[] output) {
        put(work, output);
        result(naming(work, output));
    }

    public void result(Work work, TaskResult.Outcome outcome) {
        result(resultOf(work, outcome));
    }

    public void result(TaskResult result) {
        sendOk(Topic.Kind.UP_RESULT, result.encode());
    }

    /** Of its next result. */
    public Stamp stamp() {
        return new Stamp(boot, ++results);
    }

    public TelemetryFrame frameOf(long sequence, int... aliases) {
        List<TelemetryFrame.Sample> samples = java.util.Arrays.stream(aliases)
                .mapToObj(alias -> new TelemetryFrame.Sample(alias, 0, sequence, null))
                .toList();
        return new TelemetryFrame(new Stamp(boot, sequence), fleet.clock.millis(), samples, 0);
    }

    public List<Work> works() {
        return fleet.transport.works(address);
    }

    public Work lastWork() {
        return works().getLast();
    }

    public NodeRow node() {
        return fleet.get(NodeRow.class, address.toString());
    }

    public SlotRow slot(String model) {
        return fleet.get(SlotRow.class, address + "/" + DEVICE + "/" + model);
    }
}
