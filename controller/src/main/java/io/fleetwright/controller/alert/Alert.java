package io.fleetwright.controller.alert;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that needs an operator's eyes.
 *
 * @param subject what it is about
 * @param part of the subject, where one subject may have several alerts of a rule; empty otherwise
 * @param node whose it is; absent where it is no node's
 * @param sinceMillis since when, Unix milliseconds; absent where nobody noted it
 * @param detail one line for a person
 */
public record Alert(
        AlertRule rule,
        Subject subject,
        String part,
        @Nullable String node,
        @Nullable Long sinceMillis,
        String detail) {
    /** Kinds of things that alerts are about, as the API names them. */
    public enum Kind {
        NODE,
        DEVICE,
        ROLLOUT,
        STREAM,
        WEBHOOK,
        TRUST
    }

    /** @param id as the API knows it; of a device {@code node/device} */
    public record Subject(Kind kind, String id) {}

    static Alert ofNode(AlertRule rule, String node, @Nullable Long sinceMillis, String detail) {
        return new Alert(rule, new Subject(Kind.NODE, node), "", node, sinceMillis, detail);
    }

    /** @param device {@code node/device} */
    static Alert ofDevice(AlertRule rule, String device, String part, @Nullable Long sinceMillis, String detail) {
        return new Alert(
                rule,
                new Subject(Kind.DEVICE, device),
                part,
                device.substring(0, device.indexOf('/')),
                sinceMillis,
                detail);
    }

    private String key() {
        return part.isEmpty() ? subject.id : subject.id + "/" + part;
    }

    /** Stays the same for as long as the alert is there, and is the cursor behind it. */
    public String id() {
        return rule.label() + ":" + key();
    }

    Place place() {
        return new Place(rule, key());
    }

    /** Where an alert stands among others, whether or not it is there. */
    record Place(AlertRule rule, String key) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::rule).thenComparing(Place::key);

        /** The place of an alert of that id; empty when it is no id. */
        static Optional<Place> of(String id) {
            int colon = id.indexOf(':');
            return Arrays.stream(AlertRule.values())
                    .filter(known -> colon > 0 && known.label().equals(id.substring(0, colon)))
                    .findFirst()
                    .map(rule -> new Place(rule, id.substring(colon + 1)));
        }

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }
}
