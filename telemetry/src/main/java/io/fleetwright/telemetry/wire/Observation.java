package io.fleetwright.telemetry.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What one version did in one slot of one device during one window: evidence for gates. It travels in a telemetry frame
 * and is counted once with it.
 *
 * <pre>
 * message Observation {
 *   string device = 1;
 *   string slot = 2;              // where the serving version runs, also when this one ran in its shadow
 *   string digest = 3;            // sha256:..., the version that is observed
 *   uint32 window_millis = 4;
 *   uint32 inferences = 5;
 *   bool modelled = 6;            // latencies come from a device profile
 *   repeated uint32 latency = 7;  // packed: bucket, count, bucket, count, ...; see LatencyHistogram
 *   uint32 energy_count = 8;      // inferences with a known energy
 *   double energy_log_sum = 9;    // of ln(microjoules)
 *   double energy_log_squares = 10;
 *   string energy_method = 11;
 *   uint32 labelled = 12;         // inferences whose right class was known
 *   uint32 correct = 13;
 *   uint32 compared = 14;         // inferences that the other version did on the same input
 *   uint32 agreed = 15;
 *   uint32 only_this = 16;        // of the compared and labelled ones: only this version was right
 *   uint32 only_other = 17;
 *   uint32 saturated = 18;        // more than one output at the top of its range
 *   uint32 failed = 19;           // the driver gave no output, or one that is no number
 *   bool shadow = 20;             // its outputs were not used
 * }
 * </pre>
 *
 * @param energy logarithms of the energies, with their method; measured and modelled ones are never in one observation
 */
public record Observation(
        String device,
        String slot,
        String digest,
        int windowMillis,
        int inferences,
        boolean modelled,
        LatencyHistogram latency,
        Energy energy,
        Labels labels,
        Comparison comparison,
        int saturated,
        int failed,
        boolean shadow) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int BYTES_MAX = 8 * 1024;

    /** Sums over {@code ln(microjoules)}. */
    public record Energy(int count, double logSum, double logSquares, EnergyMethod method) {
        public static final Energy NONE = new Energy(0, 0, 0, EnergyMethod.UNKNOWN);

        public Energy plus(double microjoules, EnergyMethod how) {
            double log = Math.log(microjoules);
            return new Energy(count + 1, logSum + log, logSquares + log * log, how);
        }
    }

    /** Inferences whose right class was known. */
    public record Labels(int count, int correct) {}

    /** Inferences that two versions did on the same input. */
    public record Comparison(int count, int agreed, int onlyThis, int onlyOther) {
        public static final Comparison NONE = new Comparison(0, 0, 0, 0);
    }

    public Observation {
        boolean sound = NAME.matcher(device).matches()
                && NAME.matcher(slot).matches()
                && DIGEST.matcher(digest).matches()
                && windowMillis >= 0
                && inferences >= 0
                && latency.count() <= inferences
                && within(energy.count, inferences)
                && Double.isFinite(energy.logSum)
                && Double.isFinite(energy.logSquares)
                && energy.logSquares >= 0
                && within(labels.count, inferences)
                && within(labels.correct, labels.count)
                && within(comparison.count, inferences)
                && within(comparison.agreed, comparison.count)
                && comparison.onlyThis >= 0
                && comparison.onlyOther >= 0
                && (long) comparison.onlyThis + comparison.onlyOther <= comparison.count
                && within(saturated, inferences)
                && failed >= 0;
        if (!sound) {
            throw new IllegalArgumentException("observation of %s/%s has a name or a count out of range"
                    .formatted(
                            NAME.matcher(device).matches() ? device : "?",
                            NAME.matcher(slot).matches() ? slot : "?"));
        }
    }

    private static boolean within(int part, int whole) {
        return part >= 0 && part <= whole;
    }

    byte[] encode() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeString(1, device);
        out.writeString(2, slot);
        out.writeString(3, digest);
        count(out, 4, windowMillis);
        count(out, 5, inferences);
        flag(out, 6, modelled);
        if (!latency.counts().isEmpty()) {
            int size = 0;
            for (var entry : latency.counts().entrySet()) {
                size += CodedOutputStream.computeUInt32SizeNoTag(entry.getKey())
                        + CodedOutputStream.computeUInt32SizeNoTag(
                                entry.getValue().intValue());
            }
            out.writeTag(7, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(size);
            for (var entry : latency.counts().entrySet()) {
                out.writeUInt32NoTag(entry.getKey());
                out.writeUInt32NoTag(entry.getValue().intValue());
            }
        }
        if (energy.count > 0) {
            out.writeUInt32(8, energy.count);
            out.writeDouble(9, energy.logSum);
            out.writeDouble(10, energy.logSquares);
            out.writeString(11, energy.method.wireName());
        }
        count(out, 12, labels.count);
        count(out, 13, labels.correct);
        count(out, 14, comparison.count);
        count(out, 15, comparison.agreed);
        count(out, 16, comparison.onlyThis);
        count(out, 17, comparison.onlyOther);
        count(out, 18, saturated);
        count(out, 19, failed);
        flag(out, 20, shadow);
        out.flush();
        return bytes.toByteArray();
    }

    private static void count(CodedOutputStream out, int field, int value) throws IOException {
        if (value != 0) {
            out.writeUInt32(field, value);
        }
    }

    private static void flag(CodedOutputStream out, int field, boolean value) throws IOException {
        if (value) {
            out.writeBool(field, true);
        }
    }

    static Observation decode(byte[] bytes) throws IOException, MalformedMessageException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedMessageException(
                    "observation of %d bytes, at most %d".formatted(bytes.length, BYTES_MAX));
        }
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        String[] texts = new String[12];
        int[] counts = new int[21];
        double logSum = 0;
        double logSquares = 0;
        SortedMap<Integer, Long> latency = new TreeMap<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> {
                    int value = in.readUInt32();
                    if (field < counts.length) {
                        counts[field] = value;
                    }
                }
                case WireFormat.WIRETYPE_FIXED64 -> {
                    double value = in.readDouble();
                    logSum = field == 9 ? value : logSum;
                    logSquares = field == 10 ? value : logSquares;
                }
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                    if (field == 7) {
                        int limit = in.pushLimit(in.readRawVarint32());
                        while (in.getBytesUntilLimit() > 0) {
                            latency.put(in.readUInt32(), (long) in.readUInt32());
                        }
                        in.popLimit(limit);
                    } else if (field < texts.length) {
                        texts[field] = in.readStringRequireUtf8();
                    } else {
                        in.skipRawBytes(in.readRawVarint32());
                    }
                }
                default -> TelemetryFrame.skip(in, tag);
            }
        }
        try {
            return new Observation(
                    text(texts, 1),
                    text(texts, 2),
                    text(texts, 3),
                    counts[4],
                    counts[5],
                    counts[6] != 0,
                    new LatencyHistogram(latency),
                    counts[8] == 0 ? Energy.NONE : new Energy(counts[8], logSum, logSquares, method(text(texts, 11))),
                    new Labels(counts[12], counts[13]),
                    new Comparison(counts[14], counts[15], counts[16], counts[17]),
                    counts[18],
                    counts[19],
                    counts[20] != 0);
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException(String.valueOf(wrong.getMessage()));
        }
    }

    private static String text(String[] texts, int field) {
        String text = texts[field];
        return text == null ? "" : text;
    }

    private static EnergyMethod method(String wireName) {
        return EnergyMethod.valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
