package io.fleetwright.controller.core;

import io.fleetwright.controller.audit.Breach;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What shall happen once the transaction is committed: messages, change hints and broken rules. Dropped when it is not. */
public final class Effects {
    /** A message for a node. */
    public record Send(Topic topic, byte[] payload, Duration expiry) {}

    /** Something changed; a hint to look again, never the change itself. */
    public record Hint(String tenant, String kind, String id) {}

    private final List<Send> sends = new ArrayList<>();
    private final List<Breach> breaches = new ArrayList<>();
    private final Set<Hint> hints = new LinkedHashSet<>();

    public void send(Topic topic, byte[] payload, Duration expiry) {
        sends.add(new Send(topic, payload, expiry));
    }

    public void hint(String tenant, String kind, String id) {
        hints.add(new Hint(tenant, kind, id));
    }

    /** A rule was broken; the audit log hears of it within its bounds. */
    public void breach(Breach breach) {
        breaches.add(breach);
    }

    public List<Breach> breaches() {
        return List.copyOf(breaches);
    }

    public List<Send> sends() {
        return List.copyOf(sends);
    }

    public List<Hint> hints() {
        return List.copyOf(hints);
    }
}
