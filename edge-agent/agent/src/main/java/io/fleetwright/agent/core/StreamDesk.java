package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.stream.Board;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.Work;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The node as its streams see it: their runs wait in the queues of the devices, among work orders. */
final class StreamDesk implements Board {
    private final AgentSettings settings;
    private final Map<String, DeviceQueue> devices;
    private final Orders orders;
    private final Results results;
    private final Sensors sensors;
    private final Orders.Board board;
    private final AgentLog log;

    StreamDesk(
            AgentSettings settings,
            Map<String, DeviceQueue> devices,
            Orders orders,
            Results results,
            Sensors sensors,
            Orders.Board board,
            AgentLog log) {
        this.settings = settings;
        this.devices = devices;
        this.orders = orders;
        this.results = results;
        this.sensors = sensors;
        this.board = board;
        this.log = log;
    }

    @Override
    public long nowMicros() {
        return board.nowMicros();
    }

    @Override
    public long wallMillis() {
        return board.wallMicros() / 1000;
    }

    @Override
    public boolean hasDevice(String device) {
        return devices.containsKey(device);
    }

    @Override
    public boolean hasSensor(String sensor) {
        return sensors.find(sensor).isPresent();
    }

    @Override
    public Optional<Program> program(String device, String slot) {
        return board.program(device, slot).filter(Program::isWhole);
    }

    @Override
    public Birth.@Nullable Link link() {
        return settings.link();
    }

    @Override
    public boolean run(Run run, Watcher watcher) {
        DeviceQueue queue = devices.get(run.device());
        if (queue == null || !hasRoom(queue, run.turn())) {
            return false;
        }
        Program.Cut cut = run.cut();
        Work work = Work.order(run.task().text(), run.epoch(), run.device(), run.slot(), run.digest(), run.source())
                .withSegment(cut == null ? null : new Work.Segment(cut.from(), cut.to()))
                .sendingTo(run.sends());
        DeviceQueue.Item item = new DeviceQueue.Item(work, run.turn(), run.before(), watcher);
        orders.hold(queue, item, run.holdMicros());
        return true;
    }

    /** Where the queue is full, the last one of a lower priority that waits or is held gives its place up. */
    private boolean hasRoom(DeviceQueue queue, Turn turn) {
        if (queue.waiting() + orders.held(queue.name) < settings.queueLength()) {
            return true;
        }
        DeviceQueue.Item last = Stream.concat(queue.waitingRuns(), orders.heldRuns(queue.name))
                .max(Comparator.comparing(item -> Objects.requireNonNull(item.turn)))
                .filter(item -> Objects.requireNonNull(item.turn).priority() < turn.priority())
                .orElse(null);
        if (last == null) {
            return false;
        }
        Watcher crowdedOut = Objects.requireNonNull(last.watcher);
        drop(crowdedOut);
        crowdedOut.failed(CROWDED);
        return true;
    }

    @Override
    public void drop(Watcher watcher) {
        devices.values().forEach(queue -> queue.removeIf(item -> watcher.equals(item.watcher)));
        orders.dropHeld(watcher);
    }

    @Override
    public boolean report(Function<Stamp, StreamReport> make) {
        return results.report(make);
    }

    @Override
    public void countDropped() {
        board.count(AgentCore.Counter.TENSORS_DROPPED);
    }

    @Override
    public void log(String line) {
        log.log(System.Logger.Level.INFO, line);
    }
}
