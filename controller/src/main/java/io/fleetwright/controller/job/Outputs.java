package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.removal.ArtifactNeeds;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.TaskResult.PutOutput;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Outputs of more than {@link Limits#INLINE_TENSOR_BYTES_MAX} bytes. The node that has an attempt puts its output here, and then says so
 * in the result; only what was put for that very attempt counts. They are kept as long as their job, the newest of a tenant alone when
 * they are too many.
 */
public final class Outputs {
    /** Of one tenant: all that may be open at a time, and some more. */
    public static final int COUNT_MAX = 2500;

    /** Of all outputs of one tenant. */
    public static final long BYTES_OF_TENANT_MAX = 512L << 20;

    /** Different ones that an attempt may put: a board that starts anew runs it again, perhaps on another frame of a sensor. */
    static final int PUTS_MAX = 4;

    /** How long an attempt is waited for beyond its time because its output is on its way, however often that begins. */
    static final Duration ON_THE_WAY_MAX = Duration.ofSeconds(30);

    /** Artifacts that one put deletes; those beyond go as all that nothing needs. */
    private static final int DELETED_MAX = 16;

    private final DirectInferences direct;
    /** Jobs whose output is on its way, and how many tries at it. */
    private final Map<String, Integer> onTheWay = new ConcurrentHashMap<>();

    Outputs(DirectInferences direct) {
        this.direct = direct;
    }

    /**
     * The job whose attempt a node has, and answers itself.
     *
     * @param task of the order
     * @throws Refusal when there is none: the same for an attempt of another node, and for one that has ended
     */
    public JobRow require(Tx tx, NodeAddress node, String task, long epoch) {
        String id = SharedAttempts.jobOf(task);
        // One that is written may have ended, whatever its caller's wait still knows of it.
        return tx.get(JobRow.class, id)
                .or(() -> direct.running(id))
                .filter(job -> job.tenant.equals(node.tenant())
                        && job.state.equals(Jobs.RUNNING)
                        && job.epoch == epoch
                        && answers(tx, job, node, task))
                .orElseThrow(() -> Refusal.notFound("attempt", "%d at task %s of this node".formatted(epoch, task)));
    }

    private static boolean answers(Tx tx, JobRow job, NodeAddress node, String task) {
        if (!job.split) {
            return task.equals(job.id) && node.toString().equals(job.nodeId);
        }
        return tx.get(SplitPartRow.class, task)
                .filter(part -> part.bits == null && part.epoch == job.epoch && part.nodeId.equals(node.toString()))
                .isPresent();
    }

    /** A node has begun to put the output of a task that it may put; its attempt counts as being answered until {@link #ends}. */
    public void begins(String task) {
        onTheWay.merge(SharedAttempts.jobOf(task), 1, Integer::sum);
    }

    /** A try is over, however it went. */
    public void ends(String task) {
        onTheWay.computeIfPresent(SharedAttempts.jobOf(task), (_, tries) -> tries == 1 ? null : tries - 1);
    }

    /**
     * Whether the answer to a job's attempt is about to come: its output is on its way, or is here since then.
     *
     * @param sinceMillis attempts that were sent earlier have had their time
     */
    boolean isAnswering(Tx tx, JobRow job, long sinceMillis) {
        return onTheWay.containsKey(job.id) && job.sentAt >= sinceMillis - ON_THE_WAY_MAX.toMillis()
                || of(tx, job).filter(row -> row.createdAt >= sinceMillis).isPresent();
    }

    /**
     * Stores an output; the same one again changes nothing.
     *
     * @param digest of the bytes, which the caller has checked
     * @param bytes at most {@link Limits#OUTPUT_BYTES_MAX} of them
     * @throws Refusal as {@link #require} does, and when the attempt has put too many others
     */
    public void put(Tx tx, NodeAddress node, String task, long epoch, String digest, byte[] bytes, long nowMillis) {
        JobRow job = require(tx, node, task, epoch);
        OutputRow before = tx.get(OutputRow.class, job.id).orElse(null);
        if (before != null && before.epoch == epoch && before.digest.equals(digest)) {
            return;
        }
        int puts = before != null && before.epoch == epoch ? before.puts : 0;
        if (puts >= PUTS_MAX) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT, "attempt %d at task %s has put %d outputs".formatted(epoch, task, puts));
        }
        Artifacts artifacts = new Artifacts(tx, nowMillis);
        if (before != null) {
            drop(tx, before, artifacts);
        }
        makeRoom(tx, job.tenant, bytes.length, artifacts);
        OutputRow row = new OutputRow();
        row.id = job.id;
        row.tenant = job.tenant;
        row.epoch = epoch;
        row.made = !artifacts.has(new Digest(digest));
        row.digest = artifacts.put(bytes).value();
        row.bytes = bytes.length;
        row.puts = puts + 1;
        row.createdAt = nowMillis;
        tx.insert(row);
    }

    /**
     * Its artifact goes with it unless something else names it. One that somebody else has put here too, and may be about to name, is
     * left to those who collect what nothing needs.
     */
    private static void drop(Tx tx, OutputRow row, Artifacts artifacts) {
        tx.delete(row);
        boolean alone = row.made
                && tx.get(ArtifactRow.class, row.digest)
                        .filter(artifact -> artifact.createdAt == row.createdAt)
                        .isPresent();
        if (alone && !ArtifactNeeds.any(tx, row.digest)) {
            artifacts.delete(new Digest(row.digest));
        }
    }

    /** The oldest go. */
    private static void makeRoom(Tx tx, String tenant, long bytes, Artifacts artifacts) {
        List<@Nullable Object[]> newest =
                tx.values(Query.of(OutputRow.class).equal("tenant", tenant).descending("createdAt"), "id", "bytes");
        long kept = bytes;
        int count = 1;
        List<String> old = new ArrayList<>();
        for (Object[] one : newest) {
            String id = String.valueOf(one[0]);
            kept += one[1] instanceof Number size ? size.longValue() : 0;
            count++;
            if (count > COUNT_MAX || kept > BYTES_OF_TENANT_MAX) {
                old.add(id);
            }
        }
        for (String id : old.subList(0, Math.min(old.size(), DELETED_MAX))) {
            tx.get(OutputRow.class, id).ifPresent(row -> drop(tx, row, artifacts));
        }
        if (old.size() > DELETED_MAX) {
            tx.deleteAll(Query.of(OutputRow.class).in("id", old.subList(DELETED_MAX, old.size())));
        }
    }

    /** What was put for the job's present attempt. */
    static Optional<OutputRow> of(Tx tx, JobRow job) {
        return tx.get(OutputRow.class, job.id).filter(row -> row.epoch == job.epoch);
    }

    /** Whether that output was put for the job's present attempt. */
    static boolean has(Tx tx, JobRow job, PutOutput named) {
        return of(tx, job)
                .filter(row -> row.digest.equals(named.digest()) && row.bytes == named.bytes())
                .isPresent();
    }

    /** Forgets what was put for a job that did not succeed. */
    static void forget(Tx tx, JobRow job, long nowMillis) {
        tx.get(OutputRow.class, job.id).ifPresent(row -> drop(tx, row, new Artifacts(tx, nowMillis)));
    }

    /**
     * The output of a job, wherever it is.
     *
     * @return empty when it has none, or it is not kept any more
     * @throws ArtifactException when it is damaged
     */
    public static Optional<byte[]> read(Tx tx, JobRow job, long nowMillis) throws ArtifactException {
        byte[] small = job.output;
        if (small != null) {
            return Optional.of(small);
        }
        String digest = job.outputDigest;
        return digest == null || tx.get(OutputRow.class, job.id).isEmpty()
                ? Optional.empty()
                : Optional.of(new Artifacts(tx, nowMillis).read(new Digest(digest)));
    }
}
