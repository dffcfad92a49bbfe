package io.fleetwright.controller.job;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many bytes cross a cut of a variant in 8 bits, as they were sent: boards leave zeros out where that is shorter. */
@Entity
@Table(name = "cut")
public class CutRow extends Row {
    /** Weight of the newest tensor in the running mean. */
    private static final double NEWEST_WEIGHT = 0.2;

    @Id
    public String id = "";

    public String tenant = "";
    public String digest = "";
    /** First operator behind the cut. */
    public int boundary;

    public double meanBytes;
    public long updatedAt;

    @Override
    public Object key() {
        return id;
    }

    /** Takes one tensor into account. */
    static void learn(Tx tx, String tenant, String digest, int boundary, long sentBytes, long nowMillis) {
        String id = "%s/%s/%d".formatted(tenant, digest, boundary);
        CutRow row = tx.get(CutRow.class, id).orElse(null);
        boolean isNew = row == null;
        if (row == null) {
            row = new CutRow();
            row.id = id;
            row.tenant = tenant;
            row.digest = digest;
            row.boundary = boundary;
            row.meanBytes = sentBytes;
        }
        row.meanBytes += NEWEST_WEIGHT * (sentBytes - row.meanBytes);
        row.updatedAt = nowMillis;
        if (isNew) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
    }

    /** What is sent of a tensor in the mean, by the cut that it crosses: octets, not rounded. */
    static Map<Integer, Double> known(Tx tx, String tenant, String digest) {
        Map<Integer, Double> known = new HashMap<>();
        tx.find(Query.of(CutRow.class).equal("digest", digest).equal("tenant", tenant))
                .forEach(row -> known.put(row.boundary, row.meanBytes));
        return known;
    }

    /** The network with what was learned of its cuts; where several tensors are alive nothing is cut. */
    static LayerGraph known(Tx tx, String tenant, String digest, LayerGraph graph) {
        Map<Integer, Feature> features = new HashMap<>();
        for (CutRow row : tx.find(Query.of(CutRow.class).equal("digest", digest).equal("tenant", tenant))) {
            if (row.boundary < graph.size()) {
                graph.carried(row.boundary).ifPresent(producer -> {
                    Feature feature = graph.feature(producer);
                    long bytes = Math.clamp(Math.round(row.meanBytes), 1, feature.elements());
                    features.put(producer, new Feature(feature.elements(), feature.channels(), bytes));
                });
            }
        }
        if (features.isEmpty()) {
            return graph;
        }
        List<Layer> layers = new ArrayList<>();
        for (int v = 0; v < graph.size(); v++) {
            Layer layer = graph.layers().get(v);
            layers.add(new Layer(
                    layer.name(),
                    layer.inputs(),
                    features.getOrDefault(v, layer.output()),
                    layer.macs(),
                    layer.weightBytes()));
        }
        return new LayerGraph(features.getOrDefault(LayerGraph.INPUT, graph.input()), layers);
    }
}
