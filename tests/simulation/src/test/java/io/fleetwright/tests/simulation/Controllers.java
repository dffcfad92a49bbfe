package io.fleetwright.tests.simulation;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Settings;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.telemetry.wire.Transport;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The controller of a history, those that took over from one that died, and one that does not know that it was replaced. */
final class Controllers {
    private static final long STEP_MILLIS = 500;
    static final long CLOCK_STEP_MILLIS = 120_000;
    /** Operations of a step within which its controller may be replaced. */
    private static final int OPERATIONS = 40;

    private final History history;
    private final Timeline time;
    private final Weather weather;
    private final Transport down;
    private final Consumer<Effects.Hint> hints;
    /** Ends every connection, which the broker is part of. */
    private final Consumer<String> disconnect;

    private @Nullable FleetCore controller;
    /** A controller that nobody talks to any more, and that does not know: it looks and acts on the same database. */
    private @Nullable FleetCore stale;

    private int begun;
    /** How wrong the clock of the controller's machine is; the machine that takes over has another one. */
    private long[] clockOff = new long[1];
    /** Operations of the controller that is about to be replaced, until it is; negative when none is. */
    private int replacedIn = -1;
    /** Operations of the replaced controller, until the present one takes a step in between; negative for never. */
    private int steppedIn = -1;

    private int staleNumber;
    private int staleSteps;
    private int crashes;
    private int storeFailures;

    /** @param disconnect ends every node's connection, for the reason it is given */
    Controllers(History history, Transport down, Consumer<Effects.Hint> hints, Consumer<String> disconnect) {
        this.history = history;
        this.time = history.time();
        this.weather = history.weather();
        this.down = down;
        this.hints = hints;
        this.disconnect = disconnect;
    }

    boolean isThere() {
        return controller != null;
    }

    int crashes() {
        return crashes;
    }

    int storeFailures() {
        return storeFailures;
    }

    /** Steps of the one that was replaced. */
    int staleSteps() {
        return staleSteps;
    }

    void startUnlessThere() {
        if (controller == null) {
            start();
        }
    }

    private void start() {
        int number = ++begun;
        long[] clock = clockOff;
        CrashingStore own = new CrashingStore(
                history.store(),
                () -> weather.happens(weather.faults().controllerCrash()),
                () -> weather.happens(weather.faults().storeFailure()),
                rows -> history.checks().committed(number, rows),
                rowsWritten -> meanwhile(number, rowsWritten),
                history.sabotage());
        controller = new FleetCore(
                FleetCore.remembering(own),
                down,
                () -> Instant.ofEpochMilli(time.now() + clock[0]),
                history.random().split(),
                Published.KEYS,
                Settings.DEFAULTS,
                hints);
        on(core -> {
            try {
                core.start();
                history.checks().began(number);
            } catch (FleetStore.StoreException refused) {
                throw new Crash("a controller that cannot begin ends");
            }
        });
    }

    /** Does something with the present controller, if there is one; it may die of it. */
    void on(Consumer<FleetCore> action) {
        FleetCore running = controller;
        if (running == null) {
            return;
        }
        try {
            action.accept(running);
        } catch (FleetStore.StoreException refused) {
            storeFailures++; // Whoever asked is not answered; what matters is asked again.
            weather.count("database refusals");
        } catch (Crash crash) {
            crashes++;
            weather.count("controller crashes");
            controller = null;
            disconnect.accept("controller gone");
            time.at(500 + history.random().nextLong(4000), this::startUnlessThere);
        }
    }

    /** Has the present controller take a step, and the next one after a while, for ever. */
    void drive() {
        on(FleetCore::step);
        time.at(STEP_MILLIS, this::drive);
    }

    /** The machine's clock is set, forwards or back. */
    void stepClock() {
        long before = clockOff[0];
        clockOff[0] = history.random().nextLong(-CLOCK_STEP_MILLIS, CLOCK_STEP_MILLIS);
        weather.count(clockOff[0] < before ? "clock steps back" : "clock steps forward");
    }

    /**
     * The present controller stands still in the middle of a step, or after it, is taken for dead, and another one begins on
     * another machine; for the rest of the storm both act.
     */
    void leaveStale() {
        FleetCore replaced = controller;
        if (replaced == null) {
            time.at(1_000, this::leaveStale);
            return;
        }
        stale = replaced;
        staleNumber = begun;
        replacedIn = history.random().nextInt(OPERATIONS);
        act(replaced);
        if (replacedIn >= 0) {
            takeOver();
        }
        time.at(history.random().nextLong(STEP_MILLIS), this::driveStale);
    }

    private void takeOver() {
        replacedIn = -1;
        disconnect.accept("controller taken for dead");
        clockOff = new long[] {history.random().nextLong(-CLOCK_STEP_MILLIS, CLOCK_STEP_MILLIS)};
        start();
    }

    /**
     * What happens elsewhere between two operations of a transaction. Once it has written something, the other's step would
     * wait for its locks.
     */
    private void meanwhile(int number, int rowsWritten) {
        if (number != staleNumber) {
            return;
        }
        if (replacedIn >= 0 && replacedIn-- == 0) {
            weather.count("replaced within a transaction");
            takeOver();
        } else if (rowsWritten == 0 && steppedIn >= 0 && steppedIn-- == 0) {
            weather.count("commits within a replaced one's transaction");
            on(FleetCore::step);
        }
    }

    private void driveStale() {
        FleetCore running = stale;
        if (running == null || !weather.isStormy()) {
            stale = null;
            return;
        }
        steppedIn = history.random().nextInt(OPERATIONS);
        act(running);
        steppedIn = -1;
        staleSteps++;
        time.at(1 + history.random().nextLong(2 * STEP_MILLIS), this::driveStale);
    }

    /** A step of a controller that nobody talks to. */
    private void act(FleetCore replaced) {
        try {
            replaced.step();
        } catch (FleetStore.StoreException refused) {
            boolean replacedNow = String.valueOf(refused.getMessage()).startsWith("another controller");
            weather.count(replacedNow ? "writes of a replaced controller refused" : "database refusals");
        } catch (Crash crash) {
            weather.count("controller crashes");
            crashes++;
            stale = null;
        }
    }
}
