package io.fleetwright.telemetry.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;

/**
 * {@code in/tensor/{from}}: a stretch of what one task hands to another on the node that it is sent to.
 *
 * <p>Protobuf: {@code string task = 1; uint64 epoch = 2; uint32 offset = 3; uint32 total = 4; bytes bytes = 5; bytes sha256 = 6;
 * uint64 sentAt = 7; uint64 linkMicros = 8; uint32 plain = 9}.
 *
 * @param task the task that takes it
 * @param epoch attempt at that task
 * @param offset of the first byte
 * @param total length of all stretches together as they travel, 1 to {@value #TOTAL_MAX}
 * @param bytes 1 to {@value #BYTES_MAX}
 * @param sha256 32 bytes, of all stretches together
 * @param timing when it left, and how long it is to be on its way
 * @param plain length before it was coded by {@link ZeroMask}, above {@code total}; 0 when it was not
 */
public record Tensor(
        String task, long epoch, int offset, int total, byte[] bytes, byte[] sha256, Timing timing, int plain) {
    public static final int TOTAL_MAX = 16 * 1024 * 1024;
    /** Leaves room for the rest of a message. */
    public static final int BYTES_MAX = Limits.MESSAGE_BYTES_MAX - 1024;

    private static final int HASH_BYTES = 32;

    /**
     * The way of a tensor.
     *
     * @param sentAtMicros when it left, Unix microseconds on the sender's clock; 0 when nobody says
     * @param linkMicros what is left then of its time on an emulated link, 0 on a real one, at most {@value #LINK_MICROS_MAX}
     */
    public record Timing(long sentAtMicros, long linkMicros) {
        /** Nobody says. */
        public static final Timing NONE = new Timing(0, 0);

        /** An hour. */
        public static final long LINK_MICROS_MAX = 3_600_000_000L;

        public Timing {
            if (sentAtMicros < 0 || linkMicros < 0 || linkMicros > LINK_MICROS_MAX) {
                throw new IllegalArgumentException("sent at %d, on a link for %d microseconds, at most %d"
                        .formatted(sentAtMicros, linkMicros, LINK_MICROS_MAX));
            }
        }

        /**
         * How long the receiver holds a tensor that has arrived, microseconds: what the real way has left of the emulated one. Clocks that
         * differ make it shorter, or longer, but never longer than the emulated way.
         *
         * @param arrivedAtMicros Unix microseconds on the receiver's clock
         */
        public long holdMicros(long arrivedAtMicros) {
            return Math.clamp(sentAtMicros + linkMicros - arrivedAtMicros, 0, linkMicros);
        }
    }

    /** Nobody says when it left. */
    public Tensor(String task, long epoch, int offset, int total, byte[] bytes, byte[] sha256) {
        this(task, epoch, offset, total, bytes, sha256, Timing.NONE);
    }

    /** As it is. */
    public Tensor(String task, long epoch, int offset, int total, byte[] bytes, byte[] sha256, Timing timing) {
        this(task, epoch, offset, total, bytes, sha256, timing, 0);
    }

    public Tensor {
        bytes = bytes.clone();
        sha256 = sha256.clone();
        if (task.isEmpty() || task.length() > Limits.TEXT_CHARS_MAX || epoch < 1) {
            throw new IllegalArgumentException("a tensor is for an attempt at a task");
        }
        if (total < 1
                || total > TOTAL_MAX
                || bytes.length < 1
                || bytes.length > BYTES_MAX
                || offset < 0
                || offset > total - bytes.length
                || sha256.length != HASH_BYTES) {
            throw new IllegalArgumentException("%d bytes from %d of %d, with %d of a digest"
                    .formatted(bytes.length, offset, total, sha256.length));
        }
        if (plain != 0 && (plain <= total || plain > TOTAL_MAX || total < ZeroMask.bytesMin(plain))) {
            throw new IllegalArgumentException("%d bytes in place of %d".formatted(total, plain));
        }
    }

    public byte[] encode() {
        try {
            var buffer = new ByteArrayOutputStream(bytes.length + 256);
            CodedOutputStream out = CodedOutputStream.newInstance(buffer);
            out.writeString(1, task);
            out.writeUInt64(2, epoch);
            out.writeUInt32(3, offset);
            out.writeUInt32(4, total);
            out.writeByteArray(5, bytes);
            out.writeByteArray(6, sha256);
            if (timing.sentAtMicros != 0) {
                out.writeUInt64(7, timing.sentAtMicros);
            }
            if (timing.linkMicros != 0) {
                out.writeUInt64(8, timing.linkMicros);
            }
            if (plain != 0) {
                out.writeUInt32(9, plain);
            }
            out.flush();
            return buffer.toByteArray();
        } catch (IOException impossible) {
            throw new IllegalStateException("writing to memory failed", impossible);
        }
    }

    public static Tensor decode(byte[] message) throws MalformedMessageException {
        if (message.length > Limits.MESSAGE_BYTES_MAX) {
            throw new MalformedMessageException(
                    "message of %d bytes, at most %d".formatted(message.length, Limits.MESSAGE_BYTES_MAX));
        }
        String task = "";
        long epoch = 0;
        int offset = 0;
        int total = 0;
        ByteString bytes = ByteString.EMPTY;
        ByteString sha256 = ByteString.EMPTY;
        long sentAtMicros = 0;
        long linkMicros = 0;
        int plain = 0;
        try {
            CodedInputStream in = CodedInputStream.newInstance(message);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case (1 << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED -> task = in.readStringRequireUtf8();
                    case (2 << 3) | WireFormat.WIRETYPE_VARINT -> epoch = in.readUInt64();
                    case (3 << 3) | WireFormat.WIRETYPE_VARINT -> offset = in.readUInt32();
                    case (4 << 3) | WireFormat.WIRETYPE_VARINT -> total = in.readUInt32();
                    case (5 << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED -> bytes = in.readBytes();
                    case (6 << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED -> sha256 = in.readBytes();
                    case (7 << 3) | WireFormat.WIRETYPE_VARINT -> sentAtMicros = in.readUInt64();
                    case (8 << 3) | WireFormat.WIRETYPE_VARINT -> linkMicros = in.readUInt64();
                    case (9 << 3) | WireFormat.WIRETYPE_VARINT -> plain = in.readUInt32();
                    default -> TelemetryFrame.skip(in, tag);
                }
            }
            return new Tensor(
                    task,
                    epoch,
                    offset,
                    total,
                    bytes.toByteArray(),
                    sha256.toByteArray(),
                    new Timing(sentAtMicros, linkMicros),
                    plain);
        } catch (IOException | IllegalArgumentException wrong) {
            throw new MalformedMessageException("tensor: " + wrong.getMessage());
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Objects.hash(task, epoch, offset);
    }
}
