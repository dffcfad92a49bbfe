package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.WireFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same world told another way: no queue of events, but what is left of everything that goes on, moved on by the least of it. Without
 * noise. Two things at one instant may come in another order than in the simulator, so its settings have no such instants.
 */
final class NaiveFleet {
    /** Where a frame's attempts go; asked with which helpers may be had. */
    @FunctionalInterface
    interface Script {
        Placement place(int stream, int source, long number, int attempt, List<Integer> helpers);
    }

    private static final double TINY = 1e-9;

    private final Setting setting;
    private final Script script;
    private final List<Job> open = new ArrayList<>();
    private final List<Way> ways = new ArrayList<>();
    private final List<Again> agains = new ArrayList<>();
    private final Place[] places;
    private double now;
    final Map<String, Integer> endings = new LinkedHashMap<>();
    final double[][] drawn;
    final double[] emptiedAt;

    private static final class Job {
        int stream;
        int source;
        long number;
        double deadline;
        int attempts;
        int live = -1;
        boolean ended;
        Placement placement = Placement.local(0);
    }

    private record Work(Job job, int attempt, int from, int to) {}

    private record Again(Job job, double at) {}

    private static final class Way {
        Job job = new Job();
        int attempt;
        int from;
        int to;
        double left;
        double delay;
        boolean back;
        boolean onAir;
    }

    private static final class Place {
        final List<Work> queue = new ArrayList<>();
        boolean busy;
        Work work = new Work(new Job(), 0, 0, 0);
        double left;
        double link = 1;
        double speed = 1;
        boolean away;
        boolean dead;
    }

    NaiveFleet(Setting setting, Script script) {
        this.setting = setting;
        this.script = script;
        places = new Place[setting.boards().size()];
        for (int b = 0; b < places.length; b++) {
            places[b] = new Place();
        }
        drawn = new double[places.length][4];
        emptiedAt = new double[places.length];
        Arrays.fill(emptiedAt, Double.POSITIVE_INFINITY);
    }

    private double cost(double[] values, int from, int to) {
        double sum = 0;
        for (int v = from; v < to; v++) {
            sum += values[v];
        }
        return sum;
    }

    private long bytes(int boundary) {
        var graph = setting.networks().getFirst();
        return WireFormat.STANDARD.bytes(graph.feature(boundary - 1), 8);
    }

    void run() {
        List<Disturbance> coming = new ArrayList<>(setting.disturbances());
        coming.sort(Comparator.comparingDouble(Disturbance::atMillis));
        List<double[]> takes = new ArrayList<>();
        for (int s = 0; s < setting.streams().size(); s++) {
            FrameStream stream = setting.streams().get(s);
            for (FrameStream.Source source : stream.sources()) {
                for (int n = 0; ; n++) {
                    double at = source.phaseMillis() + n * stream.periodMillis();
                    if (at + stream.deadlineMillis() > setting.endMillis()) {
                        break;
                    }
                    takes.add(new double[] {at, s, source.board(), n});
                }
            }
        }
        takes.sort(Comparator.comparingDouble(take -> take[0]));
        while (true) {
            settle();
            double step = setting.endMillis() - now;
            step = coming.isEmpty() ? step : Math.min(step, coming.getFirst().atMillis() - now);
            step = takes.isEmpty() ? step : Math.min(step, takes.getFirst()[0] - now);
            for (Again again : agains) {
                step = Math.min(step, again.at - now);
            }
            for (Way way : ways) {
                if (way.onAir) {
                    step = Math.min(step, way.left > 0 ? way.left / factor(way) : way.delay);
                }
            }
            for (int b = 0; b < places.length; b++) {
                step = places[b].busy ? Math.min(step, places[b].left) : step;
                if (watts(b) > 0) {
                    step = Math.min(step, left(b) / watts(b));
                }
            }
            move(Math.max(0, step));
            if (now >= setting.endMillis() - TINY) {
                break;
            }
            if (!coming.isEmpty() && coming.getFirst().atMillis() <= now + TINY) {
                disturb(coming.removeFirst());
            } else if (!takes.isEmpty() && takes.getFirst()[0] <= now + TINY) {
                take(takes.removeFirst());
            } else {
                happen();
            }
        }
        List.copyOf(open).forEach(job -> end(job, "EXPIRED"));
    }

    private double factor(Way way) {
        return Math.min(places[way.from].link, places[way.to].link);
    }

    private double[] power(int b) {
        var power = new double[4];
        Place place = places[b];
        if (place.away || place.dead) {
            return power;
        }
        power[place.busy ? 0 : 3] = place.busy ? 0.1 : setting.boards().get(b).idleWatts();
        for (Way way : ways) {
            if (way.onAir && way.left > 0) {
                power[1] += way.from == b ? TestFleet.RADIO.sendWatts() : 0;
                power[2] += way.to == b ? TestFleet.RADIO.receiveWatts() : 0;
            }
        }
        return power;
    }

    private double watts(int b) {
        double sum = 0;
        for (double part : power(b)) {
            sum += part;
        }
        return sum;
    }

    private double left(int b) {
        double left = setting.boards().get(b).batteryJoules() * 1000;
        for (double part : drawn[b]) {
            left -= part;
        }
        return left;
    }

    private void move(double step) {
        for (int b = 0; b < places.length; b++) {
            double[] power = power(b);
            for (int part = 0; part < 4; part++) {
                drawn[b][part] += power[part] * step;
            }
        }
        for (Place place : places) {
            place.left -= place.busy ? step : 0;
        }
        for (Way way : ways) {
            if (way.onAir && way.left > 0) {
                way.left -= step * factor(way);
                way.left = way.left < TINY ? 0 : way.left;
            } else if (way.onAir) {
                way.delay -= step;
            }
        }
        now += step;
    }

    private void happen() {
        for (int b = 0; b < places.length; b++) {
            if (!places[b].away && !places[b].dead && left(b) < 1e-7) {
                emptiedAt[b] = now;
                places[b].dead = true;
                vanish(b);
                return;
            }
        }
        for (Place place : places) {
            if (place.busy && place.left < TINY) {
                place.busy = false;
                Work work = place.work;
                if (!work.job.ended && work.job.live == work.attempt) {
                    int layers = setting.networks().getFirst().size();
                    if (work.job.placement.isLocal()) {
                        answered(work.job);
                    } else if (work.to < layers) {
                        way(work.job, work.job.source, work.job.placement.helper(), bytes(work.to), false);
                    } else {
                        way(work.job, work.job.placement.helper(), work.job.source, setting.answerBytes(), true);
                    }
                }
                return;
            }
        }
        for (Way way : ways) {
            if (way.onAir && way.left <= 0 && way.delay < TINY) {
                ways.remove(way);
                if (!way.job.ended && way.job.live == way.attempt) {
                    if (way.back) {
                        answered(way.job);
                    } else {
                        places[way.to].queue.add(new Work(
                                way.job,
                                way.attempt,
                                way.job.placement.cut(),
                                setting.networks().getFirst().size()));
                    }
                }
                return;
            }
        }
        for (Again again : agains) {
            if (again.at <= now + TINY) {
                agains.remove(again);
                Job job = again.job;
                Place source = places[job.source];
                if (!job.ended && now >= job.deadline) {
                    end(job, "EXPIRED");
                } else if (!job.ended && (source.away || source.dead || job.attempts >= 4)) {
                    end(job, "LOST");
                } else if (!job.ended) {
                    place(job);
                }
                return;
            }
        }
    }

    private void answered(Job job) {
        end(job, now <= job.deadline ? "ON_TIME" : "LATE");
    }

    private void end(Job job, String how) {
        job.ended = true;
        open.remove(job);
        endings.merge(job.stream + " " + how, 1, Integer::sum);
    }

    private void way(Job job, int from, int to, long bytes, boolean back) {
        var way = new Way();
        way.job = job;
        way.attempt = job.live;
        way.from = from;
        way.to = to;
        way.left = 8.0 * bytes / TestFleet.RADIO.kbitPerSecond();
        way.delay = TestFleet.RADIO.rttMillis();
        way.back = back;
        ways.add(way);
    }

    private boolean airs(int board) {
        return ways.stream().anyMatch(way -> way.onAir && way.left > 0 && (way.from == board || way.to == board));
    }

    private void settle() {
        ways.removeIf(way -> (way.job.ended || way.job.live != way.attempt) && (!way.onAir || way.left > 0));
        for (Way way : List.copyOf(ways)) {
            if (!way.onAir && now >= way.job.deadline) {
                ways.remove(way);
                end(way.job, "EXPIRED");
            } else if (!way.onAir && !airs(way.from) && !airs(way.to) && factor(way) > 0) {
                way.onAir = true;
            }
        }
        for (int b = 0; b < places.length; b++) {
            Place place = places[b];
            while (!place.busy && !place.queue.isEmpty()) {
                Work work = place.queue.removeFirst();
                boolean over = work.job.ended || work.job.live != work.attempt;
                if (now >= work.job.deadline) {
                    if (!over) {
                        end(work.job, "EXPIRED");
                    }
                } else if (!over || work.job.source != b) {
                    place.busy = true;
                    place.work = work;
                    place.left = place.speed
                            * cost(setting.boards().get(b).tiers().getFirst().millis(), work.from, work.to);
                }
            }
        }
    }

    private void take(double[] take) {
        var job = new Job();
        job.stream = (int) take[1];
        job.source = (int) take[2];
        job.number = (long) take[3];
        job.deadline = take[0] + setting.streams().get(job.stream).deadlineMillis();
        Place source = places[job.source];
        if (source.dead && !source.away) {
            endings.merge(job.stream + " LOST", 1, Integer::sum);
        } else if (!source.away) {
            open.add(job);
            place(job);
        }
    }

    private void place(Job job) {
        List<Integer> helpers = new ArrayList<>();
        for (int b = 0; b < places.length; b++) {
            if (b != job.source
                    && !places[b].away
                    && !places[b].dead
                    && places[b].link > 0
                    && places[job.source].link > 0) {
                helpers.add(b);
            }
        }
        job.placement = script.place(job.stream, job.source, job.number, job.attempts, helpers);
        job.live = job.attempts++;
        // What breaks together is tried again in the order in which it was placed.
        open.remove(job);
        open.add(job);
        if (job.placement.cut() == 0) {
            way(job, job.source, job.placement.helper(), bytes(0), false);
        } else {
            places[job.source].queue.add(new Work(job, job.live, 0, job.placement.cut()));
        }
    }

    private void disturb(Disturbance disturbance) {
        Place place = places[disturbance.board()];
        switch (disturbance.kind()) {
            case SPEED -> place.speed = disturbance.factor();
            case LINK -> {
                place.link = disturbance.factor();
                if (place.link == 0) {
                    breakShared(disturbance.board());
                }
            }
            case POWER -> {
                place.away = disturbance.factor() == 0;
                if (place.away) {
                    vanish(disturbance.board());
                }
            }
        }
    }

    private void vanish(int board) {
        for (Job job : List.copyOf(open)) {
            if (job.source == board && job.live >= 0) {
                end(job, now >= job.deadline ? "EXPIRED" : "LOST");
            }
        }
        breakShared(board);
        places[board].queue.clear();
        places[board].busy = false;
    }

    private void breakShared(int board) {
        for (Job job : open) {
            boolean uses = job.live >= 0
                    && !job.placement.isLocal()
                    && (job.source == board || job.placement.helper() == board);
            if (uses) {
                job.live = -1;
                agains.add(new Again(job, now + setting.detectionMillis()));
            }
        }
    }
}
