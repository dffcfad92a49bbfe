package io.fleetwright.controller.core;

import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What shall happen once the transaction is committed: messages and change hints. Dropped when it is not. */
public final class Effects {
    /** A message for a node. */
    public record Send(Topic topic, byte[] payload, Duration expiry) {}

    /** Something changed; a hint to look again, never the change itself. */
    public record Hint(String tenant, String kind, String id) {}

    private final List<Send> sends = new ArrayList<>();
    private final Set<Hint> hints = new LinkedHashSet<>();

    public void send(Topic topic, byte[] payload, Duration expiry) {
        sends.add(new Send(topic, payload, expiry));
    }

    public void hint(String tenant, String kind, String id) {
        hints.add(new Hint(tenant, kind, id));
    }

    public List<Send> sends() {
        return List.copyOf(sends);
    }

    public List<Hint> hints() {
        return List.copyOf(hints);
    }
}
