package io.fleetwright.controller.telemetry;

import io.fleetwright.controller.audit.Breach;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.gate.Gates;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.OperatorReports;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.GatheringTx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.Streams;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes in what nodes send. Messages of the three acknowledged streams are stored once by (boot, sequence) and
 * acknowledged by an effect, that is after the commit.
 */
public final class Ingest {
    /** Metric of an agent: how many came since it last told. */
    private static final String REFUSED_TENSORS = "tensors.refused";

    /** Metric of a node that has a battery, percent of a full one. */
    private static final String BATTERY = "battery";

    private static final Duration ACK_EXPIRY = Duration.ofMinutes(1);
    /** Three streams a boot, kept for the time of retention: a board that starts anew every hour stays within. */
    private static final int STREAMS_PER_NODE_MAX = 3000;

    /** Rows that most messages change; of those of one node several may come together. */
    private static final Set<Class<? extends Row>> GATHERED =
            Set.of(NodeRow.class, StreamRow.class, SlotRow.class, DeviceRow.class, JobRow.class, CostRow.class);

    private static final Map<Topic.Kind, Stream> STREAMS = Map.of(
            Topic.Kind.UP_REPORTED, Stream.REPORTED,
            Topic.Kind.UP_RESULT, Stream.RESULT,
            Topic.Kind.UP_TELEMETRY, Stream.TELEMETRY);

    private final Nodes nodes;
    private final Jobs jobs;
    private final Streams streams;
    private final Gates gates;
    private final OperatorReports operators = new OperatorReports();

    public Ingest(Nodes nodes, Jobs jobs, Streams streams, Gates gates) {
        this.nodes = nodes;
        this.jobs = jobs;
        this.streams = streams;
        this.gates = gates;
    }

    /**
     * Takes the heartbeats among messages that change nothing but when a node was last seen.
     *
     * @return the other messages, in their order
     */
    public List<Transport.Arrived> withoutHeartbeats(List<Transport.Arrived> messages, long nowMillis) {
        return messages.stream()
                .filter(message -> !isHeartbeat(message, nowMillis))
                .toList();
    }

    private boolean isHeartbeat(Transport.Arrived message, long nowMillis) {
        try {
            Topic topic = Topic.parse(message.topic());
            return topic.kind() == Topic.Kind.UP_STATUS
                    && nodes.isHereStill(topic.address(), Status.decode(message.payload()), nowMillis);
        } catch (MalformedMessageException malformed) {
            return false; // It is dropped, and counted, where it would be taken in.
        }
    }

    /** For messages that are taken in together: their rows are read and stored together. */
    public static GatheringTx gathering(Tx tx) {
        return new GatheringTx(tx, GATHERED);
    }

    /** Reads what messages on these topics are going to need, as far as their topics tell. */
    public static void readAhead(GatheringTx tx, List<Topic> topics) {
        tx.readAhead(
                NodeRow.class,
                topics.stream().map(topic -> topic.address().toString()).toList());
        List<String> streams = new ArrayList<>();
        for (Topic topic : topics) {
            Stream stream = STREAMS.get(topic.kind());
            if (stream != null) {
                tx.get(NodeRow.class, topic.address().toString())
                        .map(node -> node.boot)
                        .ifPresent(boot -> streams.add(streamId(topic.address().toString(), stream, boot)));
            }
        }
        tx.readAhead(StreamRow.class, streams);
    }

    private static String streamId(String node, Stream stream, String boot) {
        return "%s#%s#%s".formatted(node, stream.wireName(), boot);
    }

    /**
     * Takes in one message.
     *
     * @return true when a rollout or a job may go on because of it
     * @throws MalformedMessageException when it is not what its topic promises or its sender is not known; nothing is
     *     stored then
     */
    public boolean message(Tx tx, Effects effects, Topic topic, Transport.Arrived message, long nowMillis)
            throws MalformedMessageException {
        NodeRow node = tx.get(NodeRow.class, topic.address().toString())
                .orElseThrow(() -> new MalformedMessageException("node %s is not enrolled".formatted(topic.address())));
        if (node.status.equals(Nodes.REVOKED)) {
            throw new MalformedMessageException("node %s is revoked".formatted(topic.address()));
        }
        byte[] payload = message.payload();
        return switch (topic.kind()) {
            case UP_BIRTH -> {
                Birth birth = Birth.decode(payload);
                int operatorsChars = String.join(",", birth.operators()).length();
                if (operatorsChars > NodeRow.OPERATORS_CHARS_MAX) {
                    throw new MalformedMessageException("operators of %d characters, at most %d"
                            .formatted(operatorsChars, NodeRow.OPERATORS_CHARS_MAX));
                }
                boolean restarted = !birth.boot().equals(node.boot);
                nodes.birth(tx, effects, node, birth, nowMillis);
                if (!birth.past()) {
                    operators.ask(tx, effects, node);
                    jobs.resend(tx, effects, node, nowMillis);
                    streams.born(tx, effects, node, restarted, nowMillis);
                    gates.born(tx, node, nowMillis);
                }
                yield true;
            }
            case UP_STATUS -> {
                String before = node.status;
                boolean wasThere = before.equals(Nodes.ONLINE);
                nodes.status(tx, effects, node, Status.decode(payload), nowMillis);
                if (!before.equals(node.status)) {
                    streams.changed(tx, effects, node, "node-" + node.status, nowMillis);
                }
                // What it shared with others cannot wait; what it runs alone may still come.
                yield wasThere && !node.status.equals(Nodes.ONLINE) && jobs.shareNoMore(tx, effects, node, nowMillis);
            }
            case UP_REPORTED -> {
                Reported reported = Reported.decode(payload);
                // What an earlier boot had to say is acknowledged, but the birth of the present one replaced it.
                if (firstTime(tx, effects, node, Stream.REPORTED, reported.stamp(), nowMillis)
                        && reported.stamp().boot().equals(node.boot)) {
                    nodes.reported(tx, effects, node, reported, nowMillis);
                    operators.ask(tx, effects, node);
                    streams.changed(tx, effects, node, "slots-reported", nowMillis);
                }
                yield true;
            }
            case UP_RESULT -> {
                if (StreamReport.is(payload)) {
                    StreamReport report = StreamReport.decode(payload);
                    if (firstTime(tx, effects, node, Stream.RESULT, report.stamp(), nowMillis)) {
                        streams.report(tx, effects, node, report, nowMillis);
                    }
                    yield false;
                }
                if (OperatorTimes.is(payload)) {
                    OperatorTimes times = OperatorTimes.decode(payload);
                    if (firstTime(tx, effects, node, Stream.RESULT, times.stamp(), nowMillis)
                            && operators.take(tx, effects, node, times, nowMillis)) {
                        streams.changed(tx, effects, node, "operators-timed", nowMillis);
                    }
                    yield false;
                }
                TaskResult result = TaskResult.decode(payload);
                if (firstTime(tx, effects, node, Stream.RESULT, result.stamp(), nowMillis)) {
                    jobs.result(tx, effects, node, result, Math.min(message.atMillis(), nowMillis), nowMillis);
                }
                yield true;
            }
            case UP_TELEMETRY -> {
                TelemetryFrame frame = TelemetryFrame.decode(payload);
                Map<Integer, MetricRow> names = names(tx, node, frame);
                if (!names.keySet()
                        .containsAll(frame.samples().stream()
                                .map(TelemetryFrame.Sample::alias)
                                .toList())) {
                    // The birth that names them was lost: not stored, not acknowledged, so the frame comes again.
                    nodes.askForBirth(effects, node, nowMillis);
                } else if (firstTime(tx, effects, node, Stream.TELEMETRY, frame.stamp(), nowMillis)) {
                    samples(tx, effects, node, frame, names);
                    refusedTensors(effects, node, frame, names);
                    Double celsius = last(frame, names, Gates.TEMPERATURE);
                    Double battery = last(frame, names, BATTERY);
                    if (celsius != null || battery != null) {
                        streams.sampled(tx, effects, node, celsius, battery, nowMillis);
                    }
                    boolean hot = hot(tx, node, frame, names, nowMillis);
                    yield gates.observe(tx, node, frame, nowMillis) || hot;
                }
                yield false;
            }
            case DOWN_DESIRED, DOWN_WORK, DOWN_ACK, DOWN_COMMAND, DOWN_OUTCOME, IN_TENSOR ->
                throw new MalformedMessageException("topic %s is not for the controller".formatted(topic.text()));
        };
    }

    /**
     * Notes the place as committed and acknowledges the stream; false when it was there already, or is not to be kept now.
     */
    private static boolean firstTime(Tx tx, Effects effects, NodeRow node, Stream stream, Stamp stamp, long nowMillis)
            throws MalformedMessageException {
        String id = streamId(node.id, stream, stamp.boot());
        StreamRow row = tx.get(StreamRow.class, id).orElse(null);
        if (row == null) {
            if (tx.count(Query.of(StreamRow.class).equal("nodeId", node.id)) >= STREAMS_PER_NODE_MAX) {
                throw new MalformedMessageException(
                        "node %s has told of more than %d streams".formatted(node.id, STREAMS_PER_NODE_MAX));
            }
            row = new StreamRow();
            row.id = id;
            row.tenant = node.tenant;
            row.nodeId = node.id;
            row.updatedAt = nowMillis;
            tx.insert(row);
        }
        Ranges before = Ranges.parse(row.ranges);
        boolean first = !before.contains(stamp.sequence());
        Ranges after = before.with(stamp.sequence());
        if (stream == Stream.TELEMETRY) {
            // A full spool drops its oldest frames, so these gaps may stay; what still comes of the lowest is not
            // stored.
            after = after.withinCount();
        }
        if (first) {
            if (after.list().size() > Ranges.COUNT_MAX) {
                return false; // Not stored and not acknowledged: the agent sends it again once the gaps are filled.
            }
            row.ranges = after.text();
            row.updatedAt = nowMillis;
            tx.update(row);
        }
        Ack ack = new Ack(stream, stamp.boot(), after.list());
        Topic topic = new Topic(Nodes.address(node), Topic.Kind.DOWN_ACK);
        effects.sendNewest(id, () -> new Effects.Send(topic, ack.encode(), ACK_EXPIRY));
        return first;
    }

    /** What other nodes sent it without being told to. */
    private static void refusedTensors(
            Effects effects, NodeRow node, TelemetryFrame frame, Map<Integer, MetricRow> names) {
        double stretches = frame.samples().stream()
                .filter(sample ->
                        Objects.requireNonNull(names.get(sample.alias())).metric.equals(REFUSED_TENSORS))
                .mapToDouble(TelemetryFrame.Sample::value)
                .sum();
        if (stretches > 0) {
            effects.breach(Breach.of(
                    node,
                    Breach.Kind.REFUSED_TENSORS,
                    "%s refused %.0f stretches of tensors that no order names".formatted(node.node, stretches)));
        }
    }

    private boolean hot(Tx tx, NodeRow node, TelemetryFrame frame, Map<Integer, MetricRow> names, long nowMillis) {
        double celsius = frame.samples().stream()
                .filter(sample ->
                        Objects.requireNonNull(names.get(sample.alias())).metric.equals(Gates.TEMPERATURE))
                .mapToDouble(TelemetryFrame.Sample::value)
                .max()
                .orElse(Double.NEGATIVE_INFINITY);
        return celsius > Double.NEGATIVE_INFINITY && gates.temperature(tx, node, celsius, nowMillis);
    }

    /** The newest value of a metric of the node, absent when the frame has none. */
    private static @Nullable Double last(TelemetryFrame frame, Map<Integer, MetricRow> names, String metric) {
        Double last = null;
        for (TelemetryFrame.Sample sample : frame.samples()) {
            MetricRow named = Objects.requireNonNull(names.get(sample.alias()));
            if (named.metric.equals(metric) && (named.device == null || named.device.isEmpty())) {
                last = sample.value();
            }
        }
        return last;
    }

    private static Map<Integer, MetricRow> names(Tx tx, NodeRow node, TelemetryFrame frame) {
        Map<Integer, MetricRow> names = new HashMap<>();
        for (MetricRow metric : tx.find(Query.of(MetricRow.class)
                .equal("nodeId", node.id)
                .equal("boot", frame.stamp().boot())
                .limit(Limits.METRICS_PER_NODE_MAX))) {
            names.put(metric.alias, metric);
        }
        return names;
    }

    private static void samples(
            Tx tx, Effects effects, NodeRow node, TelemetryFrame frame, Map<Integer, MetricRow> names) {
        List<SampleRow> rows = new ArrayList<>();
        for (TelemetryFrame.Sample sample : frame.samples()) {
            MetricRow metric = Objects.requireNonNull(names.get(sample.alias()));
            SampleRow row = new SampleRow();
            row.tenant = node.tenant;
            row.nodeId = node.id;
            row.device = metric.device == null ? "" : metric.device;
            row.metric = metric.metric;
            row.unit = metric.unit;
            row.atMillis = frame.atMillis() + sample.offsetMillis();
            row.amount = sample.value();
            row.uncertainty = sample.uncertainty();
            row.modelled = metric.modelled;
            row.method = metric.method;
            rows.add(row);
        }
        tx.insertAll(rows);
        effects.hint(node.tenant, "telemetry", node.node);
    }
}
