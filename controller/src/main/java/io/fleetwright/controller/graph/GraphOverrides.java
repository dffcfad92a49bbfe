package io.fleetwright.controller.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.controller.core.Refusal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller says beside a specification that is used again and again.
 *
 * @param inputs {@code NAME:DIGEST} of uploaded inputs
 * @param deadlineMs in place of the specification's, absent for that
 * @param notifyNode in place of the specification's, absent for that
 */
public record GraphOverrides(
        List<String> inputs,
        @Nullable Long deadlineMs,
        @Nullable String notifyNode) {
    public GraphOverrides {
        inputs = List.copyOf(inputs);
    }

    /** @throws Refusal when the specification has no such input */
    public JsonNode on(JsonNode root) {
        if (inputs.size() > GraphSpecReader.INPUTS_MAX) {
            throw Refusal.invalid("%d inputs, at most %d".formatted(inputs.size(), GraphSpecReader.INPUTS_MAX));
        }
        if (!(root.deepCopy() instanceof ObjectNode changed)) {
            return root;
        }
        for (String input : inputs) {
            int colon = input.indexOf(':');
            String name = input.substring(0, Math.max(0, colon));
            if (!(changed.path("inputs").path(name) instanceof ObjectNode named)) {
                throw Refusal.notFound("input", "%s in the specification".formatted(Fields.clip(input)));
            }
            named.put("digest", input.substring(colon + 1));
        }
        if (deadlineMs != null) {
            changed.put("deadlineMs", deadlineMs);
        }
        if (notifyNode != null) {
            changed.put("notify", notifyNode);
        }
        return changed;
    }
}
