package io.fleetwright.controller.rollout;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A maintenance window: targets start only inside one.
 *
 * @param days on which it opens; it may close on the next
 * @param from first minute, local time of the zone
 * @param to first minute after it; not after {@code from} means on the next day
 */
public record Window(Set<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone) {
    public Window {
        days = Set.copyOf(days);
        if (days.isEmpty()) {
            throw new IllegalArgumentException("windows: days must name at least one day");
        }
    }

    /** When it opens next, after a moment at which it is closed. */
    Instant opens(long nowMillis) {
        ZonedDateTime now = Instant.ofEpochMilli(nowMillis).atZone(zone);
        return Stream.iterate(now.toLocalDate(), day -> day.plusDays(1))
                .filter(day -> days.contains(day.getDayOfWeek()))
                .map(day -> day.atTime(from).atZone(zone))
                .filter(opening -> opening.isAfter(now))
                .findFirst()
                .orElseThrow()
                .toInstant();
    }

    /** True inside the window; what the zone's clock skips or repeats counts by that clock. */
    boolean isOpen(long nowMillis) {
        ZonedDateTime now = Instant.ofEpochMilli(nowMillis).atZone(zone);
        LocalTime time = now.toLocalTime();
        DayOfWeek today = now.getDayOfWeek();
        if (from.isBefore(to)) {
            return days.contains(today) && !time.isBefore(from) && time.isBefore(to);
        }
        return days.contains(today) && !time.isBefore(from) || days.contains(today.minus(1)) && time.isBefore(to);
    }
}
