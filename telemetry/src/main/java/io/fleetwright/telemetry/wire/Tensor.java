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
 * <p>Protobuf: {@code string task = 1; uint64 epoch = 2; uint32 offset = 3; uint32 total = 4; bytes bytes = 5; bytes sha256 = 6}.
 *
 * @param task the task that takes it
 * @param epoch attempt at that task
 * @param offset of the first byte
 * @param total length of all stretches together, 1 to {@value #TOTAL_MAX}
 * @param bytes 1 to {@value #BYTES_MAX}
 * @param sha256 32 bytes, of all stretches together
 */
public record Tensor(String task, long epoch, int offset, int total, byte[] bytes, byte[] sha256) {
    public static final int TOTAL_MAX = 16 * 1024 * 1024;
    /** Leaves room for the rest of a message. */
    public static final int BYTES_MAX = Limits.MESSAGE_BYTES_MAX - 1024;

    private static final int HASH_BYTES = 32;

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
                    default -> TelemetryFrame.skip(in, tag);
                }
            }
            return new Tensor(task, epoch, offset, total, bytes.toByteArray(), sha256.toByteArray());
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
