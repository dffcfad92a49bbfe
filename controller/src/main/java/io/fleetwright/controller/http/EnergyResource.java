package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.energy.EnergyUse;
import io.fleetwright.controller.energy.EnergyUse.Group;
import io.fleetwright.controller.energy.Figure;
import io.fleetwright.controller.stream.StreamRetention;
import io.fleetwright.telemetry.wire.Json;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What inferences took, by device, node, class or model. */
@Path("/api/v1/energy")
public class EnergyResource {
    private static final int MINUTES_DEFAULT = 60;
    /** As long as ended jobs are kept. */
    private static final int MINUTES_MAX = 10_080;

    private static final double MILLI = 1000;

    private final Controller controller;
    private final Access.Present present;

    EnergyResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** A stretch of time, Unix milliseconds; what ended at its beginning is not in it, what ended at its end is. */
    record Window(long fromMillis, long toMillis) {
        /**
         * What a caller asks for: the last minutes, or from one time to another.
         *
         * @throws Refusal when it is both, has no end after its beginning, or is longer than a week
         */
        static Window of(@Nullable Integer minutes, @Nullable String from, @Nullable String to, long nowMillis) {
            if (from == null && to == null) {
                int last = minutes == null ? MINUTES_DEFAULT : minutes;
                if (last < 1 || last > MINUTES_MAX) {
                    throw Refusal.invalid("minutes (%d) must be from 1 to %d".formatted(last, MINUTES_MAX));
                }
                return new Window(nowMillis - Duration.ofMinutes(last).toMillis(), nowMillis);
            }
            if (minutes != null) {
                throw Refusal.invalid("either minutes, or from and to");
            }
            if (from == null) {
                throw Refusal.invalid("from is missing");
            }
            long begin = time("from", from);
            long end = to == null ? nowMillis : time("to", to);
            if (begin >= end
                    || (double) end - begin > Duration.ofMinutes(MINUTES_MAX).toMillis()) {
                throw Refusal.invalid("from must be before to, by at most %d minutes".formatted(MINUTES_MAX));
            }
            return new Window(begin, end);
        }

        private static long time(String name, String text) {
            try {
                return Instant.parse(text).toEpochMilli();
            } catch (DateTimeException | ArithmeticException wrong) {
                throw Refusal.invalid("%s must be a time such as 2026-01-31T12:00:00Z".formatted(name));
            }
        }
    }

    record FigureView(
            String kind,
            boolean modelled,
            String energyMethod,
            long runs,
            double mj,
            @Nullable Double uncertaintyMj,
            double mjEach) {}

    record GroupView(String group, long runs, long unknown, double unknownShare, List<FigureView> figures) {}

    record TotalView(
            String what,
            boolean modelled,
            long runs,
            double mj,
            @Nullable Double uncertaintyMj,
            double mjEach) {}

    /**
     * @param framesFrom from when on frames of streams are known, where that is later than {@code from}
     * @param more groups that are left out; the totals have them
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Answer(
            String by,
            String from,
            String to,
            @Nullable String framesFrom,
            long runs,
            long unknown,
            List<TotalView> totals,
            List<GroupView> items,
            int more) {}

    /**
     * @param group device, node, class or model; absent for device
     * @param minutes the last ones, 60 when all three are absent
     * @param from, to ISO-8601 times
     * @param limit groups that are told, those that took most first
     */
    @GET
    public Object use(
            @QueryParam("group") @Nullable String group,
            @QueryParam("minutes") @Nullable Integer minutes,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to,
            @QueryParam("limit") @Nullable Integer limit) {
        String tenant = present.tenant();
        Group by = group(group);
        int rows = Paging.limit(limit);
        return controller.core().read(scope -> {
            Window window = Window.of(minutes, from, to, scope.nowMillis());
            return answer(
                    by,
                    window,
                    scope.nowMillis() - StreamRetention.WINDOWS.toMillis(),
                    EnergyUse.of(scope.tx(), tenant, by, window.fromMillis(), window.toMillis()),
                    rows);
        });
    }

    private static Group group(@Nullable String name) {
        return Arrays.stream(Group.values())
                .filter(known -> Json.wireName(known).equals(name == null ? "device" : name))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("group must be one of "
                        + Arrays.stream(Group.values()).map(Json::wireName).toList()));
    }

    private static Answer answer(Group by, Window window, long framesFromMillis, EnergyUse.Report report, int rows) {
        List<EnergyUse.Used> shown =
                report.groups().subList(0, Math.min(rows, report.groups().size()));
        return new Answer(
                Json.wireName(by),
                Views.time(window.fromMillis()),
                Views.time(window.toMillis()),
                framesFromMillis > window.fromMillis() ? Views.time(framesFromMillis) : null,
                report.runs(),
                report.unknown(),
                report.totals().stream().map(EnergyResource::view).toList(),
                shown.stream().map(EnergyResource::view).toList(),
                report.groups().size() - shown.size());
    }

    private static GroupView view(EnergyUse.Used used) {
        return new GroupView(
                used.group(),
                used.runs(),
                used.unknown(),
                used.runs() == 0 ? 0 : (double) used.unknown() / used.runs(),
                used.figures().stream().map(EnergyResource::view).toList());
    }

    private static FigureView view(Figure figure) {
        return new FigureView(
                Json.wireName(figure.kind()),
                figure.isModelled(),
                figure.method(),
                figure.runs(),
                figure.microjoules() / MILLI,
                millis(figure.uncertaintyMicrojoules()),
                figure.microjoules() / MILLI / figure.runs());
    }

    private static TotalView view(EnergyUse.Total total) {
        return new TotalView(
                total.isRadio() ? "radio" : "computing",
                total.isModelled(),
                total.runs(),
                total.microjoules() / MILLI,
                millis(total.uncertaintyMicrojoules()),
                total.microjoules() / MILLI / total.runs());
    }

    private static @Nullable Double millis(@Nullable Double micros) {
        return micros == null ? null : Double.valueOf(micros / MILLI);
    }
}
