package io.fleetwright.controller.alert;

import io.fleetwright.controller.alert.Alert.Kind;
import io.fleetwright.controller.alert.Alert.Subject;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.NodeKeyRow;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.Faults.Failing;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.Reason;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.NodeStrainRow;
import io.fleetwright.controller.stream.Streams;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.targeting.Targets;
import io.fleetwright.controller.webhook.DeliveryRow;
import io.fleetwright.controller.webhook.WebhookRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of a tenant needs an operator's eyes now. Each alert is a pure function of a row or two; it is there while they say so, and gone
 * when they no longer do. What is over is told by the audit log.
 */
public final class Alerts {
    /** Alerts of a tenant that are told apart at a time, the gravest first. */
    public static final int ALERTS_MAX = 1000;

    /** What has ended badly is told for so long. */
    static final Duration ENDED_SHOWN = Duration.ofDays(7);
    /** So is a device that drifts or fails, from the last time it was seen to. */
    public static final Duration SEEN_SHOWN = Duration.ofDays(1);
    /** A node may take so long to answer its list. */
    static final Duration ANSWER_LIMIT = Duration.ofMinutes(15);

    static final Duration ROOT_LEFT_MIN = Duration.ofDays(30);
    static final Duration OWN_CERTIFICATE_LEFT_MIN = Duration.ofDays(30);
    /** Nodes renew at three quarters of the validity at the latest: with less than this part of it left, one has not. */
    private static final int CERTIFICATE_PART = 5;
    /** Certificates that are looked at, the last to end first. */
    private static final int KEYS_MAX = 20_000;
    /** Rows of a kind that are looked at for those few whose node fits a query. */
    private static final int ROWS_MAX = 20_000;

    private static final int NODES_PER_QUERY = 1000;

    private static final List<String> HELD = List.of("needs-approval", "paused", "rolling-back");
    private static final List<String> ENDED_BADLY = List.of("failed", "rolled-back");

    private Alerts() {}

    /**
     * What no row tells.
     *
     * @param failing devices of the tenant whose attempts fail
     * @param certificateValidity of those that nodes get
     * @param rootExpires when the root of the signing set ends
     * @param ownExpires when the controller's own certificates end
     */
    public record Outside(
            List<Failing> failing, Duration certificateValidity, Instant rootExpires, Instant ownExpires) {
        public Outside {
            failing = List.copyOf(failing);
        }
    }

    /**
     * @param alerts in their order, the gravest first
     * @param more whether there are some that were left out, or may be
     */
    public record Found(List<Alert> alerts, boolean more) {
        public Found {
            alerts = List.copyOf(alerts);
        }

        /** How many there are of a severity, without those that were left out. */
        public long count(AlertRule.Severity severity) {
            return alerts.stream()
                    .filter(alert -> alert.rule().severity() == severity)
                    .count();
        }

        /** Those of a severity. */
        public Found of(AlertRule.Severity severity) {
            return new Found(
                    alerts.stream()
                            .filter(alert -> alert.rule().severity() == severity)
                            .toList(),
                    more);
        }

        /**
         * Those behind a cursor.
         *
         * @param cursor id of an alert, which may be gone
         * @throws Refusal when it is no such id
         */
        public List<Alert> behind(String cursor) {
            Alert.Place place = Alert.Place.of(cursor)
                    .orElseThrow(() -> Refusal.invalid("cursor must be the one that the page before gave"));
            return alerts.stream()
                    .filter(alert -> alert.place().compareTo(place) > 0)
                    .toList();
        }
    }

    /**
     * Looks.
     *
     * @param query of nodes and their devices; any but the one that all fit leaves out what is no node's
     */
    public static Found find(Tx tx, String tenant, TargetQuery query, Outside outside, long nowMillis) {
        boolean all = query == TargetQuery.all();
        Rows rows = new Rows(tx, tenant, all ? ALERTS_MAX + 1 : ROWS_MAX);
        List<Alert> found = new ArrayList<>();
        nodes(rows, nowMillis, found);
        certificates(rows, outside.certificateValidity(), nowMillis, found);
        strains(rows, nowMillis, found);
        slots(rows, found);
        costs(rows, outside.failing(), nowMillis, found);
        streams(rows, nowMillis, found);
        if (all) {
            rollouts(rows, nowMillis, found);
            webhooks(rows, found);
            ofRoot(outside.rootExpires(), nowMillis).ifPresent(found::add);
            ofOwnCertificate(outside.ownExpires(), nowMillis).ifPresent(found::add);
        }
        List<Alert> wanted = all ? found : fitting(tx, tenant, found, query);
        wanted.sort(Comparator.comparing(Alert::place));
        return wanted.size() <= ALERTS_MAX
                ? new Found(wanted, rows.isCut)
                : new Found(wanted.subList(0, ALERTS_MAX), true);
    }

    private static List<Alert> fitting(Tx tx, String tenant, List<Alert> alerts, TargetQuery query) {
        List<String> ids = alerts.stream()
                .flatMap(alert -> Stream.ofNullable(alert.node()))
                .distinct()
                .map(node -> tenant + "/" + node)
                .toList();
        Set<String> fit = new HashSet<>();
        for (int from = 0; from < ids.size(); from += NODES_PER_QUERY) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + NODES_PER_QUERY));
            Targets.fittingNodes(tx, List.copyOf(tx.all(NodeRow.class, some).values()), query)
                    .forEach(row -> fit.add(row.node));
        }
        return alerts.stream()
                .filter(alert -> {
                    String node = alert.node();
                    return node != null && fit.contains(node);
                })
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** Rows of a tenant, of each kind so many. */
    private static final class Rows {
        final Tx tx;
        final String tenant;
        final int max;
        /** Whether there may be more rows of a kind than were looked at. */
        boolean isCut;

        Rows(Tx tx, String tenant, int max) {
            this.tx = tx;
            this.tenant = tenant;
            this.max = max;
        }

        <R extends Row> Query<R> of(Class<R> type) {
            return Query.of(type).equal("tenant", tenant);
        }

        <R extends Row> List<R> some(Query<R> query) {
            List<R> found = tx.find(query.ascending("id").limit(max));
            isCut |= found.size() == max;
            return found;
        }
    }

    private static void nodes(Rows rows, long nowMillis, List<Alert> found) {
        // Apart, as each is told up to the limit.
        for (String status : List.of(Nodes.LOST, Nodes.OFFLINE)) {
            rows.some(rows.of(NodeRow.class).equal("status", status)).forEach(row -> found.add(ofAbsent(row)));
        }
        rows.some(rows.of(NodeRow.class).equal("behind", true).greater("refusedVersion", 0L))
                .forEach(row -> ofRefused(row).ifPresent(found::add));
        rows.some(rows.of(NodeRow.class)
                        .equal("status", Nodes.ONLINE)
                        .equal("behind", true)
                        .less("desiredAt", nowMillis - ANSWER_LIMIT.toMillis()))
                .forEach(row -> ofBehind(row, nowMillis).ifPresent(found::add));
    }

    /** Of a node that does not take its newest list. */
    static Optional<Alert> ofRefused(NodeRow row) {
        String refusal = row.refusal();
        return refusal == null
                ? Optional.empty()
                : Optional.of(Alert.ofNode(
                        AlertRule.LIST_REFUSED,
                        row.node,
                        row.desiredAt,
                        "does not take list %d: %s".formatted(row.desiredVersion, refusal)));
    }

    /** Of a node that is offline or lost. */
    static Alert ofAbsent(NodeRow row) {
        return row.status.equals(Nodes.LOST)
                ? Alert.ofNode(AlertRule.NODE_LOST, row.node, row.lastSeenAt, "the node was cut off")
                : Alert.ofNode(AlertRule.NODE_OFFLINE, row.node, row.lastSeenAt, "the node has left");
    }

    /** Of a node that is online. */
    static Optional<Alert> ofBehind(NodeRow row, long nowMillis) {
        long since = Math.max(row.desiredAt, row.bornAt);
        return row.behind && row.refusal() == null && since < nowMillis - ANSWER_LIMIT.toMillis()
                ? Optional.of(Alert.ofNode(
                        AlertRule.NODE_BEHIND,
                        row.node,
                        since,
                        "was told list %d and has answered %d".formatted(row.desiredVersion, row.appliedVersion)))
                : Optional.empty();
    }

    private static void certificates(Rows rows, Duration validity, long nowMillis, List<Alert> found) {
        long soon = nowMillis + validity.toMillis() / CERTIFICATE_PART;
        List<NodeKeyRow> keys = rows.tx.find(rows.of(NodeKeyRow.class)
                .less("expiresAt", soon)
                .descending("expiresAt")
                .limit(KEYS_MAX));
        rows.isCut |= keys.size() == KEYS_MAX;
        Map<String, NodeRow> nodes = keys.isEmpty()
                ? Map.of()
                : rows.tx.all(
                        NodeRow.class, keys.stream().map(key -> key.nodeId).collect(Collectors.toSet()));
        for (NodeKeyRow key : keys) {
            NodeRow node = nodes.get(key.nodeId);
            if (node != null) {
                ofCertificate(node, key, soon, nowMillis).ifPresent(found::add);
            }
        }
    }

    /** @param soonMillis when a certificate ends that should have been renewed by now */
    static Optional<Alert> ofCertificate(NodeRow node, NodeKeyRow key, long soonMillis, long nowMillis) {
        boolean itsOwn = key.id.equals(node.tenant + "/" + node.keySha256);
        if (!itsOwn || key.revokedAt != null || node.status.equals(Nodes.REVOKED) || key.expiresAt >= soonMillis) {
            return Optional.empty();
        }
        return Optional.of(
                key.expiresAt <= nowMillis
                        ? Alert.ofNode(
                                AlertRule.CERTIFICATE_ENDED,
                                node.node,
                                key.expiresAt,
                                "the node's certificate is over; it must enrol again")
                        : Alert.ofNode(
                                AlertRule.CERTIFICATE_ENDING,
                                node.node,
                                null,
                                "the node's certificate ends at %s and was not renewed"
                                        .formatted(Instant.ofEpochMilli(key.expiresAt))));
    }

    private static void strains(Rows rows, long nowMillis, List<Alert> found) {
        rows.some(rows.of(NodeStrainRow.class).equal("hot", true)).stream()
                .filter(row -> row.isHotAt(nowMillis))
                .forEach(row ->
                        found.add(ofStrain(row, AlertRule.NODE_HOT, "%.0f degrees Celsius".formatted(row.celsius))));
        rows.some(rows.of(NodeStrainRow.class).equal("low", true)).stream()
                .filter(row -> row.isLowAt(nowMillis))
                .forEach(row -> found.add(
                        ofStrain(row, AlertRule.BATTERY_LOW, "%.0f %% of its battery is left".formatted(row.percent))));
    }

    private static Alert ofStrain(NodeStrainRow row, AlertRule rule, String detail) {
        return Alert.ofNode(rule, row.id.substring(row.tenant.length() + 1), null, detail);
    }

    private static void slots(Rows rows, List<Alert> found) {
        rows.some(rows.of(SlotRow.class).equal("reportedState", "failed"))
                .forEach(row -> ofSlot(row).ifPresent(found::add));
    }

    /** A slot that shall run nothing has nothing to fail at. */
    static Optional<Alert> ofSlot(SlotRow row) {
        if (row.desiredDigest == null || !row.reportedState.equals("failed")) {
            return Optional.empty();
        }
        return Optional.of(Alert.ofDevice(
                AlertRule.SLOT_FAILED,
                row.deviceId.substring(row.tenant.length() + 1),
                row.slot,
                null,
                "cannot run %s %s %s: %s"
                        .formatted(
                                row.desiredModel,
                                row.desiredVersion,
                                row.desiredVariant,
                                row.reportedReason == null ? "no reason told" : row.reportedReason)));
    }

    private static void costs(Rows rows, List<Failing> failing, long nowMillis, List<Alert> found) {
        List<CostRow> drifted =
                rows.some(rows.of(CostRow.class).greater("driftedAt", nowMillis - SEEN_SHOWN.toMillis()));
        Set<String> digests = new HashSet<>();
        drifted.forEach(row -> digests.add(row.digest));
        List<Failing> told = failing.stream().limit(rows.max).toList();
        told.forEach(one -> digests.add(one.digest()));
        Map<String, String> names = names(rows, digests);
        drifted.forEach(row -> ofDrift(row, names).ifPresent(found::add));
        told.forEach(one -> found.add(ofFailing(one, rows.tenant, names)));
    }

    /** Model, version and variant by digest; of several with the same bytes any one. */
    private static Map<String, String> names(Rows rows, Collection<String> digests) {
        Map<String, String> names = new HashMap<>();
        if (!digests.isEmpty()) {
            rows.tx
                    .find(rows.of(VariantRow.class).in("digest", digests))
                    .forEach(row -> names.put(row.digest, "%s %s %s".formatted(row.model, row.version, row.variant)));
        }
        return names;
    }

    /** @param names of variants by digest */
    static Optional<Alert> ofDrift(CostRow row, Map<String, String> names) {
        Long at = row.driftedAt;
        Double ratio = row.driftRatio;
        return at == null || ratio == null
                ? Optional.empty()
                : Optional.of(Alert.ofDevice(
                        AlertRule.DEVICE_DRIFTED,
                        row.deviceId.substring(row.tenant.length() + 1),
                        row.digest,
                        at,
                        "%s took %.2f times what it had taken"
                                .formatted(names.getOrDefault(row.digest, row.digest), ratio)));
    }

    private static Alert ofFailing(Failing one, String tenant, Map<String, String> names) {
        return Alert.ofDevice(
                AlertRule.DEVICE_FAILING,
                one.deviceId().substring(tenant.length() + 1),
                one.digest(),
                one.sinceMillis(),
                "%s failed %d times in a row, at last with %s"
                        .formatted(names.getOrDefault(one.digest(), one.digest()), one.failures(), one.reason()));
    }

    private static void rollouts(Rows rows, long nowMillis, List<Alert> found) {
        rows.some(rows.of(RolloutRow.class).in("state", HELD))
                .forEach(row -> ofRollout(row, row.id).ifPresent(found::add));
        Map<String, String> newest = new HashMap<>();
        for (RolloutRow row : rows.some(rows.of(RolloutRow.class)
                .in("state", ENDED_BADLY)
                .greater("finishedAt", nowMillis - ENDED_SHOWN.toMillis()))) {
            String latest = newest.computeIfAbsent(
                    row.model,
                    model -> rows.tx
                            .find(rows.of(RolloutRow.class)
                                    .equal("model", model)
                                    .descending("createdAt")
                                    .limit(1))
                            .getFirst()
                            .id);
            ofRollout(row, latest).ifPresent(found::add);
        }
    }

    /**
     * What has ended badly is nobody's concern any more once there is a newer rollout of its model.
     *
     * @param newest id of the newest rollout of its model
     */
    static Optional<Alert> ofRollout(RolloutRow row, String newest) {
        boolean breach = Reason.GATE_BREACH.label().equals(row.reason);
        AlertRule rule = switch (row.state) {
            case "needs-approval" -> AlertRule.ROLLOUT_NEEDS_APPROVAL;
            case "paused" -> breach ? AlertRule.GATE_BREACH : AlertRule.ROLLOUT_PAUSED;
            case "rolling-back" -> breach ? AlertRule.GATE_BREACH : AlertRule.ROLLOUT_ROLLING_BACK;
            case "failed" -> breach ? AlertRule.GATE_BREACH : AlertRule.ROLLOUT_FAILED;
            case "rolled-back" -> breach ? AlertRule.GATE_BREACH : AlertRule.ROLLOUT_ROLLED_BACK;
            default -> null;
        };
        if (rule == null || ENDED_BADLY.contains(row.state) && !row.id.equals(newest)) {
            return Optional.empty();
        }
        String what = rule == AlertRule.ROLLOUT_NEEDS_APPROVAL
                ? "waits for approval of wave %d".formatted(row.wave + 1)
                : row.state + ", " + said(row.reason, row.detail);
        return Optional.of(new Alert(
                rule,
                new Subject(Kind.ROLLOUT, row.id),
                "",
                null,
                row.finishedAt,
                "%s %s: %s".formatted(row.model, row.version, what)));
    }

    private static String said(@Nullable String reason, @Nullable String detail) {
        String known = reason == null ? "no reason told" : reason;
        return detail == null ? known : "%s: %s".formatted(known, detail);
    }

    private static void streams(Rows rows, long nowMillis, List<Alert> found) {
        rows.some(rows.of(LiveStreamRow.class).in("state", List.of(Streams.DEGRADED, Streams.WAITING)))
                .forEach(row -> ofStream(row).ifPresent(found::add));
        rows.some(rows.of(LiveStreamRow.class)
                        .equal("state", Streams.FAILED)
                        .greater("endedAt", nowMillis - SEEN_SHOWN.toMillis()))
                .forEach(row -> ofStream(row).ifPresent(found::add));
    }

    static Optional<Alert> ofStream(LiveStreamRow row) {
        AlertRule rule = switch (row.state) {
            case Streams.DEGRADED -> AlertRule.STREAM_DEGRADED;
            case Streams.WAITING -> AlertRule.STREAM_WAITING;
            case Streams.FAILED -> AlertRule.STREAM_FAILED;
            default -> null;
        };
        String node = row.nodeId.substring(row.tenant.length() + 1);
        return rule == null
                ? Optional.empty()
                : Optional.of(new Alert(
                        rule,
                        new Subject(Kind.STREAM, row.id),
                        "",
                        node,
                        row.endedAt,
                        "%s at %s/%s: %s, %s"
                                .formatted(row.model, node, row.device, row.state, said(row.reason, null))));
    }

    private static void webhooks(Rows rows, List<Alert> found) {
        for (WebhookRow hook : rows.tx.find(rows.of(WebhookRow.class).ascending("id"))) {
            Query<DeliveryRow> dead =
                    Query.of(DeliveryRow.class).equal("webhookId", hook.id).equal("state", "dead");
            long count = rows.tx.count(dead);
            if (count > 0) {
                DeliveryRow newest =
                        rows.tx.find(dead.descending("createdAt").limit(1)).getFirst();
                // Its address and what it answered are an administrator's to read.
                found.add(new Alert(
                        AlertRule.WEBHOOK_GIVEN_UP,
                        new Subject(Kind.WEBHOOK, hook.id),
                        "",
                        null,
                        newest.createdAt,
                        "%d events were given up, the newest of them %s".formatted(count, newest.event)));
            }
        }
    }

    /** @param expires when the controller's own certificates end, which it makes at each start */
    static Optional<Alert> ofOwnCertificate(Instant expires, long nowMillis) {
        long left = expires.toEpochMilli() - nowMillis;
        if (left >= OWN_CERTIFICATE_LEFT_MIN.toMillis()) {
            return Optional.empty();
        }
        AlertRule rule = left <= 0 ? AlertRule.CONTROLLER_CERTIFICATE_ENDED : AlertRule.CONTROLLER_CERTIFICATE_ENDING;
        return Optional.of(new Alert(
                rule,
                new Subject(Kind.TRUST, "controller"),
                "",
                null,
                left <= 0 ? Long.valueOf(expires.toEpochMilli()) : null,
                "the controller's own certificate %s at %s; a restart renews it"
                        .formatted(left <= 0 ? "ended" : "ends", expires)));
    }

    /** @param expires when the root ends */
    static Optional<Alert> ofRoot(Instant expires, long nowMillis) {
        long left = expires.toEpochMilli() - nowMillis;
        if (left >= ROOT_LEFT_MIN.toMillis()) {
            return Optional.empty();
        }
        AlertRule rule = left <= 0 ? AlertRule.TRUST_ROOT_ENDED : AlertRule.TRUST_ROOT_ENDING;
        return Optional.of(new Alert(
                rule,
                new Subject(Kind.TRUST, "root"),
                "",
                null,
                left <= 0 ? Long.valueOf(expires.toEpochMilli()) : null,
                "the root of the signing set %s at %s".formatted(left <= 0 ? "ended" : "ends", expires)));
    }
}
