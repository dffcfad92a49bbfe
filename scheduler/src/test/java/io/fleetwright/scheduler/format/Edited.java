package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.scheduler.format.NaiveJson.Kind;
import io.fleetwright.scheduler.format.NaiveJson.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A JSON document of which single values are changed, by paths of names and positions such as {@code tasks/0/id}. */
record Edited(String text) {
    /** Stands for "not there" in a table. */
    private static final String REMOVED = "-";

    private static final String AND = " & ";

    /** What reads the document. */
    @FunctionalInterface
    interface Reader {
        Object read(byte[] bytes) throws Exception;
    }

    Node at(String path) {
        Node node = NaiveJson.parse(text);
        for (String step : steps(path)) {
            node = node.kind() == Kind.ARRAY ? node.items().get(Integer.parseInt(step)) : node.get(step);
        }
        return node;
    }

    private static List<String> steps(String path) {
        return path.isEmpty() ? List.of() : List.of(path.split("/"));
    }

    /** With {@code json} in the place of a value. */
    Edited set(String path, String json) {
        Node node = at(path);
        return new Edited(text.substring(0, node.start()) + json + text.substring(node.end()));
    }

    Edited without(String path) {
        int slash = path.lastIndexOf('/');
        String parent = path.substring(0, Math.max(slash, 0));
        String last = path.substring(slash + 1);
        Node node = at(parent);
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < node.items().size(); i++) {
            Node item = node.items().get(i);
            String value = text.substring(item.start(), item.end());
            if (node.kind() == Kind.ARRAY) {
                kept.add(value);
            } else if (!node.names().get(i).equals(last)) {
                kept.add("\"" + node.names().get(i) + "\": " + value);
            }
        }
        if (node.kind() == Kind.ARRAY) {
            kept.remove(Integer.parseInt(last));
        }
        String inside = String.join(", ", kept);
        return set(parent, node.kind() == Kind.ARRAY ? "[" + inside + "]" : "{" + inside + "}");
    }

    byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Asserts what a reader says to the document after some changes.
     *
     * @param paths what is changed, several with {@code &} between; empty or null for all of it
     * @param values what each becomes, {@code -} for nothing
     * @param place path of the value at whose first byte the fault must be found
     */
    void assertRefused(Reader reader, String paths, String values, String place, String reason) {
        Edited edited = this;
        String[] all = Objects.requireNonNullElse(paths, "").split(AND);
        String[] given = values.split(AND);
        for (int i = 0; i < all.length; i++) {
            edited = given[i].equals(REMOVED) ? edited.without(all[i]) : edited.set(all[i], given[i]);
        }
        Edited last = edited;
        int offset = last.text
                .substring(0, last.at(Objects.requireNonNullElse(place, "")).start())
                .getBytes(StandardCharsets.UTF_8)
                .length;
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> reader.read(last.bytes()));
        assertThat(failure).as(last.text).hasMessage("at byte %d: %s", offset, reason);
        assertThat(failure.offset()).isEqualTo(offset);
    }
}
