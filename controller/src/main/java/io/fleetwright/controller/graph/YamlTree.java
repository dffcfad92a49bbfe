package io.fleetwright.controller.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.controller.core.Refusal;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;

/**
 * Reads a YAML document as the JSON that it stands for: mappings, sequences, texts, numbers, true, false and null. No anchors,
 * aliases, tags, keys that are no text, and one document only, so that what is read is never larger than what was sent.
 */
public final class YamlTree {
    public static final int CHARS_MAX = 12 << 20;
    private static final int DEPTH_MAX = 16;
    private static final Pattern WHOLE = Pattern.compile("[-+]?(0|[1-9][0-9]{0,30})");
    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?");

    private final Deque<JsonNode> open = new ArrayDeque<>();
    /** Of the mappings among those that are open; empty text while none is read. */
    private final Deque<String> keys = new ArrayDeque<>();

    private @Nullable JsonNode root;
    private int documents;

    private YamlTree() {}

    /** @throws Refusal that names the line, when it is not such a document */
    public static JsonNode read(String text) {
        if (text.length() > CHARS_MAX) {
            throw Refusal.invalid("a document of %d characters, at most %d".formatted(text.length(), CHARS_MAX));
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(CHARS_MAX);
        options.setNestingDepthLimit(DEPTH_MAX);
        YamlTree tree = new YamlTree();
        try {
            new Yaml(new SafeConstructor(options)).parse(new StringReader(text)).forEach(tree::take);
        } catch (MarkedYAMLException malformed) {
            throw refusal(malformed.getProblemMark(), String.valueOf(malformed.getProblem()));
        } catch (YAMLException malformed) {
            throw Refusal.invalid("not YAML: " + Fields.clip(String.valueOf(malformed.getMessage())));
        }
        JsonNode root = tree.root;
        if (root == null) {
            throw Refusal.invalid("the document is empty");
        }
        return root;
    }

    private static Refusal refusal(@Nullable Mark at, String what) {
        return Refusal.invalid("not YAML that is read here, line %d: %s"
                .formatted(at == null ? 1 : at.getLine() + 1, Fields.clip(what)));
    }

    private void take(Event event) {
        if (event instanceof DocumentStartEvent && ++documents > 1) {
            throw refusal(event.getStartMark(), "a second document");
        }
        if (event instanceof AliasEvent || event instanceof NodeEvent node && node.getAnchor() != null) {
            throw refusal(event.getStartMark(), "anchors and aliases are not allowed");
        }
        switch (event) {
            case MappingStartEvent start -> {
                requireUntagged(start.getTag(), start);
                begin(JsonNodeFactory.instance.objectNode(), start);
                keys.push("");
            }
            case SequenceStartEvent start -> {
                requireUntagged(start.getTag(), start);
                begin(JsonNodeFactory.instance.arrayNode(), start);
            }
            case CollectionEndEvent _ -> {
                if (open.pop() instanceof ObjectNode) {
                    keys.pop();
                }
            }
            case ScalarEvent scalar -> {
                requireUntagged(scalar.getTag(), scalar);
                scalar(scalar);
            }
            default -> {}
        }
    }

    private static void requireUntagged(@Nullable String tag, Event at) {
        if (tag != null) {
            throw refusal(at.getStartMark(), "tags are not allowed (%s)".formatted(tag));
        }
    }

    private void begin(JsonNode collection, Event at) {
        if (open.size() >= DEPTH_MAX) {
            throw refusal(at.getStartMark(), "more than %d levels".formatted(DEPTH_MAX));
        }
        attach(collection, at);
        open.push(collection);
    }

    private void scalar(ScalarEvent scalar) {
        if (open.peek() instanceof ObjectNode mapping
                && String.valueOf(keys.peek()).isEmpty()) {
            if (scalar.getValue().isEmpty() || mapping.has(scalar.getValue())) {
                throw refusal(scalar.getStartMark(), "key '%s' is empty or there twice".formatted(scalar.getValue()));
            }
            keys.pop();
            keys.push(scalar.getValue());
            return;
        }
        attach(
                scalar.isPlain() ? plain(scalar.getValue()) : JsonNodeFactory.instance.textNode(scalar.getValue()),
                scalar);
    }

    /** By the rules of JSON, so that {@code no} is a text and {@code 1_000} is one too. */
    private static JsonNode plain(String text) {
        return switch (text) {
            case "", "~", "null" -> JsonNodeFactory.instance.nullNode();
            case "true" -> JsonNodeFactory.instance.booleanNode(true);
            case "false" -> JsonNodeFactory.instance.booleanNode(false);
            default -> {
                if (WHOLE.matcher(text).matches()) {
                    yield JsonNodeFactory.instance.numberNode(new BigInteger(text));
                }
                yield DECIMAL.matcher(text).matches()
                        ? JsonNodeFactory.instance.numberNode(Double.parseDouble(text))
                        : JsonNodeFactory.instance.textNode(text);
            }
        };
    }

    private void attach(JsonNode value, Event at) {
        switch (open.peek()) {
            case null -> root = value;
            case ObjectNode mapping -> {
                String key = keys.pop();
                if (key.isEmpty()) {
                    throw refusal(at.getStartMark(), "a key must be a text");
                }
                mapping.set(key, value);
                keys.push("");
            }
            case ArrayNode sequence -> sequence.add(value);
            default -> throw new IllegalStateException("a scalar is never open");
        }
    }
}
