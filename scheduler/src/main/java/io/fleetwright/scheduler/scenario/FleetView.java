package io.fleetwright.scheduler.scenario;

import java.util.List;

/**
 * What every policy knows: the profiles, which boards are there and reached at which rate, how much work and traffic was given to each,
 * by how much each is slower than its profile of late, and its battery. Noise and what is still to come nobody knows.
 */
public final class FleetView {
    private final Setting setting;
    private final List<NetworkCosts> costs;
    private final List<BoardState> boards;
    private double nowMillis;

    /** Expected end of a frame and what it takes from each end. */
    public record Estimate(double finishMillis, double sourceMillijoules, double helperMillijoules) {
        public double millijoules() {
            return sourceMillijoules + helperMillijoules;
        }
    }

    FleetView(Setting setting, List<NetworkCosts> costs, List<BoardState> boards) {
        this.setting = setting;
        this.costs = costs;
        this.boards = boards;
    }

    void setNow(double millis) {
        nowMillis = millis;
    }

    public double nowMillis() {
        return nowMillis;
    }

    public Setting setting() {
        return setting;
    }

    NetworkCosts costs(int network) {
        return costs.get(network);
    }

    public int layers(int stream) {
        return costsOf(stream).layers();
    }

    NetworkCosts costsOf(int stream) {
        return costs.get(setting.streams().get(stream).network());
    }

    /** True when the board has power. */
    public boolean isPresent(int board) {
        return boards.get(board).isPresent();
    }

    /** Share of the radio's rate; 0 when cut off. */
    public double link(int board) {
        return boards.get(board).link;
    }

    /** True when a helper may be given work of a stream from a source. */
    public boolean mayHelp(int stream, int source, int helper) {
        return helper != source
                && isPresent(helper)
                && pathFactor(source, helper) > 0
                && setting.boards()
                                .get(helper)
                                .tiers()
                                .get(setting.streams().get(stream).network())
                                .memoryBytes()
                        >= costsOf(stream).weightBytes();
    }

    /** Share of the slower radio's rate between two boards; 0 when one of them is cut off. */
    public double pathFactor(int one, int other) {
        return Math.min(link(one), link(other));
    }

    public Radio radio(int one, int other) {
        return Radio.between(
                setting.boards().get(one).radio(), setting.boards().get(other).radio());
    }

    /** Recent times over the profile's. */
    public double slowdown(int board) {
        return boards.get(board).observedSlowdown;
    }

    /** Part of the battery that is left, 0 to 1; 1 on mains. */
    public double charge(int board) {
        BoardState state = boards.get(board);
        if (state.board.isOnMains()) {
            return 1;
        }
        state.meter.advance(nowMillis);
        return Math.max(0, state.meter.leftMillijoules() / (state.board.batteryJoules() * 1000));
    }

    /** Expected time of all work that was given to a board and has not ended. */
    public double backlogMillis(int board) {
        BoardState state = boards.get(board);
        double done = state.running == null ? 0 : nowMillis - state.runningSince;
        return Math.max(0, state.committedMillis - done);
    }

    /** What sending the input to an idle board, its layers there and the answer take by the profile and the present link. */
    public double shippedMillis(int stream, int source, int helper) {
        NetworkCosts network = costsOf(stream);
        Radio radio = radio(source, helper);
        return radio.airMillis(network.bytes(0) + setting.answerBytes(), pathFactor(source, helper))
                + 2 * radio.rttMillis()
                + network.millis(helper, 0, network.layers());
    }

    /** What a placement is expected to give, by the profiles, recent slowdowns, queues and links. */
    public Estimate estimate(int stream, int source, Placement placement) {
        NetworkCosts network = costsOf(stream);
        int layers = network.layers();
        double sourceMillis = network.millis(source, 0, placement.cut()) * slowdown(source);
        double sourceMillijoules = network.millijoules(source, 0, placement.cut()) * slowdown(source);
        double at = placement.cut() == 0 ? 0 : backlogMillis(source) + sourceMillis;
        if (placement.isLocal()) {
            return new Estimate(nowMillis + at, sourceMillijoules, 0);
        }
        int helper = placement.helper();
        Radio radio = radio(source, helper);
        double factor = pathFactor(source, helper);
        double air = radio.airMillis(network.bytes(placement.cut()), factor);
        double back = radio.airMillis(setting.answerBytes(), factor);
        double helperMillis = network.millis(helper, placement.cut(), layers) * slowdown(helper);
        at = Math.max(at, Math.max(airBacklog(source, radio.kind()), airBacklog(helper, radio.kind())));
        at += air + radio.rttMillis();
        at = Math.max(at, backlogMillis(helper)) + helperMillis + back + radio.rttMillis();
        return new Estimate(
                nowMillis + at,
                sourceMillijoules + air * radio.sendWatts() + back * radio.receiveWatts(),
                network.millijoules(helper, placement.cut(), layers) * slowdown(helper)
                        + air * radio.receiveWatts()
                        + back * radio.sendWatts());
    }

    private double airBacklog(int board, int kind) {
        return boards.get(board).committedAirMillis[kind];
    }
}
