package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import java.util.Arrays;

/**
 * Discrete-event simulation of jobs on a platform under an online policy. It moves from event to event, so idle time
 * costs nothing. The same arguments give the same result, but for the measured decision times.
 *
 * <p>A device runs one task at a time to its end. Under {@link Semantics#DS3} the scheduler runs at whole microseconds,
 * after what ended or arrived at that one; the end of a task of no length, and of one of a single microsecond, comes
 * after the scheduler has run, and so is seen one later.
 */
public final class Simulator {
    /** A job whose tasks were cut off more often than this is given up. */
    public static final int RETRIES_MAX = 100;
    /** Bound on jobs of one simulation. */
    public static final int JOBS_MAX = 20_000_000;

    private static final double TICK_MICROS = 1;
    /** What sums of times may be off by, which must not make a tick more. */
    private static final double ROUNDING_MICROS = 1e-6;
    /** DS3 splits runs at multiples of this to sample power, which matters for the order of events. */
    private static final double SAMPLE_MICROS = 10;
    /** Moments of one instant in DS3, after what comes before the scheduler: what waited for it to pass. */
    private static final double AFTER_SCHEDULER = 0.5;
    /** Runs that the scheduler has started, which first have to ask for their device. */
    private static final double STARTS = 0.75;
    /** What comes of the moments before. */
    private static final double AFTER_STARTS = 0.9;

    /** What ends at its deadline has kept it. */
    private static final double AFTER_ALL = Double.POSITIVE_INFINITY;

    private static final int NONE = SystemState.NONE;
    private static final int KIND_SHIFT = 60;
    private static final int FIRST_SHIFT = 30;
    private static final long FIELD_MASK = (1L << FIRST_SHIFT) - 1;
    private static final int FINISH = 0;
    private static final int ARRIVAL = 1;
    private static final int WAKE = 2;
    private static final int LOST = 3;
    private static final int BACK = 4;
    private static final int LINK = 5;
    private static final int DEADLINE = 6;
    private static final int EMPTY = 7;

    private final Workload workload;
    private final OnlinePolicy policy;
    private final Admission admission;
    private final ArrivalSource arrivals;
    private final SimulationOptions options;
    private final SystemState state;
    private final EventQueue events = new EventQueue();
    private final boolean ticks;
    private final int[] stamp;
    private final boolean[] dirty;
    private final int[] dirtyDevices;
    private int dirtyCount;
    private final boolean[] held;
    private int heldCount;
    private final int[] picked;
    /** By device: outages that last now. */
    private final int[] away;

    private final double[] battery;
    private final double[] batterySeen;
    private int outside;
    private int[] outsideApps = new int[16];
    private int jobs;
    private double lastWake = -1;
    /** When the open batch window closes; infinite while none is open. */
    private double windowEnd = Double.POSITIVE_INFINITY;

    private double arrivalMoment;
    private double arrivalBefore;
    private final Outcome outcome;

    /**
     * Admits every job.
     *
     * @throws InvalidWorkloadException if the options do not fit the workload
     */
    public Simulator(Workload workload, OnlinePolicy policy, ArrivalSource arrivals, SimulationOptions options) {
        this(workload, policy, Admission.EVERY_JOB, arrivals, options);
    }

    /** @throws InvalidWorkloadException if the options do not fit the workload */
    public Simulator(
            Workload workload,
            OnlinePolicy policy,
            Admission admission,
            ArrivalSource arrivals,
            SimulationOptions options) {
        options.check(workload);
        if (workload.transfers() != SimulationOptions.transfers(options.semantics)) {
            throw new InvalidWorkloadException("transfers of the workload are %s, not those of %s"
                    .formatted(workload.transfers(), options.semantics));
        }
        this.workload = workload;
        this.policy = policy;
        this.admission = admission;
        this.arrivals = arrivals;
        this.options = options;
        ticks = options.semantics == Semantics.DS3;
        state = new SystemState(workload, options);
        state.onPointChange(this::changePoint);
        int devices = workload.deviceCount();
        stamp = new int[devices];
        dirty = new boolean[devices];
        dirtyDevices = new int[devices];
        held = new boolean[devices];
        picked = new int[devices];
        away = new int[devices];
        battery = options.batteryJoules.clone();
        batterySeen = new double[battery.length];
        outcome = new Outcome(workload, options);
    }

    /** Runs until nothing is left to happen, or to the horizon. */
    public SimulationResult run() {
        scheduleArrival();
        for (Outage outage : options.outages) {
            events.add(outage.fromMicros(), EventQueue.EARLY, event(LOST, outage.device(), 0));
            if (outage.untilMicros() < Double.POSITIVE_INFINITY) {
                events.add(outage.untilMicros(), EventQueue.EARLY, event(BACK, outage.device(), 0));
            }
        }
        for (int i = 0; i < options.linkChanges.size(); i++) {
            events.add(options.linkChanges.get(i).atMicros(), EventQueue.EARLY, event(LINK, i, 0));
        }
        while (!events.isEmpty() && events.time() < options.horizonMicros) {
            if (isOutdated(events.peek())) {
                events.remove();
            } else {
                instant(events.time());
            }
        }
        if (options.horizonMicros < Double.POSITIVE_INFINITY) {
            state.meter.advance(options.horizonMicros);
        }
        return outcome.result(state, state.liveJobs + outside);
    }

    private void instant(double time) {
        state.now = time;
        state.meter.advance(time);
        while (happensNow(time) && !events.isLate()) {
            handle(events.remove());
        }
        if (windowCloses()) {
            decide();
        }
        startPicked();
        boolean late = false;
        while (happensNow(time) && events.isLate()) {
            handle(events.remove());
            late = true;
        }
        if (late) {
            wakeAt(time + TICK_MICROS);
        }
    }

    /** Whether what it was for has been moved since, or is gone: it must not make the simulation longer. */
    private boolean isOutdated(long event) {
        int first = (int) (event >>> FIRST_SHIFT & FIELD_MASK);
        int second = (int) (event & FIELD_MASK);
        return switch ((int) (event >>> KIND_SHIFT)) {
            case FINISH, EMPTY -> second != stamp[first];
            case DEADLINE -> second != state.slotJob[first];
            case WAKE -> first < dirty.length && state.queue[first].size() == 0;
            default -> false;
        };
    }

    private boolean happensNow(double time) {
        return !events.isEmpty() && events.time() == time;
    }

    private void handle(long event) {
        int first = (int) (event >>> FIRST_SHIFT & FIELD_MASK);
        int second = (int) (event & FIELD_MASK);
        switch ((int) (event >>> KIND_SHIFT)) {
            case FINISH -> {
                if (second == stamp[first]) {
                    finish(first);
                }
            }
            case ARRIVAL -> arrive();
            case WAKE -> {
                if (first < dirty.length) {
                    touch(first);
                }
            }
            case LOST -> {
                away[first]++;
                lose(first);
            }
            case BACK -> {
                away[first]--;
                comeBack(first);
            }
            case LINK -> state.setLinkFactor(options.linkChanges.get(first));
            case DEADLINE -> {
                if (state.slotJob[first] == second) {
                    giveUp(first);
                }
            }
            case EMPTY -> {
                if (second == stamp[first]) {
                    battery[first] = 0;
                    lose(first);
                }
            }
            default -> throw new IllegalStateException("event %x".formatted(event));
        }
    }

    private static long event(int kind, int first, int second) {
        return (long) kind << KIND_SHIFT | (long) first << FIRST_SHIFT | (second & FIELD_MASK);
    }

    private void wakeAt(double time) {
        if (time > lastWake) {
            lastWake = time;
            events.add(time, EventQueue.EARLY, event(WAKE, (int) FIELD_MASK, 0));
        }
    }

    // ---- jobs ----

    /** Schedules the next arrival, which becomes known at the moment of the present one. */
    private void scheduleArrival() {
        double next = arrivals.nextMicros();
        if (next == ArrivalSource.NEVER) {
            return;
        }
        double at = ticks ? Math.ceil(next) : next;
        double moment = ticks ? at + arrivalPhase(at) : at;
        events.add(
                at,
                moment > at ? EventQueue.LATE : EventQueue.EARLY,
                ticks ? knownSince(arrivalMoment, arrivalBefore) : 0,
                event(ARRIVAL, 0, 0));
        arrivalBefore = arrivalMoment;
        arrivalMoment = moment;
    }

    /** A job right after another one is seen a tick later, and so is one a tick after such a job. */
    private double arrivalPhase(double at) {
        boolean late = arrivalMoment > state.now;
        if (at == state.now && jobs > 0) {
            return late ? AFTER_STARTS : AFTER_SCHEDULER;
        }
        return late && at == state.now + TICK_MICROS ? AFTER_SCHEDULER : 0;
    }

    /**
     * Order of events of one instant in DS3: the one that was known first comes first; of two known at the same
     * moment, the one whose step before that was known first. A step is at most a sampling period long.
     */
    private static double knownSince(double step, double before) {
        return step - Math.min(step - before, SAMPLE_MICROS + 1) / 1000;
    }

    private void arrive() {
        int live = state.liveJobs + outside;
        int app = arrivals.take(live);
        if (app != ArrivalSource.NO_JOB) {
            if (state.liveJobs < options.queueCap) {
                admit(app);
            } else {
                waitOutside(app);
            }
        }
        scheduleArrival();
    }

    private void admit(int app) {
        if (jobs == JOBS_MAX) {
            throw new InvalidWorkloadException("more than %d jobs".formatted(JOBS_MAX));
        }
        int slot = state.addJob(app, jobs++);
        Admission.Answer answer = admission.ask(state, slot);
        if (answer != Admission.Answer.ADMITTED) {
            outcome.refuse(app, answer);
            stopTasks(slot);
            state.removeJob(slot);
            return;
        }
        double deadline = state.deadlineOfJob(slot);
        if (options.deadline == SimulationOptions.Deadline.ENFORCED && deadline < Double.POSITIVE_INFINITY) {
            events.add(deadline, EventQueue.EARLY, AFTER_ALL, event(DEADLINE, slot, state.slotJob[slot]));
        }
    }

    private void waitOutside(int app) {
        if (outside == JOBS_MAX) {
            throw new InvalidWorkloadException("more than %d jobs wait for the queue".formatted(JOBS_MAX));
        }
        if (outside == outsideApps.length) {
            outsideApps = Arrays.copyOf(outsideApps, 2 * outside);
        }
        outsideApps[outside++] = app;
    }

    private void jobLeaves(int slot) {
        state.removeJob(slot);
        while (outside > 0 && state.liveJobs < options.queueCap) {
            int app = outsideApps[0];
            System.arraycopy(outsideApps, 1, outsideApps, 0, --outside);
            admit(app);
        }
    }

    private void giveUp(int slot) {
        stopTasks(slot);
        outcome.abandon();
        jobLeaves(slot);
    }

    /** Ends what there is of a job's tasks. */
    private void stopTasks(int slot) {
        TaskGraph graph = workload.graph(state.slotApp[slot]);
        for (int node = 0; node < graph.taskCount(); node++) {
            int task = state.taskOf(slot, node);
            switch (state.status[task]) {
                case SystemState.RUNNING -> cutOff(state.taskDevice[task]);
                case SystemState.PLACED -> state.queue[state.taskDevice[task]].remove(task);
                default -> {}
            }
            state.status[task] = SystemState.WAITING;
        }
        state.compactReady();
    }

    // ---- tasks ----

    /** Whether tasks are decided on now; opens a window for what has become ready, whose end is a moment of its own. */
    private boolean windowCloses() {
        if (options.batchMicros == 0 || state.now >= windowEnd) {
            windowEnd = Double.POSITIVE_INFINITY;
            return true;
        }
        if (state.readyCount > 0 && windowEnd == Double.POSITIVE_INFINITY) {
            windowEnd = state.now + (ticks ? Math.ceil(options.batchMicros) : options.batchMicros);
            wakeAt(windowEnd);
        }
        return false;
    }

    private void decide() {
        if (state.readyCount == 0) {
            return;
        }
        long before = options.nanoClock.getAsLong();
        policy.decide(state);
        outcome.decided(options.nanoClock.getAsLong() - before);
        double effective = state.now + options.decisionMicros * state.placedCount;
        for (int i = 0; i < state.placedCount; i++) {
            int task = state.placedTask(i);
            if (state.status[task] == SystemState.PLACED) {
                state.arrival[task] = Math.max(state.arrival[task], ticks ? Math.ceil(effective) : effective);
                announce(task);
            }
        }
        state.placedCount = 0;
        state.compactReady();
    }

    private void announce(int task) {
        int device = state.taskDevice[task];
        if (state.arrival[task] <= state.now) {
            touch(device);
        } else if (state.arrival[task] < Double.POSITIVE_INFINITY) {
            events.add(state.arrival[task], EventQueue.EARLY, event(WAKE, device, 0));
        }
    }

    private void touch(int device) {
        if (!dirty[device]) {
            dirty[device] = true;
            dirtyDevices[dirtyCount++] = device;
        }
    }

    /** Starts what can start, in the order of jobs and placements, which decides the order of equal finish times. */
    private void startPicked() {
        int count = 0;
        for (int i = 0; i < dirtyCount; i++) {
            int device = dirtyDevices[i];
            dirty[device] = false;
            if (state.running[device] == NONE && state.online[device]) {
                int task = state.queue[device].firstArrived(state.arrival, state.now);
                if (task != DeviceQueue.NONE) {
                    insertInOrder(task, count++);
                }
            }
        }
        dirtyCount = 0;
        for (int i = 0; i < count; i++) {
            start(picked[i]);
        }
    }

    private void insertInOrder(int task, int count) {
        int at = count;
        while (at > 0 && startsBefore(task, picked[at - 1])) {
            picked[at] = picked[at - 1];
            at--;
        }
        picked[at] = task;
    }

    private boolean startsBefore(int task, int other) {
        int job = state.slotJob[state.slotOf(task)];
        int otherJob = state.slotJob[state.slotOf(other)];
        return job < otherJob || (job == otherJob && state.placement[task] < state.placement[other]);
    }

    private void start(int task) {
        int device = state.taskDevice[task];
        int cluster = workload.clusterOf(device);
        if (!fitsPowerCap(cluster)) {
            hold(device);
            return;
        }
        state.queue[device].remove(task);
        state.status[task] = SystemState.RUNNING;
        state.running[device] = task;
        state.start[task] = state.now;
        state.runSlowdown[task] = state.meter.slowdown(cluster);
        state.busySince[device] = state.now;
        state.meter.addBusy(cluster, 1);
        double micros = state.execution(task, device);
        if (ticks) {
            state.expectFinish(task, state.now + wholeTicks(micros));
        }
        if (micros > 0) {
            micros *= state.noise(options.executionNoise);
        }
        scheduleFinish(device, task, ticks ? wholeTicks(micros) : micros);
    }

    private static double wholeTicks(double micros) {
        return micros == 0 ? 0 : Math.max(TICK_MICROS, Math.rint(micros));
    }

    private void scheduleFinish(int device, int task, double micros) {
        state.finish[task] = state.now + micros;
        stamp[device]++;
        boolean late = ticks && endsAfterScheduler(state.now, micros);
        events.add(
                state.finish[task],
                late ? EventQueue.LATE : EventQueue.EARLY,
                ticks ? lastStepKnown(state.now, state.finish[task]) : 0,
                event(FINISH, device, stamp[device]));
        if (battery.length > 0) {
            scheduleEmpty(device, micros);
        }
    }

    /** The last step of a run begins at a multiple of the sampling period, unless the run is shorter. */
    private static double lastStepKnown(double start, double end) {
        double sample = (Math.ceil(end / SAMPLE_MICROS) - 1) * SAMPLE_MICROS;
        double begin = stepBegin(start, sample);
        return sample > start ? knownSince(begin, stepBegin(start, sample - SAMPLE_MICROS)) : begin;
    }

    /** The moment of the step of a run that begins at the multiple {@code sample}, or of the first step. */
    private static double stepBegin(double start, double sample) {
        if (sample <= start) {
            return start + STARTS;
        }
        return sample - start == TICK_MICROS ? sample + AFTER_SCHEDULER : sample;
    }

    private static boolean endsAfterScheduler(double start, double micros) {
        return micros <= TICK_MICROS || (micros == 2 && start % SAMPLE_MICROS == SAMPLE_MICROS - 1);
    }

    private void finish(int device) {
        int task = state.running[device];
        release(device, true);
        state.status[task] = SystemState.DONE;
        int slot = state.slotOf(task);
        int app = state.slotApp[slot];
        TaskGraph graph = workload.graph(app);
        int node = state.node(task);
        for (int e = graph.outBegin(node); e < graph.outEnd(node); e++) {
            int next = state.taskOf(slot, graph.outTask(e));
            if (--state.waitingFor[next] == 0) {
                state.makeReady(next);
            }
        }
        if (--state.slotLeft[slot] == 0) {
            outcome.complete(app, state.slotArrival[slot], state.now, state.deadlineOfJob(slot));
            jobLeaves(slot);
        }
    }

    /** Frees a device; {@code completed} says whether its task is done or was cut off. */
    private void release(int device, boolean completed) {
        int task = state.running[device];
        int slot = state.slotOf(task);
        double busy = state.now - state.busySince[device];
        state.running[device] = NONE;
        stamp[device]++;
        state.served[state.slotApp[slot]] += busy;
        drain(device, true);
        state.meter.addBusy(workload.clusterOf(device), -1);
        outcome.ran(state, task, completed);
        touch(device);
        if (heldCount > 0) {
            releaseHeld();
        }
    }

    // ---- devices ----

    private void cutOff(int device) {
        release(device, false);
    }

    private void lose(int device) {
        if (!state.online[device]) {
            return;
        }
        state.online[device] = false;
        int gone = NONE;
        if (state.running[device] != NONE) {
            int task = state.running[device];
            release(device, false);
            int slot = state.slotOf(task);
            state.makeReady(task);
            if (++state.slotRetries[slot] > RETRIES_MAX) {
                gone = slot;
            }
        }
        drain(device, false);
        state.meter.addOnline(workload.clusterOf(device), -1);
        while (state.queue[device].size() > 0) {
            state.recall(state.queue[device].task(0));
        }
        state.estimatedFree[device] = state.now;
        if (gone != NONE) {
            giveUp(gone);
        }
    }

    private void comeBack(int device) {
        if (away[device] > 0 || state.online[device] || (battery.length > 0 && battery[device] <= 0)) {
            return;
        }
        state.online[device] = true;
        state.meter.addOnline(workload.clusterOf(device), 1);
        state.estimatedFree[device] = state.now;
        if (battery.length > 0) {
            batterySeen[device] = state.now;
        }
        touch(device);
    }

    /** Takes what a device used since it was last looked at out of its battery. */
    private void drain(int device, boolean busy) {
        if (battery.length == 0) {
            return;
        }
        double micros = state.now - batterySeen[device];
        battery[device] -= deviceWatts(device, busy) * micros * 1e-6;
        batterySeen[device] = state.now;
    }

    private double deviceWatts(int device, boolean busy) {
        int cluster = workload.clusterOf(device);
        EnergyMeter meter = state.meter;
        double dynamic = busy ? meter.dynamicWatts(cluster, 1, meter.point(cluster)) : 0;
        return meter.leakageWatts(cluster) + dynamic;
    }

    private void scheduleEmpty(int device, double micros) {
        drain(device, false);
        double left = Math.max(0, battery[device]) / deviceWatts(device, true) * 1e6;
        if (left < micros) {
            events.add(state.now + left, EventQueue.EARLY, event(EMPTY, device, stamp[device]));
        }
    }

    private boolean fitsPowerCap(int cluster) {
        EnergyMeter meter = state.meter;
        if (options.powerCapWatts == Double.POSITIVE_INFINITY) {
            return true;
        }
        meter.addBusy(cluster, 1);
        double watts = meter.totalWatts();
        meter.addBusy(cluster, -1);
        if (watts > options.powerCapWatts && nothingRuns()) {
            throw new InvalidWorkloadException("power cap (%s W) is below what one task on cluster '%s' takes (%s W)"
                    .formatted(options.powerCapWatts, workload.cluster(cluster).name(), watts));
        }
        return watts <= options.powerCapWatts;
    }

    private boolean nothingRuns() {
        for (int task : state.running) {
            if (task != NONE) {
                return false;
            }
        }
        return true;
    }

    private void hold(int device) {
        if (!held[device]) {
            held[device] = true;
            heldCount++;
        }
    }

    private void releaseHeld() {
        for (int device = 0; device < held.length; device++) {
            if (held[device]) {
                held[device] = false;
                touch(device);
            }
        }
        heldCount = 0;
    }

    /** What runs in the cluster has its remaining time stretched by the change. */
    private void changePoint(int cluster, int point) {
        for (int device = 0; device < state.running.length; device++) {
            if (workload.clusterOf(device) == cluster && state.online[device]) {
                drain(device, state.running[device] != NONE);
            }
        }
        double before = state.meter.slowdown(cluster);
        state.meter.setPoint(cluster, point);
        double factor = state.meter.slowdown(cluster) / before;
        for (int device = 0; device < state.running.length; device++) {
            int task = state.running[device];
            if (task != NONE && workload.clusterOf(device) == cluster) {
                state.expectFinish(task, state.now + stretched(state.expectedFinish(task), factor));
                scheduleFinish(device, task, stretched(state.finish[task], factor));
            }
        }
    }

    private double stretched(double finish, double factor) {
        double micros = (finish - state.now) * factor;
        return ticks ? Math.ceil(micros - ROUNDING_MICROS) : micros;
    }
}
