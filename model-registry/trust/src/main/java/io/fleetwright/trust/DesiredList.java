package io.fleetwright.trust;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything one node shall run: the document that is signed.
 *
 * <p>Its bytes are lines of space-separated words, one way only to write each list, so that a signature never depends
 * on a serializer. The whole list is at most {@value #BYTES_MAX} bytes.
 *
 * @param tenant owner of the node
 * @param node the node that the list is for; any other node must refuse it
 * @param version grows with each list for this node, from 1
 * @param slots what each slot runs; a slot that is not named here is emptied
 */
public record DesiredList(String tenant, String node, long version, List<DesiredSlot> slots) {
    /** Bound of the encoded list; a state document is at most 8 KB on the wire, as base64 and with its envelope. */
    public static final int BYTES_MAX = 5 * 1024;

    private static final String HEAD = "fleetwright-desired 1";

    public DesiredList {
        slots = List.copyOf(slots);
        if (!DesiredSlot.isName(tenant) || !DesiredSlot.isName(node)) {
            throw new IllegalArgumentException("tenant (%s) and node (%s) must be names".formatted(tenant, node));
        }
        if (version < 1) {
            throw new IllegalArgumentException("version (%d) must be at least 1".formatted(version));
        }
        Set<String> places = new HashSet<>();
        for (DesiredSlot slot : slots) {
            if (!places.add(slot.device() + "/" + slot.slot())) {
                throw new IllegalArgumentException("slot %s/%s is named twice".formatted(slot.device(), slot.slot()));
            }
        }
    }

    /**
     * The bytes that are signed.
     *
     * @throws IllegalArgumentException when they would be more than {@value #BYTES_MAX}
     */
    public byte[] encode() {
        StringBuilder text = new StringBuilder(HEAD)
                .append("\ntenant ")
                .append(tenant)
                .append("\nnode ")
                .append(node)
                .append("\nversion ")
                .append(version)
                .append('\n');
        for (DesiredSlot slot : slots) {
            text.append("slot ")
                    .append(String.join(
                            " ",
                            slot.device(),
                            slot.slot(),
                            slot.model(),
                            slot.version(),
                            slot.variant(),
                            slot.digest().value(),
                            Long.toString(slot.bytes())))
                    .append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException("desired list of %d slots takes %d bytes, more than %d"
                    .formatted(slots.size(), bytes.length, BYTES_MAX));
        }
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws MalformedListException naming the line, for anything else
     */
    static DesiredList decode(byte[] bytes) throws MalformedListException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedListException("%d bytes, more than %d".formatted(bytes.length, BYTES_MAX));
        }
        String[] lines = new String(bytes, StandardCharsets.US_ASCII).split("\n", -1);
        if (lines.length < 5 || !lines[0].equals(HEAD) || !lines[lines.length - 1].isEmpty()) {
            throw new MalformedListException("line 1: not a fleetwright-desired 1 list");
        }
        try {
            String tenant = word(lines, 1, "tenant");
            String node = word(lines, 2, "node");
            long version = Long.parseLong(word(lines, 3, "version"));
            List<DesiredSlot> slots = new ArrayList<>();
            for (int line = 4; line < lines.length - 1; line++) {
                String[] words = lines[line].split(" ", -1);
                if (words.length != 8 || !words[0].equals("slot")) {
                    throw new MalformedListException("line %d: a slot line has 8 words".formatted(line + 1));
                }
                slots.add(new DesiredSlot(
                        words[1],
                        words[2],
                        words[3],
                        words[4],
                        words[5],
                        new Digest(words[6]),
                        Long.parseLong(words[7])));
            }
            return new DesiredList(tenant, node, version, slots);
        } catch (IllegalArgumentException wrongValue) {
            throw new MalformedListException(String.valueOf(wrongValue.getMessage()));
        }
    }

    private static String word(String[] lines, int line, String name) throws MalformedListException {
        if (!lines[line].startsWith(name + " ")) {
            throw new MalformedListException("line %d: expected '%s'".formatted(line + 1, name));
        }
        return lines[line].substring(name.length() + 1);
    }

    /** The bytes are no desired list. */
    static final class MalformedListException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedListException(String message) {
            super(message);
        }
    }
}
