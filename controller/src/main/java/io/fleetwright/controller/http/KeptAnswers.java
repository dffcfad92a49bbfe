package io.fleetwright.controller.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers by idempotency key. One is kept when its request did something, or may have: a refusal did nothing, and what was refused may be
 * done the next time.
 */
final class KeptAnswers {
    static final Duration VALIDITY = Duration.ofHours(24);
    static final Duration IN_PROGRESS = Duration.ofMinutes(5);
    static final int ANSWER_CHARS_MAX = 100_000;
    static final String LEFT_OUT = "leftOut";
    private static final int ANSWERS_MAX = 10_000;
    /** Of a long answer; with every character escaped they are still fewer than {@link #ANSWER_CHARS_MAX}. */
    private static final int FIELDS_MAX = 30;

    private static final int NAME_CHARS_MAX = 60;
    private static final int VALUE_CHARS_MAX = 400;
    /** A bug, before the commit or behind it. */
    private static final int UNKNOWN_WHETHER_DONE = 500;

    private KeptAnswers() {}

    /** A request as it is compared with those before it. */
    static KeptAnswerRow of(
            String tenant, String who, String path, String key, @Nullable String rawQuery, byte[] body) {
        KeptAnswerRow row = new KeptAnswerRow();
        row.id = hex(String.join("\n", tenant, who, path, key));
        row.tenant = tenant;
        row.bodyDigest = Digest.of(body).hex() + (rawQuery == null ? "" : "?" + hex(rawQuery));
        return row;
    }

    private static String hex(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
    }

    /** The answer that is kept, or waited for; absent when this request is the first, which is noted then. */
    static Optional<KeptAnswerRow> take(Tx tx, KeptAnswerRow fresh, long nowMillis) {
        Query<KeptAnswerRow> own = Query.of(KeptAnswerRow.class).equal("tenant", fresh.tenant);
        tx.deleteAll(Query.of(KeptAnswerRow.class)
                .equal("tenant", fresh.tenant)
                .less("createdAt", nowMillis - VALIDITY.toMillis()));
        Optional<KeptAnswerRow> before = tx.get(KeptAnswerRow.class, fresh.id);
        if (before.isPresent()
                && (before.get().status != 0 || before.get().createdAt > nowMillis - IN_PROGRESS.toMillis())) {
            return before;
        }
        before.ifPresent(tx::delete);
        if (tx.count(own) >= ANSWERS_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "tenant used %d idempotency keys in a day".formatted(ANSWERS_MAX));
        }
        fresh.createdAt = nowMillis;
        tx.insert(fresh);
        return Optional.empty();
    }

    /** Whether what was answered with this status is answered again. */
    static boolean keeps(int status) {
        return status < 400 || status == UNKNOWN_WHETHER_DONE;
    }

    /** Keeps the answer to a request that was noted, or forgets the request, which then counts as new. */
    static void settle(Tx tx, String id, int status, String answer) {
        tx.get(KeptAnswerRow.class, id).ifPresent(row -> {
            if (keeps(status)) {
                row.status = status;
                row.answer = answer;
                tx.update(row);
            } else {
                tx.delete(row);
            }
        });
    }

    /** What is kept of an answer: all of it, or what is short in it, with the names of the fields that are left out. */
    static String text(ObjectMapper mapper, @Nullable Object entity) {
        if (entity == null) {
            return "{}";
        }
        try {
            String whole = mapper.writeValueAsString(entity);
            return whole.length() <= ANSWER_CHARS_MAX ? whole : shortened(mapper, mapper.readTree(whole));
        } catch (JsonProcessingException noJson) {
            return "{}"; // Its request was done all the same, and is not to be done twice.
        }
    }

    private static String shortened(ObjectMapper mapper, JsonNode whole) throws JsonProcessingException {
        ObjectNode kept = mapper.createObjectNode();
        ArrayNode leftOut = mapper.createArrayNode();
        for (Map.Entry<String, JsonNode> field : whole.properties()) {
            boolean isShort = kept.size() < FIELDS_MAX
                    && field.getKey().length() <= NAME_CHARS_MAX
                    && field.getValue().isValueNode()
                    && field.getValue().asText().length() <= VALUE_CHARS_MAX;
            if (isShort) {
                kept.set(field.getKey(), field.getValue());
            } else if (leftOut.size() < FIELDS_MAX && field.getKey().length() <= NAME_CHARS_MAX) {
                leftOut.add(field.getKey());
            }
        }
        kept.set(LEFT_OUT, leftOut);
        return mapper.writeValueAsString(kept);
    }
}
