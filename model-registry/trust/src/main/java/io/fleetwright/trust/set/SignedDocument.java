package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A document's lines and below them its signatures, one line {@code signature KEY-ID HEX} each, in the order of the names,
 * no key twice. Nothing about it is proven yet.
 *
 * @param payload the bytes that are signed
 * @param signatures signature per key id, at most {@value #SIGNATURES_MAX}
 */
record SignedDocument(byte[] payload, SortedMap<String, byte[]> signatures) {
    static final int SIGNATURES_MAX = 16;

    /** Bytes that all signatures take at most. */
    static final int SIGNATURES_BYTES_MAX = SIGNATURES_MAX * 172;

    private static final Pattern SIGNATURE = Pattern.compile("signature ([0-9a-f]{32}) ([0-9a-f]{128})");
    private static final byte[] SIGNATURE_LINE = "\nsignature ".getBytes(StandardCharsets.US_ASCII);

    static byte[] sign(byte[] payload, Collection<SigningKey> keys) {
        SortedMap<String, byte[]> signatures = new TreeMap<>();
        keys.forEach(key -> signatures.put(key.keyId(), key.sign(payload)));
        return new SignedDocument(payload, signatures).encode();
    }

    byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(payload);
        for (Map.Entry<String, byte[]> signature : signatures.entrySet()) {
            String line = "signature %s %s\n"
                    .formatted(signature.getKey(), HexFormat.of().formatHex(signature.getValue()));
            out.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    /** @param payloadBytesMax bound of the lines above the signatures */
    static SignedDocument decode(byte[] bytes, int payloadBytesMax) throws RejectedException {
        requireAtMost(bytes.length, payloadBytesMax + SIGNATURES_BYTES_MAX);
        int end = firstSignature(bytes);
        requireAtMost(end, payloadBytesMax);
        byte[] payload = Arrays.copyOf(bytes, end);
        int line = (int) new String(payload, StandardCharsets.ISO_8859_1)
                .chars()
                .filter(unit -> unit == '\n')
                .count();
        String tail = new String(bytes, end, bytes.length - end, StandardCharsets.ISO_8859_1);
        if (!tail.endsWith("\n")) {
            throw new RejectedException(Threat.MALFORMED, "the last line must be a signature and end in a line feed");
        }
        SortedMap<String, byte[]> signatures = new TreeMap<>();
        for (String text : tail.substring(0, tail.length() - 1).split("\n", SIGNATURES_MAX + 2)) {
            line++;
            Matcher match = SIGNATURE.matcher(text);
            if (!match.matches() || signatures.size() == SIGNATURES_MAX) {
                throw new RejectedException(
                        Threat.MALFORMED, "line %d: not one of at most %d signatures".formatted(line, SIGNATURES_MAX));
            }
            add(signatures, match.group(1), HexFormat.of().parseHex(match.group(2)), line);
        }
        return new SignedDocument(payload, signatures);
    }

    private static void requireAtMost(int bytes, int bytesMax) throws RejectedException {
        if (bytes > bytesMax) {
            throw new RejectedException(Threat.ENDLESS_DATA, "%d bytes, at most %d".formatted(bytes, bytesMax));
        }
    }

    private static void add(SortedMap<String, byte[]> signatures, String keyId, byte[] signature, int line)
            throws RejectedException {
        if (signatures.containsKey(keyId)) {
            throw new RejectedException(
                    Threat.DUPLICATE_SIGNATURE, "line %d: key %s signs twice".formatted(line, keyId));
        }
        if (!signatures.isEmpty() && signatures.lastKey().compareTo(keyId) > 0) {
            throw new RejectedException(Threat.MALFORMED, "line %d: signatures are not in order".formatted(line));
        }
        signatures.put(keyId, signature);
    }

    /** Index of the first signature line; the end when there is none. */
    private static int firstSignature(byte[] bytes) {
        for (int i = 0; i + SIGNATURE_LINE.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + SIGNATURE_LINE.length, SIGNATURE_LINE, 0, SIGNATURE_LINE.length)) {
                return i + 1;
            }
        }
        return bytes.length;
    }
}
