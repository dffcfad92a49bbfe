package io.fleetwright.controller.http;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.job.SharedEnergy;
import io.fleetwright.controller.job.SplitPartRow;
import io.fleetwright.controller.job.SplitRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.NodeSensors;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.Counts;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.TargetState;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.ValueForm;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the API shows of stored rows. Rows themselves never leave the controller. */
final class Views {
    /** Of each device, the newest. */
    private static final int DRIFTS_MAX = 16;

    private Views() {}

    /** One page of a list. */
    record Page<T>(
            List<T> items,

            @com.fasterxml.jackson.annotation.JsonInclude(com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL)
            @Nullable
            String next) {}

    record Node(
            String node,
            String status,
            @Nullable String agentVersion,
            @Nullable String kernels,
            @Nullable String bornAt,
            String lastSeenAt,
            long desiredVersion,
            long appliedVersion,

            @com.fasterxml.jackson.annotation.JsonInclude(com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL)
            @Nullable
            String listRefused,

            Map<String, String> labels,
            List<Device> devices,
            List<Sensor> sensors) {}

    /** Where frames come from on a node. */
    record Sensor(String sensor, String kind) {}

    record Device(
            String node,
            String device,

            @com.fasterxml.jackson.annotation.JsonProperty("class")
            String deviceClass,

            String driver,
            @Nullable String profile,
            @Nullable String profileName,
            boolean modelled,
            @Nullable Long memoryBytes,
            List<Slot> slots,
            @Nullable Double latencyMs,
            @Nullable Double energyMj,
            String energyMethod,
            List<Drift> drifts) {}

    /**
     * A device no longer took for a variant what it had taken.
     *
     * @param ratio what the result that showed it took, over what was expected
     */
    record Drift(String digest, String at, double ratio) {}

    record Slot(
            String slot,
            @Nullable String model,
            @Nullable String version,
            @Nullable String variant,
            @Nullable String digest,
            @Nullable String desiredDigest,
            String state,
            @Nullable String reason) {}

    record Model(String model, String createdAt, List<Version> versions) {}

    record Version(
            String version,
            String state,
            String createdAt,
            @Nullable String sourceDigest,
            @Nullable String calibrationDigest,
            @Nullable String evaluationDigest,
            List<Variant> variants) {}

    record Variant(
            String variant,
            String digest,
            long bytes,
            long storedBytes,
            @Nullable Difference delta,
            long macs,
            long weightBytes,
            long arenaBytes,
            List<String> operators,
            Tensor input,
            Tensor output,
            String scheme,
            int bits,
            @Nullable Long weightCodeBytes,
            @Nullable String packageDigest,
            @Nullable Long packageBytes,
            @Nullable Accuracy accuracy,
            @Nullable Accuracy agreement,
            @Nullable ClassDrop worstClass,
            @Nullable Double saturation,
            @Nullable Accuracy robustness,
            @Nullable PartOf part) {}

    /**
     * What part of another variant one is.
     *
     * @param from first operator
     * @param to operator after the last
     */
    record PartOf(String of, int from, int to, int operators) {
        static @Nullable PartOf of(VariantRow row) {
            String whole = row.partOf;
            return whole == null ? null : new PartOf(whole, row.partFrom, row.partTo, row.partOperators);
        }
    }

    /**
     * What a device that has the same variant of the version before needs to fetch.
     *
     * @param from digest of that
     * @param fraction of the bytes of the whole
     */
    record Difference(String from, long bytes, double fraction) {
        static @Nullable Difference of(VariantRow row) {
            String from = row.deltaBase;
            Long bytes = row.deltaBytes;
            return from == null || bytes == null ? null : new Difference(from, bytes, (double) bytes / row.bytes);
        }
    }

    /** What the class that lost most right answers lost, as a fraction of its inputs. */
    record ClassDrop(int label, double drop) {}

    record Tensor(String name, List<Integer> shape, String type, double scale, int zeroPoint) {}

    record Accuracy(int n, int correct, double fraction, double low95, double high95) {}

    record Rollout(
            String rollout,
            String model,
            String version,
            String state,
            @Nullable String reason,
            @Nullable String detail,
            String createdAt,
            @Nullable String finishedAt,
            int wave,
            List<Integer> waves,

            @com.fasterxml.jackson.annotation.JsonRawValue @Nullable
            String policy,

            Map<String, Long> counts,
            @Nullable List<Target> targets) {}

    /** What holds a target, or how it ended; {@code rule} is a stable word. */
    record Why(String rollout, String node, String device, String rule, String detail) {}

    record Target(
            String node,
            String device,
            int wave,
            @Nullable String variant,
            @Nullable String digest,
            String state,
            @Nullable String reason,
            @Nullable String failure,
            @Nullable String blockedBy) {}

    record Job(
            String job,
            String model,
            @Nullable String version,
            String state,
            @Nullable String reason,
            String createdAt,
            @Nullable String finishedAt,
            String deadlineAt,
            @Nullable Integer priority,
            @Nullable Double energyBudgetMj,
            @Nullable Double accuracyFloor,
            @Nullable String node,
            @Nullable String device,
            @Nullable String variant,
            long attempts,
            @Nullable Double latencyMs,
            boolean modelled,
            @Nullable Double energyMj,
            String energyMethod,
            @Nullable Double energyUncertainty,

            @Nullable String source,
            @Nullable String sensor,
            @Nullable Frame frame,
            @Nullable Double executedMs,
            @Nullable Shared shared,
            @Nullable String output,
            @Nullable String outputDigest,
            @Nullable Long outputBytes,
            @Nullable Boolean probe,
            @Nullable String lost,
            @Nullable ValueForm frameForm,
            @Nullable List<StreamViews.Step> before,
            @Nullable List<StreamViews.Step> after,
            @Nullable Double beforeMs,
            @Nullable Double afterMs,
            @Nullable ValueForm form,

            @com.fasterxml.jackson.annotation.JsonRawValue @Nullable
            String why) {}

    /** The frame of the sensor that the output answers. */
    record Frame(long number, String digest) {}

    /**
     * The device that answers, and how it went; {@code after} is the last operator of the first part as in {@code inspect}, -1 when it
     * sends its input on; {@code bits} are those that it sends, {@code bytes} and {@code linkMs} are of all ways. {@code localMs} is absent
     * where no device holds all of the network.
     */
    record Shared(
            String node,
            String device,
            int after,
            int bits,
            long bytes,
            double plannedMs,
            double linkMs,
            @Nullable Double localMs,
            @Nullable Double frontMs,
            @Nullable Double backMs,
            @Nullable Double observedMs,
            @Nullable SharedEnergyMj energy,
            List<SharedPart> parts) {}

    /**
     * What they took: all computing, and what is known of sending and receiving, each absent when unknown; {@code unknownEnds} of ways
     * between nodes are in no sum.
     */
    record SharedEnergyMj(
            @Nullable Double computeMj, @Nullable Double linkMj, int unknownEnds) {}

    /**
     * What one of the devices does: operators {@code from} to before {@code to}, none when they are the same; {@code sentBytes} are those of
     * the tensor alone, {@code directMs} is what they took where they went to the next device without the broker; {@code energyMj} is of
     * computing, {@code sendMj} and {@code receiveMj} are of the node's radio.
     */
    record SharedPart(
            String node,
            String device,
            int from,
            int to,
            double plannedMs,
            @Nullable Double tookMs,
            @Nullable Integer bits,
            @Nullable Long bytes,
            @Nullable Double linkMs,
            @Nullable Long sentBytes,
            @Nullable Double directMs,
            @Nullable Double energyMj,
            @Nullable Double sendMj,
            @Nullable Double receiveMj) {}

    static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    static @Nullable String time(@Nullable Long millis) {
        return millis == null ? null : time(millis.longValue());
    }

    static Node node(NodeRow row, long lastSeenAt, List<Device> devices) {
        return new Node(
                row.node,
                row.status,
                row.agentVersion,
                row.kernels,
                row.bornAt == 0 ? null : time(row.bornAt),
                time(lastSeenAt),
                row.desiredVersion,
                row.appliedVersion,
                row.refusal(),
                Labels.stored(row.labels).values(),
                devices,
                NodeSensors.of(row).kinds().entrySet().stream()
                        .map(sensor -> new Sensor(sensor.getKey(), sensor.getValue()))
                        .toList());
    }

    static Device device(DeviceRow row, List<SlotRow> slots, List<VariantRow> variants, List<CostRow> costs) {
        CostRow newest = null;
        for (CostRow cost : costs) {
            if (newest == null || cost.updatedAt > newest.updatedAt) {
                newest = cost;
            }
        }
        Double energy = newest == null ? null : newest.meanMicrojoules;
        return new Device(
                row.node,
                row.device,
                row.deviceClass,
                row.driver,
                row.profile,
                row.profile == null
                        ? null
                        : DeviceProfiles.find(row.profile)
                                .map(DeviceProfile::name)
                                .orElse(null),
                row.modelled,
                row.memoryBytes,
                slots.stream().map(slot -> slot(slot, variants)).toList(),
                newest == null ? null : newest.meanMicros / 1000,
                energy == null ? null : energy / 1000,
                newest == null ? "unknown" : newest.energyMethod,
                costs.stream()
                        .filter(cost -> cost.driftedAt != null && cost.driftRatio != null)
                        .sorted(Comparator.comparingLong((CostRow cost) -> -Objects.requireNonNull(cost.driftedAt)))
                        .limit(DRIFTS_MAX)
                        .map(cost -> new Drift(
                                cost.digest,
                                Instant.ofEpochMilli(Objects.requireNonNull(cost.driftedAt))
                                        .toString(),
                                Objects.requireNonNull(cost.driftRatio)))
                        .toList());
    }

    private static Slot slot(SlotRow row, List<VariantRow> variants) {
        VariantRow loaded = VariantRow.meant(
                        variants.stream()
                                .filter(variant -> variant.digest.equals(row.reportedDigest))
                                .toList(),
                        row.desiredModel,
                        row.desiredVersion,
                        row.desiredVariant)
                .orElse(null);
        return new Slot(
                row.slot,
                loaded == null ? null : loaded.model,
                loaded == null ? null : loaded.version,
                loaded == null ? null : loaded.variant,
                row.reportedDigest,
                row.desiredDigest,
                row.reportedState,
                row.reportedReason);
    }

    static Version version(VersionRow row, List<VariantRow> variants) {
        return new Version(
                row.version,
                row.state,
                time(row.createdAt),
                row.sourceDigest,
                row.calibrationDigest,
                row.evaluationDigest,
                variants.stream().map(Views::variant).toList());
    }

    static Variant variant(VariantRow row) {
        return new Variant(
                row.variant,
                row.digest,
                row.bytes,
                row.storedBytes,
                Difference.of(row),
                row.macs,
                row.weightBytes,
                row.arenaBytes,
                List.of(row.operators.split(",", -1)),
                new Tensor(row.inputName, numbers(row.inputShape), "int8", row.inputScale, row.inputZeroPoint),
                new Tensor(row.outputName, numbers(row.outputShape), "int8", row.outputScale, row.outputZeroPoint),
                row.scheme,
                row.bits,
                row.weightCodeBytes,
                row.packageDigest,
                row.packageDigest == null ? null : row.packageBytes,
                share(row.accuracyCount, row.accuracyCorrect),
                share(row.agreementCount, row.agreementSame),
                row.agreementCount == 0 ? null : new ClassDrop(row.worstClass, row.worstClassDrop),
                row.accuracyCount == 0 ? null : row.saturation,
                share(row.robustnessCount, row.robustnessSame),
                PartOf.of(row));
    }

    /** A measured share with its interval; absent when nothing was measured. */
    private static @Nullable Accuracy share(int count, int hits) {
        if (count == 0) {
            return null;
        }
        var share = io.fleetwright.forge.evaluate.Accuracy.of(count, hits);
        return new Accuracy(share.n(), share.correct(), share.fraction(), share.low95(), share.high95());
    }

    static Rollout rollout(RolloutRow row, Counts counts, @Nullable List<TargetRow> targets) {
        return new Rollout(
                row.id,
                row.model,
                row.version,
                row.state,
                row.reason,
                row.detail,
                time(row.createdAt),
                time(row.finishedAt),
                row.wave,
                numbers(row.waves),
                row.policy.isEmpty() ? null : row.policy,
                byState(counts),
                targets == null ? null : targets.stream().map(Views::target).toList());
    }

    static Map<String, Long> byState(Counts counts) {
        Map<String, Long> byState = new LinkedHashMap<>();
        for (TargetState state : TargetState.values()) {
            byState.put(state.label(), counts.get(state));
        }
        return byState;
    }

    static Target target(TargetRow row) {
        return new Target(
                row.node,
                row.device,
                row.wave,
                row.variant,
                row.digest,
                row.state,
                row.reason,
                row.failure,
                row.blockedBy);
    }

    /** A job with the reason for its place, and how two devices share it. */
    static Job job(Tx tx, JobRow row) {
        return job(row, true, row.split ? shared(tx, row) : null, row.localOnly ? lost(tx, row) : null);
    }

    /** {@code node/device} for whose sake a shared attempt was given up. */
    private static @Nullable String lost(Tx tx, JobRow job) {
        return tx.get(SplitRow.class, job.id).map(split -> split.lost).orElse(null);
    }

    /** A job among others. */
    static Job job(JobRow row) {
        return job(row, false, null, null);
    }

    private static @Nullable Shared shared(Tx tx, JobRow job) {
        SplitRow row = tx.get(SplitRow.class, job.id).orElse(null);
        List<SplitPartRow> parts = SplitPartRow.of(tx, job.id);
        if (row == null || parts.size() < 2) {
            return null;
        }
        SplitPartRow first = parts.getFirst();
        SplitPartRow last = parts.getLast();
        return new Shared(
                nodeOf(last),
                last.device,
                first.toOperator - 1,
                Objects.requireNonNullElse(first.bits, Byte.SIZE),
                parts.stream()
                        .mapToLong(part -> Objects.requireNonNullElse(part.linkBytes, 0L))
                        .sum(),
                row.plannedMicros / 1000.0,
                row.linkMicros / 1000.0,
                row.localMicros == 0 ? null : Double.valueOf(row.localMicros / 1000.0),
                millis(first.tookMicros),
                millis(last.tookMicros),
                millis(row.observedMicros),
                energy(parts),
                parts.stream()
                        .map(part -> new SharedPart(
                                nodeOf(part),
                                part.device,
                                part.fromOperator,
                                part.toOperator,
                                part.plannedMicros / 1000.0,
                                millis(part.tookMicros),
                                part.bits,
                                part.linkBytes,
                                millis(part.linkMicros),
                                part.sentBytes,
                                millis(part.directMicros),
                                millijoules(part.microjoules),
                                millijoules(part.sendMicrojoules),
                                millijoules(part.receiveMicrojoules)))
                        .toList());
    }

    private static @Nullable SharedEnergyMj energy(List<SplitPartRow> parts) {
        if (parts.stream().anyMatch(part -> part.tookMicros == null)) {
            return null;
        }
        SharedEnergy energy = SharedEnergy.of(parts);
        return new SharedEnergyMj(
                millijoules(energy.computeMicrojoules()), millijoules(energy.linkMicrojoules()), energy.unknownEnds());
    }

    private static @Nullable Double millijoules(@Nullable Double microjoules) {
        return microjoules == null ? null : Double.valueOf(microjoules / 1000);
    }

    private static String nodeOf(SplitPartRow part) {
        return part.nodeId.substring(part.nodeId.indexOf('/') + 1);
    }

    private static @Nullable Frame frame(JobRow row) {
        Long number = row.frameNumber;
        String sha256 = row.frameSha256;
        return number == null || sha256 == null ? null : new Frame(number, sha256);
    }

    /** From having the input to having the output, by the clocks of the boards; absent when these contradict each other. */
    private static @Nullable Double executed(JobRow row) {
        Long taken = row.takenAtMicros;
        Long done = row.doneAtMicros;
        return taken == null || done == null || done < taken ? null : millis(done - taken);
    }

    private static @Nullable Double millis(@Nullable Long micros) {
        return micros == null ? null : micros / 1000.0;
    }

    private static Job job(JobRow row, boolean withReason, @Nullable Shared shared, @Nullable String lost) {
        Long latency = row.latencyMicros;
        Double energy = row.energyMicrojoules;
        Double budget = row.energyBudgetMicrojoules;
        String nodeId = row.nodeId;
        byte[] output = withReason ? row.output : null;
        Chains chains = row.chains();
        return new Job(
                row.id,
                row.model,
                row.version,
                row.state,
                row.reason,
                time(row.createdAt),
                time(row.finishedAt),
                time(row.deadlineAt),
                row.graphId == null && !row.probe
                        ? (int) ((row.createdAt * 1000 - row.turnMicros) / Jobs.PRIORITY_MICROS)
                        : null,
                budget == null ? null : budget / 1000,
                row.accuracyFloor,
                nodeId == null ? null : nodeId.substring(nodeId.indexOf('/') + 1),
                row.device,
                row.variant,
                row.epoch,
                latency == null ? null : latency / 1000.0,
                row.modelled,
                energy == null ? null : energy / 1000,
                row.energyMethod,
                row.energyUncertainty,
                row.source,
                row.sensor,
                frame(row),
                executed(row),
                shared,
                output == null ? null : Base64.getEncoder().encodeToString(output),
                row.outputDigest,
                row.outputBytes,
                row.probe ? Boolean.TRUE : null,
                lost,
                form(row.frame),
                StreamViews.steps(chains.before()),
                StreamViews.steps(chains.after()),
                millis(row.beforeMicros),
                millis(row.afterMicros),
                row.state.equals(Jobs.SUCCEEDED) ? form(row.answerForm) : null,
                withReason ? row.why : null);
    }

    /** Of a form as rows have it. */
    private static @Nullable ValueForm form(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Form form = Chains.form(text);
        return new ValueForm(Chains.type(form), form.shape());
    }

    static List<Integer> numbers(String text) {
        return Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList();
    }
}
