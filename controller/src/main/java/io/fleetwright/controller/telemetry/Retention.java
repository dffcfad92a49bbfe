package io.fleetwright.controller.telemetry;

import io.fleetwright.controller.gate.ObservedRow;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.graph.GraphTaskRow;
import io.fleetwright.controller.graph.GraphTensorRow;
import io.fleetwright.controller.job.CutRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.OutputRow;
import io.fleetwright.controller.job.SplitPartRow;
import io.fleetwright.controller.job.SplitRow;
import io.fleetwright.controller.job.WayRow;
import io.fleetwright.controller.model.UploadRow;
import io.fleetwright.controller.model.Uploads;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.StreamRetention;
import java.time.Duration;
import java.util.List;

/** Keeps what grows with time within bounds: measurements, ended jobs, places of old boots. */
public final class Retention {
    private static final Duration SAMPLES = Duration.ofDays(1);
    private static final Duration JOBS = Duration.ofDays(7);
    private static final Duration BOOTS = Duration.ofDays(30);

    private static final int METRICS_PER_RUN = 5000;

    /** Where the last run stopped looking, so that the next one goes on; empty at the beginning. */
    private String metricCursor = "";

    /** Deletes what is older than its time. */
    public void run(Tx tx, long nowMillis) {
        tx.deleteAll(Query.of(SampleRow.class).less("atMillis", nowMillis - SAMPLES.toMillis()));
        tx.deleteAll(Query.of(JobRow.class)
                .in("state", List.of(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED))
                .less("createdAt", nowMillis - JOBS.toMillis()));
        for (Class<? extends Row> type : List.of(GraphRow.class, GraphTaskRow.class, GraphTensorRow.class)) {
            // Deadlines are minutes away at most, so all of that age has ended.
            tx.deleteAll(Query.of(type).less("createdAt", nowMillis - JOBS.toMillis()));
        }
        tx.deleteAll(Query.of(OutputRow.class).less("createdAt", nowMillis - JOBS.toMillis()));
        tx.deleteAll(Query.of(UploadRow.class).less("createdAt", nowMillis - Uploads.KEPT.toMillis()));
        tx.deleteAll(Query.of(CutRow.class).less("updatedAt", nowMillis - BOOTS.toMillis()));
        tx.deleteAll(Query.of(WayRow.class).less("updatedAt", nowMillis - BOOTS.toMillis()));
        StreamRetention.run(tx, nowMillis);
        tx.deleteAll(Query.of(SplitRow.class).less("sentAt", nowMillis - JOBS.toMillis()));
        tx.deleteAll(Query.of(SplitPartRow.class).less("sentAt", nowMillis - JOBS.toMillis()));
        tx.deleteAll(Query.of(ObservedRow.class).less("updatedAt", nowMillis - BOOTS.toMillis()));
        tx.deleteAll(Query.of(StreamRow.class).less("updatedAt", nowMillis - BOOTS.toMillis()));
        List<MetricRow> metrics = tx.find(Query.of(MetricRow.class)
                .less("bornAt", nowMillis - BOOTS.toMillis())
                .greater("id", metricCursor)
                .ascending("id")
                .limit(METRICS_PER_RUN));
        metricCursor = metrics.size() < METRICS_PER_RUN ? "" : metrics.getLast().id;
        for (MetricRow metric : metrics) {
            boolean present = tx.get(NodeRow.class, metric.nodeId)
                    .filter(node -> metric.boot.equals(node.boot))
                    .isPresent();
            if (!present) {
                tx.delete(metric);
            }
        }
    }
}
