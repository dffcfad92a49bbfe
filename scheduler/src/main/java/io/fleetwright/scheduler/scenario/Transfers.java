package io.fleetwright.scheduler.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is on the air and what waits for it. A transfer holds one radio at each end while its payload is sent; waiting ones start in the
 * order in which they came, as soon as both ends are free, so that one that waits for a busy board holds up no other pair.
 */
final class Transfers {
    private final FleetRun run;
    private final List<Transfer> waiting = new ArrayList<>();
    private final List<Transfer> active = new ArrayList<>();

    /** A payload on its way. */
    static final class Transfer {
        final Attempt attempt;
        final BoardState from;
        final BoardState to;
        final Radio radio;
        final Consumer<Attempt> arrived;
        /** Time on the air that is left at the radio's full rate. */
        double leftMillis;

        double factor;
        double sinceMillis;
        long version;

        Transfer(Attempt attempt, BoardState from, BoardState to, long bytes, Consumer<Attempt> arrived) {
            this.attempt = attempt;
            this.from = from;
            this.to = to;
            this.arrived = arrived;
            radio = Radio.between(from.board.radio(), to.board.radio());
            leftMillis = radio.airMillis(bytes, 1);
        }
    }

    Transfers(FleetRun run) {
        this.run = run;
    }

    void add(Transfer transfer) {
        waiting.add(transfer);
        startWhatCan();
    }

    /** Starts what waits and can go; what is out of date leaves. */
    void startWhatCan() {
        List<Attempt> expired = new ArrayList<>();
        for (int i = 0; i < waiting.size(); i++) {
            Transfer transfer = waiting.get(i);
            boolean gone = transfer.attempt.over;
            if (!gone && run.nowMillis() >= transfer.attempt.frame.deadlineMillis) {
                expired.add(transfer.attempt);
                gone = true;
            }
            int kind = transfer.radio.kind();
            double factor = Math.min(transfer.from.link, transfer.to.link);
            boolean free = !transfer.from.onAir[kind] && !transfer.to.onAir[kind];
            if (gone || free && factor > 0) {
                waiting.remove(i--);
            }
            if (!gone && free && factor > 0) {
                start(transfer, factor);
            }
        }
        expired.forEach(attempt -> run.end(attempt.frame, Attempt.Ending.EXPIRED));
    }

    private void start(Transfer transfer, double factor) {
        active.add(transfer);
        transfer.from.onAir[transfer.radio.kind()] = true;
        transfer.to.onAir[transfer.radio.kind()] = true;
        run.power(transfer.from, meter -> meter.sends(transfer.radio.sendWatts()));
        run.power(transfer.to, meter -> meter.receives(transfer.radio.receiveWatts()));
        proceed(transfer, factor);
    }

    private void proceed(Transfer transfer, double factor) {
        transfer.factor = factor;
        transfer.sinceMillis = run.nowMillis();
        long version = ++transfer.version;
        run.at(run.nowMillis() + transfer.leftMillis / factor, () -> {
            if (transfer.version == version) {
                sent(transfer);
            }
        });
    }

    private void sent(Transfer transfer) {
        stop(transfer);
        run.at(run.nowMillis() + transfer.radio.rttMillis(), () -> {
            if (!transfer.attempt.over) {
                transfer.arrived.accept(transfer.attempt);
            }
        });
        startWhatCan();
    }

    private void stop(Transfer transfer) {
        transfer.version++;
        active.remove(transfer);
        transfer.from.onAir[transfer.radio.kind()] = false;
        transfer.to.onAir[transfer.radio.kind()] = false;
        run.power(transfer.from, meter -> meter.sends(-transfer.radio.sendWatts()));
        run.power(transfer.to, meter -> meter.receives(-transfer.radio.receiveWatts()));
    }

    /** Ends the transfers of attempts that are over. */
    void dropOver() {
        for (Transfer transfer : List.copyOf(active)) {
            if (transfer.attempt.over) {
                stop(transfer);
            }
        }
        startWhatCan();
    }

    /** A link became slower or faster; what is on the air goes on at the new rate. */
    void rateChanged(BoardState board) {
        for (Transfer transfer : List.copyOf(active)) {
            if (transfer.from == board || transfer.to == board) {
                transfer.leftMillis =
                        Math.max(0, transfer.leftMillis - (run.nowMillis() - transfer.sinceMillis) * transfer.factor);
                proceed(transfer, Math.min(transfer.from.link, transfer.to.link));
            }
        }
    }
}
