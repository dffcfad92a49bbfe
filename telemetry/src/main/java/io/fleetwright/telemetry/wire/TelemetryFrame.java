package io.fleetwright.telemetry.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code up/telemetry}: samples of one node, protobuf.
 *
 * <pre>
 * message TelemetryFrame {
 *   string boot = 1;            // 16 hexadecimal digits
 *   uint64 sequence = 2;        // from 1
 *   uint64 at_millis = 3;       // Unix milliseconds of the first sample
 *   repeated Sample samples = 4;
 *   uint64 dropped = 5;         // samples dropped so far in this boot for want of space
 *   repeated Observation observations = 6;   // see Observation
 * }
 * message Sample {
 *   uint32 alias = 1;           // from the birth of this boot
 *   uint32 offset_millis = 2;   // after at_millis
 *   double value = 3;
 *   double uncertainty = 4;     // standard uncertainty in the metric's unit; absent when unknown
 * }
 * </pre>
 */
public record TelemetryFrame(
        Stamp stamp, long atMillis, List<Sample> samples, long dropped, List<Observation> observations) {
    /**
     * One measurement.
     *
     * @param alias number of the metric in the birth of this boot
     * @param offsetMillis time after the frame's {@code atMillis}
     * @param value finite, in the metric's unit
     * @param uncertainty standard uncertainty in the metric's unit, absent when unknown
     */
    public record Sample(
            int alias,
            int offsetMillis,
            double value,
            @Nullable Double uncertainty) {
        public Sample {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("value (%s) must be finite".formatted(value));
            }
        }
    }

    /** A frame without observations. */
    public TelemetryFrame(Stamp stamp, long atMillis, List<Sample> samples, long dropped) {
        this(stamp, atMillis, samples, dropped, List.of());
    }

    public TelemetryFrame {
        samples = List.copyOf(samples);
        observations = List.copyOf(observations);
        if (observations.size() > Limits.OBSERVATIONS_PER_FRAME_MAX) {
            throw new IllegalArgumentException(
                    "%d observations, at most %d".formatted(observations.size(), Limits.OBSERVATIONS_PER_FRAME_MAX));
        }
        if (samples.size() > Limits.SAMPLES_PER_FRAME_MAX) {
            throw new IllegalArgumentException(
                    "%d samples, at most %d".formatted(samples.size(), Limits.SAMPLES_PER_FRAME_MAX));
        }
    }

    public byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + samples.size() * 24);
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeString(1, stamp.boot());
            out.writeUInt64(2, stamp.sequence());
            out.writeUInt64(3, atMillis);
            for (Sample sample : samples) {
                out.writeTag(4, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                out.writeUInt32NoTag(CodedOutputStream.computeUInt32Size(1, sample.alias)
                        + CodedOutputStream.computeUInt32Size(2, sample.offsetMillis)
                        + CodedOutputStream.computeDoubleSize(3, sample.value)
                        + (sample.uncertainty == null
                                ? 0
                                : CodedOutputStream.computeDoubleSize(4, sample.uncertainty)));
                out.writeUInt32(1, sample.alias);
                out.writeUInt32(2, sample.offsetMillis);
                out.writeDouble(3, sample.value);
                if (sample.uncertainty != null) {
                    out.writeDouble(4, sample.uncertainty);
                }
            }
            if (dropped > 0) {
                out.writeUInt64(5, dropped);
            }
            for (Observation observation : observations) {
                out.writeByteArray(6, observation.encode());
            }
            out.flush();
        } catch (IOException impossible) {
            throw new IllegalStateException("writing protobuf into memory failed", impossible);
        }
        return bytes.toByteArray();
    }

    public static TelemetryFrame decode(byte[] bytes) throws MalformedMessageException {
        if (bytes.length > Limits.MESSAGE_BYTES_MAX) {
            throw new MalformedMessageException(
                    "%d bytes, at most %d".formatted(bytes.length, Limits.MESSAGE_BYTES_MAX));
        }
        String boot = "";
        long sequence = 0;
        long atMillis = 0;
        long dropped = 0;
        List<Sample> samples = new ArrayList<>();
        List<Observation> observations = new ArrayList<>();
        try {
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> boot = in.readStringRequireUtf8();
                    case 2 << 3 -> sequence = in.readUInt64();
                    case 3 << 3 -> atMillis = in.readUInt64();
                    case 4 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                        if (samples.size() == Limits.SAMPLES_PER_FRAME_MAX) {
                            throw new MalformedMessageException(
                                    "more than %d samples".formatted(Limits.SAMPLES_PER_FRAME_MAX));
                        }
                        int limit = in.pushLimit(in.readRawVarint32());
                        samples.add(sample(in));
                        in.popLimit(limit);
                    }
                    case 5 << 3 -> dropped = in.readUInt64();
                    case 6 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                        if (observations.size() == Limits.OBSERVATIONS_PER_FRAME_MAX) {
                            throw new MalformedMessageException(
                                    "more than %d observations".formatted(Limits.OBSERVATIONS_PER_FRAME_MAX));
                        }
                        observations.add(Observation.decode(in.readByteArray()));
                    }
                    default -> skip(in, tag);
                }
            }
        } catch (IOException malformed) {
            throw new MalformedMessageException("not a telemetry frame: " + malformed.getMessage());
        }
        if (!Stamp.BOOT.matcher(boot).matches() || sequence < 1 || atMillis < 0 || dropped < 0) {
            throw new MalformedMessageException("boot, sequence, at_millis or dropped is out of range");
        }
        return new TelemetryFrame(new Stamp(boot, sequence), atMillis, samples, dropped, observations);
    }

    private static Sample sample(CodedInputStream in) throws IOException, MalformedMessageException {
        int alias = 0;
        int offset = 0;
        double value = 0;
        Double uncertainty = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 1 << 3 -> alias = in.readUInt32();
                case 2 << 3 -> offset = in.readUInt32();
                case 3 << 3 | WireFormat.WIRETYPE_FIXED64 -> value = in.readDouble();
                case 4 << 3 | WireFormat.WIRETYPE_FIXED64 -> uncertainty = in.readDouble();
                default -> skip(in, tag);
            }
        }
        boolean isUncertainty = uncertainty == null || uncertainty >= 0 && Double.isFinite(uncertainty);
        if (alias < 1 || offset < 0 || !Double.isFinite(value) || !isUncertainty) {
            throw new MalformedMessageException(
                    "sample alias (%d), offset (%d), value (%s) or uncertainty (%s) is out of range"
                            .formatted(alias, offset, value, uncertainty));
        }
        return new Sample(alias, offset, value, uncertainty);
    }

    /** Skips an unknown field; groups would recurse and are refused. */
    static void skip(CodedInputStream in, int tag) throws IOException, MalformedMessageException {
        int type = WireFormat.getTagWireType(tag);
        if (type == WireFormat.WIRETYPE_START_GROUP || type == WireFormat.WIRETYPE_END_GROUP) {
            throw new MalformedMessageException("groups are not allowed");
        }
        in.skipField(tag);
    }
}
