package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.scenario.Attempt.Ending;
import io.fleetwright.scheduler.scenario.Attempt.Frame;
import io.fleetwright.scheduler.scenario.BoardState.Stage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One setting under one policy, event by event.
 *
 * <p>A board runs one stage at a time, first come first served; a stage that has begun runs to its end unless the board loses power.
 * When one of the two boards of a shared frame is cut off or gone, the attempt is broken at once; its source notices after the
 * detection time and asks the policy again, at most {@value #ATTEMPTS_MAX} times in all. What the other board has of a broken attempt it
 * still runs: nobody can tell it not to. Nothing is begun for a frame whose deadline has passed. An answer counts when it is back at
 * its source. A source without power by a disturbance takes no frames; one with an empty battery should have, and its frames are lost.
 */
public final class FleetRun {
    private static final int ATTEMPTS_MAX = 4;
    private static final Comparator<Event> ORDER =
            Comparator.comparingDouble(Event::atMillis).thenComparingLong(Event::order);

    private final Setting setting;
    private final FramePolicy policy;
    private final LongSupplier nanoClock;
    private final List<NetworkCosts> costs = new ArrayList<>();
    private final List<BoardState> boards = new ArrayList<>();
    private final FleetView view;
    private final Transfers transfers;
    private final PriorityQueue<Event> events = new PriorityQueue<>(ORDER);
    private final Set<Attempt> attempts = new LinkedHashSet<>();
    private final RunTally tally;
    private double nowMillis;
    private long added;

    private record Event(double atMillis, long order, Runnable action) {}

    private FleetRun(Setting setting, FramePolicy policy, LongSupplier nanoClock) {
        this.setting = setting;
        this.policy = policy;
        this.nanoClock = nanoClock;
        for (int n = 0; n < setting.networks().size(); n++) {
            costs.add(new NetworkCosts(setting.networks().get(n), n, setting));
        }
        for (int b = 0; b < setting.boards().size(); b++) {
            boards.add(new BoardState(b, setting.boards().get(b)));
        }
        view = new FleetView(setting, costs, boards);
        transfers = new Transfers(this);
        tally = new RunTally(setting);
    }

    /**
     * Runs a setting to its end.
     *
     * @param nanoClock times how long the policy takes for what changed; it decides nothing
     */
    public static RunResult of(Setting setting, FramePolicy policy, LongSupplier nanoClock) {
        return new FleetRun(setting, policy, nanoClock).run();
    }

    private RunResult run() {
        for (int d = 0; d < setting.disturbances().size(); d++) {
            int index = d;
            at(setting.disturbances().get(d).atMillis(), () -> disturb(index));
        }
        for (int s = 0; s < setting.streams().size(); s++) {
            for (FrameStream.Source source : setting.streams().get(s).sources()) {
                takeAt(s, source, 0);
            }
        }
        boards.forEach(this::watchBattery);
        policy.begin(view);
        while (!events.isEmpty() && events.peek().atMillis <= setting.endMillis()) {
            Event event = events.remove();
            nowMillis = event.atMillis;
            view.setNow(nowMillis);
            event.action.run();
        }
        nowMillis = setting.endMillis();
        List.copyOf(attempts).forEach(attempt -> end(attempt.frame, Ending.EXPIRED));
        boards.forEach(board -> board.meter.advance(nowMillis));
        return tally.result(boards);
    }

    double nowMillis() {
        return nowMillis;
    }

    void at(double millis, Runnable action) {
        events.add(new Event(millis, added++, action));
    }

    /** Changes what a board draws, and foresees when its battery is empty. */
    void power(BoardState board, Consumer<PowerMeter> change) {
        board.meter.advance(nowMillis);
        change.accept(board.meter);
        watchBattery(board);
    }

    private void watchBattery(BoardState board) {
        if (board.board.isOnMains() || board.emptied) {
            return;
        }
        long version = ++board.emptyVersion;
        double empty = board.meter.emptyAtMillis();
        if (empty <= setting.endMillis()) {
            at(Math.max(nowMillis, empty), () -> {
                if (board.emptyVersion == version && !board.emptied) {
                    board.emptied = true;
                    tally.emptied(board.index, nowMillis);
                    powerLost(board, RunTally.NO_DISTURBANCE);
                    tell(board.index);
                }
            });
        }
    }

    private void takeAt(int stream, FrameStream.Source source, long number) {
        FrameStream of = setting.streams().get(stream);
        double at = source.phaseMillis() + number * of.periodMillis();
        if (at + of.deadlineMillis() <= setting.endMillis()) {
            at(at, () -> {
                takeAt(stream, source, number + 1);
                take(new Frame(stream, source.board(), number, at, at + of.deadlineMillis()));
            });
        }
    }

    private void take(Frame frame) {
        BoardState source = boards.get(frame.source);
        if (source.outage) {
            return;
        }
        tally.taken(frame);
        if (source.emptied) {
            end(frame, Ending.LOST);
            return;
        }
        if (source.link == 0) {
            frame.takenBehind = source.cutOffBy;
        }
        dispatch(frame);
    }

    private void dispatch(Frame frame) {
        Placement placement = policy.place(frame.request(), view);
        NetworkCosts network = view.costsOf(frame.stream);
        boolean wrong = placement.isLocal()
                ? placement.cut() != network.layers()
                : placement.cut() >= network.layers()
                        || network.bytes(placement.cut()) == NetworkCosts.NO_CUT
                        || !view.mayHelp(frame.stream, frame.source, placement.helper());
        if (wrong) {
            throw new IllegalStateException("%s cannot be done for %s".formatted(placement, frame.request()));
        }
        var attempt = new Attempt(frame, placement);
        frame.now = attempt;
        attempts.add(attempt);
        commit(attempt, network);
        if (placement.cut() == 0) {
            send(attempt);
        } else {
            queue(boards.get(frame.source), attempt, 0, placement.cut());
        }
    }

    private void commit(Attempt attempt, NetworkCosts network) {
        Placement placement = attempt.placement;
        int source = attempt.frame.source;
        attempt.sourceMillis = network.millis(source, 0, placement.cut()) * view.slowdown(source);
        boards.get(source).committedMillis += attempt.sourceMillis;
        if (!placement.isLocal()) {
            int helper = placement.helper();
            attempt.helperMillis = network.millis(helper, placement.cut(), network.layers()) * view.slowdown(helper);
            boards.get(helper).committedMillis += attempt.helperMillis;
            Radio radio = view.radio(source, helper);
            attempt.airKind = radio.kind();
            attempt.airMillis = radio.airMillis(network.bytes(placement.cut()), view.pathFactor(source, helper));
            boards.get(source).committedAirMillis[attempt.airKind] += attempt.airMillis;
            boards.get(helper).committedAirMillis[attempt.airKind] += attempt.airMillis;
        }
    }

    private void releaseSource(Attempt attempt) {
        free(boards.get(attempt.frame.source), attempt.sourceMillis);
        attempt.sourceMillis = 0;
    }

    private void releaseHelper(Attempt attempt) {
        if (!attempt.placement.isLocal()) {
            free(boards.get(attempt.placement.helper()), attempt.helperMillis);
            attempt.helperMillis = 0;
        }
    }

    private static void free(BoardState board, double millis) {
        board.committedMillis = Math.max(0, board.committedMillis - millis);
    }

    private void releaseAir(Attempt attempt) {
        if (!attempt.placement.isLocal()) {
            for (int end : new int[] {attempt.frame.source, attempt.placement.helper()}) {
                double[] air = boards.get(end).committedAirMillis;
                air[attempt.airKind] = Math.max(0, air[attempt.airKind] - attempt.airMillis);
            }
            attempt.airMillis = 0;
        }
    }

    private void queue(BoardState board, Attempt attempt, int from, int to) {
        NetworkCosts network = view.costsOf(attempt.frame.stream);
        board.queue.add(
                new Stage(attempt, network.millis(board.index, from, to), network.millijoules(board.index, from, to)));
        startNext(board);
    }

    private void startNext(BoardState board) {
        while (board.running == null && board.isPresent() && !board.queue.isEmpty()) {
            Stage stage = board.queue.remove();
            Attempt attempt = stage.attempt;
            boolean cancelled = attempt.over && attempt.frame.source == board.index;
            if (nowMillis >= attempt.frame.deadlineMillis) {
                if (!attempt.over) {
                    end(attempt.frame, Ending.EXPIRED);
                }
            } else if (!cancelled) {
                start(board, stage);
            }
        }
    }

    private void start(BoardState board, Stage stage) {
        board.running = stage;
        board.runningSince = nowMillis;
        double millis = stage.profileMillis * board.speed * noise(board, stage.attempt);
        double watts = stage.profileMillis > 0 ? stage.profileMillijoules / stage.profileMillis : 0;
        power(board, meter -> meter.computes(watts));
        at(nowMillis + millis, () -> {
            if (board.running == stage) {
                ran(board, stage);
            }
        });
    }

    /** The same for a stage of a frame under every policy. */
    private double noise(BoardState board, Attempt attempt) {
        if (setting.noise() == 0) {
            return 1;
        }
        long key = setting.seed();
        for (long part : new long[] {
            attempt.frame.stream, attempt.frame.source, attempt.frame.number, attempt.number, board.index
        }) {
            key = new SplittableRandom(key * 31 + part).nextLong();
        }
        return Math.exp(setting.noise() * new SplittableRandom(key).nextGaussian());
    }

    private void ran(BoardState board, Stage stage) {
        double millis = nowMillis - board.runningSince;
        board.running = null;
        power(board, PowerMeter::rests);
        board.observe(millis, stage.profileMillis);
        policy.ran(board.index, millis, stage.profileMillis, view);
        Attempt attempt = stage.attempt;
        if (!attempt.over) {
            boolean onSource = board.index == attempt.frame.source;
            if (onSource) {
                releaseSource(attempt);
            } else {
                releaseHelper(attempt);
            }
            if (attempt.placement.isLocal()) {
                answered(attempt);
            } else if (onSource) {
                send(attempt);
            } else {
                answer(attempt);
            }
        }
        startNext(board);
    }

    private void send(Attempt attempt) {
        BoardState source = boards.get(attempt.frame.source);
        BoardState helper = boards.get(attempt.placement.helper());
        NetworkCosts network = view.costsOf(attempt.frame.stream);
        int cut = attempt.placement.cut();
        transfers.add(new Transfers.Transfer(attempt, source, helper, network.bytes(cut), arrived -> {
            releaseAir(arrived);
            queue(helper, arrived, cut, network.layers());
        }));
    }

    private void answer(Attempt attempt) {
        BoardState source = boards.get(attempt.frame.source);
        BoardState helper = boards.get(attempt.placement.helper());
        transfers.add(new Transfers.Transfer(attempt, helper, source, setting.answerBytes(), this::answered));
    }

    private void answered(Attempt attempt) {
        end(attempt.frame, nowMillis <= attempt.frame.deadlineMillis ? Ending.ON_TIME : Ending.LATE);
    }

    /** Ends a frame, once. */
    void end(Frame frame, Ending ending) {
        if (frame.ending != null) {
            throw new IllegalStateException(
                    "frame %s ended as %s and again as %s".formatted(frame.request(), frame.ending, ending));
        }
        frame.ending = ending;
        tally.ended(frame, ending, nowMillis);
        if (frame.now != null) {
            close(frame.now);
        }
    }

    private void close(Attempt attempt) {
        if (!attempt.over) {
            attempt.over = true;
            attempts.remove(attempt);
            releaseSource(attempt);
            releaseHelper(attempt);
            releaseAir(attempt);
        }
    }

    private void disturb(int index) {
        Disturbance disturbance = setting.disturbances().get(index);
        BoardState board = boards.get(disturbance.board());
        switch (disturbance.kind()) {
            case SPEED -> board.speed = disturbance.factor();
            case LINK -> {
                double before = board.link;
                board.link = disturbance.factor();
                if (board.link == 0) {
                    board.cutOffBy = index;
                    breakShared(board, index);
                } else if (before > 0) {
                    transfers.rateChanged(board);
                }
                transfers.startWhatCan();
                tell(board.index);
            }
            case POWER -> {
                boolean gone = disturbance.factor() == 0;
                if (gone != board.outage) {
                    board.outage = gone;
                    if (gone) {
                        powerLost(board, index);
                    } else {
                        power(board, meter -> meter.setOn(!board.emptied));
                    }
                    tell(board.index);
                }
            }
        }
    }

    private void tell(int board) {
        long begin = nanoClock.getAsLong();
        policy.changed(board, view);
        tally.replanned(nanoClock.getAsLong() - begin);
    }

    private void powerLost(BoardState board, int disturbance) {
        for (Attempt attempt : List.copyOf(attempts)) {
            if (attempt.frame.source == board.index) {
                end(attempt.frame, nowMillis >= attempt.frame.deadlineMillis ? Ending.EXPIRED : Ending.LOST);
            }
        }
        breakShared(board, disturbance);
        board.queue.clear();
        board.running = null;
        power(board, meter -> {
            meter.rests();
            meter.radiosOff();
            meter.setOn(false);
        });
    }

    /** Breaks what this board shares with others. */
    private void breakShared(BoardState board, int disturbance) {
        for (Attempt attempt : List.copyOf(attempts)) {
            if (attempt.uses(board.index)) {
                close(attempt);
                if (disturbance != RunTally.NO_DISTURBANCE) {
                    attempt.frame.brokenBy.add(disturbance);
                }
                at(nowMillis + setting.detectionMillis(), () -> tryAgain(attempt.frame));
            }
        }
        transfers.dropOver();
    }

    private void tryAgain(Frame frame) {
        if (frame.ending != null) {
            return;
        }
        BoardState source = boards.get(frame.source);
        if (nowMillis >= frame.deadlineMillis) {
            end(frame, Ending.EXPIRED);
        } else if (!source.isPresent() || frame.attempts >= ATTEMPTS_MAX) {
            end(frame, Ending.LOST);
        } else {
            dispatch(frame);
        }
    }
}
