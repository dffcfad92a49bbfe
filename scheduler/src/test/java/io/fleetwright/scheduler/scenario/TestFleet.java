package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Small settings by hand: one network of two layers, radios that send ten bytes in a millisecond (0.5 W sending, 0.2 W receiving, 5 ms of
 * round trip), tensors of 1,024 bytes before the first layer and 524 before the second, answers of 20 bytes, 15 ms until a loss is
 * noticed, no noise.
 */
final class TestFleet {
    static final LayerGraph NETWORK = new LayerGraph(
            new Feature(1000, 1),
            List.of(
                    new Layer("first", List.of(-1), new Feature(500, 1), 100, 60),
                    new Layer("second", List.of(0), new Feature(10, 1), 200, 40)));
    static final Radio RADIO = new Radio(0, 80, 5, 0.5, 0.2);

    final List<Board> boards = new ArrayList<>();
    final List<FrameStream> streams = new ArrayList<>();
    final List<Disturbance> disturbances = new ArrayList<>();
    double endMillis = 200;

    /** On mains, without idle power; energies are 0.1 W while it computes. */
    TestFleet board(String name, double first, double second) {
        return board(name, first, second, 0, Double.POSITIVE_INFINITY);
    }

    TestFleet board(String name, double first, double second, double idleWatts, double joules) {
        Tier tier = new Tier(
                name,
                new double[] {first, second},
                new double[] {first / 10, second / 10},
                Long.MAX_VALUE,
                idleWatts * 1000);
        boards.add(new Board(name, List.of(tier), idleWatts, RADIO, joules));
        return this;
    }

    TestFleet stream(double period, double deadline, FrameStream.Source... sources) {
        streams.add(new FrameStream("s" + streams.size(), 0, period, deadline, List.of(sources)));
        return this;
    }

    TestFleet happens(double at, int board, Kind kind, double factor) {
        disturbances.add(new Disturbance(at, board, kind, factor));
        return this;
    }

    Setting setting() {
        return new Setting(List.of(NETWORK), boards, streams, disturbances, endMillis, 0, 15, 20, 1);
    }

    RunResult run(FramePolicy policy) {
        return FleetRun.of(setting(), policy, () -> 0);
    }

    static FrameStream.Source source(int board, double phase) {
        return new FrameStream.Source(board, phase);
    }

    /** The first attempt goes there, later ones stay. */
    static FramePolicy first(int helper, int cut) {
        return (request, view) ->
                request.attempt() == 0 ? new Placement(helper, cut) : Placement.local(view.layers(request.stream()));
    }
}
