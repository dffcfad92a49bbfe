package io.fleetwright.controller.job;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one of several devices does of a job's attempt, see {@link SplitRow}; {@code id} is that of its task: the job's, a dot and its place. */
@Entity
@Table(name = "split_part")
public class SplitPartRow extends Row {
    @Id
    public String id = "";

    public String jobId = "";
    public String tenant = "";
    public long epoch;
    /** In the order of the network, from 0. */
    public int place;

    public String nodeId = "";
    public String device = "";
    /** What it runs there: a part of the network; absent when that is the job's variant itself. */
    public @Nullable String digest;
    /** First operator. */
    public int fromOperator;
    /** Operator after the last; as the first where the input is only sent on. */
    public int toOperator;
    /** Bytes that go in, as they are before packing. */
    public long inputBytes;
    /** Of each value that it sends on; absent for the part that answers. */
    public @Nullable Integer bits;
    /** Bytes on the way, packed and with what goes with them. */
    public @Nullable Long linkBytes;

    public @Nullable Long linkMicros;
    /** Without the way. */
    public long plannedMicros;

    public long sentAt;
    /** As in {@link SplitRow}. */
    public long answerBy;

    public @Nullable Long tookMicros;
    /** What it says that it has sent. */
    public @Nullable Long sentBytes;
    /** How long that took where it went to the next board directly, by its clock; absent where it went by the broker. */
    public @Nullable Long directMicros;

    public @Nullable Double microjoules;
    public @Nullable String energyMethod;
    public @Nullable Double energyUncertainty;
    /** What its node's radio took for what it sent on, absent when unknown. */
    public @Nullable Double sendMicrojoules;
    /** The same for its input. */
    public @Nullable Double receiveMicrojoules;

    @Override
    public Object key() {
        return id;
    }

    /** The parts of a job's newest shared attempt, in their order. */
    public static List<SplitPartRow> of(Tx tx, String jobId) {
        return tx.find(Query.of(SplitPartRow.class).equal("jobId", jobId)).stream()
                .sorted(Comparator.comparingInt(part -> part.place))
                .toList();
    }
}
