package io.fleetwright.controller.core;

import io.fleetwright.controller.audit.Breach;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What shall happen once the transaction is committed: messages, change hints and broken rules. Dropped when it is not. */
public final class Effects {
    /** A message for a node. */
    public record Send(Topic topic, byte[] payload, Duration expiry) {}

    /** Something changed; a hint to look again, never the change itself. */
    public record Hint(String tenant, String kind, String id) {}

    private final Instant begun;
    private final List<Send> sends = new ArrayList<>();
    /** By what each replaces. */
    private final Map<Object, Supplier<Send>> newest = new LinkedHashMap<>();

    private final List<Breach> breaches = new ArrayList<>();
    private final Set<Hint> hints = new LinkedHashSet<>();
    private final List<LongConsumer> whenSent = new ArrayList<>();
    private final List<Runnable> whenUndone = new ArrayList<>();
    private boolean graphDue;

    public Effects() {
        this(Instant.EPOCH);
    }

    /** @param begun when what they are effects of came to the controller */
    Effects(Instant begun) {
        this.begun = begun;
    }

    public void send(Topic topic, byte[] payload, Duration expiry) {
        sends.add(new Send(topic, payload, expiry));
    }

    /**
     * A message that says all that those before it have said: only the newest of a transaction goes out, behind all others.
     *
     * @param replaces equal for messages that replace one another
     */
    public void sendNewest(Object replaces, Supplier<Send> message) {
        newest.put(replaces, message);
    }

    public void hint(String tenant, String kind, String id) {
        hints.add(new Hint(tenant, kind, id));
    }

    /** An inference of a job of several tasks has ended, and that job is to look. */
    public void graphDue() {
        graphDue = true;
    }

    boolean isGraphDue() {
        return graphDue;
    }

    /** A rule was broken; the audit log hears of it within its bounds. */
    public void breach(Breach breach) {
        breaches.add(breach);
    }

    public List<Breach> breaches() {
        return List.copyOf(breaches);
    }

    /** Hears, once the messages are handed over, how long that took from when their cause came, microseconds. */
    public void whenSent(LongConsumer listener) {
        whenSent.add(listener);
    }

    /** Takes back what the transaction has changed in memory; runs when it is not committed, the last change first. */
    public void whenUndone(Runnable undo) {
        whenUndone.add(undo);
    }

    void undone() {
        whenUndone.reversed().forEach(Runnable::run);
    }

    void sent(Instant now) {
        long micros = Math.max(0, Duration.between(begun, now).toNanos() / 1000);
        whenSent.forEach(listener -> listener.accept(micros));
    }

    public List<Send> sends() {
        return Stream.concat(sends.stream(), newest.values().stream().map(Supplier::get))
                .toList();
    }

    public List<Hint> hints() {
        return List.copyOf(hints);
    }
}
