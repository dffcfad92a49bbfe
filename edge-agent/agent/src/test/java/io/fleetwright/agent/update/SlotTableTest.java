package io.fleetwright.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.update.SlotTable.Artifact;
import io.fleetwright.agent.update.SlotTable.Place;
import io.fleetwright.agent.update.SlotTable.Row;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.Digest;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotTableTest {
    private static final int RUNS = 2000;

    /** A pipeline that names another slot for each of its runs, beside one that stays. */
    @Test
    void ofSlotsThatHoldNothingTheLastOnesStayAndTheTableCanBeRead() throws Exception {
        Place kept = new Place("cpu0", "kept");
        Artifact artifact = new Artifact("kept", "1", "int8", Digest.of(new byte[] {1}), 1);
        SlotTable table = SlotTable.EMPTY.with(new Row(kept, artifact, null, 0, null));
        for (int run = 1; run <= RUNS; run++) {
            table = table.with(Row.empty(new Place("cpu0", "ci-" + run)))
                    .settled(new DesiredList("acme", "n1", run, List.of()));
        }
        SlotTable read = SlotTable.decode(table.encode());
        assertThat(read).isEqualTo(table);
        assertThat(read.rows()).hasSize(1 + SlotTable.EMPTIED_MAX);
        assertThat(read.row(kept).orElseThrow().active()).isEqualTo(artifact);
        assertThat(read.row(new Place("cpu0", "ci-" + RUNS))).isPresent();
        assertThat(read.row(new Place("cpu0", "ci-1"))).isEmpty();
    }
}
