package io.fleetwright.controller.webhook;

import io.fleetwright.controller.audit.AuditActions;
import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who hears of what, and the queue of what is on its way, both in the database. An event is an entry of the audit log, put into the
 * queue by the transaction that writes it; it arrives at least once, or ends as dead after eight tries.
 */
public final class Webhooks {
    static final int TRIES_MAX = 8;
    static final String WAITING = "waiting";
    static final String DEAD = "dead";

    private static final int HOOKS_MAX = 20;
    private static final int QUEUE_MAX = 1000;
    private static final int EVENTS_MAX = 20;
    private static final int URL_CHARS_MAX = 2000;
    private static final int PORT_MAX = 65_535;
    private static final int SECRET_CHARS_MIN = 16;
    private static final int SECRET_CHARS_MAX = 200;
    private static final Duration DEAD_KEPT = Duration.ofDays(7);
    private static final Duration DELAY_FIRST = Duration.ofSeconds(5);
    private static final Duration DELAY_MAX = Duration.ofHours(1);
    /** Such as {@code node.revoked}, {@code rollout.*} or {@code *}. */
    private static final Pattern EVENT = Pattern.compile("\\*|[a-z0-9-]+(\\.(\\*|[a-z0-9-]+))?");

    private Webhooks() {}

    /**
     * Adds a webhook.
     *
     * @param secret of 16 to 200 characters, which the signatures are made with
     * @param networks that the operator allows, such as {@code 10.1.0.0/16}: only there may be plain http
     * @throws Refusal when the address, the secret or an event is malformed, an event is one that never happens, or the tenant
     *     has twenty webhooks
     */
    public static WebhookRow create(
            Tx tx,
            String tenant,
            String who,
            String id,
            String url,
            String secret,
            List<String> events,
            List<String> networks,
            long nowMillis) {
        requireUrl(url, new Destinations(networks));
        if (secret.length() < SECRET_CHARS_MIN || secret.length() > SECRET_CHARS_MAX) {
            throw Refusal.invalid("secret of %d characters, must be from %d to %d"
                    .formatted(secret.length(), SECRET_CHARS_MIN, SECRET_CHARS_MAX));
        }
        if (events.isEmpty() || events.size() > EVENTS_MAX) {
            throw Refusal.invalid("events (%d) must be from 1 to %d".formatted(events.size(), EVENTS_MAX));
        }
        for (String event : events) {
            if (event == null || event.length() > 60 || !EVENT.matcher(event).matches()) {
                throw Refusal.invalid("each event must look like node.revoked, rollout.* or *");
            }
            if (!AuditActions.isKnown(event)) {
                throw Refusal.invalid("event (%s) never happens; there are %s and *"
                        .formatted(event, String.join(", ", AuditActions.families())));
            }
        }
        if (tx.count(Query.of(WebhookRow.class).equal("tenant", tenant)) >= HOOKS_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "tenant has %d webhooks".formatted(HOOKS_MAX));
        }
        WebhookRow row = new WebhookRow();
        row.id = id;
        row.tenant = tenant;
        row.url = url;
        row.secret = secret;
        row.events = String.join(",", events);
        row.createdBy = who;
        row.createdAt = nowMillis;
        tx.insert(row);
        return row;
    }

    private static void requireUrl(String url, Destinations destinations) {
        URI uri;
        try {
            uri = URI.create(url.length() <= URL_CHARS_MAX ? url : "");
        } catch (IllegalArgumentException malformed) {
            throw Refusal.invalid("url must be an https address: %s".formatted(malformed.getMessage()));
        }
        boolean isWeb = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
        if (!isWeb || uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
            throw Refusal.invalid("url must be an https address of at most %d characters, without a name or password"
                    .formatted(URL_CHARS_MAX));
        }
        int port = uri.getPort();
        if (port != -1 && (port < 1 || port > PORT_MAX)) {
            throw Refusal.invalid("url's port (%d) must be from 1 to %d".formatted(port, PORT_MAX));
        }
        if (!destinations.mayTakeScheme(uri)) {
            throw Refusal.invalid(
                    "url (%s) must be an https address; http is only for fleetwright.webhook-networks".formatted(url));
        }
    }

    /** Deletes a webhook and what is on its way to it. */
    public static void delete(Tx tx, String tenant, String id) {
        WebhookRow row = tx.get(WebhookRow.class, id)
                .filter(known -> known.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("webhook", id));
        tx.deleteAll(Query.of(DeliveryRow.class).equal("webhookId", id));
        tx.delete(row);
    }

    /** Puts an entry of the audit log into the queue of every webhook that asked for its kind; a full queue takes no more. */
    public static void enqueue(Tx tx, AuditRow entry) {
        for (WebhookRow hook : tx.find(Query.of(WebhookRow.class).equal("tenant", entry.tenant))) {
            if (!wants(hook, entry.action)
                    || tx.count(Query.of(DeliveryRow.class).equal("webhookId", hook.id)) >= QUEUE_MAX) {
                continue;
            }
            DeliveryRow row = new DeliveryRow();
            row.id = "%s-%d".formatted(hook.id, entry.place);
            row.tenant = entry.tenant;
            row.webhookId = hook.id;
            row.event = entry.action;
            row.state = WAITING;
            row.createdAt = entry.atMillis;
            row.nextAt = entry.atMillis;
            row.body = new String(
                    Json.write(out -> out.field("delivery", row.id)
                            .field("event", entry.action)
                            .field("tenant", entry.tenant)
                            .field("what", entry.what)
                            .field("who", entry.who)
                            .field("at", Instant.ofEpochMilli(entry.atMillis).toString())
                            .field("place", entry.place)
                            .field("hash", entry.hash)),
                    StandardCharsets.UTF_8);
            tx.insert(row);
        }
    }

    /** True when the webhook asked for that kind of event. */
    static boolean wants(WebhookRow hook, String action) {
        for (String event : hook.events.split(",", -1)) {
            boolean family = event.endsWith(".*") && action.startsWith(event.substring(0, event.length() - 1));
            if (family || event.equals("*") || event.equals(action)) {
                return true;
            }
        }
        return false;
    }

    /** One try that is due. */
    public record Due(String delivery, String event, URI url, String secret, String body) {}

    /**
     * What is due now, each list of one webhook, the longest waiting first. Of more webhooks than may be taken chance takes some, so
     * that none is always passed over.
     */
    static List<List<Due>> due(Tx tx, long nowMillis, int hooksMax, int eachMax, RandomGenerator random) {
        List<String> hooks = new ArrayList<>(tx.distinct(waiting(nowMillis), "webhookId"));
        Collections.shuffle(hooks, random);
        return hooks.stream()
                .limit(hooksMax)
                .flatMap(id -> tx.get(WebhookRow.class, id).stream())
                .map(
                        hook -> tx
                                .find(waiting(nowMillis)
                                        .equal("webhookId", hook.id)
                                        .ascending("nextAt")
                                        .limit(eachMax))
                                .stream()
                                .map(row -> new Due(row.id, row.event, URI.create(hook.url), hook.secret, row.body))
                                .toList())
                .toList();
    }

    private static Query<DeliveryRow> waiting(long nowMillis) {
        return Query.of(DeliveryRow.class)
                .equal("state", WAITING)
                .atLeast("nextAt", 0L)
                .less("nextAt", nowMillis + 1);
    }

    /**
     * Notes how a try went.
     *
     * @param failure absent when it arrived
     * @param last true when trying again is of no use
     * @param chance from 0 to 1, for full jitter
     */
    static void settle(Tx tx, String delivery, @Nullable String failure, boolean last, double chance, long nowMillis) {
        Optional<DeliveryRow> found = tx.get(DeliveryRow.class, delivery);
        if (found.isEmpty()) {
            return; // The webhook was deleted meanwhile.
        }
        DeliveryRow row = found.get();
        if (failure == null) {
            tx.delete(row);
            return;
        }
        row.tries++;
        row.reason = failure.length() <= 200 ? failure : failure.substring(0, 200);
        if (last || row.tries >= TRIES_MAX) {
            row.state = DEAD;
        } else {
            long delay = Math.min(DELAY_MAX.toMillis(), DELAY_FIRST.toMillis() << (2 * (row.tries - 1)));
            row.nextAt = nowMillis + 1 + (long) (chance * delay);
        }
        tx.update(row);
    }

    /** Forgets what died a week ago. */
    static void forget(Tx tx, long nowMillis) {
        tx.deleteAll(
                Query.of(DeliveryRow.class).equal("state", DEAD).less("createdAt", nowMillis - DEAD_KEPT.toMillis()));
    }
}
