package io.fleetwright.controller.energy;

import io.fleetwright.controller.energy.Figure.Kind;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.SplitPartRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Totals;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.StreamWindowRow;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What inferences took in a stretch of time. Measured and modelled energy are never added up, nor computing and sending; a run of which
 * nobody knows the energy is counted and is in no sum.
 */
public final class EnergyUse {
    /** Stands for what is no longer there: the class of a device, the model of a stream. */
    public static final String GONE = "gone";

    private static final String MODEL = EnergyMethod.MODEL.wireName();
    private static final String UNKNOWN = EnergyMethod.UNKNOWN.wireName();

    private EnergyUse() {}

    /** What runs are told apart by. */
    public enum Group {
        /** {@code node/device}; shared inferences by part, frames by their stream's source. */
        DEVICE,
        NODE,
        /** Class of the device. */
        CLASS,
        /** Shared inferences as a whole. */
        MODEL
    }

    /**
     * One group.
     *
     * @param runs inferences, parts of shared ones and frames
     * @param unknown runs of which nobody knows the energy
     * @param figures by kind and method
     */
    public record Used(String group, long runs, long unknown, List<Figure> figures) {
        public Used {
            figures = List.copyOf(figures);
        }

        private double largest() {
            return figures.stream().mapToDouble(Figure::microjoules).max().orElse(0);
        }
    }

    /**
     * All groups together.
     *
     * @param isRadio whether it is the energy of sending and receiving, and not that of computing
     * @param uncertaintyMicrojoules as {@link Figure} tells
     */
    public record Total(
            boolean isModelled,
            boolean isRadio,
            long runs,
            double microjoules,
            @Nullable Double uncertaintyMicrojoules) {}

    /** @param groups those that took most first */
    public record Report(List<Used> groups, List<Total> totals) {
        public Report {
            groups = List.copyOf(groups);
            totals = List.copyOf(totals);
        }

        public long runs() {
            return groups.stream().mapToLong(Used::runs).sum();
        }

        public long unknown() {
            return groups.stream().mapToLong(Used::unknown).sum();
        }
    }

    /** What is known of a group so far. */
    private static final class Sum {
        long runs;
        long unknown;
        final Map<Kind, Map<String, Figure>> figures = new EnumMap<>(Kind.class);

        void add(Figure figure) {
            figures.computeIfAbsent(figure.kind(), _ -> new LinkedHashMap<>())
                    .merge(figure.method(), figure, Figure::plus);
        }

        /** @param known of the runs */
        void add(Kind kind, String method, long count, long known, double microjoules, @Nullable Double uncertainty) {
            boolean isKnown = known > 0 && !method.equals(UNKNOWN);
            runs += count;
            unknown += isKnown ? count - known : count;
            if (isKnown) {
                add(new Figure(kind, method, known, microjoules, uncertainty));
            }
        }

        Used used(String group) {
            return new Used(
                    group,
                    runs,
                    unknown,
                    figures.values().stream()
                            .flatMap(byMethod -> byMethod.values().stream())
                            .toList());
        }
    }

    /**
     * Sums up what ended after one time, and not after another.
     *
     * @param fromMillis, toMillis Unix milliseconds
     */
    public static Report of(Tx tx, String tenant, Group group, long fromMillis, long toMillis) {
        Map<String, Sum> byName = new HashMap<>();
        Function<Totals, String> node = totals -> named(totals, 1) ? bare(tenant, totals.text(1)) : GONE;
        Function<Totals, String> device =
                totals -> named(totals, 1) && named(totals, 2) ? node.apply(totals) + "/" + totals.text(2) : GONE;
        switch (group) {
            case MODEL -> inferences(tx, between(JobRow.class, tenant, "finishedAt", fromMillis, toMillis), byName);
            case NODE -> {
                wholeInferences(tx, tenant, fromMillis, toMillis, byName, node);
                parts(tx, tenant, fromMillis, toMillis, byName, node);
            }
            case DEVICE, CLASS -> {
                wholeInferences(tx, tenant, fromMillis, toMillis, byName, device);
                parts(tx, tenant, fromMillis, toMillis, byName, device);
            }
        }
        frames(tx, tenant, group, fromMillis, toMillis, byName);
        return report(group == Group.CLASS ? byClass(tx, tenant, byName) : byName);
    }

    private static boolean named(Totals totals, int place) {
        return totals.values().get(place) != null;
    }

    private static String bare(String tenant, String id) {
        return id.substring(tenant.length() + 1);
    }

    private static <R extends Row> Query<R> between(
            Class<R> type, String tenant, String field, long fromMillis, long toMillis) {
        return Query.of(type).equal("tenant", tenant).greater(field, fromMillis).atMost(field, toMillis);
    }

    private static void inferences(Tx tx, Query<JobRow> query, Map<String, Sum> byName) {
        add(
                tx.totals(
                        query.equal("state", Jobs.SUCCEEDED),
                        List.of("energyMethod", "model"),
                        terms("energyMicrojoules")),
                Kind.INFERENCE,
                byName,
                totals -> totals.text(1));
    }

    private static void wholeInferences(
            Tx tx,
            String tenant,
            long fromMillis,
            long toMillis,
            Map<String, Sum> byName,
            Function<Totals, String> name) {
        add(
                tx.totals(
                        between(JobRow.class, tenant, "finishedAt", fromMillis, toMillis)
                                .equal("state", Jobs.SUCCEEDED)
                                .equal("split", false),
                        List.of("energyMethod", "nodeId", "device"),
                        terms("energyMicrojoules")),
                Kind.INFERENCE,
                byName,
                name);
    }

    /** Parts count when they were sent; they take seconds at most. */
    private static void parts(
            Tx tx,
            String tenant,
            long fromMillis,
            long toMillis,
            Map<String, Sum> byName,
            Function<Totals, String> name) {
        List<List<String>> terms = new ArrayList<>(terms("microjoules"));
        terms.add(List.of("sendMicrojoules"));
        terms.add(List.of("receiveMicrojoules"));
        List<Totals> all = tx.totals(
                between(SplitPartRow.class, tenant, "sentAt", fromMillis, toMillis)
                        .greater("tookMicros", -1L),
                List.of("energyMethod", "nodeId", "device", "fromOperator", "toOperator"),
                terms);
        add(all.stream().filter(EnergyUse::computes).toList(), Kind.PART, byName, name);
        for (Totals totals : all) {
            for (int end = 2; end < terms.size(); end++) {
                radio(
                        byName,
                        name.apply(totals),
                        totals.counts().get(end),
                        totals.sums().get(end));
            }
        }
    }

    /** One that only sends its input on runs nothing, and nobody is to know what that took. */
    private static boolean computes(Totals totals) {
        return !Objects.equals(totals.values().get(3), totals.values().get(4));
    }

    private static void frames(
            Tx tx, String tenant, Group group, long fromMillis, long toMillis, Map<String, Sum> byName) {
        List<List<String>> terms = new ArrayList<>(terms("microjoules"));
        terms.add(List.of("met"));
        terms.add(List.of("missed"));
        terms.add(List.of("energyCount"));
        terms.add(List.of("linkCount"));
        terms.add(List.of("linkMicrojoules"));
        List<Totals> all = tx.totals(
                between(StreamWindowRow.class, tenant, "receivedAt", fromMillis, toMillis),
                List.of("energyMethod", "streamId"),
                terms);
        Map<String, LiveStreamRow> streams = tx.all(
                LiveStreamRow.class,
                all.stream().map(totals -> totals.text(1)).distinct().toList());
        for (Totals totals : all) {
            LiveStreamRow stream = streams.get(totals.text(1));
            String name = stream == null
                    ? GONE
                    : switch (group) {
                        case MODEL -> stream.model;
                        case NODE -> bare(tenant, stream.nodeId);
                        case DEVICE, CLASS -> bare(tenant, stream.nodeId) + "/" + stream.device;
                    };
            long known = totals.sums().get(4).longValue();
            // A window without energy says 0, with no uncertainty and an unknown method.
            sum(byName, name)
                    .add(
                            Kind.FRAME,
                            totals.text(0),
                            Math.max(
                                    known,
                                    totals.sums().get(2).longValue()
                                            + totals.sums().get(3).longValue()),
                            known,
                            totals.sums().get(0),
                            uncertainty(totals));
            radio(byName, name, totals.sums().get(5).longValue(), totals.sums().get(6));
        }
    }

    private static List<List<String>> terms(String microjoules) {
        return List.of(List.of(microjoules), List.of(microjoules, "energyUncertainty"));
    }

    private static Sum sum(Map<String, Sum> byName, String name) {
        return byName.computeIfAbsent(name, _ -> new Sum());
    }

    private static void add(List<Totals> all, Kind kind, Map<String, Sum> byName, Function<Totals, String> name) {
        for (Totals totals : all) {
            sum(byName, name.apply(totals))
                    .add(
                            kind,
                            named(totals, 0) ? totals.text(0) : UNKNOWN,
                            totals.rows(),
                            totals.counts().get(0),
                            totals.sums().get(0),
                            uncertainty(totals));
        }
    }

    /** Of the first term; absent when one of its rows tells none. */
    private static @Nullable Double uncertainty(Totals totals) {
        return totals.counts().get(1) < totals.counts().get(0)
                ? null
                : totals.sums().get(1);
    }

    /** Links have no uncertainty of their own. */
    private static void radio(Map<String, Sum> byName, String name, long count, double microjoules) {
        if (count > 0) {
            sum(byName, name).add(new Figure(Kind.RADIO, MODEL, count, microjoules, null));
        }
    }

    private static Map<String, Sum> byClass(Tx tx, String tenant, Map<String, Sum> byDevice) {
        Map<String, DeviceRow> devices = tx.all(
                DeviceRow.class,
                byDevice.keySet().stream().map(name -> tenant + "/" + name).toList());
        Map<String, Sum> byClass = new HashMap<>();
        byDevice.forEach((name, sum) -> {
            DeviceRow row = devices.get(tenant + "/" + name);
            Sum into = sum(byClass, row == null ? GONE : row.deviceClass);
            into.runs += sum.runs;
            into.unknown += sum.unknown;
            sum.figures.values().forEach(byMethod -> byMethod.values().forEach(into::add));
        });
        return byClass;
    }

    private static Report report(Map<String, Sum> byName) {
        List<Used> groups = byName.entrySet().stream()
                .map(entry -> entry.getValue().used(entry.getKey()))
                .sorted(Comparator.comparingDouble(Used::largest).reversed().thenComparing(Used::group))
                .toList();
        List<Total> totals = Stream.of(false, true)
                .flatMap(isRadio -> Stream.of(false, true).map(isModelled -> total(groups, isModelled, isRadio)))
                .filter(total -> total.runs() > 0)
                .toList();
        return new Report(groups, totals);
    }

    private static Total total(List<Used> groups, boolean isModelled, boolean isRadio) {
        List<Figure> figures = groups.stream()
                .flatMap(used -> used.figures().stream())
                .filter(figure -> figure.isModelled() == isModelled && (figure.kind() == Kind.RADIO) == isRadio)
                .collect(Collectors.toList());
        return new Total(
                isModelled,
                isRadio,
                figures.stream().mapToLong(Figure::runs).sum(),
                figures.stream().mapToDouble(Figure::microjoules).sum(),
                Figure.together(figures));
    }
}
