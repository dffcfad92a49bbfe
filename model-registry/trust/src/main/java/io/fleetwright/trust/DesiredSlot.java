package io.fleetwright.trust;

import java.util.regex.Pattern;

/**
 * What one slot of one device shall run.
 *
 * @param device device name on the node, such as {@code cpu0}
 * @param slot name of the slot on that device
 * @param model model name
 * @param version model version
 * @param variant variant name
 * @param digest SHA-256 of the artifact
 * @param bytes length of the artifact, at least 1
 */
public record DesiredSlot(
        String device, String slot, String model, String version, String variant, Digest digest, long bytes) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");

    public DesiredSlot {
        requireName("device", device);
        requireName("slot", slot);
        requireName("model", model);
        requireName("version", version);
        requireName("variant", variant);
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes (%d) must be at least 1".formatted(bytes));
        }
    }

    /** The same bytes in the same place, as a variant of another name. */
    public DesiredSlot named(String otherVersion, String otherVariant) {
        return new DesiredSlot(device, slot, model, otherVersion, otherVariant, digest, bytes);
    }

    /** True when {@code text} may name a device, slot, model, version or variant. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static void requireName(String what, String value) {
        if (!isName(value)) {
            throw new IllegalArgumentException("%s (%s) must match [a-z0-9][a-z0-9.-]{0,63}".formatted(what, value));
        }
    }
}
