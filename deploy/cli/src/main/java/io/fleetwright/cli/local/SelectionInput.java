package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.DeviceFacts;
import io.fleetwright.forge.select.Memory;
import io.fleetwright.forge.select.VariantSelector;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.profile.Estimate;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Variants and a device from files, or the device from a profile of this build, which then also estimates the latency and
 * energy of variants that do not say theirs.
 *
 * @param modelled names of the variants that have an estimated figure
 */
record SelectionInput(List<Candidate> candidates, DeviceFacts device, Set<String> modelled) {
    private static final int BYTES_MAX = 16 << 20;
    private static final int OPERATORS_MAX = 1000;
    private static final int BITS_MAX = 32;

    static SelectionInput read(Path variants, String device) throws CommandFailure {
        Optional<DeviceProfile> profile = DeviceProfiles.find(device);
        DeviceFacts facts = profile.isPresent() ? facts(profile.get()) : readDevice(Path.of(device));
        Set<String> modelled = new HashSet<>();
        List<Candidate> candidates = readVariants(variants, profile, modelled);
        return new SelectionInput(candidates, facts, modelled);
    }

    boolean isModelled(Candidate candidate) {
        return modelled.contains(candidate.variant());
    }

    private static List<Candidate> readVariants(Path file, Optional<DeviceProfile> profile, Set<String> modelled)
            throws CommandFailure {
        try {
            return Json.read(InputFile.read(file), BYTES_MAX)
                    .objects("variants", VariantSelector.CANDIDATES_MAX, node -> candidate(node, profile, modelled));
        } catch (MalformedMessageException | IllegalArgumentException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
    }

    private static Candidate candidate(Json.Node node, Optional<DeviceProfile> profile, Set<String> modelled)
            throws MalformedMessageException {
        String variant = node.text("variant");
        OptionalDouble latency = optional(node.decimalOrNull("latencyMsP90"));
        OptionalDouble energy = optional(node.decimalOrNull("energyMjP90"));
        Long macs = node.numberOrNull("macs", 1, Long.MAX_VALUE);
        if ((latency.isEmpty() || energy.isEmpty()) && profile.isPresent() && macs != null) {
            String network = node.textOrNull("model");
            Estimate estimate = profile.get().estimate(network == null ? variant : network, macs);
            latency = latency.isPresent() ? latency : OptionalDouble.of(estimate.latencyMillisP90());
            energy = energy.isPresent() ? energy : estimate.energyMillijoulesP90();
            modelled.add(variant);
        }
        return new Candidate(
                variant,
                node.has("operators") ? Set.copyOf(node.strings("operators", OPERATORS_MAX)) : Set.of(),
                (int) node.number("bits", 1, BITS_MAX),
                node.number("weightBytes", 0, Long.MAX_VALUE / 2),
                node.number("activationBytes", 0, Long.MAX_VALUE / 2),
                optional(node.decimalOrNull("accuracy")),
                latency,
                energy);
    }

    private static DeviceFacts readDevice(Path file) throws CommandFailure {
        try {
            Json.Node node = Json.read(InputFile.read(file), BYTES_MAX);
            return new DeviceFacts(
                    node.text("device"),
                    node.has("operators")
                            ? Optional.of(Set.copyOf(node.strings("operators", OPERATORS_MAX)))
                            : Optional.empty(),
                    node.has("bits") ? Optional.of(bits(node)) : Optional.empty(),
                    memory(node));
        } catch (MalformedMessageException malformed) {
            throw new CommandFailure("%s: %s".formatted(file, malformed.getMessage()), malformed);
        }
    }

    private static Set<Integer> bits(Json.Node node) throws MalformedMessageException {
        return node.numbers("bits", BITS_MAX, 1, BITS_MAX).stream()
                .map(Math::toIntExact)
                .collect(Collectors.toSet());
    }

    private static Memory memory(Json.Node node) throws MalformedMessageException {
        Long shared = node.numberOrNull("memoryBytes", 0, Long.MAX_VALUE);
        if (shared != null) {
            return new Memory.Shared(shared);
        }
        return node.has("weightMemoryBytes") || node.has("activationMemoryBytes")
                ? new Memory.Split(
                        node.number("weightMemoryBytes", 0, Long.MAX_VALUE),
                        node.number("activationMemoryBytes", 0, Long.MAX_VALUE))
                : new Memory.Unknown();
    }

    private static DeviceFacts facts(DeviceProfile profile) {
        Long bytes = profile.memoryBytes();
        return new DeviceFacts(
                profile.id(),
                Optional.empty(),
                Optional.empty(),
                bytes == null ? new Memory.Unknown() : new Memory.Shared(bytes));
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
